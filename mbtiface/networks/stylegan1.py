"""The first StyleGAN generator (arXiv 1812.04948): learned constant, noise, AdaIN.

Grown at once, without the progressive growing of the paper's section 2.
"""

from collections.abc import Mapping
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from mbtiface.networks.activations import bias_act
from mbtiface.networks.layers import Conv2dLayer, FullyConnectedLayer
from mbtiface.networks.mapping import MappingNetwork, mix_styles
from mbtiface.networks.resample import filter2d, setup_filter
from mbtiface.networks.shapes import check_choice, check_resolution, check_shape
from mbtiface.networks.synthesis import channels_at
from mbtiface.networks.synthesis_block import NOISE_MODES

# Second-order binomial low-pass filter after each upsampling (section 2).
BLUR_TAPS = (1, 2, 1)
# Keeps the instance normalisation finite for a constant map.
NORMALIZATION_EPS = 1e-8


class AdaptiveInstanceNorm(nn.Module):
    """Gives each feature map the mean and the deviation that w asks for (equation 1)."""

    def __init__(
        self,
        channels: int,  # feature maps
        w_dim: int,  # size of one latent
    ) -> None:
        super().__init__()
        self.affine = FullyConnectedLayer(w_dim, 2 * channels)
        # Appendix C: biases of the scales start at one, those of the shifts at zero.
        assert self.affine.bias is not None
        with torch.no_grad():
            self.affine.bias[:channels] = 1.0

    def forward(
        self,
        x: torch.Tensor,  # [batch, channels, height, width]
        w: torch.Tensor,  # [batch, w_dim]
    ) -> torch.Tensor:
        """Return the restyled feature maps, x's shape."""
        scale, shift = self.affine(w)[:, :, None, None].chunk(2, dim=1)  # [batch, channels, 1, 1]
        variance, mean = torch.var_mean(x, dim=[2, 3], correction=0, keepdim=True)
        x = (x - mean) * (variance + NORMALIZATION_EPS).rsqrt() * scale + shift
        return x


class StyleGAN1Layer(nn.Module):
    """Convolution if asked for, noise, bias, leaky ReLU and AdaIN (figure 1b)."""

    blur_filter: torch.Tensor
    noise_const: torch.Tensor

    def __init__(
        self,
        in_channels: int,  # 0 = no convolution: the layer works on its input as it is
        out_channels: int,
        w_dim: int,  # size of one latent
        resolution: int,  # side of the output in pixels
        up: int = 1,  # factor of upsampling before the convolution
    ) -> None:
        super().__init__()
        self.resolution = resolution
        self.up = up
        self.conv = None
        if in_channels:
            self.conv = Conv2dLayer(in_channels, out_channels, kernel_size=3, bias=False)
        self.noise_strength = nn.Parameter(torch.zeros(out_channels))
        self.bias = nn.Parameter(torch.zeros(out_channels))
        self.adain = AdaptiveInstanceNorm(out_channels, w_dim)
        self.register_buffer("noise_const", torch.randn(resolution, resolution))
        self.register_buffer("blur_filter", setup_filter(BLUR_TAPS))

    def forward(
        self,
        x: torch.Tensor,  # [batch, channels, height / up, width / up]
        w: torch.Tensor,  # [batch, w_dim]
        noise_mode: str = "random",  # "random", "const" or "none"
    ) -> torch.Tensor:
        """Return [batch, out_channels, resolution, resolution]."""
        # Convolution; the blur suppresses the staircase of the upsampling.
        if self.up > 1:
            x = functional.interpolate(x, scale_factor=self.up, mode="nearest")
        if self.conv is not None:
            x = self.conv(x)  # [batch, out_channels, resolution, resolution]
        if self.up > 1:
            x = filter2d(x, self.blur_filter)

        # Noise, one map with a learned strength for each channel.
        check_choice("noise_mode", noise_mode, NOISE_MODES)
        if noise_mode != "none":
            noise = self.noise_const  # [resolution, resolution]
            if noise_mode == "random":
                side = self.resolution
                noise = torch.randn(x.shape[0], 1, side, side, device=x.device, dtype=x.dtype)
            x = x + noise * self.noise_strength[:, None, None]

        # Activation and style.
        x = bias_act(x, self.bias, act="lrelu")
        x = self.adain(x, w)
        return x


class StyleGAN1Synthesis(nn.Module):
    """Two layers per resolution from a learned constant to a picture; owner of `num_ws`."""

    def __init__(
        self,
        w_dim: int,  # size of one latent
        img_resolution: int,  # side of the picture in pixels, a power of two
        img_channels: int,  # colours of the picture
        channel_base: int = 16384,  # feature maps times side, for wide blocks
        channel_max: int = 512,  # most feature maps of a block
    ) -> None:
        super().__init__()
        resolution_log2 = check_resolution(img_resolution)
        self.w_dim = w_dim
        self.img_resolution = img_resolution
        self.img_channels = img_channels
        resolutions = [2**i for i in range(2, resolution_log2 + 1)]
        self.num_ws = 2 * len(resolutions)

        channels = channels_at(4, channel_base, channel_max)
        self.const = nn.Parameter(torch.ones(channels, 4, 4))
        layers = []
        for resolution in resolutions:
            out_channels = channels_at(resolution, channel_base, channel_max)
            first = resolution == 4
            layers.append(
                StyleGAN1Layer(
                    0 if first else channels, out_channels, w_dim, resolution, 1 if first else 2
                )
            )
            layers.append(StyleGAN1Layer(out_channels, out_channels, w_dim, resolution))
            channels = out_channels
        self.layers = nn.ModuleList(layers)
        self.torgb = Conv2dLayer(channels, img_channels, kernel_size=1)

    def forward(
        self,
        ws: torch.Tensor,  # [batch, num_ws, w_dim]
        noise_mode: str = "random",  # "random", "const" or "none"
    ) -> torch.Tensor:
        """Return float32 pictures [batch, img_channels, height, width], about -1..1.

        InputError for latents of another shape or an unknown noise_mode.
        """
        check_shape("ws", ws, [None, self.num_ws, self.w_dim])
        x = self.const.expand(ws.shape[0], -1, -1, -1)  # [batch, channels, 4, 4]
        latents = ws.to(self.const.dtype).unbind(dim=1)  # num_ws times [batch, w_dim]
        for layer, w in zip(self.layers, latents, strict=True):
            x = layer(x, w, noise_mode)
        img: torch.Tensor = self.torgb(x)  # [batch, img_channels, height, width]
        return img


class StyleGAN1Generator(nn.Module):
    """StyleGAN generator, called as `Generator` is: mapping, then synthesis."""

    def __init__(
        self,
        z_dim: int,  # size of the input latent
        c_dim: int,  # size of the label; 0 = no labels
        w_dim: int,  # size of the intermediate latent
        img_resolution: int,  # side of the picture in pixels, a power of two
        img_channels: int,  # colours of the picture
        mapping_kwargs: Mapping[str, Any] | None = None,  # further arguments of MappingNetwork
        synthesis_kwargs: Mapping[str, Any] | None = None,  # ... of StyleGAN1Synthesis
    ) -> None:
        super().__init__()
        self.z_dim = z_dim
        self.c_dim = c_dim
        self.w_dim = w_dim
        self.img_resolution = img_resolution
        self.img_channels = img_channels
        self.synthesis = StyleGAN1Synthesis(
            w_dim, img_resolution, img_channels, **(synthesis_kwargs or {})
        )
        self.num_ws = self.synthesis.num_ws
        self.mapping = MappingNetwork(z_dim, c_dim, w_dim, self.num_ws, **(mapping_kwargs or {}))

    def forward(
        self,
        z: torch.Tensor,  # [batch, z_dim]
        c: torch.Tensor | None = None,  # [batch, c_dim]; ignored if c_dim is 0
        truncation_psi: float = 1.0,  # 1 = w as it is, 0 = the average w
        truncation_cutoff: int | None = None,  # truncate this many first layers; None = all
        style_mixing_prob: float = 0.0,  # chance that the later layers follow another random z
        noise_mode: str = "random",  # "random", "const" or "none"
    ) -> torch.Tensor:
        """Return pictures, float32 [batch, img_channels, height, width], about -1..1.

        InputError for inputs of another shape.
        """
        ws = self.mapping(z, c, truncation_psi, truncation_cutoff)  # [batch, num_ws, w_dim]
        # Mixing regularisation (section 3.1): one crossover point for the batch.
        if style_mixing_prob > 0 and torch.rand([]).item() < style_mixing_prob:
            cutoff = int(torch.randint(1, self.num_ws, []).item())
            other = torch.randn_like(z)
            others = self.mapping(
                other, c, truncation_psi, truncation_cutoff, skip_w_avg_update=True
            )
            ws = mix_styles(ws, others, cutoff)
        img: torch.Tensor = self.synthesis(ws, noise_mode=noise_mode)
        return img
