"""What a metric needs of a network that looks at pictures, and the choice of one."""

import logging
from typing import Literal, Protocol

import torch

from mbtiface.errors import SourceError
from train.metrics.efficientnet import open_efficientnet
from train.metrics.inception_weights import InceptionFile, open_inception

log = logging.getLogger(__name__)

ExtractorName = Literal["auto", "inception", "efficientnet"]


class FeatureExtractor(Protocol):
    """Looks at pictures."""

    name: str
    """Of the network."""
    frechet_name: str
    """What a Frechet distance on it is called: FID belongs to Inception alone."""
    kernel_name: str
    """What a kernel distance on it is called."""
    dim: int
    """Columns of the features."""
    identity: str
    """Changes whenever the features of a picture do: weights, layer, size it is shown at."""

    def __call__(self, pictures: torch.Tensor) -> torch.Tensor:
        """uint8 `[n, 3, s, s]`, RGB -> float32 `[n, dim]` on the CPU."""
        ...


def open_extractor(
    name: ExtractorName = "auto",
    device: torch.device | str = "cpu",
    file: InceptionFile | None = None,
) -> FeatureExtractor:
    """Open an extractor: `auto` = Inception where its weights can be had, else EfficientNet-Lite0.

    A run that compares its own numbers names the extractor from its second start on.

    Raises:
        SourceError: the weights cannot be had.
    """
    if name == "efficientnet":
        return open_efficientnet(device)
    try:
        return open_inception(device, file)
    except SourceError as error:
        # A file that was named is meant: nothing stands in for it.
        if name == "inception" or (file is not None and file.path is not None):
            raise
        log.warning("%s", error)
        return open_efficientnet(device)
