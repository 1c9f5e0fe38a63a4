"""Renders one picture of a StyleGAN2 in bands of rows: the same picture in a sixth of the memory.

A 1024-px picture takes 600 MB beside the network's weights at once, which is more than the weights'
file. Where a band ends, rows of what it is made from are read beyond it, and what the missing
neighbours spoil is cut off.
"""

import torch

from mbtiface.networks.activations import bias_act, split_gain
from mbtiface.networks.modulated_conv import modulated_conv2d
from mbtiface.networks.resample import upsample2d
from mbtiface.networks.synthesis import SynthesisNetwork
from mbtiface.networks.synthesis_block import SynthesisBlock, SynthesisLayer

WHOLE_PX = 128
"""Up to this side blocks are rendered whole."""
BAND_ROWS = 64
"""Rows of the finished picture at a time."""
MARGIN = 4
"""Rows that a block reads beyond what it must give, on its input's side: two convolutions and two
filters spoil three."""


@torch.inference_mode()
def render_in_bands(synthesis: SynthesisNetwork, ws: torch.Tensor) -> torch.Tensor:
    """Render `[1, num_ws, w_dim]` with constant noise -> `[1, 3, height, width]` float32.

    A network of another architecture than skip connections, or a small one, is rendered whole.
    """
    modules = [synthesis.get_submodule(f"b{side}") for side in synthesis.block_resolutions]
    blocks = [each for each in modules if isinstance(each, SynthesisBlock)]
    other = any(block.architecture != "skip" for block in blocks)
    if synthesis.img_resolution <= WHOLE_PX or other:
        return synthesis(ws, noise_mode="const", force_fp32=True)
    whole = [block for block in blocks if block.resolution <= WHOLE_PX]
    x: torch.Tensor | None = None
    img: torch.Tensor | None = None
    start = 0
    for block in whole:
        x, img = block(x, img, ws[:, start : start + block.num_conv + 1], "const", True, False)
        start += block.num_conv
    assert x is not None
    assert img is not None
    last = synthesis.img_resolution
    picture = ws.new_empty(1, synthesis.img_channels, last, last)
    for top in range(0, last, BAND_ROWS):
        picture[:, :, top : top + BAND_ROWS] = _band(
            blocks[len(whole) :], ws[:, start:], x, img, (top, min(top + BAND_ROWS, last))
        )
    return picture


def _band(
    blocks: list[SynthesisBlock],
    ws: torch.Tensor,  # [1, rows of these blocks, w_dim]
    x: torch.Tensor,  # [1, channels, side, side] before the first
    img: torch.Tensor,  # [1, 3, side, side]
    rows: tuple[int, int],  # of the finished picture
) -> torch.Tensor:
    # What each block must give, from the last to the first, in rows of its own picture.
    wanted = [rows]
    for block in reversed(blocks):
        low, high = wanted[0]
        side = block.resolution // 2
        wanted.insert(0, (max(low // 2 - MARGIN, 0), min((high + 1) // 2 + MARGIN, side)))
    top = wanted[0][0]
    x, img = (each[:, :, top : wanted[0][1]] for each in (x, img))
    start = 0
    for block, (low, high) in zip(blocks, wanted[1:], strict=True):
        conv0, conv1, torgb = ws[:, start : start + 3].unbind(1)
        x = _layer(block.conv0, x, conv0, 2 * top)
        x = _layer(block.conv1, x, conv1, 2 * top)
        img = upsample2d(img, block.resample_filter) + block.torgb(x, torgb)
        # Rows that the band's missing neighbours have spoilt are among those left out.
        kept = slice(low - 2 * top, high - 2 * top)
        x, img, top = x[:, :, kept], img[:, :, kept], low
        start += block.num_conv
    return img


def _layer(layer: SynthesisLayer, x: torch.Tensor, w: torch.Tensor, top: int) -> torch.Tensor:
    """A layer on some rows; `top` is the first of them in its output."""
    before, after = split_gain(layer.activation, layer.act_gain)
    noise = None
    if layer.use_noise:
        rows = slice(top, top + x.shape[2] * layer.up)
        noise = layer.noise_const[rows] * (layer.noise_strength * before)
    x = modulated_conv2d(
        x,
        layer.weight,
        layer.affine(w),
        noise=noise,
        up=layer.up,
        padding=layer.padding,
        resample_filter=layer.resample_filter,
        flip_weight=layer.up == 1,
        gain=before,
    )
    bias = layer.bias * before
    return bias_act(x, bias, act=layer.activation, gain=after, clamp=layer.conv_clamp)
