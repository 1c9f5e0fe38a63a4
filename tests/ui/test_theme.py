"""Colours: readable on both themes, told apart, and the same in CSS and on the card."""

import pytest

from mbtiface.personality.types import AXES, LETTERS
from mbtiface.ui.theme import DARK, DARK_AXES, LIGHT, LIGHT_AXES, colour_css, contrast

AA = 4.5
THEMES = {"light": (LIGHT, LIGHT_AXES), "dark": (DARK, DARK_AXES)}
# Linear RGB as seen without red or green receptors (Vienot, Brettel and Mollon 1999).
RED_GREEN_BLIND = {
    "protan": ((0.11238, 0.88762, 0.0), (0.11238, 0.88762, 0.0), (0.00401, -0.00401, 1.0)),
    "deutan": ((0.29275, 0.70725, 0.0), (0.29275, 0.70725, 0.0), (-0.02234, 0.02234, 1.0)),
}


def test_contrast_agrees_with_the_definition() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.478, abs=1e-3)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("ground", ["paper", "card"])
def test_texts_and_accents_are_readable(theme: str, ground: str) -> None:
    colours, axes = THEMES[theme]
    for colour in (colours["ink"], colours["muted"], *axes.values()):
        assert contrast(colour, colours[ground]) >= AA, colour


@pytest.mark.parametrize("theme", THEMES)
def test_every_letter_has_a_colour_of_its_own(theme: str) -> None:
    _, axes = THEMES[theme]
    assert set(axes) == set(LETTERS)
    assert len(set(axes.values())) == len(LETTERS)


def linear(colour: str) -> list[float]:
    values = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    return [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in values]


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("sight", RED_GREEN_BLIND)
@pytest.mark.parametrize("axis", AXES)
def test_the_pair_of_an_axis_is_told_apart_by_red_green_blind_people(
    theme: str, sight: str, axis: str
) -> None:
    def seen(colour: str) -> list[float]:
        rgb = linear(colour)
        rows = RED_GREEN_BLIND[sight]
        mixed = [sum(a * b for a, b in zip(row, rgb, strict=True)) for row in rows]
        return [max(0.0, value) ** (1 / 2.2) * 255 for value in mixed]

    first, second = (seen(THEMES[theme][1][letter]) for letter in axis)
    apart = sum((a - b) ** 2 for a, b in zip(first, second, strict=True)) ** 0.5
    assert apart > 30


def test_the_style_sheet_has_both_themes() -> None:
    css = colour_css() + colour_css(by_system=True)
    light, dark = css.split(".dark{")
    assert f"--axis-E:{LIGHT_AXES['E']}" in light
    assert f"--paper:{LIGHT['paper']}" in light
    assert f"--axis-E:{DARK_AXES['E']}" in dark
