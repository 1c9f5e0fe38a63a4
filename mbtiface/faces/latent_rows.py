"""Latents as rows of plain numbers, the form in which they leave and enter the program."""

from collections.abc import Sequence
from typing import TypeGuard

import torch

from mbtiface.errors import InputError

DIGITS = 6
MAX_VALUE = 100.0
"""Largest absolute value accepted; those of a face lie within single digits."""


def latent_to_rows(w: torch.Tensor) -> list[list[float]]:
    """Return a w+ `[num_ws, w_dim]` as rows of floats, rounded to six decimals."""
    return [[round(value, DIGITS) for value in row] for row in w.tolist()]


def rows_to_latent(rows: object, num_ws: int, w_dim: int) -> torch.Tensor:
    """Return the w+ `[num_ws, w_dim]` float32 of rows of numbers.

    Raises:
        InputError: wrong shape, or a value that is no finite number or larger than 100.
    """
    if not _is_list(rows, num_ws):
        raise InputError(f"A latent must be {num_ws} rows of {w_dim} numbers.")
    for number, row in enumerate(rows):
        if not _is_list(row, w_dim):
            raise InputError(f"Row {number} of the latent must hold {w_dim} numbers.")
        for value in row:
            if not _is_number(value):
                raise InputError(
                    f"Row {number} of the latent holds {value!r}. "
                    f"Use numbers from {-MAX_VALUE:g} to {MAX_VALUE:g}."
                )
    return torch.tensor(rows, dtype=torch.float32)  # [num_ws, w_dim]


def _is_list(value: object, length: int) -> TypeGuard[Sequence[object]]:
    return isinstance(value, Sequence) and not isinstance(value, str) and len(value) == length


def _is_number(value: object) -> bool:
    # bool is an int to isinstance, yet True is no coordinate
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    # Not a number lies within no range, and an integer too large for a float is still compared.
    return abs(value) <= MAX_VALUE
