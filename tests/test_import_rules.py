"""The arrows of the house: who may import whom.

    app.py -> ui -> services -> faces, community, personality -> weights -> networks -> errors
    train -> mbtiface, never back

Files are parsed, not imported: an import inside a function or for a type checker is an arrow too.
"""

import ast
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.program_files import ROOT, sources, text

# What each layer may import of the project, besides itself.
ARROWS = {
    "errors": set(),
    "texts": {"errors"},
    "settings": {"errors", "texts"},
    "networks": {"errors"},
    "weights": {"errors", "networks"},
    "personality": {"errors", "texts"},
    "faces": {"errors", "settings", "personality", "weights", "networks"},
    "community": {"errors", "settings", "personality", "weights", "networks"},
    # A file of the services' own.
    "contributing": {"errors", "settings", "personality", "faces", "community"},
    # Others: what the services are checked by, and where they write their log.
    "self_check": {"errors", "faces"},
    "logs": set(),
    "services": {
        "self_check",
        "errors",
        "settings",
        "personality",
        "weights",
        "faces",
        "community",
        "contributing",
    },
    # Another file of theirs.
    "changeover": {"errors", "settings", "weights", "faces", "contributing", "services"},
    "ui": {
        "errors",
        "texts",
        "settings",
        "personality",
        "faces",
        "community",
        "contributing",
        "services",
        "changeover",
        "self_check",
        "logs",
    },
    "app": {"errors", "settings", "changeover", "logs", "ui"},
    # The package's own file: lazily, what scripts may call.
    "mbtiface": {"personality", "faces"},
    "train": {"mbtiface", "errors", "settings", "personality", "networks", "weights", "faces"},
}
# Libraries that have one home: the layers that may import them.
HOMES = {
    "gradio": {"ui"},
    "gradio_client": {"ui"},
    "facexlib": {"faces"},
    "spaces": {"faces"},
    "sqlalchemy": {"community"},
    "huggingface_hub": {"weights", "community", "train"},
    "safetensors": {"weights", "train"},
    "torch": {"networks", "weights", "faces", "contributing", "services", "train"},
    "tensorboard": {"train"},
    "tyro": {"train"},
}
# Networks open no files and fetch nothing.
NOT_IN_NETWORKS = {"os", "io", "pathlib", "urllib", "http", "PIL", "cv2", "json"}


@dataclass(frozen=True)
class Import:
    """One imported module: dotted name and the line it stands on."""

    module: str
    line: int


def layer_of(module: str) -> str | None:
    """Return the layer of a dotted module name of the project, None for any other."""
    parts = module.split(".")
    if parts[0] in ("app", "train"):
        return parts[0]
    if parts[0] == "mbtiface":
        return parts[1] if len(parts) > 1 else "mbtiface"
    return None


def module_name(path: str) -> str:
    """Return the dotted name of the module in a file."""
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def imports(tree: ast.AST) -> Iterator[Import]:
    """Every import in a file; of `from package import name`, name counts as a module of ours."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level:
            yield Import("." * node.level + (node.module or ""), node.lineno)
        elif isinstance(node, ast.ImportFrom) and node.module == "mbtiface":
            yield from (Import(f"mbtiface.{alias.name}", node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield Import(str(node.module), node.lineno)
        elif (name := called_import(node)) is not None:
            yield Import(name, node.lineno)


def called_import(node: ast.AST) -> str | None:
    """Return the module that `import_module("...")` names, if a node is such a call.

    A name put together at run time counts as far as it is written out.
    """
    if not (isinstance(node, ast.Call) and node.args):
        return None
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if name not in ("import_module", "__import__"):
        return None
    written = node.args[0]
    if isinstance(written, ast.JoinedStr) and written.values:
        written = written.values[0]
    value = written.value if isinstance(written, ast.Constant) else None
    return value.rstrip(".") if isinstance(value, str) else None


def forbidden_imports(path: str, code: str) -> list[str]:
    """Return what a file imports against the rules, one line each."""
    layer = layer_of(module_name(path))
    found = []
    for item in imports(ast.parse(code)):
        target, library = layer_of(item.module), item.module.split(".")[0]
        if item.module.startswith("."):
            reason = "relative"
        elif target is not None and target != layer and target not in ARROWS[str(layer)]:
            # `from mbtiface import __version__` is no arrow: the package's own file is light.
            reason = "" if target in ("mbtiface", "__version__") else f"{layer} -> {target}"
        elif library in HOMES and layer not in HOMES[library]:
            reason = f"{library} lives in {', '.join(sorted(HOMES[library]))}"
        elif layer == "networks" and library in NOT_IN_NETWORKS:
            reason = "networks open no files"
        elif layer == "personality" and target is None and library not in sys.stdlib_module_names:
            reason = "personality is pure Python"
        else:
            reason = ""
        if reason:
            found.append(f"{path}:{item.line}: {item.module} ({reason})")
    return found


def test_the_rules_read_the_whole_program() -> None:
    found = sources()
    assert {"app.py", "mbtiface/errors.py", "mbtiface/__init__.py"} <= set(found)
    assert any(path.startswith("train/") for path in found)


def test_every_module_belongs_to_a_known_layer() -> None:
    layers = {path: layer_of(module_name(path)) for path in sources()}
    assert not {path: layer for path, layer in layers.items() if layer not in ARROWS}


def test_imports_follow_the_arrows() -> None:
    assert not [line for path in sources() for line in forbidden_imports(path, text(path))]


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("mbtiface/networks/a.py", "from mbtiface.weights.bundle import read"),
        ("mbtiface/networks/a.py", "import mbtiface.settings"),
        ("mbtiface/networks/a.py", "from pathlib import Path"),
        ("mbtiface/weights/a.py", "from mbtiface.faces import studio"),
        ("mbtiface/weights/a.py", "from mbtiface import settings"),
        ("mbtiface/personality/a.py", "def f():\n    import numpy"),
        ("mbtiface/personality/a.py", "from mbtiface.networks import Generator"),
        ("mbtiface/faces/a.py", "import gradio as gr"),
        ("mbtiface/faces/a.py", "from mbtiface.services import Services"),
        ("mbtiface/services.py", "if TYPE_CHECKING:\n    from mbtiface.ui.page import Page"),
        ("mbtiface/ui/a.py", "from mbtiface.networks.mobile import MobileGenerator"),
        ("mbtiface/ui/a.py", "import torch.nn"),
        ("mbtiface/faces/a.py", "from train.runs import folder"),
        ("mbtiface/faces/a.py", "import_module('train.runs')"),
        ("mbtiface/faces/a.py", "importlib.import_module(f'mbtiface.ui.{name}')"),
        ("mbtiface/faces/a.py", "from . import latents"),
        ("mbtiface/__init__.py", "from mbtiface.services import open_services"),
        ("train/commands/a.py", "from mbtiface.ui.card import draw"),
        ("train/commands/a.py", "import facexlib.alignment"),
        ("app.py", "import gradio"),
        ("app.py", "from mbtiface.faces.loading import load"),
    ],
)
def test_a_wrong_import_is_found(path: str, code: str) -> None:
    assert len(forbidden_imports(path, code)) == 1


@pytest.mark.parametrize(
    ("path", "code"),
    [
        (
            "mbtiface/networks/a.py",
            "import torch\nfrom mbtiface.networks.shapes import check_shape",
        ),
        ("mbtiface/ui/a.py", "import gradio as gr\nfrom mbtiface.services import Services"),
        ("mbtiface/ui/a.py", "from mbtiface import __version__"),
        ("train/commands/a.py", "import mbtiface\nfrom mbtiface.networks import Generator"),
        ("app.py", "from mbtiface.ui.build import build"),
    ],
)
def test_a_right_import_is_let_through(path: str, code: str) -> None:
    assert not forbidden_imports(path, code)


REFINING = """
import sys, torch
from dataclasses import replace
from mbtiface.faces.engine import OpenVinoEngine
from mbtiface.faces.projection import project
from mbtiface.faces.projection_options import REFINEMENT
from mbtiface.faces.whitening import sample_whitening
from mbtiface.networks.perceptual import PerceptualFeatures
from tests.toy_bundle import RESOLUTION, W_DIM, toy_generator
network = toy_generator()
w = network.mapping(torch.randn(1, W_DIM), None)
OpenVinoEngine(network.synthesis, "0" * 20, None).render(w, RESOLUTION)
target = torch.zeros(1, 3, RESOLUTION, RESOLUTION)
project(
    network.synthesis, PerceptualFeatures(stages=1), target, w, sample_whitening(network.mapping),
    replace(REFINEMENT, steps=2),
)
print([name for name in ("torch._dynamo", "sympy", "triton") if name in sys.modules])
"""


def test_a_photo_loads_no_compiler() -> None:
    """They are 120 MB of the 1.5 GB that an app with a photo at work may take."""
    done = subprocess.run(
        [sys.executable, "-c", REFINING], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_importing_the_package_loads_nothing_heavy() -> None:
    heavy = ["torch", "numpy", "PIL", "gradio", "openvino", "huggingface_hub", "safetensors"]
    code = f"import sys, mbtiface; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
