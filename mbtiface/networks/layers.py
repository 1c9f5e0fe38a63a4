"""Equalised fully connected and convolution layers (Progressive GAN, arXiv 1710.10196, 4.1)."""

import math
from collections.abc import Sequence

import torch
from torch import nn

from mbtiface.networks.activations import bias_act, default_gain, split_gain
from mbtiface.networks.modulated_conv import conv2d_resample
from mbtiface.networks.resample import setup_filter
from mbtiface.networks.shapes import check_shape

# The binomial low-pass filter of StyleGAN2 (arXiv 1912.04958, appendix B).
BINOMIAL_TAPS = (1, 3, 3, 1)


def normalize_second_moment(x: torch.Tensor, dim: int = 1) -> torch.Tensor:
    """Return x divided by its root mean square along `dim`, same shape."""
    return x * (x.square().mean(dim=dim, keepdim=True) + 1e-8).rsqrt()


class FullyConnectedLayer(nn.Module):
    """Linear layer whose stored weights have unit variance and are scaled at run time."""

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,  # add a bias before the activation
        activation: str = "linear",  # a key of ACTIVATIONS
        lr_multiplier: float = 1.0,  # factor on weight and bias, thus on their learning rate
        bias_init: float = 0.0,  # initial stored value of every bias
    ) -> None:
        super().__init__()
        self.in_features = in_features
        self.out_features = out_features
        self.activation = activation
        self.weight = nn.Parameter(torch.randn(out_features, in_features) / lr_multiplier)
        self.bias = nn.Parameter(torch.full([out_features], float(bias_init))) if bias else None
        self.weight_gain = lr_multiplier / math.sqrt(in_features)
        self.bias_gain = lr_multiplier
        default_gain(activation)  # an unknown name shall fail here, not in the first forward

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map [batch, in_features] to [batch, out_features]; InputError for another width."""
        check_shape("x", x, [None, self.in_features])
        weight = self.weight.to(x.dtype) * self.weight_gain
        bias = None if self.bias is None else self.bias.to(x.dtype) * self.bias_gain
        # addmm spares a pass over the output in the most frequent case.
        if self.activation == "linear" and bias is not None:
            return torch.addmm(bias[None], x, weight.t())  # [batch, out_features]
        return bias_act(x @ weight.t(), bias, act=self.activation)  # [batch, out_features]


class Conv2dLayer(nn.Module):
    """Equalised convolution with optional resampling, bias, activation and clamp."""

    resample_filter: torch.Tensor

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int,  # odd; the padding keeps the size
        bias: bool = True,  # add a bias before the activation
        activation: str = "linear",  # a key of ACTIVATIONS
        up: int = 1,  # factor of upsampling
        down: int = 1,  # factor of downsampling
        resample_filter: Sequence[float] = BINOMIAL_TAPS,  # taps of the low-pass filter
        conv_clamp: float | None = None,  # limit of the output's magnitude; None = none
        channels_last: bool = False,  # store the kernels in that memory format
        trainable: bool = True,  # False = weight and bias are buffers, not parameters
    ) -> None:
        super().__init__()
        self.in_channels = in_channels
        self.activation = activation
        self.up = up
        self.down = down
        self.conv_clamp = conv_clamp
        self.padding = kernel_size // 2
        self.weight_gain = 1 / math.sqrt(max(1, in_channels * kernel_size**2))
        self.act_gain = default_gain(activation)

        self.register_buffer("resample_filter", setup_filter(resample_filter))
        layout = torch.channels_last if channels_last else torch.contiguous_format
        weight = torch.randn(out_channels, in_channels, kernel_size, kernel_size)
        weight = weight.to(memory_format=layout)
        offset = torch.zeros(out_channels) if bias else None
        self.weight: torch.Tensor
        self.bias: torch.Tensor | None
        if trainable:
            self.weight = nn.Parameter(weight)
            self.bias = None if offset is None else nn.Parameter(offset)
        else:
            self.register_buffer("weight", weight)
            self.register_buffer("bias", offset)

    def forward(self, x: torch.Tensor, gain: float = 1.0) -> torch.Tensor:
        """Map [batch, in_channels, height, width] to the output maps, times `gain`."""
        check_shape("x", x, [None, self.in_channels, None, None])
        before, after = split_gain(self.activation, self.act_gain * gain)
        x = conv2d_resample(
            x,
            (self.weight * (self.weight_gain * before)).to(x.dtype),
            self.resample_filter,
            up=self.up,
            down=self.down,
            padding=self.padding,
            # Published up-sampling kernels are stored for a convolution, all others as in torch.
            flip_weight=self.up == 1,
            bias=None if self.bias is None else (self.bias * before).to(x.dtype),
        )
        clamp = None if self.conv_clamp is None else self.conv_clamp * gain
        return bias_act(x, act=self.activation, gain=after, clamp=clamp)
