"""What else holds for every file of the program: environment, printing, length, name."""

import ast
from pathlib import Path

import pytest

from tests.program_files import sources, sources_of_tests, text

MAX_LINES = 300
VAGUE_NAMES = {"utils", "util", "common", "base", "misc"}
# Where the environment may be touched, and the only way allowed there.
ENVIRONMENT_READER = "mbtiface/settings.py"
ENVIRONMENT_DEFAULTS = "mbtiface/ui/__init__.py"


def touches_environment(path: str, code: str) -> list[str]:
    """Return where a file reads or writes the environment though it may not."""
    if path == ENVIRONMENT_READER:
        return []
    tree = ast.parse(code)
    allowed = set()
    if path == ENVIRONMENT_DEFAULTS:
        allowed = {id(node.value.func.value) for node in ast.walk(tree) if is_default(node)}
    return [
        f"{path}:{node.lineno}: the environment is read in {ENVIRONMENT_READER} alone"
        for node in ast.walk(tree)
        if id(node) not in allowed and is_environment(node)
    ]


def is_environment(node: ast.AST) -> bool:
    """Whether a node is `os.environ`, `os.getenv`, or an import of one of them."""
    names = {"environ", "environb", "getenv", "putenv"}
    if isinstance(node, ast.Attribute):
        return node.attr in names and isinstance(node.value, ast.Name) and node.value.id == "os"
    return (
        isinstance(node, ast.ImportFrom)
        and node.module == "os"
        and any(alias.name in names for alias in node.names)
    )


def is_default(node: ast.AST) -> bool:
    """Whether a node is the statement `os.environ.setdefault(...)`, its value unused."""
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Call)
        and isinstance(node.value.func, ast.Attribute)
        and node.value.func.attr == "setdefault"
    )


def prints(path: str, code: str) -> list[str]:
    """Return where a file calls `print`."""
    return [
        f"{path}:{node.lineno}: print; use logging"
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "print"
    ]


def test_the_environment_is_read_in_one_file() -> None:
    assert not [line for path in sources() for line in touches_environment(path, text(path))]


def test_nothing_prints() -> None:
    assert not [line for path in sources() for line in prints(path, text(path))]


def test_files_are_short_and_named_for_what_they_hold() -> None:
    files = [*sources(), *sources_of_tests()]
    long = {path: lines for path in files if (lines := text(path).count("\n")) > MAX_LINES}
    vague = [path for path in files if VAGUE_NAMES & set(Path(path).with_suffix("").parts)]
    assert not long
    assert not vague


@pytest.mark.parametrize(
    ("path", "code", "count"),
    [
        ("mbtiface/services.py", "import os\nos.environ['A']", 1),
        ("mbtiface/services.py", "import os\nos.getenv('A')", 1),
        ("mbtiface/services.py", "from os import environ", 1),
        ("mbtiface/services.py", "import os\nos.environ.setdefault('A', 'b')", 1),
        (ENVIRONMENT_DEFAULTS, "import os\nos.environ.setdefault('A', 'b')", 0),
        (ENVIRONMENT_DEFAULTS, "import os\nvalue = os.environ.setdefault('A', 'b')", 1),
        (ENVIRONMENT_READER, "import os\nos.environ['A']", 0),
    ],
)
def test_the_environment_is_guarded(path: str, code: str, count: int) -> None:
    assert len(touches_environment(path, code)) == count


def test_a_print_is_found() -> None:
    assert prints("train/a.py", "def f():\n    print(1)") == ["train/a.py:2: print; use logging"]
