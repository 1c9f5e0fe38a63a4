# The commands of the README. Each makes .venv and installs what it needs; an installation is
# repeated only when requirements.txt or pyproject.toml changed.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV := .venv
PYTHON := $(VENV)/bin/python
PIP_INSTALL := $(PYTHON) -m pip install --quiet --disable-pip-version-check
INSTALLED_APP := $(VENV)/.installed-app
INSTALLED_TEST := $(VENV)/.installed-test

.PHONY: help app test check screenshots bench bench-compare bench-ui bench-train load clean

help:
	@echo "make app     serve the page on http://127.0.0.1:7860"
	@echo "make test    run the tests, browser tests included"
	@echo "make check   format, lint, types, import rules"
	@echo "make screenshots  take the README's pictures of the page anew"
	@echo "make bench   time photos, averages and generators on this machine, 12 minutes (BENCH_ARGS=--quick: two; --help: options)"
	@echo "make bench-compare OLD=a.json NEW=b.json  hold two runs of it (BENCH_ARGS='--json FILE') against each other"
	@echo "make bench-ui  time what a hand waits for in the page, over a slow network (BENCH_ARGS=--help: options)"
	@echo "make load    50 visitors for five minutes, then as many as it bears (BENCH_ARGS=--help: options)"
	@echo "make bench-train  time GAN training on this machine (BENCH_ARGS=--help: options)"
	@echo "make clean   remove .venv, what was fetched, and caches"

app: $(INSTALLED_APP)
	$(PYTHON) app.py

test: $(INSTALLED_TEST)
	$(PYTHON) -m tests.install_browser
	$(PYTHON) -m tests.fetch_wheel
	@# Without node or npm's registry one test is skipped, and says so.
	-$(PYTHON) -m tests.fetch_gradio_js
	$(PYTHON) -m tests.fetch_axe
	$(PYTHON) -m pytest $(PYTEST_ARGS)

check: $(INSTALLED_TEST)
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy
	$(PYTHON) -m pytest --quiet tests/test_import_rules.py tests/test_source_rules.py

screenshots: $(INSTALLED_TEST)
	$(PYTHON) -m tests.install_browser
	$(PYTHON) -m tests.screenshots

bench: $(INSTALLED_TEST)
	$(PYTHON) -m tests.fetch_wheel || echo "random-face is not measured"
	$(PYTHON) -m tests.benchmarks $(BENCH_ARGS)

bench-compare: $(INSTALLED_TEST)
	$(PYTHON) -m tests.benchmarks.compare --old $(OLD) --new $(NEW)

bench-ui: $(INSTALLED_TEST)
	$(PYTHON) -m tests.install_browser
	$(PYTHON) -m tests.benchmarks.ui $(BENCH_ARGS)

load: $(INSTALLED_TEST)
	$(PYTHON) -m tests.benchmarks.load $(BENCH_ARGS)

bench-train: $(INSTALLED_TEST)
	$(PYTHON) -m tests.benchmarks.training $(BENCH_ARGS)

clean:
	rm -rf $(VENV) .fetched *.egg-info .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Trying to run it is the only sure test: a name on PATH may be a shim without a Python behind it,
# and Debian's Python comes without ensurepip until python3-venv is installed.
$(PYTHON):
	@for candidate in python3.11 python3.12 python3 python; do \
	  if "$$candidate" -c 'import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 13))' 2>/dev/null; then \
	    echo "making $(VENV) with $$candidate"; \
	    exec "$$candidate" -m venv $(VENV); \
	  fi; \
	done; \
	echo "No Python 3.11 or 3.12 that can make environments was found on PATH." >&2; \
	echo "Install one (on Debian and Ubuntu: python3 and python3-venv) and run this again." >&2; \
	exit 1

$(INSTALLED_APP): requirements.txt | $(PYTHON)
	@echo "installing what the app runs on (about 6 GB, nearly all of it torch)"
	$(PIP_INSTALL) --requirement requirements.txt
	@touch $@

$(INSTALLED_TEST): pyproject.toml $(INSTALLED_APP)
	@echo "installing what training, tests and checks need"
	$(PIP_INSTALL) --editable ".[train,test]"
	@touch $@
