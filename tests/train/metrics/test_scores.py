"""Scores of a discriminator: their histograms, how much they overlap, and the figure."""

import json
import math
from pathlib import Path

import pytest
import torch

from mbtiface.errors import InputError, SourceError
from mbtiface.networks import Discriminator
from tests.train.metrics.toy_pictures import toy_pictures
from train.metrics.score_histograms import (
    ScoreHistogram,
    append_histogram,
    evenly,
    read_histograms,
    score_histogram,
    scores,
    smoothed,
)
from train.metrics.score_picture import COLOURS, LINES, draw_scores


def normal(count: int, mean: float, seed: int) -> torch.Tensor:
    return torch.randn(count, generator=torch.Generator().manual_seed(seed)) + mean


def histogram(kimg: float = 5.0, gap: float = 2.0) -> ScoreHistogram:
    return score_histogram(kimg, normal(900, gap, 0), normal(800, -gap, 1), normal(60, 0.0, 2))


@pytest.fixture
def discriminator() -> Discriminator:
    torch.manual_seed(0)
    return Discriminator(0, 16, 3, channel_base=128, channel_max=8)


def test_scores_are_those_of_the_network(discriminator: Discriminator) -> None:
    pictures = toy_pictures(14)
    before = torch.get_rng_state()
    found = scores(discriminator.train(), pictures, batch=8)
    assert torch.equal(torch.get_rng_state(), before)
    assert discriminator.training
    x = pictures.float() / 127.5 - 1
    with torch.no_grad():
        expected = [discriminator(part, None).flatten() for part in (x[:8], x[8:12])]
    torch.testing.assert_close(found, torch.cat(expected))  # two are no whole group


def test_shares_means_and_signs() -> None:
    training, generated = torch.tensor([1.0, 2.0, 3.0, -2.0]), torch.tensor([-1.0, -3.0])
    held_out = torch.tensor([0.0, 0.0])
    found = score_histogram(1.5, training, generated, held_out, bins=7)
    assert len(found.edges) == 8
    assert found.held_out is not None
    for shares in (found.training, found.generated, found.held_out):
        assert len(shares) == 7
        assert sum(shares) == pytest.approx(1)
    assert found.means == {"training": 1.0, "generated": -2.0, "held_out": 0.0}
    assert found.counts == {"training": 4, "generated": 2, "held_out": 2}
    assert found.r_t == 0.5
    # Equation 1 of the ADA paper: (1 - 0) / (1 - -2).
    assert found.r_v == pytest.approx(1 / 3)
    assert found.scalars()["score/r_v"] == found.r_v


def test_overlap_of_normal_distributions_is_the_known_one() -> None:
    # Of two of deviation 1 at distance d: 2 Phi(-d / 2).
    for gap in (0.0, 0.5, 1.0, 3.0):
        found = score_histogram(0, normal(4000, gap, 0), normal(4000, -gap, 1))
        expected = math.erfc(gap / math.sqrt(2))
        assert found.overlaps["training-generated"] == pytest.approx(expected, abs=0.04)
        assert list(found.overlaps) == ["training-generated"]
        assert found.r_v is None


def test_few_pictures_of_one_distribution_still_overlap() -> None:
    found = score_histogram(0, normal(1000, 0, 0), normal(1000, 0, 1), normal(40, 0, 2))
    assert found.overlaps["training-held_out"] > 0.8


def test_smoothing_keeps_the_sum_and_leaves_a_single_value() -> None:
    edges = torch.linspace(0, 8, 9).tolist()
    shares = [0.0, 0.5, 0.0, 0.0, 0.0, 0.0, 0.5, 0.0]
    found = smoothed(shares, edges, 10)
    assert found.sum() == pytest.approx(1)
    assert found[0] > 0.01
    alone = [0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    assert smoothed(alone, edges, 10).tolist() == alone


def test_lines_are_read_back_and_the_last_of_a_moment_counts(tmp_path: Path) -> None:
    path = tmp_path / "run" / "scores.jsonl"
    for kimg, gap in ((0.0, 0.1), (8.0, 1.0), (4.0, 0.5), (8.0, 2.0)):
        append_histogram(path, histogram(kimg, gap))
    with path.open("a") as opened:
        opened.write('{"kimg": 12.0, "edg')  # killed while writing
    found = read_histograms(path)
    assert found == [histogram(0.0, 0.1), histogram(4.0, 0.5), histogram(8.0, 2.0)]


def test_damaged_and_missing_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="scores.jsonl cannot be read"):
        read_histograms(tmp_path / "scores.jsonl")
    path = tmp_path / "scores.jsonl"
    path.write_text(json.dumps({"kimg": 1}) + "\n")
    append_histogram(path, histogram())
    with pytest.raises(SourceError, match="Line 1 of .* is no histogram"):
        read_histograms(path)


def test_first_and_last_are_among_those_drawn() -> None:
    many = [histogram(float(kimg)) for kimg in range(20)]
    assert [each.kimg for each in evenly(many, 5)] == [0, 5, 10, 14, 19]
    assert evenly(many[:3], 5) == many[:3]


def test_the_figure_shows_every_set_and_the_drift() -> None:
    picture = draw_scores([histogram(k * 4.0, 0.3 * k) for k in range(12)], "plain")
    seen = {colour for _, colour in picture.getcolors(1 << 20) or []}
    assert seen >= set(COLOURS.values())
    assert seen >= {colour for _, colour in LINES.values()}
    # The overlap of training and generated pictures falls: its line ends lower than it begins.
    right = picture.crop((picture.width // 2 + 40, 50, picture.width, picture.height))
    colour = LINES["held_out-generated"][1]
    places = [
        (x, y)
        for x in range(right.width)
        for y in range(right.height)
        if right.getpixel((x, y)) == colour
    ]
    assert min(places)[1] < max(places)[1]


def test_the_figure_needs_neither_held_out_pictures_nor_a_second_moment() -> None:
    only = score_histogram(0, normal(50, 1, 0), normal(50, -1, 1))
    picture = draw_scores([only])
    seen = {colour for _, colour in picture.getcolors(1 << 20) or []}
    assert COLOURS["training"] in seen
    assert COLOURS["held_out"] not in seen


def test_what_cannot_be_scored_or_drawn_is_refused(discriminator: Discriminator) -> None:
    with pytest.raises(InputError, match="3 pictures with no labels cannot be scored"):
        scores(discriminator, toy_pictures(3))
    with pytest.raises(InputError, match="8 pictures with 2 labels"):
        scores(discriminator, toy_pictures(8), torch.zeros(2, 4))
    with pytest.raises(InputError, match="The 2 scores of generated pictures"):
        score_histogram(0, torch.zeros(3), torch.tensor([0.0, float("inf")]))
    with pytest.raises(InputError, match="no scores to draw"):
        draw_scores([])
