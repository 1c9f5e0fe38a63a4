"""What a bundle's figures say about its averages, in words: what was rated, and what is chance.

`manifest.metrics["faces"]` may hold two tables; a bundle without them says nothing here.

    type_ratings   gender -> code -> attribute -> mean rating against all faces of that gender, in
                   deviations
    bootstrap      `resamples`; gender -> code -> `apart`, whether the average differs beyond chance
                   from that of all faces of that gender, and `alike`, the types that it cannot be
                   told from; `pairs_apart`: gender -> how many of the 120 pairs differ
"""

from collections.abc import Mapping
from typing import Any

from mbtiface.personality.types import CODES, GENDERS
from mbtiface.ui.page import Page

MOST_RATINGS = 4
MOST_CODES = 3
"""Types named one by one; more are counted."""
DEGREES = ((0.8, "much_"), (0.4, ""), (0.15, "little_"))
"""From how many deviations on a rating gets which word; below the last it is not told."""


def rating_lines(page: Page, code: str, gender: str, language: str) -> list[str] | None:
    """Return the strongest ratings of a type's faces, such as "much more outgoing".

    None where the bundle does not know; a line that says so where nothing stands out.
    """
    known = _table(page, "type_ratings", gender, code)
    texts = page.messages[language]
    told = {
        name: float(value)
        for name, value in known.items()
        if isinstance(value, int | float) and f"gallery_rated_{name}" in texts
    }
    if not told:
        return None
    strongest = sorted(told, key=lambda name: -abs(told[name]))[:MOST_RATINGS]
    lines = [line for name in strongest if (line := _line(page, name, told[name], language))]
    return lines or [page.text("gallery_rated_none", language)]


def chance_line(page: Page, code: str, gender: str, language: str) -> str:
    """Return one sentence on what of a type's average may be chance; "" if it is not known."""
    known = _table(page, "bootstrap", gender, code)
    if not isinstance(known.get("apart"), bool):
        return ""
    alike = [other for other in CODES if other in known.get("alike", ()) and other != code]
    if not known["apart"]:
        kind = "no"
    elif not alike:
        kind = "all"
    else:
        kind = "few" if len(alike) <= MOST_CODES else "many"
    return page.text(
        f"gallery_chance_{kind}_{gender}",
        language,
        count=page.services.studio.type_count(code, gender),
        codes=", ".join(alike),
        number=len(alike),
    )


def pairs_line(page: Page, language: str) -> str:
    """Return one sentence on how many pairs of types differ beyond chance; "" if not known."""
    pairs = _table(page, "bootstrap", "pairs_apart")
    resamples = _table(page, "bootstrap").get("resamples")
    if not isinstance(resamples, int) or any(type(pairs.get(one)) is not int for one in GENDERS):
        return ""
    counts = {gender: pairs[gender] for gender in GENDERS}
    return page.text("gallery_pairs", language, resamples=f"{resamples:,}", **counts)


def _line(page: Page, name: str, value: float, language: str) -> str:
    for least, degree in DEGREES:
        if abs(value) >= least:
            side = "more" if value > 0 else "less"
            what = page.text(f"gallery_rated_{name}", language)
            return page.text(f"gallery_{degree}{side}", language, what=what)
    return ""


def _table(page: Page, *path: str) -> Mapping[str, Any]:
    """Return what lies at `metrics["faces"]` and on along `path`; empty where something is not."""
    found: Any = page.services.studio.manifest.metrics.get("faces")
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found if isinstance(found, Mapping) else {}
