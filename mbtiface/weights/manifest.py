"""What a bundle says of itself: `manifest.json` as a frozen value, read and written strictly."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from mbtiface.errors import BundleError

FORMAT_VERSION = 1
MANIFEST = "manifest.json"
ALWAYS_FORBIDDEN = (
    "Judging a person's character, fitness or identity from a face.",
    "Passing a generated picture off as a photograph of a real person.",
)
"""What no bundle may be used for, whatever it was trained on."""


@dataclass(frozen=True)
class NetworkSpec:
    """Which class a network is, and its constructor arguments."""

    kind: str
    args: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class FileSpec:
    """Size in bytes and sha256 of one file."""

    size: int
    sha256: str

    @classmethod
    def of(cls, path: Path) -> "FileSpec":
        """Read a file's size and digest."""
        with path.open("rb") as opened:
            return cls(path.stat().st_size, hashlib.file_digest(opened, "sha256").hexdigest())


@dataclass(frozen=True)
class Manifest:
    """One trained model: what it is, what it rests on, what it must not be used for."""

    name: str
    """Short name, such as `embedded`."""
    version: str
    """Version of the weights; part of every picture's address."""
    license: str
    """Licence of the weights, strictest part first."""
    resolution: int
    """Full picture size in pixels."""
    networks: Mapping[str, NetworkSpec]
    """`generator`, `encoder`, ... -> how to build it."""
    files: Mapping[str, FileSpec] = field(default_factory=dict)
    """Every file but the manifest itself."""
    credits: tuple[str, ...] = ()
    """Whose work it rests on, one sentence each."""
    provenance: Mapping[str, Any] = field(default_factory=dict)
    """Data, label rule, configurations, seeds and digests of what it was made from."""
    metrics: Mapping[str, Any] = field(default_factory=dict)
    """Figures as measured when it was made."""
    forbidden_use: tuple[str, ...] = ()
    """What it must not be used for."""
    format_version: int = FORMAT_VERSION
    """Layout of the bundle; a newer one than this program knows is refused."""

    def to_json(self) -> str:
        """The manifest as text, keys in a fixed order."""
        return json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n"


def read_manifest(folder: Path) -> Manifest:
    """Read and check `manifest.json`.

    Raises:
        BundleError: it is missing, is no manifest, or of a newer format.
    """
    path = folder / MANIFEST
    try:
        content = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise BundleError(
            f"{folder} is no bundle: it has no {MANIFEST}. Name a bundle folder, or `embedded`."
        ) from None
    except (OSError, ValueError) as error:
        raise BundleError(f"{path} cannot be read ({error}). Fetch the bundle again.") from error
    if not isinstance(content, dict):
        raise BundleError(f"{path} holds no manifest. Fetch the bundle again.")
    version = content.get("format_version")
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        raise BundleError(
            f"{path} has format version {version!r}; it is no bundle of this program."
        )
    if version > FORMAT_VERSION:
        raise BundleError(
            f"{path} has format version {version}, but this program reads up to {FORMAT_VERSION}. "
            "Update the program or use an older bundle."
        )
    return _parse(content, path)


def _parse(content: dict[str, Any], path: Path) -> Manifest:
    names = {each.name for each in fields(Manifest)}
    if unknown := sorted(set(content) - names):
        raise BundleError(f"{path} has unknown entries: {', '.join(unknown)}.")
    try:
        networks = {name: NetworkSpec(**spec) for name, spec in content["networks"].items()}
        files = {name: FileSpec(**spec) for name, spec in content["files"].items()}
        manifest = Manifest(
            **content
            | {
                "networks": networks,
                "files": files,
                "credits": tuple(content.get("credits", ())),
                "forbidden_use": tuple(content.get("forbidden_use", ())),
            }
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise BundleError(f"{path} is incomplete or malformed ({error}).") from error
    for name in manifest.files:
        # A bundle may come from anywhere: its names must stay inside its own folder.
        if not name or name != Path(name).name or name.startswith(".") or "\\" in name:
            raise BundleError(f"{path} names the file {name!r}, which is not a plain file name.")
    if not isinstance(manifest.resolution, int) or not isinstance(manifest.version, str):
        raise BundleError(f"{path} has a resolution or version of the wrong type.")
    return manifest
