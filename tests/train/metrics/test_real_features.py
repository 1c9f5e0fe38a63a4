"""Features of real pictures: computed once, and anew whenever they would be others."""

import logging
from pathlib import Path

import pytest
import torch

from mbtiface.errors import InputError
from tests.train.metrics.toy_pictures import SIDE, ToyExtractor, ToySet, toy_pictures
from train.metrics.diversity import feature_spread
from train.metrics.real_features import real_features


def test_features_are_computed_once(tmp_path: Path) -> None:
    pictures, extractor = ToySet(toy_pictures(70)), ToyExtractor()
    first = real_features(pictures, extractor, tmp_path / "kept")
    assert extractor.calls == 3  # batches of 32
    assert torch.equal(first.features, ToyExtractor()(pictures.content))
    assert torch.equal(first.indices, torch.arange(70))
    assert first.side == SIDE
    variance = pictures.content.double().var(0, correction=0).mean().sqrt().item()
    assert first.diversity.deviation == pytest.approx(variance)
    assert first.diversity.spread == pytest.approx(feature_spread(first.features))
    second = real_features(pictures, extractor, tmp_path / "kept")
    assert extractor.calls == 3
    assert torch.equal(second.features, first.features)
    assert torch.equal(second.indices, first.indices)
    assert (second.diversity, second.side) == (first.diversity, first.side)
    assert len(list((tmp_path / "kept").iterdir())) == 1


def test_another_set_size_or_extractor_is_another_file(tmp_path: Path) -> None:
    content = toy_pictures(6)
    sets = [
        ToySet(content),
        ToySet(content, digest="other"),
        ToySet(content[:5]),
        ToySet(content.flip(0)),
        ToySet(toy_pictures(6, side=8)),
    ]
    for number, pictures in enumerate(sets, 1):
        real_features(pictures, ToyExtractor(), tmp_path)
        assert len(list(tmp_path.iterdir())) == number
    real_features(sets[0], ToyExtractor(identity="toy 2"), tmp_path)
    real_features(sets[0], ToyExtractor(), tmp_path, most=4)
    assert len(list(tmp_path.iterdir())) == len(sets) + 2


def test_a_part_stands_for_a_large_set(tmp_path: Path) -> None:
    pictures = ToySet(toy_pictures(50))
    found = real_features(pictures, ToyExtractor(), tmp_path, most=20)
    assert len(set(found.indices.tolist())) == 20
    assert found.indices.max() > 20
    assert torch.equal(found.features, ToyExtractor()(pictures.content[found.indices]))


def test_a_damaged_file_is_made_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    pictures = ToySet(toy_pictures(6))
    first = real_features(pictures, ToyExtractor(), tmp_path)
    (path,) = tmp_path.iterdir()
    path.write_bytes(path.read_bytes()[:50])
    with caplog.at_level(logging.WARNING):
        again = real_features(pictures, ToyExtractor(), tmp_path)
    assert "is damaged" in caplog.text
    assert torch.equal(again.features, first.features)


def test_a_set_of_one_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="A set of 1 pictures"):
        real_features(ToySet(toy_pictures(1)), ToyExtractor(), tmp_path)
