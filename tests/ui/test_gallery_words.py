"""What a bundle's figures say in words, and that a bundle without them says nothing."""

from typing import Any

import pytest

from mbtiface.personality.types import CODES, GENDERS
from mbtiface.services import Services
from mbtiface.settings import Settings
from mbtiface.ui import gallery
from mbtiface.ui.gallery_words import chance_line, pairs_line, rating_lines
from mbtiface.ui.page import Page, open_page
from tests.fakes import FakeManifest, FakeStudio


def page_of(**faces: Any) -> Page:
    studio = FakeStudio()
    studio.manifest = FakeManifest(metrics={"faces": faces} if faces else {})
    return open_page(Services(Settings(), studio), Settings())


def ratings(**values: Any) -> Page:
    return page_of(type_ratings={"female": {"ENTP": values}})


def chance(**values: Any) -> Page:
    return page_of(bootstrap={"female": {"ENTP": values}})


def test_the_strongest_four_are_told_by_degree() -> None:
    page = ratings(outgoing=0.81, smug=-0.4, dorky=0.2, smart=-1.3, alert=0.19, cute=0.1)
    assert rating_lines(page, "ENTP", "female", "en") == [
        "much less smart",
        "much more outgoing",
        "less smug",
        "a little more dorky",
    ]
    assert rating_lines(page, "ENTP", "female", "ko") == [
        "훨씬 덜 똑똑해 보여요",
        "훨씬 더 활달해 보여요",
        "덜 우쭐해 보여요",
        "조금 더 어수룩해 보여요",
    ]


def test_what_hardly_differs_or_has_no_word_is_not_told() -> None:
    page = ratings(outgoing=0.14, iq=2.0, smart="much")
    assert rating_lines(page, "ENTP", "female", "en") == ["Nothing stands out."]
    assert rating_lines(page, "ENTP", "male", "en") is None
    assert rating_lines(ratings(iq=2.0), "ENTP", "female", "en") is None


@pytest.mark.parametrize(
    ("apart", "alike", "told"),
    [
        (False, ["ENFP"], "It rests on 25 women, so even its difference from all women may be"),
        (True, [], "It differs beyond chance from all women and from the fifteen other types."),
        (True, ["ESTP", "ENFP"], "what sets it apart from ESTP, ENFP may be chance."),
        (True, ["ENTP"], "from the fifteen other types."),
        (True, list(CODES[:9]), "apart from 8 of the fifteen other types may be chance."),
    ],
)
def test_one_sentence_says_what_may_be_chance(apart: bool, alike: list[str], told: str) -> None:
    line = chance_line(chance(apart=apart, alike=alike), "ENTP", "female", "en")
    assert told in line
    assert line.count(".") == 1


def test_the_page_says_how_many_pairs_differ() -> None:
    page = page_of(bootstrap={"resamples": 2000, "pairs_apart": {"female": 34, "male": 0}})
    line = pairs_line(page, "en")
    assert "2,000 times" in line
    assert "34 of 120 pairs for women, 0 of 120 for men" in line
    assert line in gallery.markup(page, "en")


@pytest.mark.parametrize(
    "page",
    [
        page_of(),
        page_of(bootstrap=None, type_ratings=[]),
        page_of(
            bootstrap={"female": 3, "pairs_apart": {"female": "many"}}, type_ratings={"female": {}}
        ),
    ],
)
def test_without_figures_nothing_is_said(page: Page) -> None:
    assert pairs_line(page, "ko") == ""
    assert "mf-pairs" not in gallery.markup(page, "ko")
    for gender in GENDERS:
        assert chance_line(page, "ENTP", gender, "ko") == ""
        assert rating_lines(page, "ENTP", gender, "ko") is None
