"""Samples of a generator: the same ones each time, and nothing is left changed."""

import pytest
import torch

from mbtiface.errors import InputError
from mbtiface.networks import Generator, StyleGAN1Generator
from tests.train.metrics.toy_pictures import ToyGenerator
from train.metrics.samples import SampleOptions, inputs, samples

OPTIONS = SampleOptions(count=10, batch=4, seed=5)


def drawn(generator: torch.nn.Module, options: SampleOptions = OPTIONS) -> torch.Tensor:
    return torch.cat(list(samples(generator, options)))


@pytest.mark.parametrize("kind", [Generator, StyleGAN1Generator])
def test_real_generators_draw_the_same_pictures_again(
    kind: type[Generator | StyleGAN1Generator],
) -> None:
    torch.manual_seed(0)
    sizes = {"channel_base": 128, "channel_max": 8}
    generator = kind(8, 0, 8, 16, 3, {"num_layers": 2}, sizes).train()
    state = {name: value.clone() for name, value in generator.state_dict().items()}
    before = torch.get_rng_state()
    first = drawn(generator)
    assert torch.equal(torch.get_rng_state(), before)
    torch.randn(3)
    assert torch.equal(drawn(generator), first)
    assert first.shape == (10, 3, 16, 16)
    assert first.dtype == torch.uint8
    assert first.float().std() > 1
    # In training mode the mapping would have moved its average.
    for name, value in generator.state_dict().items():
        assert torch.equal(value, state[name])
    assert all(module.training for module in generator.modules())


def test_pictures_depend_on_the_seed_and_not_on_who_looks_in_between() -> None:
    generator = ToyGenerator().train()
    whole = drawn(generator)
    batches = []
    for batch in samples(generator, OPTIONS):
        torch.manual_seed(77)
        batches.append(batch)
    assert [len(batch) for batch in batches] == [4, 4, 2]
    assert torch.equal(torch.cat(batches), whole)
    assert not torch.equal(drawn(generator, SampleOptions(count=10, batch=4, seed=6)), whole)
    fewer = drawn(generator, SampleOptions(count=8, batch=4, seed=5))
    assert torch.equal(inputs(generator, SampleOptions(count=8, seed=5))[0][0], latent(generator))
    assert fewer.shape[0] == 8


def latent(generator: torch.nn.Module) -> torch.Tensor:
    return inputs(generator, OPTIONS)[0][0]


def test_values_are_rounded_as_metrics_want_them() -> None:
    generator = ToyGenerator(strength=0.0)
    shown = drawn(generator, SampleOptions(count=4, keywords={"shift": 100.0}))
    assert torch.equal(shown, torch.full((4, 3, 16, 16), 255, dtype=torch.uint8))


def test_labels_are_those_of_random_rows() -> None:
    generator = ToyGenerator(c_dim=2, strength=0.0)
    labels = torch.tensor([[0.0, 0.0], [0.0, 0.0], [1.0, 0.0], [0.0, -1.0]])
    options = SampleOptions(count=200, batch=64)
    conditions = inputs(generator, options, labels)[1]
    assert conditions is not None
    shares = [(conditions == row).all(1).double().mean().item() for row in labels[1:]]
    assert shares == pytest.approx([0.5, 0.25, 0.25], abs=0.1)
    pictures = torch.cat(list(samples(generator, options, labels))).float().mean((1, 2, 3))
    bright, dark = conditions[:, 0] == 1, conditions[:, 1] == -1
    assert pictures[bright].min() > 240
    assert pictures[dark].max() < 15


def test_what_cannot_be_drawn_is_refused() -> None:
    with pytest.raises(InputError, match="labels \\[rows, 2\\], but none are given"):
        next(samples(ToyGenerator(c_dim=2), OPTIONS))
    with pytest.raises(InputError, match="given are \\[4, 3\\]"):
        next(samples(ToyGenerator(c_dim=2), OPTIONS, torch.zeros(4, 3)))
    with pytest.raises(InputError, match="not finite"):
        next(samples(ToyGenerator(strength=float("nan")), OPTIONS))
    with pytest.raises(InputError, match="0 pictures in batches of 32"):
        SampleOptions(count=0)


def test_a_failing_generator_leaves_its_mode_and_the_random_state() -> None:
    generator = ToyGenerator(strength=float("nan")).train()
    before = torch.get_rng_state()
    with pytest.raises(InputError, match="not finite"):
        drawn(generator)
    assert generator.training
    assert torch.equal(torch.get_rng_state(), before)
