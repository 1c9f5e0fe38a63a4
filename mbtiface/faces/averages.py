"""What a bundle knows of its labelled faces: `faces.safetensors` as a value with names."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch

from mbtiface.errors import InputError
from mbtiface.personality.types import (
    AXES,
    CODES,
    GENDERS,
    LETTERS,
    axis_of,
    check_gender,
    parse_code,
)

ATTRIBUTES = ("age", "gender", "young")
"""Maps beside the axes: age in years; gender from 0 (female) to 1 (male) as raters saw it; young
from 0.5 up where a made-up face may be a child's or a teenager's."""


@dataclass(frozen=True)
class Averages:
    """Averages, directions and maps of one bundle. All tensors float32; w+ is `[num_ws, w_dim]`."""

    tensors: Mapping[str, torch.Tensor]

    @staticmethod
    def shapes(num_ws: int, w_dim: int) -> dict[str, tuple[int, ...]]:
        """Names and shapes of `faces.safetensors` for a generator's latents."""
        ws = (num_ws, w_dim)
        shapes: dict[str, tuple[int, ...]] = {
            "w_avg": (w_dim,),
            "gender_means": (2, *ws),
            "type_means": (2, 16, *ws),
            "type_counts": (2, 16),
            "letter_means": (2, 8, *ws),
            "letter_counts": (2, 8),
            "directions": (2, 4, *ws),
            "impression.weight": (4, *ws),
            "impression.bias": (4,),
            "latent.mean": (w_dim,),
            "latent.scale": (w_dim,),
            "strength": (4,),
        }
        for name in ATTRIBUTES:
            shapes |= {f"{name}.weight": (1, *ws), f"{name}.bias": (1,)}
        return shapes

    def gender_mean(self, gender: str) -> torch.Tensor:
        """Average of all labelled faces of a gender."""
        return self.tensors["gender_means"][GENDERS.index(check_gender(gender))]

    def type_mean(self, code: str, gender: str) -> torch.Tensor:
        """Average of a type and gender."""
        row = GENDERS.index(check_gender(gender))
        return self.tensors["type_means"][row, CODES.index(parse_code(code))]

    def type_count(self, code: str, gender: str) -> int:
        """Labelled faces behind a type's average."""
        row = GENDERS.index(check_gender(gender))
        return int(self.tensors["type_counts"][row, CODES.index(parse_code(code))])

    def letter_mean(self, letter: str, gender: str) -> torch.Tensor:
        """Average of a letter and gender."""
        axis_of(letter)
        row = GENDERS.index(check_gender(gender))
        return self.tensors["letter_means"][row, LETTERS.index(letter)]

    def letter_count(self, letter: str, gender: str) -> int:
        """Labelled faces behind a letter's average."""
        axis_of(letter)
        row = GENDERS.index(check_gender(gender))
        return int(self.tensors["letter_counts"][row, LETTERS.index(letter)])

    def direction(self, axis: str, gender: str) -> torch.Tensor:
        """The step from 0 to +1 on an axis; for "both" the mean of women's and men's."""
        if axis not in AXES:
            raise InputError(f"Axis {axis!r} is unknown. Use {', '.join(AXES)}.")
        both = self.tensors["directions"][:, AXES.index(axis)]  # [2, num_ws, w_dim]
        return both.mean(0) if gender == "both" else both[GENDERS.index(check_gender(gender))]

    def read(self, name: str, w: torch.Tensor) -> torch.Tensor:
        """Read linear maps (`impression`, `age`, `gender`) from w+.

        Args:
            name: which map.
            w: `[..., num_ws, w_dim]`.

        Returns:
            `[..., values]`: 4 for `impression`, else 1.
        """
        weight, bias = self.tensors[f"{name}.weight"], self.tensors[f"{name}.bias"]
        return torch.einsum("...nd,vnd->...v", w, weight) + bias

    def weight(self, name: str) -> torch.Tensor:
        """Weights `[num_ws, w_dim]` of the map of an axis, `age` or `gender`."""
        if name in AXES:
            return self.tensors["impression.weight"][AXES.index(name)]
        if name in ATTRIBUTES:
            return self.tensors[f"{name}.weight"][0]
        raise InputError(f"{name!r} cannot be kept. Use {', '.join((*AXES, *ATTRIBUTES))}.")

    def strength(self, axis: str) -> float:
        """The default strength of an axis: how far one unit goes, chosen by eye."""
        return float(self.tensors["strength"][AXES.index(axis)])
