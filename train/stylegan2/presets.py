"""Named recipes. `auto` follows the size of the pictures, the rest are fixed tables."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from mbtiface.errors import InputError
from mbtiface.networks.shapes import check_resolution
from train.stylegan2.config import LossOptions, NetworkOptions, Precision, Recipe, UpdateOptions

PresetName = Literal[
    "auto", "paper256", "paper512", "paper1024", "stylegan2", "stylegan", "small64", "small128"
]
FULL_CHANNELS = 32768
"""Feature maps times side in px of the widest configuration of the papers."""
RAMP_UP = 0.05
"""Half-life of the average as a part of the pictures seen, at the start."""


@dataclass(frozen=True)
class Preset:
    """One line of the table; StyleGAN2-ADA, arXiv 2006.06676, figure 24 (appendix C)."""

    batch: int
    """Pictures in an iteration."""
    mbstd_group: int
    """Pictures in a group of the minibatch deviation."""
    channels: float
    """Part of the full number of feature maps."""
    rate: float
    """Learning rate of both networks."""
    gamma: float
    """Weight of R1."""
    ema_kimg: float
    """Half-life of the average, thousands of pictures."""
    mapping_layers: int = 8
    """Fully connected layers from z to w."""
    ramp_up: float | None = None
    """As `UpdateOptions.ema_ramp_up`."""


PRESETS: Mapping[str, Preset] = {
    "paper256": Preset(64, 8, 0.5, 0.0025, 1.0, 20.0),
    "paper512": Preset(64, 8, 1.0, 0.0025, 0.5, 20.0),
    "paper1024": Preset(32, 4, 1.0, 0.002, 2.0, 10.0),
    # Configuration F of StyleGAN2, arXiv 1912.04958, appendix B.
    "stylegan2": Preset(32, 4, 1.0, 0.002, 10.0, 10.0),
    # StyleGAN, arXiv 1812.04948, appendix C: logistic loss, R1 with gamma 10, 16384 / side maps.
    "stylegan": Preset(32, 4, 0.5, 0.002, 10.0, 10.0),
    # One free-tier GPU: a quarter of the maps. R1 by the rule of `auto`, 0.0002 side^2 / batch.
    "small64": Preset(32, 4, 0.25, 0.0025, 0.0256, 10.0, 2, RAMP_UP),
    "small128": Preset(32, 4, 0.25, 0.0025, 0.1024, 10.0, 2, RAMP_UP),
}


def automatic(side: int, processes: int) -> Preset:
    """The preset `auto` for pictures of `side` px (arXiv 2006.06676, appendix C).

    Batch and rate follow what fits into a GPU's memory, R1 the number of pixels.
    """
    batch = max(min(processes * min(4096 // side, 32), 64), processes)
    return Preset(
        batch=batch,
        mbstd_group=min(batch // processes, 4),
        channels=1.0 if side >= 512 else 0.5,
        rate=0.002 if side >= 1024 else 0.0025,
        gamma=0.0002 * side**2 / batch,
        ema_kimg=batch * 10 / 32,
        mapping_layers=2,
        ramp_up=RAMP_UP,
    )


def make_recipe(
    name: PresetName,
    side: int,  # of the pictures in px, a power of two, at least 8
    processes: int = 1,
    precision: Precision = "float32",
) -> Recipe:
    """The recipe of a name for pictures of a size.

    Raises:
        InputError: an unknown name, a side that is no power of two, or a batch that the processes
            cannot share.
    """
    check_resolution(side)
    if name != "auto" and name not in PRESETS:
        raise InputError(f"The preset {name!r} is unknown; use auto, {', '.join(PRESETS)}.")
    preset = automatic(side, processes) if name == "auto" else PRESETS[name]
    if preset.batch % processes:
        raise InputError(
            f"A batch of {preset.batch} ({name}) does not divide among {processes} processes. "
            "Use another number of them."
        )
    first = name == "stylegan"
    return Recipe(
        NetworkOptions(
            method="stylegan" if first else "stylegan2",
            mapping_layers=preset.mapping_layers,
            channel_base=int(FULL_CHANNELS * preset.channels),
            mbstd_group=preset.mbstd_group,
        ),
        # The original had no path length term. Its R1 came with every update; lazily it is the same
        # penalty at a third of the cost (arXiv 1912.04958, section 3.1).
        LossOptions(r1_gamma=preset.gamma, pl_weight=0.0 if first else 2.0),
        UpdateOptions(
            batch=preset.batch,
            batch_at_once=preset.batch // processes,
            g_rate=preset.rate,
            d_rate=preset.rate,
            ema_kimg=preset.ema_kimg,
            ema_ramp_up=preset.ramp_up,
        ),
        precision=precision,
    )
