"""The adaptive augmentation pipe: all augmentations in their order (arXiv 2006.06676, app. B)."""

from typing import Any

import torch
from torch import nn

from mbtiface.errors import InputError
from mbtiface.networks.resample import setup_filter
from mbtiface.networks.shapes import check_choice, check_shape
from train.stylegan2.augment_colour import colour_matrix, recolour
from train.stylegan2.augment_corruption import add_noise, cut_out
from train.stylegan2.augment_draws import Draws
from train.stylegan2.augment_filter import amplify, band_gains, filter_bank
from train.stylegan2.augment_geometry import SYM6_TAPS, resample, sampling_matrix
from train.stylegan2.augment_settings import PRESETS, Augmentations


class AugmentPipe(nn.Module):
    """Disturbs the pictures that a discriminator sees, each augmentation with probability p.

    All random numbers but the noise come from the CPU, so that no step waits for an accelerator;
    torch's global generators (or the given one) decide everything. It can be differentiated any
    number of times with respect to the pictures.
    """

    p: torch.Tensor
    Hz_geom: torch.Tensor
    Hz_fbank: torch.Tensor

    def __init__(
        self,
        generator: torch.Generator | None = None,  # on the CPU; None = torch's global ones
        **augmentations: Any,  # fields of Augmentations; all multipliers are 0 unless given
    ) -> None:
        super().__init__()
        unknown = set(augmentations) - set(Augmentations.__dataclass_fields__)
        if unknown:
            raise InputError(
                f"there is no augmentation {', '.join(sorted(unknown))}; use one of "
                f"{', '.join(Augmentations.__dataclass_fields__)}"
            )
        self.settings = Augmentations(**augmentations)
        self._generator = generator
        self._known_p: tuple[torch.Tensor, int, float] | None = None
        # Names as in published checkpoints.
        self.register_buffer("p", torch.ones([]))
        self.register_buffer("Hz_geom", setup_filter(SYM6_TAPS))
        self.register_buffer("Hz_fbank", filter_bank())

    @classmethod
    def preset(cls, name: str = "bgc", generator: torch.Generator | None = None) -> "AugmentPipe":
        """Return the pipe of a preset; InputError for a name that is not in PRESETS."""
        check_choice("augmentation preset", name, tuple(PRESETS))
        return cls(generator, **vars(PRESETS[name]))

    def forward(
        self,
        images: torch.Tensor,  # [batch, channels, height, width], float32 or float64
        debug_percentile: float | None = None,  # see Draws; None = draw
    ) -> torch.Tensor:
        """Return augmented pictures of the same shape and dtype; the same tensor where p is 0.

        InputError for another number of axes, half precision, or a p that is no probability.
        """
        check_shape("images", images, [None] * 4)
        if images.dtype not in (torch.float32, torch.float64):
            raise InputError(
                f"pictures to be augmented must be float32 or float64, but are {images.dtype}"
            )
        p = 1.0 if debug_percentile is not None else self._probability()
        if p == 0:
            return images
        draws = Draws(len(images), p, debug_percentile, self._generator)
        with torch.autocast(images.device.type, enabled=False):
            return self._augmented(images, draws)

    def _augmented(self, images: torch.Tensor, draws: Draws) -> torch.Tensor:
        settings = self.settings
        channels, height, width = images.shape[1:]
        if settings.moves:
            matrix = sampling_matrix(draws, settings, height, width)
            images = resample(images, matrix, self.Hz_geom)
        if settings.recolours:
            images = recolour(images, colour_matrix(draws, settings, channels))
        if settings.imgfilter > 0:
            images = amplify(images, band_gains(draws, settings), self.Hz_fbank)
        if settings.noise > 0:
            images = add_noise(images, draws, settings)
        if settings.cutout > 0:
            images = cut_out(images, draws, settings)
        return images

    def _probability(self) -> float:
        """The number in the buffer p; looked up only after a change, as an accelerator waits."""
        # Inference tensors keep no count of their changes.
        if self.p.is_inference():
            return float(self.p)
        if (
            self._known_p is None
            or self._known_p[0] is not self.p
            or self._known_p[1] != self.p._version
        ):
            p = float(self.p)
            if not p >= 0:
                raise InputError(f"p must be 0 or more, but is {p}; set it with p.fill_(...)")
            self._known_p = (self.p, self.p._version, p)
        return self._known_p[2]
