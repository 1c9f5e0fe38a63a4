"""Texts: every language says the same things; a new language is one file; none is left over."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from mbtiface import texts
from mbtiface.errors import InputError, MbtifaceError
from mbtiface.personality import matching, names, survey
from mbtiface.personality.assets import FOLDER
from mbtiface.services import Services
from mbtiface.settings import read_settings
from mbtiface.ui import build, gallery, match, morph, photo
from mbtiface.ui.frame import frame_html
from mbtiface.ui.messages import load_messages
from mbtiface.ui.page import open_page
from tests.fakes import FakeStudio
from tests.program_files import ROOT, sources, text

KO, EN = (texts.read_texts(language) for language in ("ko", "en"))
ALIKE: set[str] = set()
"""Texts that are meant to be the same in Korean and English; so far none."""


def leaves(tree: object, at: str = "") -> Iterator[tuple[str, str]]:
    """Every text of a tree with its path."""
    if isinstance(tree, str):
        yield at, tree
    else:
        parts = tree.items() if isinstance(tree, dict) else enumerate(tree)
        for key, part in parts:
            yield from leaves(part, f"{at}.{key}" if at else str(key))


def test_both_languages_say_the_same_things() -> None:
    assert texts.languages() == ("ko", "en")
    assert texts.differences(KO, EN) == []


@pytest.mark.parametrize(
    ("other", "told"),
    [
        ({"a": "x {n}", "b": ["y"]}, []),
        ({"b": ["y"]}, ["a is missing"]),
        ({"a": "x {n}", "b": ["y"], "c": ""}, ["c is not known"]),
        ({"a": "x {m}", "b": ["y"]}, ["a leaves open ['m'], not ['n']"]),
        ({"a": "x {n}", "b": []}, ["b has 0 texts, not 1"]),
        ({"a": 3, "b": ["y"]}, ["a is a int, not a str"]),
    ],
)
def test_a_difference_is_named(other: dict[str, object], told: list[str]) -> None:
    assert texts.differences({"a": "{n} x", "b": ["z"]}, other) == told


def test_nothing_is_left_untranslated() -> None:
    english = dict(leaves(EN))
    same = {at for at, said in leaves(KO) if english[at] == said}
    assert same == ALIKE
    assert not [at for at, said in english.items() if re.search("[가-힣]", said) and at != "name"]
    # A Korean text may hold codes and names, but not be one English sentence.
    english_only = {at for at, said in leaves(KO) if not re.search("[가-힣]", said)}
    assert english_only == {"names.letter_form"}  # of two places and brackets


@pytest.mark.parametrize("lang", ["fr", "KO", "", None, ["ko"]])
def test_an_unknown_language_is_named(lang: object) -> None:
    with pytest.raises(InputError, match=r"Language .* is unknown\. Use one of ko, en\.") as caught:
        texts.read_texts(lang)
    assert repr(lang) in str(caught.value)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The texts in a folder of the test's own, with nothing remembered before or after."""

    def forget() -> None:
        texts.languages.cache_clear()
        texts._read.cache_clear()
        survey._items.cache_clear()
        matching._rules.cache_clear()

    for path in texts.FOLDER.glob("*.json"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    monkeypatch.setattr(texts, "FOLDER", tmp_path)
    forget()
    yield tmp_path
    forget()


def toy(tree: object) -> object:
    """The same tree in a language of one word, all places left open as they were."""
    if isinstance(tree, dict):
        return {key: toy(part) for key, part in tree.items()}
    if isinstance(tree, list):
        return [toy(part) for part in tree]
    return " ".join(["bla", *re.findall(r"{\w+}", str(tree))])


def test_a_new_language_is_one_file(folder: Path) -> None:
    toys = toy(EN) | {"name": "Blabla"}
    (folder / "xx.json").write_text(json.dumps(toys), encoding="utf-8")
    assert texts.languages() == ("ko", "en", "xx")
    settings = read_settings({"MBTIFACE_LANG": "xx"})
    page = open_page(Services(settings, FakeStudio()), settings)
    assert page.language_of(None, "ko-KR") == "xx"
    assert page.language_of("ko", "") == "ko"
    assert 'href="?lang=xx" hreflang="xx" lang="xx">Blabla</a>' in build.header_html(page, "ko")
    seen = [part(page, "xx") for part in (build.header_html, build.footer_html, photo.markup)]
    seen += [part(page, "xx") for part in (gallery.markup, match.markup, morph.markup)]
    seen.append(frame_html("<html><head></head></html>", page, "xx"))
    for english in ("Your type", "Faces shown", "Start face", "not affiliated", "Choose a photo"):
        assert not [html for html in seen if english in html]
    assert survey.items("xx")[0].text == "bla"
    assert names.type_name("ENTP", "xx") == "bla"
    assert matching.ranking("ENTP", "xx")[0].reason.startswith("bla")


def test_a_language_that_lacks_a_text_is_refused_with_its_key(folder: Path) -> None:
    short = json.loads((folder / "en.json").read_text(encoding="utf-8"))
    del short["messages"]["survey"]["survey_start"]
    (folder / "xx.json").write_text(json.dumps(short), encoding="utf-8")
    with pytest.raises(MbtifaceError, match=r"messages\.survey\.survey_start is missing"):
        texts.read_texts("xx")
    (folder / "xx.json").write_text("{", encoding="utf-8")
    with pytest.raises(MbtifaceError, match=r"xx\.json cannot be read"):
        texts.read_texts("xx")


def code() -> str:
    """Every program file, script and table as one text."""
    scripts = sorted((ROOT / "assets" / "scripts").glob("*.js"))
    tables = [path for path in sorted(FOLDER.glob("*/*.json")) if path.parent.name != "texts"]
    files = [path.read_text("utf-8") for path in (*scripts, *tables)]
    return "\n".join([*map(text, sources()), *files])


def used(keys: set[str], code: str) -> set[str]:
    """The keys that the code names: whole, by their end after a tab's name, or by a pattern."""
    plain = set(re.findall(r"""(?<=["'`])[\w-]+(?=["'`])""", code))
    filled = set(re.findall(r"""(?<=["'`])[\w-]*\$?{[^}"'`]*}[\w{}$-]*(?=["'`])""", code))
    # What a whole tab's texts are looked up by (`survey_${key}`) says nothing of single ones.
    anything = re.compile(r"(_|[a-z]+_|photo_page_|morph_walk_?)?\$?{[^}]*}")
    patterns = [
        re.compile(r"[\w-]+".join(map(re.escape, re.split(r"\$?{[^}]*}", name))))
        for name in filled
        if re.search(r"[a-z]_|_[a-z]", name) and not anything.fullmatch(name)
    ]
    found = set()
    for key in keys:
        parts = key.split("_")
        ends = {"_".join(parts[n:]) for n in range(len(parts))}
        ends |= {f"_{end}" for end in ends}
        if plain & ends or any(one.fullmatch(key) for one in patterns):
            found.add(key)
    return found


def test_no_text_is_left_over() -> None:
    keys = set(load_messages()["ko"])
    program = code()
    assert keys - used(keys, program) == set()
    assert used({"survey_nobody_says_this"}, program) == set()
