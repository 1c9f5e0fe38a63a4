"""One resolution of the StyleGAN2 synthesis network, with its layers (arXiv 1912.04958)."""

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import nn

from mbtiface.errors import InputError
from mbtiface.networks.activations import bias_act, default_gain, split_gain
from mbtiface.networks.layers import BINOMIAL_TAPS, Conv2dLayer, FullyConnectedLayer
from mbtiface.networks.modulated_conv import modulated_conv2d
from mbtiface.networks.resample import setup_filter, upsample2d
from mbtiface.networks.shapes import check_choice, check_shape, is_tracing, layout_of

ARCHITECTURES = ("orig", "skip", "resnet")
NOISE_MODES = ("random", "const", "none")


class SynthesisLayer(nn.Module):
    """Modulated convolution, noise, bias and activation (section 2.2, figure 2c)."""

    resample_filter: torch.Tensor
    noise_const: torch.Tensor

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        w_dim: int,  # size of one latent
        resolution: int,  # side of the output in pixels
        kernel_size: int = 3,  # odd; the padding keeps the size
        up: int = 1,  # factor of upsampling
        use_noise: bool = True,  # add noise, one map for all channels
        activation: str = "lrelu",  # a key of ACTIVATIONS
        resample_filter: Sequence[float] = BINOMIAL_TAPS,  # taps of the low-pass filter
        conv_clamp: float | None = None,  # limit of the output's magnitude; None = none
        channels_last: bool = False,  # store the kernels in that memory format
    ) -> None:
        super().__init__()
        self.in_channels = in_channels
        self.resolution = resolution
        self.up = up
        self.use_noise = use_noise
        self.activation = activation
        self.conv_clamp = conv_clamp
        self.padding = kernel_size // 2
        self.act_gain = default_gain(activation)

        layout = torch.channels_last if channels_last else torch.contiguous_format
        weight = torch.randn(out_channels, in_channels, kernel_size, kernel_size)
        self.affine = FullyConnectedLayer(w_dim, in_channels, bias_init=1)
        self.weight = nn.Parameter(weight.to(memory_format=layout))
        if use_noise:
            self.noise_strength = nn.Parameter(torch.zeros([]))
        self.bias = nn.Parameter(torch.zeros(out_channels))
        self.register_buffer("resample_filter", setup_filter(resample_filter))
        if use_noise:
            self.register_buffer("noise_const", torch.randn(resolution, resolution))

    def forward(
        self,
        x: torch.Tensor,  # [batch, in_channels, height, width]
        w: torch.Tensor,  # [batch, w_dim]
        noise_mode: str = "random",  # "random", "const" or "none"
        fused_modconv: bool = True,  # scale the kernels instead of the feature maps
        gain: float = 1.0,  # factor on the output
    ) -> torch.Tensor:
        """Return [batch, out_channels, resolution, resolution] in x's dtype."""
        side = self.resolution // self.up
        check_shape("x", x, [None, self.in_channels, side, side])
        before, after = split_gain(self.activation, self.act_gain * gain)
        x = modulated_conv2d(
            x,
            self.weight,
            self.affine(w),
            noise=self._noise(x.shape[0], noise_mode, before),
            up=self.up,
            padding=self.padding,
            resample_filter=self.resample_filter,
            # Published up-sampling kernels are stored for a convolution, all others as in torch.
            flip_weight=self.up == 1,
            fused_modconv=fused_modconv,
            gain=before,
        )
        clamp = None if self.conv_clamp is None else self.conv_clamp * gain
        bias = (self.bias * before).to(x.dtype)
        return bias_act(x, bias, act=self.activation, gain=after, clamp=clamp)

    def _noise(self, batch: int, noise_mode: str, gain: float) -> torch.Tensor | None:
        check_choice("noise_mode", noise_mode, NOISE_MODES)
        if not self.use_noise or noise_mode == "none":
            return None
        if noise_mode == "const":
            return self.noise_const * (self.noise_strength * gain)  # [resolution, resolution]
        side = self.resolution
        noise = torch.randn(batch, 1, side, side, device=self.noise_const.device)
        return noise * (self.noise_strength * gain)  # [batch, 1, resolution, resolution]


class ToRGBLayer(nn.Module):
    """Modulated convolution to colours, without demodulation, noise or activation (figure 7)."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,  # colours
        w_dim: int,  # size of one latent
        kernel_size: int = 1,  # odd; the padding keeps the size
        conv_clamp: float | None = None,  # limit of the output's magnitude; None = none
        channels_last: bool = False,  # store the kernels in that memory format
    ) -> None:
        super().__init__()
        self.conv_clamp = conv_clamp
        self.padding = kernel_size // 2
        layout = torch.channels_last if channels_last else torch.contiguous_format
        weight = torch.randn(out_channels, in_channels, kernel_size, kernel_size)
        self.affine = FullyConnectedLayer(w_dim, in_channels, bias_init=1)
        self.weight = nn.Parameter(weight.to(memory_format=layout))
        self.bias = nn.Parameter(torch.zeros(out_channels))
        self.weight_gain = 1 / math.sqrt(max(1, in_channels * kernel_size**2))

    def forward(
        self,
        x: torch.Tensor,  # [batch, in_channels, height, width]
        w: torch.Tensor,  # [batch, w_dim]
        fused_modconv: bool = True,  # scale the kernels instead of the feature maps
    ) -> torch.Tensor:
        """Return [batch, out_channels, height, width] in x's dtype."""
        # Without demodulation nothing undoes the fan-in, so it is divided out here.
        styles = self.affine(w) * self.weight_gain
        x = modulated_conv2d(
            x,
            self.weight,
            styles,
            padding=self.padding,
            demodulate=False,
            fused_modconv=fused_modconv,
        )
        return bias_act(x, self.bias.to(x.dtype), clamp=self.conv_clamp)


class SynthesisBlock(nn.Module):
    """All layers of one resolution; doubles the side of its input, the first starts from const."""

    resample_filter: torch.Tensor

    def __init__(
        self,
        in_channels: int,  # 0 = first block: a learned constant instead of an input
        out_channels: int,
        w_dim: int,  # size of one latent
        resolution: int,  # side of the output in pixels
        img_channels: int,  # colours of the picture
        is_last: bool,  # whether the picture has this resolution
        architecture: str = "skip",  # "orig", "skip" or "resnet" (figure 7)
        resample_filter: Sequence[float] = BINOMIAL_TAPS,  # taps of the low-pass filter
        conv_clamp: float | None = None,  # limit of each layer's output; None = none
        use_fp16: bool = False,  # run in float16, see force_fp32 of forward
        fp16_channels_last: bool = False,  # that memory format where float16 is used
        **layer_kwargs: Any,  # arguments of SynthesisLayer
    ) -> None:
        super().__init__()
        check_choice("architecture", architecture, ARCHITECTURES)
        self.in_channels = in_channels
        self.w_dim = w_dim
        self.resolution = resolution
        self.img_channels = img_channels
        self.is_last = is_last
        self.architecture = architecture
        self.use_fp16 = use_fp16
        self.channels_last = use_fp16 and fp16_channels_last
        self.num_conv = 1 if in_channels == 0 else 2
        self.num_torgb = int(is_last or architecture == "skip")
        shared: dict[str, Any] = {"conv_clamp": conv_clamp, "channels_last": self.channels_last}
        layer_kwargs = {**shared, "resample_filter": resample_filter, **layer_kwargs}

        self.register_buffer("resample_filter", setup_filter(resample_filter))
        if in_channels == 0:
            self.const = nn.Parameter(torch.randn(out_channels, resolution, resolution))
        else:
            self.conv0 = SynthesisLayer(
                in_channels, out_channels, w_dim, resolution, up=2, **layer_kwargs
            )
        self.conv1 = SynthesisLayer(out_channels, out_channels, w_dim, resolution, **layer_kwargs)
        if self.num_torgb:
            self.torgb = ToRGBLayer(out_channels, img_channels, w_dim, **shared)
        if in_channels != 0 and architecture == "resnet":
            self.skip = Conv2dLayer(
                in_channels,
                out_channels,
                kernel_size=1,
                bias=False,
                up=2,
                resample_filter=resample_filter,
                channels_last=self.channels_last,
            )

    def forward(
        self,
        x: torch.Tensor | None,  # [batch, in_channels, height / 2, width / 2]; None for the first
        img: torch.Tensor | None,  # [batch, img_channels, height / 2, width / 2]; None = no picture
        ws: torch.Tensor,  # [batch, num_conv + num_torgb, w_dim]
        noise_mode: str = "random",  # "random", "const" or "none"
        force_fp32: bool | None = None,  # None = float32 except on CUDA, where float16 is fast
        fused_modconv: bool | None = None,  # None = only where it is exact and fast
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        """Return features [batch, out_channels, height, width] and the float32 picture so far."""
        check_shape("ws", ws, [None, self.num_conv + self.num_torgb, self.w_dim])
        latents = iter(ws.unbind(dim=1))
        dtype, layout = self._precision(ws, force_fp32)
        if fused_modconv is None:
            # Grouped float16 convolutions are slow, training needs cheap gradients, and a traced
            # graph cannot have as many groups as there will be samples.
            fast = dtype != torch.float16 or len(ws) == 1
            fused_modconv = not self.training and not is_tracing() and fast

        # Input.
        if self.in_channels == 0:
            x = self.const.to(dtype=dtype, memory_format=torch.contiguous_format)
            # Not len(ws): a trace takes that for a constant.
            x = x.expand(ws.shape[0], *x.shape)  # [batch, out_channels, height, width]
            x = x.contiguous(memory_format=layout)
        elif x is None:
            raise InputError(f"the block at {self.resolution} px needs features, but got None")
        else:
            x = x.to(dtype=dtype, memory_format=layout)

        # Convolutions.
        if self.in_channels == 0:
            x = self.conv1(x, next(latents), noise_mode, fused_modconv)
        elif self.architecture == "resnet":
            branch_gain = math.sqrt(0.5)  # the sum of two unit-variance branches has unit variance
            shortcut = self.skip(x, gain=branch_gain)
            x = self.conv0(x, next(latents), noise_mode, fused_modconv)
            x = self.conv1(x, next(latents), noise_mode, fused_modconv, gain=branch_gain)
            x = shortcut + x
        else:
            x = self.conv0(x, next(latents), noise_mode, fused_modconv)
            x = self.conv1(x, next(latents), noise_mode, fused_modconv)
        assert x is not None

        # Picture.
        if img is not None:
            img = upsample2d(img, self.resample_filter)  # [batch, img_channels, height, width]
        if self.num_torgb:
            colours = self.torgb(x, next(latents), fused_modconv)
            colours = colours.to(ws.dtype, memory_format=torch.contiguous_format)
            img = colours if img is None else img + colours
        return x, img

    def _precision(
        self, ws: torch.Tensor, force_fp32: bool | None
    ) -> tuple[torch.dtype, torch.memory_format]:
        if force_fp32 is None:
            force_fp32 = ws.device.type != "cuda"
        dtype = torch.float16 if self.use_fp16 and not force_fp32 else ws.dtype
        return dtype, layout_of(self.conv1.weight)
