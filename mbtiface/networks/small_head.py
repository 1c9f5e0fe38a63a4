"""Heads that make small pictures from the features of an early block of MobileStyleGAN.

The published network has a head after its last block only. What lies between an earlier block
and the picture is a chain of styled layers; a small head is a narrow copy of that chain which
works at the size of the features, where a layer costs a quarter to a sixteenth.
"""

import torch
from torch import nn
from torch.nn import functional

from mbtiface.networks.wavelet import PICTURE_COEFFICIENTS, inverse_haar


class ThinLayer(nn.Module):
    """Style on the input, depth-wise 3x3, point-wise 1x1, shift by w, leaky ReLU."""

    def __init__(
        self,
        w_dim: int,  # Size of one w.
        channels: int,  # Channels that come in and go out.
    ) -> None:
        super().__init__()
        self.affine = nn.Linear(w_dim, channels)
        self.depthwise = nn.Conv2d(
            channels, channels, 3, padding=1, padding_mode="replicate", groups=channels
        )
        self.pointwise = nn.Conv2d(channels, channels, 1)
        self.shift = nn.Linear(w_dim, channels)
        _start_affine(self.affine, 1.0)
        _start_affine(self.shift, 0.0)
        # Starts as a soft copy of the pixel itself.
        with torch.no_grad():
            self.depthwise.weight.mul_(0.1)[:, :, 1, 1] += 1

    def forward(self, x: torch.Tensor, w: torch.Tensor) -> torch.Tensor:
        """`[batch, channels, height, width]` and `[batch, w_dim]` -> the shape of `x`."""
        x = self.depthwise(x * _factors(self.affine, w))
        x = self.pointwise(x) + _factors(self.shift, w)
        return functional.leaky_relu(x, 0.2)


class SmallHead(nn.Module):
    """Features after one block and the row of w+ that follows it -> a picture of twice their size.

    Its first styles are those of the block that follows in the full network: fitting copies them.
    """

    def __init__(
        self,
        w_dim: int,  # Size of one w.
        in_channels: int,  # Channels of the features.
        num_layers: int = 2,  # Thin layers between the features and the picture.
    ) -> None:
        super().__init__()
        # Three sixteenths keep the head at a tenth of the network before it.
        self.width = max(4, in_channels * 3 // 16)
        self.up = nn.Linear(w_dim, in_channels)
        self.conv = nn.Linear(w_dim, in_channels // 4)
        # Brings styled features to unit variance; fitting sets it.
        self.register_buffer("gain", torch.ones(()))
        self.gain: torch.Tensor
        self.reduce = nn.Conv2d(in_channels, self.width + PICTURE_COEFFICIENTS, 1)
        self.shift = nn.Linear(w_dim, self.width)
        self.layers = nn.ModuleList(ThinLayer(w_dim, self.width) for _ in range(num_layers))
        self.affine = nn.Linear(w_dim, self.width)
        self.expand = nn.Conv2d(self.width, PICTURE_COEFFICIENTS, 1)
        self.detail = nn.Linear(w_dim, PICTURE_COEFFICIENTS)
        for linear in (self.up, self.conv, self.affine, self.detail):
            _start_affine(linear, 1.0)
        _start_affine(self.shift, 0.0)

    def forward(self, x: torch.Tensor, w: torch.Tensor) -> torch.Tensor:
        """Make pictures.

        Args:
            x: `[batch, in_channels, height, width]` features.
            w: `[batch, w_dim]`, the row of w+ after those that the features took.

        Returns:
            `[batch, 3, 2 * height, 2 * width]`, about -1..1.
        """
        x = self.reduce(x * self.style(w))
        # Fine detail is linear in the features; colours pass through the thin layers.
        x, detail = x.split([self.width, PICTURE_COEFFICIENTS], dim=1)
        x = functional.leaky_relu(x + _factors(self.shift, w), 0.2)
        for layer in self.layers:
            x = layer(x, w)  # [batch, width, height, width of the features]
        coefficients = self.expand(x * _factors(self.affine, w))
        return inverse_haar(coefficients + detail * _factors(self.detail, w))

    def style(self, w: torch.Tensor) -> torch.Tensor:
        """Factors on the features, `[batch, in_channels, 1, 1]`.

        The style of the first layer after the up-sampling acts on all four bands of its channel,
        so it can be applied before the up-sampling.
        """
        after = _factors(self.conv, w)  # [batch, C / 4, 1, 1]
        bands = torch.cat([after, after.repeat_interleave(3, dim=1)], dim=1)
        return _factors(self.up, w) * bands * self.gain  # [batch, C, 1, 1]


def _factors(linear: nn.Linear, w: torch.Tensor) -> torch.Tensor:
    return linear(w)[:, :, None, None]  # [batch, channels, 1, 1]


def _start_affine(linear: nn.Linear, bias: float) -> None:
    """Start near a constant, with little influence of w."""
    with torch.no_grad():
        linear.weight.mul_(0.3)
        linear.bias.fill_(bias)
