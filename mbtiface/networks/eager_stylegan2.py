"""StyleGAN2 for rendering one picture at a time by plain torch on a CPU, in few passes over pixels.

Without a compiler each operation reads and writes whole feature maps, and that is what takes the
time, not the arithmetic. So here a layer is one convolution and, in place, its noise and its
activation:

- Style, demodulation, gain and bias go into the kernels where maps are large, and into the maps
  where kernels are (arXiv 1912.04958, section 2.2, equations 1-3).
- Up-sampling, convolution and filter are one convolution to the four pixels of each square, whose
  kernels are the 3 x 3 ones convolved with the filter. It multiplies four times as much as a
  transposed convolution, in one pass instead of three.
- Maps are channels-last and, from a side on, bfloat16 where the CPU multiplies that faster.
"""

from typing import cast

import torch
from torch import nn
from torch.nn import functional

from mbtiface.networks.activations import ACTIVATIONS, default_gain
from mbtiface.networks.folded_stylegan2 import block_at
from mbtiface.networks.modulated_conv import DEMODULATION_EPS
from mbtiface.networks.resample import upsample2d
from mbtiface.networks.synthesis import SynthesisNetwork
from mbtiface.networks.synthesis_block import SynthesisBlock, SynthesisLayer, ToRGBLayer

LAYOUT = torch.channels_last
ACTIVATION = "lrelu"
EXACT_PX = 16
"""Features up to this side are float32: cheap, and rounded there the whole picture would differ."""


class EagerStyleGan2(nn.Module):
    """`SynthesisNetwork` with its stored noise, one latent at a time. Not for training."""

    def __init__(self, synthesis: SynthesisNetwork, dtype: torch.dtype = torch.float32) -> None:
        """`dtype`: of the features beyond `EXACT_PX`; kernels are kept in it too."""
        super().__init__()
        sides = synthesis.block_resolutions
        const = cast(torch.Tensor, block_at(synthesis, sides[0]).const).detach()[None]
        self.const = const.to(memory_format=LAYOUT)
        blocks = []
        for side in sides:
            exact = side <= EXACT_PX
            blocks.append(_Block(block_at(synthesis, side), torch.float32 if exact else dtype))
        self.blocks = nn.ModuleList(blocks)

    def forward(self, ws: torch.Tensor) -> torch.Tensor:
        """`[1, num_ws, w_dim]` float32 -> pictures `[1, 3, size, size]`, about -1..1."""
        x, img = self.const, None
        start = 0
        for block in self.blocks:
            x, img = block(x, img, ws[:, start:])
            start += cast(_Block, block).count
        assert img is not None
        return img


def can_be_eager(synthesis: nn.Module) -> bool:
    """Whether it is a StyleGAN2 with leaky ReLU, to whose picture each block adds."""
    if not isinstance(synthesis, SynthesisNetwork):
        return False
    blocks = [block_at(synthesis, side) for side in synthesis.block_resolutions]
    layers = [layer for block in blocks for layer in _layers(block)]
    return all(block.architecture == "skip" for block in blocks) and all(
        layer.activation == ACTIVATION
        and layer.weight.shape[-1] == 3
        and layer.resample_filter.shape == (4, 4)
        for layer in layers
    )


class _Block(nn.Module):
    def __init__(self, block: SynthesisBlock, dtype: torch.dtype) -> None:
        super().__init__()
        self.dtype = dtype
        self.layers = nn.ModuleList(_Layer(layer, dtype) for layer in _layers(block))
        self.count = len(self.layers)
        self.colours = _Colours(block.torgb)
        self.filter = block.resample_filter

    def forward(
        self, x: torch.Tensor, img: torch.Tensor | None, ws: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        x = x.to(self.dtype)
        for k, layer in enumerate(self.layers):
            x = layer(x, ws[:, k])
        colours = self.colours(x, ws[:, self.count])
        return x, colours if img is None else upsample2d(img, self.filter).add_(colours)


class _Layer(nn.Module):
    """A synthesis layer. The kernels carry the gain, and four pixels each where it up-samples."""

    def __init__(self, layer: SynthesisLayer, dtype: torch.dtype) -> None:
        super().__init__()
        self.affine, self.up = layer.affine, layer.up == 2
        self.clamp = layer.conv_clamp
        gain = default_gain(layer.activation)
        weight = layer.weight.detach()
        self.energy = weight.square().sum(dim=(2, 3)).t().contiguous()  # [in, out]
        weight = weight * gain
        if self.up:
            weight = _four_pixels(weight, layer.resample_filter)
        self.bias = None
        noise = torch.zeros(1, 1, 1, 1)
        if layer.use_noise:
            noise = (layer.noise_const * layer.noise_strength * gain).detach()[None, None]
        bias = (layer.bias * gain).detach()
        side = layer.resolution // layer.up
        self.scales_kernels = weight.numel() < (side**2) * weight.shape[1]
        if self.scales_kernels:
            self.bias = (bias.repeat_interleave(4) if self.up else bias).to(dtype)
            self.offset = noise.to(dtype)
            self.weight = weight.to(memory_format=LAYOUT)
        else:
            self.offset = (noise + bias[:, None, None]).to(dtype, memory_format=LAYOUT)
            self.weight = weight.to(dtype, memory_format=LAYOUT)

    def forward(self, x: torch.Tensor, w: torch.Tensor) -> torch.Tensor:
        style = self.affine(w)  # [1, in]
        scale = (style.square() @ self.energy + DEMODULATION_EPS).rsqrt()  # [1, out]
        kernels = self.weight
        if self.scales_kernels:
            each = scale[0].repeat_interleave(4) if self.up else scale[0]
            kernels = (kernels * style[0, :, None, None] * each[:, None, None, None]).to(x.dtype)
        else:
            x = x * style.to(x.dtype)[:, :, None, None]
        y = functional.conv2d(x, kernels, self.bias, padding=1)
        if self.up:
            y = functional.pixel_shuffle(y, 2)
        if self.scales_kernels:
            y = y.add_(self.offset)
        else:
            y = torch.addcmul(self.offset, y, scale.to(x.dtype)[:, :, None, None])
        y = functional.leaky_relu(y, ACTIVATIONS[ACTIVATION].default_alpha, inplace=True)
        return y if self.clamp is None else y.clamp_(-self.clamp, self.clamp)


class _Colours(nn.Module):
    def __init__(self, layer: ToRGBLayer) -> None:
        super().__init__()
        self.affine, self.clamp = layer.affine, layer.conv_clamp
        self.weight = layer.weight.detach() * layer.weight_gain
        self.bias = layer.bias.detach()

    def forward(self, x: torch.Tensor, w: torch.Tensor) -> torch.Tensor:
        kernels = (self.weight * self.affine(w)[0, :, None, None]).to(x.dtype)
        y = functional.conv2d(x, kernels)
        y = y.to(torch.float32, memory_format=torch.contiguous_format)
        y = y + self.bias[:, None, None]
        return y if self.clamp is None else y.clamp_(-self.clamp, self.clamp)


def _layers(block: SynthesisBlock) -> list[SynthesisLayer]:
    first = [block.conv0] if block.in_channels else []
    return [*first, block.conv1]


def _four_pixels(weight: torch.Tensor, taps: torch.Tensor) -> torch.Tensor:
    """Kernels `[out, in, 3, 3]` of an up-sampling layer -> `[4 out, in, 3, 3]`, one a pixel.

    Up-sampled by zeros, convolved and filtered, pixel 2 i + p is the sum over t = -1..1 of
    x[i + t] K[p + 2 - 2 t], where K is the kernel convolved with the filter, times 4.
    """
    out_channels, in_channels = weight.shape[:2]
    flipped = 4 * taps.flip([0, 1])[None, None]
    whole = functional.conv2d(weight.reshape(-1, 1, 3, 3), flipped, padding=3)
    whole = whole.reshape(out_channels, in_channels, 6, 6)
    places = torch.tensor([[4, 2, 0], [5, 3, 1]])
    pixels = whole[:, :, places[:, None, :, None], places[None, :, None, :]]
    return pixels.permute(0, 2, 3, 1, 4, 5).reshape(4 * out_channels, in_channels, 3, 3)
