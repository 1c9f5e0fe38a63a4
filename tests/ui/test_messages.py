"""Texts: both languages say the same things, and say them within the rules."""

import re
from dataclasses import replace

import pytest

from mbtiface.services import Services
from mbtiface.settings import Settings
from mbtiface.ui import gallery
from mbtiface.ui.messages import LANGUAGES, check_same_keys, load_messages, load_typed
from mbtiface.ui.page import open_page
from tests.fakes import FakeStudio

MESSAGES = load_messages()
KEYS = sorted(MESSAGES["ko"])


def test_both_languages_have_the_same_keys() -> None:
    assert set(MESSAGES) == set(LANGUAGES)
    assert MESSAGES["ko"].keys() == MESSAGES["en"].keys()


def test_a_missing_key_is_named() -> None:
    with pytest.raises(ValueError, match="messages/tab.py lacks tab_b in 'en'"):
        check_same_keys("tab", {"ko": {"tab_a": "", "tab_b": ""}, "en": {"tab_a": ""}})


def test_a_foreign_prefix_is_named() -> None:
    with pytest.raises(ValueError, match="other_a must start with 'tab_'"):
        check_same_keys("tab", {"ko": {"other_a": ""}, "en": {"other_a": ""}})


@pytest.mark.parametrize("key", KEYS)
def test_a_text_takes_the_same_values_in_both_languages(key: str) -> None:
    korean, english = (sorted(re.findall(r"\{(\w+)\}", MESSAGES[lang][key])) for lang in LANGUAGES)
    assert korean == english


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_empty_or_shouts(key: str, language: str) -> None:
    text = MESSAGES[language][key]
    assert text.strip() == text != ""
    assert "!" not in text
    assert not re.search(r"accurate|analysis of your face|정확한|얼굴 분석", text)


def test_the_mark_of_others_is_named_only_where_it_must_be() -> None:
    named = {key for lang in LANGUAGES for key in KEYS if "MBTI" in MESSAGES[lang][key]}
    assert named == {"shell_footer"}


RATED = re.compile(
    r"평가|첫인상|느낀|\brated\b|\bratings?\b|\braters?\b|\bimpression", re.IGNORECASE
)


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_for_types_that_people_gave_replace_texts_with_the_same_values(language: str) -> None:
    typed = load_typed()
    assert typed["ko"].keys() == typed["en"].keys()
    for key, text in typed[language].items():
        values, others = (
            sorted(re.findall(r"\{(\w+)\}", each)) for each in (text, MESSAGES[language][key])
        )
        assert values == others, key
        assert not RATED.search(text), key
        assert "!" not in text


def test_a_bundle_of_types_says_nothing_of_raters_and_others_do() -> None:
    said = []
    for of_types in (False, True):
        studio = FakeStudio()
        studio.manifest = replace(studio.manifest, of_types=of_types)
        page = open_page(Services(Settings(), studio), Settings())
        said.append(gallery.markup(page, "en") + page.text("survey_honest", "en"))
    assert "rated ENTP" in said[0]
    assert "who say they are ENTP" in said[1]
    assert "first impression" not in said[1]
