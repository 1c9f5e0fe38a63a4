"""MobileStyleGAN for rendering alone: the same pictures in fewer passes over all pixels.

On a CPU the network is bound by memory, not by arithmetic. So all that does not depend on w is
done once, and what is linear is joined:

- The four bands of a wavelet up-sampling lie in four blocks of channels, by the order in which the
  convolution before it makes them; they become pixels as whole blocks too. A row of channels is
  then copied at once, where `wavelet.inverse_haar` picks out single ones.
- A style before the up-sampling and the one behind it are one factor, as is the transform's half.
- A head's transform is part of its convolution.
"""

from collections.abc import Sequence
from typing import cast

import torch
from torch import nn
from torch.nn import functional

from mbtiface.errors import InputError
from mbtiface.networks.mobile import Affine, MobileBlock, MobileSynthesis, StyledLayer, block_of
from mbtiface.networks.small_head import SmallHead, ThinLayer
from mbtiface.networks.wavelet import PICTURE_COEFFICIENTS

SLOPE = 0.2
SIGNS = ((1, 1, 1, 1), (1, 1, -1, -1), (1, -1, 1, -1), (1, -1, -1, 1))
"""What the low, vertical, horizontal and diagonal band are multiplied by in each of four pixels."""


class FoldedMobile(nn.Module):
    """`MobileSynthesis` at one size; shares no parameter with it. Not for training."""

    def __init__(self, synthesis: MobileSynthesis, size: int) -> None:
        super().__init__()
        self.num_ws, self.w_dim = synthesis.num_ws, synthesis.w_dim
        if size not in synthesis.sizes:
            raise InputError(f"Size {size} has no head in this network. Use {synthesis.sizes}.")
        self.last = block_of(size)
        blocks = [cast(MobileBlock, block) for block in synthesis.blocks][: self.last + 1]
        self.register_buffer("const", synthesis.const.detach()[None].clone())
        self.const: torch.Tensor
        self.start = _Factors([synthesis.conv1.affine])
        self.conv1 = _Layer(synthesis.conv1, in_bands=True)
        self.ups = nn.ModuleList(_up_factors(block.up, block.conv0.affine) for block in blocks)
        self.conv0s = nn.ModuleList(_Layer(block.conv0) for block in blocks)
        self.styles = nn.ModuleList(_Factors([block.conv1.affine]) for block in blocks)
        self.conv1s = nn.ModuleList(
            _Layer(block.conv1, in_bands=k < self.last) for k, block in enumerate(blocks)
        )
        if size == synthesis.img_resolution:
            self.head: nn.Module = _Head(synthesis)
        else:
            self.head = _Small(cast(SmallHead, synthesis.small_heads[str(size)]))

    def forward(self, ws: torch.Tensor) -> torch.Tensor:
        """`[batch, num_ws, w_dim]` float -> pictures `[batch, 3, size, size]`, about -1..1."""
        return self.fine(self.coarse(ws, 0), ws, 0)

    def coarse(self, ws: torch.Tensor, blocks: int) -> torch.Tensor:
        """Features after the first `blocks` blocks, the same for every size that has more."""
        x = self.const * self.start(ws[:, 0])
        x = self.conv1(x, _one(ws))
        return self._through(x, ws, range(blocks))

    def fine(self, x: torch.Tensor, ws: torch.Tensor, blocks: int) -> torch.Tensor:
        """Pictures of what `coarse` gave for as many blocks."""
        x = self._through(x, ws, range(blocks, self.last + 1))
        return self.head(x, ws[:, 2 * self.last + 3])

    def _through(self, x: torch.Tensor, ws: torch.Tensor, blocks: range) -> torch.Tensor:
        one = _one(ws)
        for k in blocks:
            x = x * self.ups[k](ws[:, 2 * k + 1])
            x = self.conv0s[k](_pixels(x), one)
            x = x * self.styles[k](ws[:, 2 * k + 2])
            x = self.conv1s[k](x, one)
        return x


class _Factors(nn.Module):
    """w -> one factor a channel: the product of one or two linear maps."""

    weight0: torch.Tensor
    bias0: torch.Tensor

    def __init__(self, affines: Sequence[Affine | nn.Linear], factor: float = 1.0) -> None:
        super().__init__()
        for k, affine in enumerate(affines):
            gain = float(getattr(affine, "gain", 1.0)) * (1.0 if k else factor)
            self.register_buffer(f"weight{k}", affine.weight.detach() * gain)
            self.register_buffer(f"bias{k}", affine.bias.detach() * gain)
        self.count = len(affines)

    def reorder(self, *orders: torch.Tensor) -> "_Factors":
        """Take other channels, of each map those of its own list."""
        for k, order in enumerate(orders):
            for name in (f"weight{k}", f"bias{k}"):
                setattr(self, name, getattr(self, name)[order].contiguous())
        return self

    def forward(self, w: torch.Tensor) -> torch.Tensor:
        """`[batch, w_dim]` -> `[batch, channels, 1, 1]`."""
        y = functional.linear(w, self.weight0, self.bias0)
        for k in range(1, self.count):
            y = y * functional.linear(w, getattr(self, f"weight{k}"), getattr(self, f"bias{k}"))
        return y[:, :, None, None]


class _Layer(nn.Module):
    """Depth-wise and point-wise convolution, noise, bias, leaky ReLU; the style came before."""

    def __init__(self, layer: StyledLayer, in_bands: bool = False) -> None:
        """`in_bands`: an up-sampling follows, so the channels come in four blocks, one a band."""
        super().__init__()
        depthwise = None if layer.weight_dw is None else layer.weight_dw.detach().clone()
        order = _bands(len(layer.bias)) if in_bands else torch.arange(len(layer.bias))
        self.register_buffer("depthwise", depthwise)
        self.register_buffer("weight", layer.weight.detach()[order].contiguous())
        self.register_buffer("bias", layer.bias.detach()[order])
        self.register_buffer("noise", layer.noise_const[None, None].clone())
        self.depthwise: torch.Tensor | None
        self.weight: torch.Tensor
        self.bias: torch.Tensor
        self.noise: torch.Tensor

    def forward(self, x: torch.Tensor, one: torch.Tensor) -> torch.Tensor:
        if self.depthwise is not None:
            x = functional.conv2d(x, self.depthwise, padding=1, groups=len(self.depthwise))
        x = functional.conv2d(x, self.weight, self.bias, padding=self.weight.shape[-1] // 2)
        return functional.leaky_relu(x + self.noise * one, SLOPE)


class _Head(nn.Module):
    """The distilled head."""

    def __init__(self, synthesis: MobileSynthesis) -> None:
        super().__init__()
        head = synthesis.head
        self.style = _Factors([head.affine])
        self.colours = _Coefficients(head.weight, head.bias)

    def forward(self, x: torch.Tensor, w: torch.Tensor) -> torch.Tensor:
        return _shuffle(self.colours(x * self.style(w)))


class _Small(nn.Module):
    """A head of a smaller size."""

    reduce: torch.Tensor
    reduce_bias: torch.Tensor
    fine: torch.Tensor
    fine_bias: torch.Tensor

    def __init__(self, head: SmallHead) -> None:
        super().__init__()
        channels = head.up.out_features
        # In the order of the features: low bands, then three high ones of each channel.
        after = torch.arange(channels // 4)
        after = torch.cat([after, after.repeat_interleave(3)])
        same = torch.arange(channels)
        self.style = _Factors([head.up, head.conv], float(head.gain)).reorder(same, after)
        width = head.width
        weight, bias = _numbers(head.reduce)
        self.register_buffer("reduce", weight[:width].contiguous())
        self.register_buffer("reduce_bias", bias[:width])
        self.shift = _Factors([head.shift])
        self.layers = nn.ModuleList(_Thin(cast(ThinLayer, layer)) for layer in head.layers)
        self.affine = _Factors([head.affine])
        self.expand = _Coefficients(head.expand.weight, head.expand.bias)
        # Fine detail is linear in the features but for a factor a band, so that comes before
        # the transform.
        self.register_buffer("fine", weight[width:].contiguous())
        self.register_buffer("fine_bias", bias[width:])
        self.detail = _Factors([head.detail])
        self.transform = _Coefficients(torch.eye(PICTURE_COEFFICIENTS)[:, :, None, None], None)

    def forward(self, x: torch.Tensor, w: torch.Tensor) -> torch.Tensor:
        x = x * self.style(w)
        fine = functional.conv2d(x, self.fine, self.fine_bias) * self.detail(w)
        y = functional.conv2d(x, self.reduce, self.reduce_bias)
        y = functional.leaky_relu(y + self.shift(w), SLOPE)
        for layer in self.layers:
            y = layer(y, w)
        return _shuffle(self.expand(y * self.affine(w)) + self.transform(fine))


class _Thin(nn.Module):
    """A thin layer as it is; only its linear maps are plain tensors."""

    depthwise: torch.Tensor
    depthwise_bias: torch.Tensor
    pointwise: torch.Tensor
    pointwise_bias: torch.Tensor

    def __init__(self, layer: ThinLayer) -> None:
        super().__init__()
        self.affine, self.shift = _Factors([layer.affine]), _Factors([layer.shift])
        for name, conv in (("depthwise", layer.depthwise), ("pointwise", layer.pointwise)):
            weight, bias = _numbers(conv)
            self.register_buffer(name, weight)
            self.register_buffer(f"{name}_bias", bias)

    def forward(self, x: torch.Tensor, w: torch.Tensor) -> torch.Tensor:
        x = functional.pad(x * self.affine(w), (1, 1, 1, 1), mode="replicate")
        x = functional.conv2d(x, self.depthwise, self.depthwise_bias, groups=len(self.depthwise))
        x = functional.conv2d(x, self.pointwise, self.pointwise_bias)
        return functional.leaky_relu(x + self.shift(w), SLOPE)


class _Coefficients(nn.Module):
    """A convolution to wavelet coefficients and their transform, as one: four blocks of colours."""

    weight: torch.Tensor
    bias: torch.Tensor

    def __init__(self, weight: torch.Tensor, bias: torch.Tensor | None) -> None:
        super().__init__()
        order = _bands(PICTURE_COEFFICIENTS)
        colours = PICTURE_COEFFICIENTS // 4
        signs = torch.tensor(SIGNS, dtype=torch.float32) * 0.5
        mixing = torch.kron(signs, torch.eye(colours))  # [4 pixels x 3, 4 bands x 3]
        joined = mixing @ weight.detach()[order].flatten(1)
        self.register_buffer("weight", joined[:, :, None, None].contiguous())
        offset = torch.zeros(len(order)) if bias is None else bias.detach()[order]
        self.register_buffer("bias", mixing @ offset)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return functional.conv2d(x, self.weight, self.bias)


def _one(ws: torch.Tensor) -> torch.Tensor:
    """A factor of 1 that no converter can know to be constant, `[batch, 1, 1, 1]`.

    Else noise and bias would be added up into one map of every channel, nine times the memory at
    1024 px, and slower.
    """
    return (ws[:, :1, :1] * 0 + 1)[:, :, :, None]


def _numbers(convolution: nn.Conv2d) -> tuple[torch.Tensor, torch.Tensor]:
    """Copies of its kernels and biases."""
    assert convolution.bias is not None
    return convolution.weight.detach().clone(), convolution.bias.detach().clone()


def _bands(channels: int) -> torch.Tensor:
    """Where the channels lie that are to come in four blocks: low, and each of the high bands."""
    quarter = channels // 4
    low, high = torch.arange(quarter), quarter + 3 * torch.arange(quarter)
    return torch.cat([low, high, high + 1, high + 2])


def _up_factors(up: Affine, after: Affine) -> _Factors:
    """Factors before an up-sampling: its own style, the next layer's, and the transform's half."""
    channels = len(up.bias)
    return _Factors([up, after], 0.5).reorder(
        _bands(channels), torch.arange(channels // 4).repeat(4)
    )


def _pixels(x: torch.Tensor) -> torch.Tensor:
    """Four blocks of bands -> features of twice the side; the factor one half came before."""
    low, vertical, horizontal, diagonal = x.chunk(4, dim=1)
    upper, lower = low + vertical, low - vertical
    same, other = horizontal + diagonal, horizontal - diagonal
    return _shuffle(torch.cat([upper + same, upper - same, lower + other, lower - other], dim=1))


def _shuffle(x: torch.Tensor) -> torch.Tensor:
    """Four blocks of channels, one a pixel of a 2 x 2 square -> `[batch, C / 4, 2h, 2w]`."""
    batch, channels, height, width = x.shape
    x = x.reshape(batch, 2, 2, channels // 4, height, width)
    x = x.permute(0, 3, 4, 1, 5, 2)
    return x.reshape(batch, channels // 4, 2 * height, 2 * width)
