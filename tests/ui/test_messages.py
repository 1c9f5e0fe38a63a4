"""The page's texts: within the rules of tone, and true of the bundle that is shown."""

import re
from dataclasses import replace

import pytest

from mbtiface.services import Services
from mbtiface.settings import Settings
from mbtiface.texts import languages, read_texts
from mbtiface.ui import gallery
from mbtiface.ui.messages import load_messages, load_typed
from mbtiface.ui.page import open_page
from tests.fakes import FakeStudio

MESSAGES = load_messages()
KEYS = sorted(MESSAGES["ko"])


@pytest.mark.parametrize("language", languages())
def test_a_key_starts_with_its_tabs_name(language: str) -> None:
    for tab, texts in read_texts(language)["messages"].items():
        assert all(key.startswith(f"{tab}_") for key in texts)


@pytest.mark.parametrize("language", languages())
def test_no_text_is_empty_or_shouts(language: str) -> None:
    for key, text in (MESSAGES[language] | load_typed()[language]).items():
        assert text.strip() == text != "", key
        assert "!" not in text, key
        assert not re.search(r"accurate|analysis of your face|정확한|얼굴 분석", text), key


POLITE = re.compile(r"(요|까요|세요)[.?)]?$")


def test_korean_sentences_are_spoken() -> None:
    """해요체 to the end: no 합니다체, and no plain form where a sentence ends with a full stop."""
    for key, text in MESSAGES["ko"].items():
        assert not re.search(r"(습니다|ㅂ니다|됩니다|입니다|십시오)", text), key
        for sentence in re.findall(r"[^.]+(?=\.(?:\s|$))", text):
            if re.search(r"[가-힣]$", sentence) and not key.startswith("gallery_words"):
                polite = POLITE.search(sentence) or re.search("지금 얼굴|가운데서", sentence)
                label = re.search(r"(얼굴|모습|부터|까지|그림|네모)$", sentence)
                assert polite or label, (key, sentence)


def test_the_mark_of_others_is_named_only_where_it_must_be() -> None:
    named = {key for lang in languages() for key in KEYS if "MBTI" in MESSAGES[lang][key]}
    assert named == {"shell_footer"}


RATED = re.compile(
    r"평가|첫인상|느낀|\brated\b|\bratings?\b|\braters?\b|\bimpression", re.IGNORECASE
)


@pytest.mark.parametrize("language", languages())
def test_texts_for_types_that_people_gave_replace_texts_with_the_same_values(language: str) -> None:
    for key, text in load_typed()[language].items():
        values, others = (
            sorted(re.findall(r"\{(\w+)\}", each)) for each in (text, MESSAGES[language][key])
        )
        assert values == others, key
        assert not RATED.search(text), key


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
