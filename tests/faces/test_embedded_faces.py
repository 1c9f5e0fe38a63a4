"""The embedded bundle: adults, letters that lead where they say, pictures that differ."""

from itertools import combinations, pairwise

import numpy as np
import pytest
import torch

from mbtiface.faces.studio import ADULT_AGE, Studio
from mbtiface.personality.types import AXES, CODES, GENDERS, LETTERS, axis_of, sign_of

LETTERS_SHOWN = "ENTPENTJISFPIP"
SEEN_LEVELS = 0.25
"""Mean difference of two pictures in levels of 0..255 that is more than the last bits."""


@pytest.mark.parametrize("gender", [*GENDERS, "both"])
def test_each_letter_of_the_sequence_moves_its_own_impression(
    embedded_studio: Studio, gender: str
) -> None:
    start = embedded_studio.gender_mean("male" if gender == "male" else "female")
    frames = embedded_studio.sequence(start, LETTERS_SHOWN, gender)
    assert frames.shape == (1 + len(LETTERS_SHOWN), 18, 512)
    read = [embedded_studio.impression(w) for w in frames]
    for letter, (before, after) in zip(LETTERS_SHOWN, pairwise(read), strict=True):
        axis = axis_of(letter)
        change = {each: after[each] - before[each] for each in AXES}
        own = change.pop(axis) * sign_of(letter)
        assert own > 0.05, f"{letter}: {own:.3f}"
        assert max(map(abs, change.values())) < own / 3, f"{letter} moves {change} by {own:.3f}"


def test_all_pictures_of_the_sequence_differ(embedded_studio: Studio) -> None:
    frames = embedded_studio.sequence(embedded_studio.gender_mean("female"), LETTERS_SHOWN)
    images = embedded_studio.render(frames, 256)
    pixels = [np.asarray(image, dtype=np.int16) for image in images]
    assert len(pixels) == 15
    for (i, a), (k, b) in combinations(enumerate(pixels), 2):
        difference = np.abs(a - b).mean()
        assert difference > SEEN_LEVELS, f"frames {i} and {k} differ by {difference:.3f} levels"


@pytest.mark.parametrize("gender", GENDERS)
def test_averages_read_as_what_they_are_averages_of(embedded_studio: Studio, gender: str) -> None:
    for code in CODES:
        assert embedded_studio.type_count(code, gender) > 0
    for letter in LETTERS:
        read = embedded_studio.impression(embedded_studio.letter_mean(letter, gender))
        assert read[axis_of(letter)] * sign_of(letter) > 0.3, letter
        assert embedded_studio.letter_count(letter, gender) > 100
    is_male = embedded_studio.averages.read("gender", embedded_studio.gender_mean(gender))
    assert (float(is_male) > 0.5) == (gender == "male")
    assert embedded_studio.age(embedded_studio.gender_mean(gender)) >= ADULT_AGE


def test_made_up_faces_are_adults(embedded_studio: Studio) -> None:
    ages = torch.tensor([embedded_studio.age(embedded_studio.sample(k)) for k in range(40)])
    assert ages.min() >= ADULT_AGE
    assert ages.max() < 100
