"""One resolution of the StyleGAN2 discriminator (arXiv 1912.04958, figure 7)."""

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import nn

from mbtiface.errors import InputError
from mbtiface.networks.layers import BINOMIAL_TAPS, Conv2dLayer
from mbtiface.networks.resample import downsample2d, setup_filter
from mbtiface.networks.shapes import check_choice, check_shape, layout_of
from mbtiface.networks.synthesis_block import ARCHITECTURES


class DiscriminatorBlock(nn.Module):
    """All layers of one resolution; halves the side of its input.

    Layers count in the order fromrgb, conv0, conv1, skip; those below `freeze_layers` hold buffers
    instead of parameters (Freeze-D, arXiv 2002.10964).
    """

    resample_filter: torch.Tensor

    def __init__(
        self,
        in_channels: int,  # 0 = first block: takes the picture only
        tmp_channels: int,  # feature maps at the input's resolution
        out_channels: int,
        resolution: int,  # side of the input in pixels
        img_channels: int,  # colours of the picture
        first_layer_idx: int,  # layers of the network before this block
        architecture: str = "resnet",  # "orig", "skip" or "resnet" (figure 7)
        activation: str = "lrelu",  # a key of ACTIVATIONS
        resample_filter: Sequence[float] = BINOMIAL_TAPS,  # taps of the low-pass filter
        conv_clamp: float | None = None,  # limit of each layer's output; None = none
        use_fp16: bool = False,  # run in float16, see force_fp32 of forward
        fp16_channels_last: bool = False,  # that memory format where float16 is used
        freeze_layers: int = 0,  # first layers of the network to keep fixed
    ) -> None:
        super().__init__()
        check_choice("architecture", architecture, ARCHITECTURES)
        self.in_channels = in_channels
        self.resolution = resolution
        self.img_channels = img_channels
        self.architecture = architecture
        self.use_fp16 = use_fp16
        self.channels_last = use_fp16 and fp16_channels_last
        self.num_layers = 0
        self.register_buffer("resample_filter", setup_filter(resample_filter))

        def counted(channels_in: int, channels_out: int, size: int, **kwargs: Any) -> Conv2dLayer:
            index = first_layer_idx + self.num_layers
            self.num_layers += 1
            return Conv2dLayer(
                channels_in,
                channels_out,
                size,
                resample_filter=resample_filter,
                channels_last=self.channels_last,
                trainable=index >= freeze_layers,
                **kwargs,
            )

        active: dict[str, Any] = {"activation": activation, "conv_clamp": conv_clamp}
        if in_channels == 0 or architecture == "skip":
            self.fromrgb = counted(img_channels, tmp_channels, 1, **active)
        self.conv0 = counted(tmp_channels, tmp_channels, 3, **active)
        self.conv1 = counted(tmp_channels, out_channels, 3, down=2, **active)
        if architecture == "resnet":
            self.skip = counted(tmp_channels, out_channels, 1, bias=False, down=2)

    def forward(
        self,
        x: torch.Tensor | None,  # [batch, in_channels, height, width]; None for the first block
        img: torch.Tensor | None,  # [batch, img_channels, height, width]; None once it is used up
        force_fp32: bool | None = None,  # None = float32 except on CUDA, where float16 is fast
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        """Return features [batch, out_channels, height / 2, width / 2] and what is left of img.

        That is the halved picture for "skip" and None otherwise. InputError for a missing input
        or another shape.
        """
        side = self.resolution
        if x is not None:
            check_shape("x", x, [None, self.in_channels, side, side])
        elif self.in_channels:
            raise InputError(f"the block at {side} px needs features, but got None")

        # Precision of this block.
        if force_fp32 is None:
            given = x if x is not None else img
            force_fp32 = given is None or given.device.type != "cuda"
        half = self.use_fp16 and not force_fp32
        dtype = torch.float16 if half else self.conv0.weight.dtype
        layout = layout_of(self.conv0.weight)
        if x is not None:
            x = x.to(dtype=dtype, memory_format=layout)

        # Picture.
        if self.in_channels == 0 or self.architecture == "skip":
            if img is None:
                raise InputError(f"the block at {side} px needs a picture, but got None")
            check_shape("img", img, [None, self.img_channels, side, side])
            img = img.to(dtype=dtype, memory_format=layout)
            colours = self.fromrgb(img)
            x = colours if x is None else x + colours  # [batch, tmp_channels, height, width]
            skips = self.architecture == "skip"
            img = downsample2d(img, self.resample_filter) if skips else None

        # Convolutions.
        if self.architecture == "resnet":
            branch_gain = math.sqrt(0.5)  # the sum of two unit-variance branches has unit variance
            shortcut = self.skip(x, gain=branch_gain)
            x = self.conv1(self.conv0(x), gain=branch_gain)
            x = shortcut + x
        else:
            x = self.conv1(self.conv0(x))
        assert x is not None
        return x, img  # [batch, out_channels, height / 2, width / 2]
