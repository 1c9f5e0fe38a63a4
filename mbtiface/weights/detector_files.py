"""The weight files of the better face detector: where they lie on the Hub, and how they are read.

They are in no bundle: facexlib's own authors publish them, copies lie in a Hub repo. Digests are
those of the authors' release (github.com/xinntao/facexlib, v0.1.0), so any copy of them will do.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import torch

from mbtiface.errors import SourceError
from mbtiface.weights.deadline import Deadline

log = logging.getLogger(__name__)

DEADLINE_S = 5.0
"""How long the Hub may take to say that it has a file; the download itself may take longer."""


@dataclass(frozen=True)
class HubFile:
    """One file of a Hub repo, known by its digest."""

    repo: str
    file: str
    sha256: str
    revision: str = "main"


DETECTOR = HubFile(
    repo="leonelhs/facexlib",
    file="detection_Resnet50_Final.pth",
    sha256="6d1de9c2944f2ccddca5f5e010ea5ae64a39845a86311af6fdf30841b0a5a16d",
)
"""RetinaFace on ResNet-50: boxes and five landmarks, 109 MB."""
LANDMARKS = HubFile(
    repo="leonelhs/facexlib",
    file="alignment_WFLW_4HG.pth",
    sha256="bbfd137307a4c7debd5c283b9b0ce539466cee417ac0a155e184d857f9f2899c",
)
"""Adaptive wing loss network: 98 landmarks, 194 MB."""


def cached(file: HubFile) -> Path | None:
    """Where a file lies in the Hub's cache on this machine, None if it does not; no network."""
    from huggingface_hub import try_to_load_from_cache

    found = try_to_load_from_cache(file.repo, file.file, revision=file.revision)
    return Path(found) if isinstance(found, str) else None


def fetch(file: HubFile, deadline_s: float = DEADLINE_S) -> Path:
    """Fetch a file into the Hub's usual cache, unless it is there, and check its digest.

    Raises:
        SourceError: the Hub cannot be reached in time, has no such file, or another one.
    """
    path = cached(file) or _download(file, deadline_s)
    with path.open("rb") as opened:
        digest = _digest(opened.read)
    if digest != file.sha256:
        raise SourceError(
            f"{path} has sha256 {digest}, but {file.file} of facexlib has {file.sha256}: it is "
            "damaged or another file. Delete it, so that it is fetched again."
        )
    return path


def _digest(read: Callable[[int], bytes]) -> str:
    digest = sha256()
    while block := read(1 << 20):
        digest.update(block)
    return digest.hexdigest()


def _download(file: HubFile, deadline_s: float) -> Path:
    """Ask for a file with a deadline, then take what time its download needs."""
    from huggingface_hub import get_hf_file_metadata, hf_hub_download, hf_hub_url

    url = hf_hub_url(file.repo, file.file, revision=file.revision)
    try:
        Deadline(deadline_s).run(lambda: get_hf_file_metadata(url, timeout=deadline_s))
        log.info("fetching %s of %s", file.file, file.repo)
        return Path(hf_hub_download(file.repo, file.file, revision=file.revision))
    except Exception as error:
        raise SourceError(
            f"{file.file} of the Hub repo {file.repo} cannot be fetched "
            f"({type(error).__name__}: {error}). Connect this machine to the Hub and try again."
        ) from error


def read_state(path: Path) -> dict[str, torch.Tensor]:
    """Read a PyTorch file's tensors by name, without running code that it may hold.

    Raises:
        SourceError: the file is damaged, or holds something else than tensors.
    """
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        raise SourceError(
            f"{path} cannot be read as tensors ({type(error).__name__}). Delete it, so that it is "
            "fetched again."
        ) from error
    content = content.get("state_dict", content)
    return {name.removeprefix("module."): value for name, value in content.items()}
