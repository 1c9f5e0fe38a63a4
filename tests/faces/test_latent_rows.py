"""Latents as rows of numbers, both ways."""

import math

import pytest
import torch

from mbtiface.errors import InputError
from mbtiface.faces.latent_rows import latent_to_rows, rows_to_latent


def test_rows_keep_six_decimals() -> None:
    assert latent_to_rows(torch.tensor([[math.pi, -2.0]])) == [[3.141593, -2.0]]


def test_there_and_back() -> None:
    w = torch.randn(18, 512, generator=torch.Generator().manual_seed(0))
    back = rows_to_latent(latent_to_rows(w), 18, 512)
    assert back.dtype == torch.float32
    assert torch.allclose(back, w, atol=1e-6)


@pytest.mark.parametrize(
    ("rows", "word"),
    [
        (None, "2 rows of 3"),
        ("ab", "2 rows of 3"),
        ([[0, 0, 0]], "2 rows of 3"),
        ([[0, 0, 0], [0, 0]], "Row 1"),
        ([[0, 0, 0], "abc"], "Row 1"),
        ([[0, 0, 0], [0, None, 0]], "None"),
        ([[0, 0, 0], [0, True, 0]], "True"),
        ([[0, math.nan, 0], [0, 0, 0]], "nan"),
        ([[0, 1e9, 0], [0, 0, 0]], "1000000000"),
    ],
)
def test_bad_rows_are_refused_with_the_value(rows: object, word: str) -> None:
    with pytest.raises(InputError, match=word):
        rows_to_latent(rows, 2, 3)
