"""Copies of training pictures are told from new ones."""

import numpy as np
import pytest
import torch

from mbtiface.errors import InputError
from train.metrics.memorising import memory


def drawn(count: int, seed: int) -> torch.Tensor:
    return torch.randn(count, 8, generator=torch.Generator().manual_seed(seed))


def new(random: np.random.Generator, count: int) -> torch.Tensor:
    return torch.from_numpy(random.normal(size=(count, 8)))


def test_new_pictures_are_as_near_to_either_set_whatever_their_sizes() -> None:
    random = np.random.default_rng(0)
    for trained, held in ((900, 100), (100, 100), (50, 200)):
        found = [
            memory(new(random, 200), new(random, trained), new(random, held)) for _ in range(60)
        ]
        assert {each.expected for each in found} == {trained / (trained + held)}
        memorised = [each.memorised for each in found]
        assert abs(np.mean(memorised)) < 4 * np.std(memorised) / len(found) ** 0.5
        # A held-out picture is as far from the training pictures as a sample is.
        assert np.mean([each.held_out_to_training for each in found]) == pytest.approx(
            np.mean([each.to_training for each in found]), rel=0.1
        )


def test_copies_are_nearer_to_what_they_are_copies_of() -> None:
    training, held_out = drawn(300, 1), drawn(30, 2)
    copies = training[:50] + 0.01 * drawn(50, 3)
    found = memory(copies, training, held_out)
    assert found.memorised == pytest.approx(1)
    assert found.nearer_training == 1
    assert found.to_training < 0.1 * found.held_out_to_training
    half = memory(torch.cat([copies, drawn(50, 4)]), training, drawn(300, 5))
    assert half.memorised == pytest.approx(0.5, abs=0.2)
    assert memory(copies, held_out, training).nearer_training == 0


def test_a_picture_of_both_sets_tells_nothing() -> None:
    both = drawn(30, 0)
    found = memory(both, torch.cat([both, both]), both)
    assert found.nearer_training == pytest.approx(2 / 3)
    assert found.memorised == pytest.approx(0)


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(InputError, match="held-out features have 0 rows"):
        memory(drawn(3, 0), drawn(3, 1), torch.zeros(0, 8))
    with pytest.raises(InputError, match="generated 8, training 8, held-out 5"):
        memory(drawn(3, 0), drawn(3, 1), torch.zeros(2, 5))
