"""Which augmentations are applied, how often and how strongly (arXiv 2006.06676, appendix B)."""

import math
from dataclasses import dataclass, fields
from typing import Any

from mbtiface.errors import InputError

BANDS = 4
"""Frequency bands of the filter augmentation."""


@dataclass(frozen=True)
class Augmentations:
    """Multipliers (0 = never, 1 = with probability p) and strengths of all augmentations.

    InputError for a negative or infinite number, or another number of bands.
    """

    xflip: float = 0.0
    """Mirroring: probability as a multiple of p."""
    rotate90: float = 0.0
    """Quarter turns: probability as a multiple of p."""
    xint: float = 0.0
    """Translation by whole pixels: probability as a multiple of p."""
    xint_max: float = 0.125
    """Farthest translation by whole pixels, in sides of the picture."""

    scale: float = 0.0
    """Zoom: probability as a multiple of p."""
    rotate: float = 0.0
    """Free rotation: probability, as a multiple of p, that at least one of two rotations acts."""
    aniso: float = 0.0
    """Stretching of one side at the other's cost: probability as a multiple of p."""
    xfrac: float = 0.0
    """Translation by any distance: probability as a multiple of p."""
    scale_std: float = 0.2
    """Standard deviation of the zoom, in octaves."""
    rotate_max: float = 1.0
    """Largest rotation, in half turns."""
    aniso_std: float = 0.2
    """Standard deviation of the stretching, in octaves."""
    xfrac_std: float = 0.125
    """Standard deviation of the translation, in sides of the picture."""

    brightness: float = 0.0
    """Brightness: probability as a multiple of p."""
    contrast: float = 0.0
    """Contrast: probability as a multiple of p."""
    lumaflip: float = 0.0
    """Mirrored luma, hue and saturation kept: probability as a multiple of p."""
    hue: float = 0.0
    """Rotation of the hue: probability as a multiple of p."""
    saturation: float = 0.0
    """Saturation: probability as a multiple of p."""
    brightness_std: float = 0.2
    """Standard deviation of the brightness, in units of the picture (white is 1, black -1)."""
    contrast_std: float = 0.5
    """Standard deviation of the contrast, in octaves."""
    hue_max: float = 1.0
    """Largest rotation of the hue, in half turns."""
    saturation_std: float = 1.0
    """Standard deviation of the saturation, in octaves."""

    imgfilter: float = 0.0
    """Gain of each frequency band: probability as a multiple of p."""
    imgfilter_bands: tuple[float, ...] = (1.0, 1.0, 1.0, 1.0)
    """Multiplier on that probability for each band, lowest frequencies first."""
    imgfilter_std: float = 1.0
    """Standard deviation of a band's gain, in octaves."""

    noise: float = 0.0
    """Added noise: probability as a multiple of p."""
    cutout: float = 0.0
    """A square set to zero: probability as a multiple of p."""
    noise_std: float = 0.1
    """Standard deviation of the noise's own standard deviation, in units of the picture."""
    cutout_size: float = 0.5
    """Side of the square, in sides of the picture."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "imgfilter_bands", tuple(self.imgfilter_bands))
        if len(self.imgfilter_bands) != BANDS:
            raise InputError(
                f"imgfilter_bands must hold {BANDS} multipliers, but is {self.imgfilter_bands}"
            )
        for field in fields(self):
            value = getattr(self, field.name)
            numbers = value if isinstance(value, tuple) else (value,)
            if not all(math.isfinite(number) and number >= 0 for number in numbers):
                raise InputError(
                    f"{field.name} must be finite and not negative, but is {value}; 0 switches off"
                )

    @property
    def moves(self) -> bool:
        """Whether any augmentation moves pixels."""
        return any((self.xflip, self.rotate90, self.xint)) or any(
            (self.scale, self.rotate, self.aniso, self.xfrac)
        )

    @property
    def recolours(self) -> bool:
        """Whether any augmentation changes colours."""
        return any((self.brightness, self.contrast, self.lumaflip, self.hue, self.saturation))


_GROUPS = {
    "b": ("xflip", "rotate90", "xint"),
    "g": ("scale", "rotate", "aniso", "xfrac"),
    "c": ("brightness", "contrast", "lumaflip", "hue", "saturation"),
    "f": ("imgfilter",),
    "n": ("noise",),
    "o": ("cutout",),
}


def _of(groups: str) -> Augmentations:
    """All augmentations of the groups, each with probability p."""
    chosen: dict[str, Any] = {name: 1.0 for group in groups for name in _GROUPS[group]}
    return Augmentations(**chosen)


PRESETS: dict[str, Augmentations] = {
    "blit": _of("b"),
    "geom": _of("g"),
    "color": _of("c"),
    "filter": _of("f"),
    "noise": _of("n"),
    "cutout": _of("o"),
    "bg": _of("bg"),
    "bgc": _of("bgc"),
    "bgcf": _of("bgcf"),
    "bgcfn": _of("bgcfn"),
    "bgcfnc": _of("bgcfno"),
}
"""The sets of the paper's figure 4, under the names that StyleGAN2-ADA gives them."""
