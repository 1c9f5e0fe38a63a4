"""The figure of a run: it falls as samples come nearer, and costs nothing that it should not."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from mbtiface.errors import InputError
from tests.train.metrics.toy_pictures import ToyExtractor, ToyGenerator, ToySet, toy_pictures
from train.metrics import generated
from train.metrics.frechet import frechet_distance, moments
from train.metrics.generated import Quality, QualityMeter, better
from train.metrics.kernel_distance import draw_subsets, kernel_distance, kernel_distance_over
from train.metrics.precision_recall import precision_recall
from train.metrics.samples import SampleOptions, samples

OPTIONS = SampleOptions(count=120, batch=50)


@pytest.fixture
def meter(tmp_path: Path) -> QualityMeter:
    training, held_out = ToySet(toy_pictures(90)), ToySet(toy_pictures(30, seed=1), "held")
    return QualityMeter(ToyExtractor(), training, tmp_path, OPTIONS, held_out=held_out)


def test_figures_are_those_of_the_samples(meter: QualityMeter) -> None:
    generator = ToyGenerator()
    found = meter.measure(generator)
    real = ToyExtractor()(toy_pictures(90))
    seen = ToyExtractor()(torch.cat(list(samples(generator, OPTIONS))))
    assert found.frechet == pytest.approx(frechet_distance(moments(real), moments(seen)))
    assert found.kernel == pytest.approx(1000 * kernel_distance(real, seen))
    coverage = precision_recall(real, seen)
    assert (found.precision, found.recall) == (coverage.precision, coverage.recall)
    assert (found.generated, found.real) == (120, 90)
    assert found.diversity_share.deviation == pytest.approx(1, abs=0.15)
    assert found.memory is not None
    assert abs(found.memory.memorised) < 0.4
    assert found.collapsed is None


def test_worse_generators_have_worse_figures(meter: QualityMeter) -> None:
    good, pale = meter.measure(ToyGenerator()), meter.measure(ToyGenerator(strength=0.5))
    assert pale.frechet > 2 * good.frechet
    assert pale.recall < good.recall
    assert better(good, None)
    assert better(good, pale.frechet)
    assert not better(pale, good.frechet)


def test_a_collapse_is_told_and_is_never_the_best(meter: QualityMeter) -> None:
    found = meter.measure(ToyGenerator(strength=0.02))
    assert found.collapsed is not None
    assert "has collapsed: pixels vary" in found.collapsed
    assert not better(found, None)


def test_copies_of_the_training_pictures_are_told(meter: QualityMeter) -> None:
    found, features = meter.measure_pictures(toy_pictures(90).split(32))
    assert features.shape == (90, 12)
    assert found.frechet == pytest.approx(0, abs=1e-6)
    assert found.precision == found.recall == 1
    assert found.memory is not None
    assert found.memory.memorised == pytest.approx(1)


def test_measuring_repeats_and_leaves_everything_as_it_was(meter: QualityMeter) -> None:
    generator = ToyGenerator().train()
    before = torch.get_rng_state()
    first = meter.measure(generator)
    assert torch.equal(torch.get_rng_state(), before)
    assert generator.training
    assert generator.dropout.training
    torch.manual_seed(9)
    assert meter.measure(generator) == first


def test_names_say_which_network_looked(meter: QualityMeter) -> None:
    found = meter.measure(ToyGenerator())
    assert list(found.scalars()) == [
        "FD-Toy",
        "KD-Toy-x1000",
        "precision",
        "recall",
        "deviation-share",
        "spread-share",
        "memorised",
    ]
    assert "FID" not in json.dumps(found.as_json())
    assert found.as_json()["memory"]["memorised"] == found.scalars()["memorised"]


def test_large_sets_are_compared_in_subsets(
    meter: QualityMeter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generated, "WHOLE", 100)
    found, seen = meter.measure_pictures(samples(ToyGenerator(), OPTIONS))
    expected = kernel_distance_over(meter.real.features, seen, draw_subsets(90, 120))
    assert found.kernel == pytest.approx(1000 * expected)


def test_real_features_are_shared_among_meters(meter: QualityMeter, tmp_path: Path) -> None:
    extractor = ToyExtractor()
    other = QualityMeter(extractor, ToySet(toy_pictures(90)), tmp_path, OPTIONS)
    assert extractor.calls == 0
    assert other.measure(ToyGenerator()) == replace(meter.measure(ToyGenerator()), memory=None)


def test_what_cannot_be_measured_is_refused(meter: QualityMeter) -> None:
    with pytest.raises(InputError, match="Samples have 8 px a side and the real pictures 16"):
        meter.measure(ToyGenerator(side=8))
    with pytest.raises(InputError, match="0 rows, but 2 are needed"):
        meter.measure_pictures([])
    with pytest.raises(InputError, match="not finite"):
        meter.measure(ToyGenerator(strength=float("nan")))


def test_what_is_not_finite_is_never_the_best(meter: QualityMeter) -> None:
    found: Quality = replace(meter.measure(ToyGenerator()), frechet=float("nan"))
    assert not better(found, None)
