"""What a bundle says of itself: `manifest.json` as a frozen value, read and written strictly."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from mbtiface.errors import BundleError

FORMAT_VERSION = 1
MANIFEST = "manifest.json"
MAX_MANIFEST_BYTES = 4 * 2**20
MAX_FILES = 256
MAX_BUNDLE_BYTES = 2 * 2**30
"""Manifest, files and bytes of a bundle: far beyond any real one, far below what does harm."""
FILE_NAME = re.compile(r"[A-Za-z0-9_][\w.-]{0,127}", re.ASCII)
SHA256 = re.compile("[0-9a-f]{64}")
MAX_TEXT = 200
"""Letters of a name or version."""
TYPED = "typed"
"""`source` of the faces in the provenance where a maker's table gave types; else raters did."""
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

    def check(self, path: Path) -> None:
        """Compare a file with what the manifest says of it.

        Raises:
            BundleError: it is missing, cut short, longer, damaged or another file.
        """
        if not path.is_file():
            raise BundleError(
                f"{path} is missing, but the manifest lists it. Fetch the bundle again."
            )
        if path.stat().st_size != self.size:
            raise BundleError(
                f"{path} has {path.stat().st_size} bytes, but the manifest says {self.size}. "
                "It is cut short or changed; fetch the bundle again."
            )
        digest = FileSpec.of(path).sha256
        if digest != self.sha256:
            raise BundleError(
                f"{path} has sha256 {digest}, but the manifest says {self.sha256}. "
                "It is damaged or changed; fetch the bundle again."
            )


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

    @property
    def of_types(self) -> bool:
        """Whether averages rest on types that people gave of themselves, not on raters."""
        return bool(self.provenance.get("faces", {}).get("source") == TYPED)

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
        if path.stat().st_size > MAX_MANIFEST_BYTES:
            raise BundleError(
                f"{path} has {path.stat().st_size} bytes, but a manifest has at most "
                f"{MAX_MANIFEST_BYTES}. It is no bundle of this program."
            )
        content = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise BundleError(
            f"{folder} is no bundle: it has no {MANIFEST}. Name a bundle folder, or `embedded`."
        ) from None
    except (OSError, ValueError, RecursionError) as error:
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
    _check_types(manifest, path)
    _check_files(manifest, path)
    return manifest


def _check_types(manifest: Manifest, path: Path) -> None:
    texts = (manifest.name, manifest.version)
    if type(manifest.resolution) is not int or not all(isinstance(text, str) for text in texts):
        raise BundleError(f"{path} has a name, resolution or version of the wrong type.")
    if not all(0 < len(text) <= MAX_TEXT and text.isprintable() for text in texts):
        raise BundleError(
            f"{path} has the name {manifest.name[:MAX_TEXT]!r} and the version "
            f"{manifest.version[:MAX_TEXT]!r}; both must be 1 to {MAX_TEXT} printable letters."
        )
    right = (
        isinstance(manifest.license, str)
        and all(isinstance(line, str) for line in (*manifest.credits, *manifest.forbidden_use))
        and all(isinstance(value, dict) for value in (manifest.provenance, manifest.metrics))
        and all(
            isinstance(spec.kind, str) and isinstance(spec.args, dict)
            for spec in manifest.networks.values()
        )
    )
    if not right:
        raise BundleError(f"{path} is malformed: an entry has the wrong type.")


def _check_files(manifest: Manifest, path: Path) -> None:
    """Check names, sizes and digests: a bundle may come from anywhere."""
    if len(manifest.files) > MAX_FILES:
        raise BundleError(
            f"{path} lists {len(manifest.files)} files, but a bundle has at most {MAX_FILES}."
        )
    for name, spec in manifest.files.items():
        # Names must stay inside the bundle's own folder, on every system.
        if not FILE_NAME.fullmatch(name) or name == MANIFEST:
            raise BundleError(f"{path} names the file {name!r}, which is not a plain file name.")
        if type(spec.size) is not int or spec.size < 0:
            raise BundleError(f"{path}: {name} has the size {spec.size!r}, which is none.")
        if not (isinstance(spec.sha256, str) and SHA256.fullmatch(spec.sha256)):
            raise BundleError(f"{path}: {name} has no sha256 of 64 hex digits.")
    total = sum(spec.size for spec in manifest.files.values())
    if total > MAX_BUNDLE_BYTES:
        largest = max(manifest.files, key=lambda name: manifest.files[name].size)
        raise BundleError(
            f"{path} lists {total} bytes (the largest file is {largest}), but a bundle has at most "
            f"{MAX_BUNDLE_BYTES}. Do not use it; name another bundle."
        )
