"""The photos of a folder, by their names."""

import hashlib
from collections.abc import Collection
from pathlib import Path

from mbtiface.errors import SourceError


def list_photos(folder: Path, without: Collection[Path] = ()) -> list[str]:
    """All files of a folder and its folders, in the order of their names, hidden ones left out.

    Any file may be a photo, whatever its name ends with: which are is seen when they are opened.

    Args:
        folder: where the photos lie.
        without: files that are no photos, such as a table of labels beside them.

    Returns:
        Names relative to the folder, with `/`.

    Raises:
        SourceError: there is no such folder, or no file in it.
    """
    if not folder.is_dir():
        raise SourceError(f"{folder} is no folder of photos.")
    others = {path.resolve() for path in without}
    found = []
    for path in folder.rglob("*"):
        name = path.relative_to(folder)
        hidden = any(part.startswith(".") for part in name.parts)
        if path.is_file() and not hidden and path.resolve() not in others:
            found.append(name.as_posix())
    if not found:
        raise SourceError(f"{folder} holds no photos.")
    return sorted(found)


def digest_of(path: Path) -> str:
    """sha256 of a file."""
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
