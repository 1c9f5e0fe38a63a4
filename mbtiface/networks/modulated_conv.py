"""Convolution with resampling, and the modulated convolution of StyleGAN2 (arXiv 1912.04958)."""

import math

import torch
from torch.nn import functional

from mbtiface.networks.resample import (
    downsampling_padding,
    upfirdn2d,
    upsampling_padding,
)
from mbtiface.networks.shapes import check_shape

# Keeps the demodulation finite for a style of zeros.
DEMODULATION_EPS = 1e-8


def _upsampling_conv2d(
    x: torch.Tensor,  # [batch, in_channels, height, width]
    w: torch.Tensor,  # [out_channels, in_channels / groups, k, k], to be convolved with
    f: torch.Tensor | None,
    up: int,
    padding: list[int],  # of the zero-inserted map, filter included
    groups: int,
) -> torch.Tensor:
    """Upsample `up` times and convolve; the filter comes last, where it is cheapest."""
    out_channels, in_per_group, k, _ = w.shape
    # torch stores the kernels of a transposed convolution with the input channels in front.
    w = w.reshape(groups, out_channels // groups, in_per_group, k, k).transpose(1, 2)
    w = w.reshape(groups * in_per_group, out_channels // groups, k, k)
    x = functional.conv_transpose2d(x, w, stride=up, groups=groups)
    # The full convolution has padded by k - 1 before the first pixel, by k - up behind the last.
    left, right, top, bottom = padding
    rest = [left - (k - 1), right - (k - up), top - (k - 1), bottom - (k - up)]
    return upfirdn2d(x, f, padding=rest, gain=up**2)


def conv2d_resample(
    x: torch.Tensor,  # [batch, in_channels, height, width]
    w: torch.Tensor,  # [out_channels, in_channels / groups, k, k], x's dtype
    f: torch.Tensor | None = None,  # low-pass filter from setup_filter; None = none
    up: int = 1,  # integer factor of upsampling before the convolution
    down: int = 1,  # integer factor of downsampling after it
    padding: int = 0,  # pixels on each side, relative to the upsampled map
    groups: int = 1,  # convolution groups
    flip_weight: bool = True,  # True = correlation as in torch, False = convolution
    bias: torch.Tensor | None = None,  # [out_channels], x's dtype; None = none
) -> torch.Tensor:
    """Return x upsampled, convolved and downsampled: [batch, out_channels, height', width']."""
    around = [padding] * 4
    if up > 1:
        around = upsampling_padding(f, up, around)
    if down > 1:
        around = downsampling_padding(f, down, around)
    k = w.shape[-1]

    # Upsampling; a 1x1 kernel commutes with it and acts on the small map.
    if up > 1:
        if k == 1:
            x = functional.conv2d(x, w, groups=groups)
            x = upfirdn2d(x, f, up=up, padding=around, gain=up**2)
        else:
            kernel = w.flip([2, 3]) if flip_weight else w
            x = _upsampling_conv2d(x, kernel, f, up, around, groups)
        x = upfirdn2d(x, f, down=down) if down > 1 else x
        return x if bias is None else x + bias[:, None, None]

    # Downsampling; the filter commutes with the convolution, so only kept pixels are computed.
    kernel = w if flip_weight else w.flip([2, 3])
    if down > 1:
        if k == 1:
            x = upfirdn2d(x, f, down=down, padding=around)
            return functional.conv2d(x, kernel, bias, groups=groups)
        x = upfirdn2d(x, f, padding=around)
        return functional.conv2d(x, kernel, bias, stride=down, groups=groups)

    return functional.conv2d(x, kernel, bias, padding=padding, groups=groups)


def _rescale_for_half(
    weight: torch.Tensor, styles: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Bound weights and styles so that float16 cannot overflow; demodulation undoes the factors.

    StyleGAN2-ADA, arXiv 2006.06676, appendix D.
    """
    fan_in = weight[0].numel()
    peak_weight = weight.abs().amax(dim=[1, 2, 3], keepdim=True)  # [out_channels, 1, 1, 1]
    peak_style = styles.abs().amax(dim=1, keepdim=True)  # [batch, 1]
    return weight / (peak_weight * math.sqrt(fan_in)), styles / peak_style


def modulated_conv2d(
    x: torch.Tensor,  # [batch, in_channels, height, width]
    weight: torch.Tensor,  # [out_channels, in_channels, k, k]
    styles: torch.Tensor,  # [batch, in_channels], factors on the input channels
    noise: torch.Tensor | None = None,  # broadcast onto the output; None = none
    up: int = 1,  # integer factor of upsampling
    down: int = 1,  # integer factor of downsampling
    padding: int = 0,  # pixels on each side, relative to the upsampled map
    resample_filter: torch.Tensor | None = None,  # from setup_filter; needed for up or down
    demodulate: bool = True,  # bring each output channel back to unit variance
    flip_weight: bool = True,  # True = correlation as in torch, False = convolution
    fused_modconv: bool = True,  # scale the kernels (one grouped convolution) or the feature maps
    gain: float = 1.0,  # factor on the convolution, not on the noise
) -> torch.Tensor:
    """Convolve each sample with its own modulated kernels: [batch, out_channels, height', width'].

    StyleGAN2, arXiv 1912.04958, section 2.2, equations 1-3. InputError if channels disagree.
    """
    batch, in_channels = x.shape[:2]
    out_channels, _, k, _ = weight.shape
    check_shape("weight", weight, [None, in_channels, None, None])
    check_shape("styles", styles, [batch, in_channels])

    if x.dtype == torch.float16 and demodulate:
        weight, styles = _rescale_for_half(weight, styles)
    scale = None
    if demodulate:
        # Equation 3: the squared norm of a modulated kernel, without building the kernels.
        energy = styles.square() @ weight.square().sum(dim=[2, 3]).t()  # [batch, out_channels]
        scale = (energy + DEMODULATION_EPS).rsqrt() * gain  # [batch, out_channels]
    elif gain != 1:
        styles = styles * gain

    # Scale the kernels: one group of the convolution per sample.
    if fused_modconv:
        kernels = weight[None] * styles[:, None, :, None, None]
        if scale is not None:
            kernels = kernels * scale[:, :, None, None, None]
        kernels = kernels.reshape(batch * out_channels, in_channels, k, k).to(x.dtype)
        x = x.reshape(1, batch * in_channels, *x.shape[2:])
        x = conv2d_resample(
            x, kernels, resample_filter, up, down, padding, groups=batch, flip_weight=flip_weight
        )
        x = x.reshape(batch, out_channels, *x.shape[2:])

    # Scale the feature maps before and after one ordinary convolution.
    else:
        x = x * styles.to(x.dtype)[:, :, None, None]
        x = conv2d_resample(
            x, weight.to(x.dtype), resample_filter, up, down, padding, flip_weight=flip_weight
        )
        if scale is not None:
            factors = scale.to(x.dtype)[:, :, None, None]
            if noise is not None:  # both in one pass over all pixels
                return torch.addcmul(noise.to(x.dtype), x, factors)
            x = x * factors

    return x if noise is None else x + noise.to(x.dtype)
