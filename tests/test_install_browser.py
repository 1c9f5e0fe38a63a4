from pathlib import Path

import pytest

from tests import install_browser


def put_program(folder: Path, name: str, exit_status: int) -> Path:
    path = folder / name
    path.write_text(f"#!/bin/sh\nexit {exit_status}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def bin_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(install_browser, "playwright_browser", lambda: None)
    return tmp_path


def test_the_systems_browser_is_found(bin_dir: Path) -> None:
    path = put_program(bin_dir, "google-chrome", exit_status=0)
    assert install_browser.find_browser() == str(path)


def test_a_stub_that_does_not_run_is_passed_over(bin_dir: Path) -> None:
    put_program(bin_dir, "chromium", exit_status=1)
    path = put_program(bin_dir, "chromium-browser", exit_status=0)
    assert install_browser.find_browser() == str(path)


def test_no_browser_is_none(bin_dir: Path) -> None:
    assert install_browser.find_browser() is None


def test_a_browser_that_is_there_is_not_installed_again(
    bin_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[object] = []
    monkeypatch.setattr(install_browser, "run_aloud", steps.append)
    put_program(bin_dir, "chromium", exit_status=0)
    assert install_browser.install_browser()
    assert not steps


def test_without_a_package_manager_playwright_is_asked(
    bin_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[list[str]] = []
    monkeypatch.setattr(install_browser, "run_aloud", steps.append)
    assert install_browser.install_browser() is None
    assert [step[1:] for step in steps] == [["-m", "playwright", "install", "chromium"]]


def test_debians_package_is_tried_before_playwrights(
    bin_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def install(step: list[str]) -> None:
        if step[:2] == ["apt-get", "install"]:
            put_program(bin_dir, "chromium", exit_status=0)

    put_program(bin_dir, "apt-get", exit_status=0)
    monkeypatch.setattr(install_browser.os, "geteuid", lambda: 0)
    monkeypatch.setattr(install_browser, "run_aloud", install)
    assert install_browser.install_browser() == str(bin_dir / "chromium")
