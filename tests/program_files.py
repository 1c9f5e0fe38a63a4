"""The Python files of the program and of its tests, for the rules that read them."""

from pathlib import Path

ROOT = Path(__file__).parent.parent


def sources() -> list[str]:
    """Every Python file of the program, as paths from the root."""
    found = [ROOT / "app.py", *ROOT.glob("mbtiface/**/*.py"), *ROOT.glob("train/**/*.py")]
    return sorted(str(path.relative_to(ROOT)) for path in found)


def sources_of_tests() -> list[str]:
    """Every Python file of the tests, as paths from the root."""
    return sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("tests/**/*.py"))


def text(path: str) -> str:
    """Read a file of the project."""
    return (ROOT / path).read_text(encoding="utf-8")
