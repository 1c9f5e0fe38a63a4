"""Verdicts follow from figures, either way; and what is drawn of them."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import ImageFont

from train.commands import gan
from train.journey.claims import claims
from train.journey.curves import STRONG, Curve, Mark, draw_curves
from train.journey.record import Record, winner_of
from train.journey.sheet import wrapped
from train.journey.stages import Stage
from train.journey.telling import mended
from train.metrics.score_histograms import ScoreHistogram
from train.stylegan2.changes import Changes


def record(name: str, values: list[float], **changes: Any) -> Record:
    """A stage with a metric each 10 kimg."""
    stage = Stage(name, name.upper(), gan.Config(Path("d"), Path(name)))  # type: ignore[arg-type]
    lines = [
        {
            "step": 10_000 * k,
            "kimg": 10.0 * k,
            "frechet": value,
            "frechet_name": "FD",
            "collapsed": None,
        }
        for k, value in enumerate(values, 1)
    ]
    ticks = tuple({"kimg": 10.0 * k, "minutes": 1.0 * k} for k in range(1, len(values) + 1))
    found = {
        "ending": "done",
        "alarms": (),
        "histograms": (),
        "grids": (),
        "droplets": None,
        "figures": tuple(lines),
    }
    return Record(stage, ticks=ticks, **{**found, **changes})


def scored(kimg: float, overlap: float, gap: float) -> ScoreHistogram:
    means = {"training": gap, "generated": 0.0}
    return ScoreHistogram(
        kimg, (0.0, 1.0), (1.0,), (1.0,), None, {}, means, {"training-generated": overlap}, 0.0, 0.5
    )


def droplets(share: float) -> dict[str, Any]:
    layer = {"layer": "b64.conv1", "side": 64, "place_peak": 40.0}
    return {"share": share, "samples": 64, "limit": 30.0, "layers": [layer]}


def verdicts(*records: Record) -> dict[str, str]:
    return {claim.said: claim.verdict for claim in claims({each.name: each for each in records})}


@pytest.mark.parametrize(
    ("first", "second", "shown", "removed"),
    [
        (0.9, 0.1, "confirmed", "confirmed"),
        (0.9, 0.9, "confirmed", "contradicted"),
        (0.3, 0.2, "no difference", "no difference"),
        (0.0, 0.0, "contradicted", "cannot be said"),
    ],
)
def test_droplets(first: float, second: float, shown: str, removed: str) -> None:
    said = verdicts(
        record("stylegan", [9.0], droplets=droplets(first)),
        record("stylegan2", [9.0], droplets=droplets(second)),
    )
    assert said["StyleGAN shows droplet artefacts"] == shown
    assert said["StyleGAN2 removes the droplets"] == removed


@pytest.mark.parametrize(
    ("values", "broken"),
    [
        ([50.0, 40.0, 30.0], None),
        ([50.0, 30.0, 35.9], None),
        ([50.0, 30.0, 36.0, 40.0], 30.0),
        ([50.0, 30.0, 60.0, 31.0], None),
        ([50.0, 30.0, 60.0, 31.0, 45.0, 50.0], 50.0),
    ],
)
def test_samples_are_broken_from_where_they_never_recover(
    values: list[float], broken: float | None
) -> None:
    found = record("plain", values)
    assert found.broken_at == broken
    said = verdicts(found)["With so few photos samples of plain StyleGAN2 break"]
    assert said == ("contradicted" if broken is None else "confirmed")


def test_a_collapsed_snapshot_is_broken_and_never_the_best() -> None:
    found = record("plain", [30.0, 20.0, 5.0])
    found.figures[2]["collapsed"] = "all alike"
    assert found.best == (20.0, 20.0)
    assert found.broken_at == 30.0


def test_a_generator_that_has_not_moved_yet_is_not_the_best() -> None:
    """While the discriminator learns alone it is still the warm start's."""
    found = record("stylegan2", [5.0, 5.0, 40.0, 30.0])
    alone = replace(found.stage.run, change=Changes(d_first_kimg=20.0))
    waiting = replace(found, stage=replace(found.stage, run=alone))
    assert (found.best, found.broken_at) == ((10.0, 5.0), 30.0)
    assert (waiting.best, waiting.broken_at) == ((40.0, 30.0), None)


@pytest.mark.parametrize(
    ("overlap", "verdict"), [(0.7, "confirmed"), (0.1, "contradicted"), (0.42, "no difference")]
)
def test_scores_are_compared_at_the_last_common_moment(overlap: float, verdict: str) -> None:
    plain = record("plain", [1.0, 1.0], histograms=(scored(10, 0.9, 1.0), scored(20, 0.4, 9.0)))
    ada = record("ada", [1.0] * 3, histograms=(scored(20, overlap, 2.0), scored(30, 0.99, 0.0)))
    claim = next(each for each in claims({"plain": plain, "ada": ada}) if "drifting" in each.said)
    assert claim.verdict == verdict
    assert "At 20 kimg the distributions of the scores overlap by 40% without ADA and by " in (
        claim.evidence
    )
    assert "9.00 and 2.00 logits" in claim.evidence


def test_a_step_is_better_or_steadier_beyond_the_limit_only() -> None:
    steady, before = record("freeze-g", [30.0, 28.0]), record("freeze-d", [30.0, 20.0, 40.0])
    said = verdicts(before, steady)
    assert said["FreezeG gives better samples than FreezeD alone"] == "contradicted"
    assert said["FreezeG keeps samples from breaking"] == "confirmed"
    same = verdicts(before, record("freeze-g", [30.0, 20.5, 41.0]))
    assert same["FreezeG gives better samples than FreezeD alone"] == "no difference"
    assert same["FreezeG keeps samples from breaking"] == "no difference"
    whole = verdicts(record("freeze-d", [30.0, 20.0, 22.0]), record("freeze-g", [30.0, 20.0]))
    assert whole["FreezeG keeps samples from breaking"] == "cannot be said"
    lost = verdicts(before, record("freeze-g", [30.0, 20.5, 21.0], ending="not finite"))
    assert lost["FreezeG keeps samples from breaking"] == "contradicted"


def test_nothing_is_said_of_what_was_not_trained() -> None:
    assert set(verdicts().values()) == {"cannot be said"}
    assert winner_of([]) is None
    assert mended(record("ada", [1.0]), None) == ""


def test_the_next_step_is_told_figure_by_figure() -> None:
    before, after = record("plain", [30.0, 40.0]), record("ada", [25.0, 26.0])
    told = mended(after, before)
    assert told == (
        "Against PLAIN: best FD 30.0 -> 25.0; last FD 40.0 -> 26.0; broken from 20 kimg -> never; "
        "alarms 0 -> 0."
    )
    assert winner_of([before, after]) is after


def test_curves_are_drawn_where_their_values_are() -> None:
    picture = draw_curves(
        "t", [Curve("", [(0, 1.0), (10, 1.0)]), Curve("", [])], [Mark("here", 5.0)], (0, 1)
    )
    row = [picture.getpixel((x, 46)) for x in range(picture.width)]
    assert row.count(STRONG) > 300
    assert STRONG not in [picture.getpixel((x, 150)) for x in range(picture.width)]
    assert draw_curves("t", []).size == picture.size


def test_a_long_sentence_is_wrapped_and_loses_no_word() -> None:
    font = ImageFont.load_default(16)
    sentence = "one two three four five six seven eight nine ten " + "x" * 60
    lines = wrapped(sentence, font, 120)
    assert " ".join(lines) == sentence
    assert all(font.getlength(line) <= 120 for line in lines[:-1])
    assert len(lines) > 3
