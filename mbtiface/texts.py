"""What the page says: one file a language, `assets/texts/<language>.json`, and no text elsewhere.

A new language is a new file: it is found by its name, checked against Korean, in which the texts
are written first, and offered on the page.
"""

import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from mbtiface.errors import InputError, MbtifaceError

FOLDER = Path(__file__).resolve().parents[1] / "assets" / "texts"
FIRST = "ko"
PLACE = re.compile(r"\{(\w+)\}")
"""What a text leaves open for `str.format`."""


@lru_cache
def languages() -> tuple[str, ...]:
    """Return the languages that there are texts in, Korean first."""
    found = (path.stem for path in FOLDER.glob("*.json"))
    return tuple(sorted(found, key=lambda name: (name != FIRST, name)))


def parse_language(lang: str) -> str:
    """Return the language unchanged if there are texts in it.

    Raises:
        InputError: there are none.
    """
    if lang not in languages():
        raise InputError(f"Language {lang!r} is unknown. Use one of {', '.join(languages())}.")
    return lang


def read_texts(lang: str) -> dict[str, Any]:
    """Return all texts of a language, as its file holds them; never change them.

    `name` is what the language calls itself; `messages` the page's texts by tab, `typed` those that
    replace them where types are what people say of themselves; `survey`, `names` and `matching`
    what items, types and reasons are called.

    Raises:
        InputError: there are no texts in this language.
        MbtifaceError: its file cannot be read, or says other things than the Korean one.
    """
    return _read(parse_language(lang))


@lru_cache
def _read(lang: str) -> dict[str, Any]:
    path = FOLDER / f"{lang}.json"
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise MbtifaceError(
            f"The text file {path} cannot be read ({error}). Restore it from the repository."
        ) from error
    if lang != FIRST and (problems := differences(_read(FIRST), content)):
        raise MbtifaceError(
            f"The text file {path} does not say what {FIRST}.json says: {'; '.join(problems)}. "
            "Give it the same keys, with the same {names} in each text."
        )
    return dict(content)


def differences(first: object, other: object, at: str = "") -> list[str]:
    """Return where two trees of texts differ in keys, lengths or places left open."""
    where = at or "the file"
    if isinstance(first, dict) and isinstance(other, dict):
        found = [f"{at}{key} is missing" for key in first if key not in other]
        found += [f"{at}{key} is not known" for key in other if key not in first]
        for key in first:
            if key in other:
                found += differences(first[key], other[key], f"{at}{key}.")
        return found
    where = where.rstrip(".")
    if isinstance(first, list) and isinstance(other, list):
        if len(first) == len(other):
            return []
        return [f"{where} has {len(other)} texts, not {len(first)}"]
    if isinstance(first, str) and isinstance(other, str):
        ours, theirs = (sorted(set(PLACE.findall(text))) for text in (first, other))
        return [] if ours == theirs else [f"{where} leaves open {theirs}, not {ours}"]
    return [f"{where} is a {type(other).__name__}, not a {type(first).__name__}"]
