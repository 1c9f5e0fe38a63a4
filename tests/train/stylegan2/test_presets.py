"""Every preset builds, and what does not fit together is named."""

from dataclasses import replace
from typing import get_args

import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode

from mbtiface.errors import InputError
from mbtiface.networks import Discriminator, Generator, StyleGAN1Generator
from mbtiface.weights.manifest import NetworkSpec
from train.stylegan2.config import (
    FreezeOptions,
    LossOptions,
    NetworkOptions,
    Recipe,
    UpdateOptions,
    shared_batch,
)
from train.stylegan2.networks import build_network, build_pair, discriminator_spec, generator_spec
from train.stylegan2.presets import PresetName, make_recipe

SIDES = {"paper256": 256, "paper512": 512, "paper1024": 1024, "small64": 64, "small128": 128}


@pytest.mark.parametrize("precision", ["float32", "float16"])
@pytest.mark.parametrize("name", get_args(PresetName))
def test_every_preset_builds(name: PresetName, precision: str) -> None:
    side = SIDES.get(name, 256)
    recipe = make_recipe(name, side, precision=precision)
    with FakeTensorMode():  # shapes without a gigabyte of weights
        generator = build_network(generator_spec(recipe, side, 2))
        discriminator = build_network(discriminator_spec(recipe, side, 2))
    kind = StyleGAN1Generator if name == "stylegan" else Generator
    assert isinstance(generator, kind)
    assert isinstance(discriminator, Discriminator)
    assert generator.img_resolution == discriminator.img_resolution == side
    assert shared_batch(recipe, 1) == recipe.update.batch


def test_one_seed_gives_one_pair() -> None:
    recipe = Recipe(NetworkOptions(z_dim=8, w_dim=8, channel_base=64, channel_max=8))
    state = torch.random.get_rng_state()
    one, two = (build_pair(recipe, 16, 0, seed) for seed in (3, 3))
    assert torch.equal(torch.random.get_rng_state(), state)
    for a, b in zip(one, two, strict=True):
        assert a.training
        pairs = zip(a.state_dict().items(), b.state_dict().values(), strict=True)
        assert all(torch.equal(value, other) for (_, value), other in pairs)
    assert not torch.equal(
        build_pair(recipe, 16, 0, 4)[0].synthesis.b4.const, one[0].synthesis.b4.const
    )


def test_freezing_reaches_the_discriminator() -> None:
    network = NetworkOptions(z_dim=8, w_dim=8, channel_base=64, channel_max=8)
    recipe = Recipe(network, freeze=FreezeOptions(freeze_d=2))
    discriminator = build_pair(recipe, 16, 0, 0)[1]
    names = {name for name, _ in discriminator.named_parameters()}
    assert "b16.conv0.weight" not in names
    assert "b16.conv1.weight" in names


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: make_recipe("big", 64), "preset 'big' is unknown; use auto, paper256"),
        (lambda: make_recipe("auto", 48), "power of two.*48"),
        (lambda: make_recipe("paper256", 256, 3), "64 .paper256. does not divide among 3"),
        (lambda: Recipe(update=UpdateOptions(30, 16)), "30 pictures do not divide.*16"),
        (lambda: Recipe(update=UpdateOptions(30, 30)), "30 pictures.*parts of 4 .mbstd_group"),
        (lambda: Recipe(NetworkOptions("stylegan")), "no path length.*pl_weight is 2.0"),
        (lambda: Recipe(kimg=0), "kimg is above 0, but is 0"),
        (lambda: LossOptions(r1_gamma=-1), "r1_gamma is -1"),
        (lambda: LossOptions(g_reg_interval=0), "g_reg_interval 0"),
        (lambda: UpdateOptions(batch=0), "batch is 0"),
        (lambda: FreezeOptions(freeze_d=-1), "freeze_d is -1"),
        (lambda: NetworkOptions(z_dim=0), "z_dim is at least 1, but is 0"),
        (lambda: build_network(NetworkSpec("Other")), "kind 'Other' is unknown"),
        (lambda: build_network(NetworkSpec("Discriminator", {"a": 1})), "cannot be built from"),
    ],
)
def test_what_does_not_fit_is_named(wrong: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        wrong()


def test_processes_share_a_batch() -> None:
    recipe = Recipe(update=UpdateOptions(32, 8))
    assert shared_batch(recipe, 2) == 16
    with pytest.raises(InputError, match="32 does not divide among 3 processes"):
        shared_batch(recipe, 3)
    with pytest.raises(InputError, match="12 pictures a process do not divide into turns of 8"):
        shared_batch(Recipe(update=UpdateOptions(24, 8)), 2)
    odd = Recipe(NetworkOptions(mbstd_group=1), update=UpdateOptions(6, 3))
    with pytest.raises(InputError, match="3 pictures at once do not divide by pl_batch_shrink 2"):
        shared_batch(odd, 2)
    without = replace(odd, loss=LossOptions(pl_weight=0.0))
    assert shared_batch(without, 2) == 3
    assert without.loss.intervals == (None, 16)
