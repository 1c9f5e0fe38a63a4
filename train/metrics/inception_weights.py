"""The published Inception weights of FID: on this machine or the Hub, checked by digest."""

import hashlib
import logging
import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import torch
from huggingface_hub import get_session, hf_hub_download, hf_hub_url, try_to_load_from_cache
from torch.nn import functional

from mbtiface.errors import SourceError
from mbtiface.networks.shapes import check_shape
from train.metrics.inception import FEATURES, SIDE, Inception, shown
from train.psp.published_states import fill, named_under
from train.psp.published_weights import PROBE_SECONDS, WeightFile

log = logging.getLogger(__name__)

FILE = "weights-inception-2015-12-05-6726825d.pth"
OTHER_NAMES = ("pt_inception-2015-12-05-6726825d.pth",)
"""Under which other projects keep the same bytes."""
SHA256 = "6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2"
# It could not be tried when this was written; the digest pins the bytes wherever they come from.
REPO = "toshas/torch-fidelity"
HELP = (
    f"Fetch {FILE} (release v0.2.0 of torch-fidelity) and name it, or put it into the folder "
    "`hub/checkpoints` of torch's cache; until then FD-EfficientNet stands in for FID"
)


@dataclass(frozen=True)
class InceptionFile:
    """Where the weights are, where they are not looked for in the usual places."""

    path: Path | None = None
    """The file on this machine; None = torch's cache, then the Hub."""
    repo: str = REPO
    """Hub repository that holds it under its usual name."""
    sha256: str = SHA256
    """Digest that it must have, lower-case hexadecimal."""


class InceptionExtractor:
    """Pictures -> pooled features of Inception; a `FeatureExtractor`."""

    name = "Inception"
    frechet_name = "FID"
    kernel_name = "KID"
    dim = FEATURES

    def __init__(
        self,
        network: Inception,  # with the published weights
        device: torch.device | str = "cpu",  # where it looks
        sha256: str = SHA256,  # of the file that the weights came from
    ) -> None:
        self.device = torch.device(device)
        self.network = network.to(self.device)
        self.identity = f"inception-2015-12-05 {sha256} pool3 at {SIDE}"

    def __call__(self, pictures: torch.Tensor) -> torch.Tensor:
        """uint8 `[n, 3, s, s]`, RGB -> float32 `[n, 2048]` on the CPU; InputError if not so."""
        return self._look(pictures)[0].float().cpu()

    def probabilities(self, pictures: torch.Tensor) -> torch.Tensor:
        """uint8 `[n, 3, s, s]` -> float32 `[n, 1008]`, classes for the inception score."""
        return functional.softmax(self._look(pictures)[1].float(), dim=1).cpu()

    @torch.inference_mode()
    def _look(self, pictures: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        check_shape("pictures", pictures, [None, 3, None, None])
        return self.network(shown(pictures.to(self.device)))


def open_inception(
    device: torch.device | str = "cpu", file: InceptionFile | None = None
) -> InceptionExtractor:
    """Build the extractor of FID.

    Raises:
        SourceError: the weights cannot be had, or are not the published ones; says what helps.
    """
    file = file or InceptionFile()
    path = _found(file)
    source = WeightFile("inception", "FID", FILE, sha256=file.sha256, path=path)
    with torch.device("meta"):
        network = Inception()
    fill(network, named_under("", _read(path, file.sha256), source), source)
    network.eval().requires_grad_(False)
    return InceptionExtractor(network, device, file.sha256)


def _found(file: InceptionFile) -> Path:
    if file.path is not None:
        if file.path.is_file():
            return file.path
        raise SourceError(f"{file.path} is no file, so FID is off. {HELP}.")
    for name in (FILE, *OTHER_NAMES):
        kept = Path(torch.hub.get_dir()) / "checkpoints" / name
        if kept.is_file():
            return kept
    try:
        cached = try_to_load_from_cache(file.repo, FILE)
        if isinstance(cached, str):
            return Path(cached)
        # Where nothing answers, the download itself would try for half a minute.
        get_session().head(hf_hub_url(file.repo, FILE), timeout=PROBE_SECONDS)
        log.info("fetching %s of %s for FID", FILE, file.repo)
        return Path(hf_hub_download(file.repo, FILE))
    except (OSError, ValueError, httpx2.HTTPError) as error:
        reason = str(error).split("\n", 1)[0]
        raise SourceError(
            f"FID is off: {FILE} is not in torch's cache and {file.repo} does not give it "
            f"({reason}). {HELP}."
        ) from error


def _read(path: Path, sha256: str) -> Any:
    try:
        with path.open("rb") as opened:
            digest = hashlib.file_digest(opened, "sha256").hexdigest()
            if digest != sha256:
                raise SourceError(
                    f"FID is off: {path} has sha256 {digest}, expected {sha256}. {HELP}."
                )
            # The same open file: nobody can put another one in its place in between.
            opened.seek(0)
            # Tensors and plain values only: no code of the file is run.
            return torch.load(opened, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError, OSError) as error:
        reason = str(error).split("\n", 1)[0]
        raise SourceError(
            f"FID is off: {path} cannot be read as tensors ({reason}). {HELP}."
        ) from error
