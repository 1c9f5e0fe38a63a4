"""The gallery's pictures on disk: drawn once for a bundle, there again after a restart.

Only averages of labelled faces are kept, as their addresses name them: no photo's face, none that
moved, no community average. Every file ends in a digest of itself, so one that is damaged or half
written is drawn again; a bundle, engine or program of another version has a folder of its own.
"""

import hashlib
import logging
import os
import shutil
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from mbtiface import __version__
from mbtiface.faces.address import FaceAddress
from mbtiface.personality.types import CODES, GENDERS, LETTERS

if TYPE_CHECKING:
    from mbtiface.faces.studio import Studio

SIZE = 256
"""Height and width in pixels of the pictures that are kept."""
GALLERY = tuple(
    FaceAddress(f"{kind}:{name}:{gender}", gender)
    for gender in GENDERS
    for kind, names in (("type", CODES), ("letter", tuple(LETTERS)))
    for name in names
)
"""The 48 addresses that are kept, in the order in which they are drawn ahead."""
BUNDLES_KEPT = 2
"""Folders that stay: this bundle's and the one used last before it, as when trying another."""
DIGEST_BYTES = 32
FILE_NAMES = {address.start: f"{address.start.replace(':', '-')}.jpg" for address in GALLERY}
log = logging.getLogger(__name__)


class KeptPictures:
    """Marked JPEGs of `GALLERY` at 256 px, in memory and in one folder. Thread-safe.

    A folder that cannot be read or written is no trouble: pictures are drawn as without it.
    """

    def __init__(self, parent: Path, key: str) -> None:
        """Read what is there under `parent/key` and drop the folders of older bundles."""
        self._folder = parent / key
        self._writable = True
        self._pictures: dict[str, bytes] = {}
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            os.utime(self._folder)  # the sweep goes by it
            self._sweep()
        except OSError as error:
            self._give_up(error)
        for start, name in FILE_NAMES.items():
            if (data := _read(self._folder / name)) is not None:
                self._pictures[start] = data

    def __len__(self) -> int:
        return len(self._pictures)

    def get(self, address: FaceAddress, size: int) -> bytes | None:
        """Return the picture of an address; None where it is not kept."""
        return self._pictures.get(address.start) if _belongs(address, size) else None

    def keep(self, address: FaceAddress, size: int, data: bytes) -> None:
        """Keep a picture if it is one of the gallery's; any other is passed over."""
        if not _belongs(address, size) or address.start in self._pictures:
            return
        self._pictures[address.start] = data
        if not self._writable:
            return
        path = self._folder / FILE_NAMES[address.start]
        draft = path.with_suffix(f".{os.getpid()}-{threading.get_ident()}")
        try:
            draft.write_bytes(data + hashlib.sha256(data).digest())
            draft.replace(path)  # at once whole, whoever reads or writes it meanwhile
        except OSError as error:
            self._give_up(error)

    def _sweep(self) -> None:
        """Drop drafts that a killed program left, and the folders of bundles used before."""
        for path in self._folder.iterdir():
            if path.name not in FILE_NAMES.values():
                path.unlink()
        others = [path for path in self._folder.parent.iterdir() if path != self._folder]
        others.sort(key=lambda path: path.stat().st_mtime, reverse=True)
        for old in others[BUNDLES_KEPT - 1 :]:
            shutil.rmtree(old, ignore_errors=True)

    def _give_up(self, error: OSError) -> None:
        if self._writable:
            log.warning("Pictures are not kept in %s: %s.", self._folder, error.strerror or error)
        self._writable = False


def open_kept_pictures(state_dir: Path, studio: "Studio") -> KeptPictures:
    """Open the pictures of a studio's bundle, `pictures/` in the state folder.

    The folder's name stands for all that a picture depends on: every file of the bundle, the
    engine that draws it, the program that marks it.
    """
    manifest = studio.manifest
    parts = [manifest.name, manifest.version, studio.engine, __version__]
    parts += [f"{name} {spec.sha256}" for name, spec in sorted(manifest.files.items())]
    key = hashlib.sha256("\n".join(parts).encode()).hexdigest()
    return KeptPictures(state_dir / "pictures", key[:16])


def _belongs(address: FaceAddress, size: int) -> bool:
    # By its query an address itself says what sets it apart from its start; whose directions would
    # move it is nothing while none does.
    as_it_is = address.query().keys() <= {"start", "by"}
    return size == SIZE and address.start in FILE_NAMES and as_it_is


def _read(path: Path) -> bytes | None:
    try:
        content = path.read_bytes()
    except OSError:
        return None
    data, digest = content[:-DIGEST_BYTES], content[-DIGEST_BYTES:]
    return data if data and hashlib.sha256(data).digest() == digest else None
