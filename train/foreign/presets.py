"""What can be imported by name, and where any source lies: a preset, a file of the Hub, a path.

None of the presets' files could be had when this was written: ids and revisions are as public code
names them, and tests read files of the same layout that they make themselves.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from mbtiface.errors import SourceError
from mbtiface.weights.hub import fetch_file

HUB_FILE = re.compile(r"hf://(?P<repo>[^/@]+/[^/@]+)(@(?P<revision>[^/@]+))?/(?P<file>[^@]+)")
FFHQ = "Non-commercial (weights trained on FFHQ)"
STYLEGAN2 = "StyleGAN2 by NVIDIA (arXiv 1912.04958), trained on FFHQ by NVIDIA: non-commercial use."
ADA = "StyleGAN2-ADA by NVIDIA (arXiv 2006.06676): its releases of weights and their file layout."
ROSINALITY = "Layout and conversion: stylegan2-pytorch by Kim Seonghyeon (MIT)."
PSP = "pixel2style2pixel by Richardson et al. (arXiv 2008.00951, MIT): encoder trained on FFHQ."
E4E = "encoder4editing by Tov et al. (arXiv 2102.02766, MIT): encoder trained on FFHQ."


@dataclass(frozen=True)
class Preset:
    """One published file."""

    dialect: Literal["nvidia", "rosinality", "psp"]
    """Layout that the file has; pSp's and e4e's hold an encoder and its generator."""
    repo: str
    """Hub repository, `owner/name`."""
    file: str
    """Path inside it."""
    revision: str | None = None
    """Commit; None = none is known, so what is there on the day is taken and its digest noted."""
    sha256: str | None = None
    """Digest; None = not known."""
    license: str = FFHQ
    """Of the weights, in words."""
    credits: tuple[str, ...] = ()
    """Whose work it is."""


HAIRFAST = "47855f8ea72b02294649385211a1ae1fd7dcb58e"
PRESETS: Mapping[str, Preset] = {
    **{
        f"ffhq-{size}": Preset(
            "nvidia",
            "hysts/StyleGAN2",
            f"models/stylegan2-ffhq-{size}x{size}.pkl",
            credits=(STYLEGAN2, ADA),
        )
        for size in (256, 512, 1024)
    },
    "rosinality-ffhq-1024": Preset(
        "rosinality",
        "AIRI-Institute/HairFastGAN",
        "pretrained_models/StyleGAN/ffhq.pt",
        HAIRFAST,
        credits=(STYLEGAN2, ROSINALITY),
    ),
    "psp": Preset(
        "psp",
        "trysem/pixel2style2pixel",
        "psp_ffhq_encode.pt",
        credits=(PSP, STYLEGAN2, ROSINALITY),
    ),
    "e4e": Preset(
        "psp",
        "AIRI-Institute/HairFastGAN",
        "pretrained_models/encoder4editing/e4e_ffhq_encode.pt",
        HAIRFAST,
        credits=(E4E, STYLEGAN2, ROSINALITY),
    ),
}


@dataclass(frozen=True)
class Origin:
    """A file on this machine, and what is known of it."""

    path: Path
    provenance: Mapping[str, Any]
    """`file`, `sha256`; of the Hub also `repo`, `revision`; of a preset its name."""
    license: str | None = None
    credits: tuple[str, ...] = ()


def find_source(source: str) -> Origin:
    """Find a preset, `hf://owner/name[@revision]/file` or a path; fetch it if need be.

    Raises:
        SourceError: there is no such file, or it has another digest than the preset's.
        HubError: the Hub cannot be reached, or has no such file.
    """
    if (preset := PRESETS.get(source)) is not None:
        origin = _fetch(preset.repo, preset.file, preset.revision, {"preset": source})
        if preset.sha256 not in (None, origin.provenance["sha256"]):
            raise SourceError(
                f"{origin.path} has sha256 {origin.provenance['sha256']}, but {source} has "
                f"{preset.sha256}: it is damaged or another file. Delete it and try again."
            )
        return Origin(origin.path, origin.provenance, preset.license, preset.credits)
    if source.startswith("hf://"):
        if (match := HUB_FILE.fullmatch(source)) is None:
            raise SourceError(
                f"{source!r} is no file of the Hub: write hf://owner/name[@revision]/path/of/file."
            )
        return _fetch(match["repo"], match["file"], match["revision"], {})
    path = Path(source).expanduser()
    if not path.is_file():
        raise SourceError(
            f"{source!r} is neither a file, nor hf://owner/name[@revision]/file, nor one of "
            f"random-face, {', '.join(PRESETS)}."
        )
    return Origin(path, {"file": path.name, "sha256": _digest(path)})


def _fetch(repo: str, file: str, revision: str | None, known: Mapping[str, Any]) -> Origin:
    path = fetch_file(repo, file, revision)
    parts = path.parts
    # The Hub's cache keeps files under the commit that they are of.
    commit = parts[parts.index("snapshots") + 1] if "snapshots" in parts else revision
    where = {"repo": repo, "revision": commit, "file": file, "sha256": _digest(path)}
    return Origin(path, {**known, **where})


def _digest(path: Path) -> str:
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
