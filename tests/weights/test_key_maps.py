"""rosinality's names and ours: there and back, and what is refused."""

import pytest
import torch

from mbtiface.errors import SourceError
from mbtiface.networks import Discriminator, Generator
from mbtiface.weights.key_maps import (
    State,
    discriminator_from_rosinality,
    discriminator_to_rosinality,
    generator_from_rosinality,
    generator_to_rosinality,
)
from tests.golden_files import read_golden

NARROW = {"channel_base": 64, "channel_max": 4}


def names_and_shapes(state: State) -> list[list[object]]:
    return sorted([name, list(value.shape)] for name, value in state.items())


def narrow_generator(resolution: int = 32, num_layers: int = 3) -> Generator:
    return Generator(
        6,
        0,
        6,
        resolution,
        3,
        mapping_kwargs={"num_layers": num_layers},
        synthesis_kwargs=NARROW,
    )


def narrow_discriminator(resolution: int = 32, c_dim: int = 0) -> Discriminator:
    return Discriminator(c_dim, resolution, 3, **NARROW)


def assert_equal_states(actual: State, expected: State) -> None:
    assert sorted(actual) == sorted(expected)
    for name, value in expected.items():
        assert actual[name].dtype == value.dtype, name
        assert torch.equal(actual[name], value), name


@pytest.mark.parametrize("resolution", [4, 8, 32, 64])
def test_a_generator_comes_back(resolution: int) -> None:
    ours = narrow_generator(resolution).state_dict()
    ours["mapping.w_avg"] = torch.randn(6)
    theirs = generator_to_rosinality(ours)
    back = generator_from_rosinality(theirs, ours["mapping.w_avg"])
    assert_equal_states(back, ours)
    assert_equal_states(generator_to_rosinality(back), theirs)


@pytest.mark.parametrize("resolution", [8, 16, 64])
def test_a_discriminator_comes_back(resolution: int) -> None:
    ours = narrow_discriminator(resolution).state_dict()
    theirs = discriminator_to_rosinality(ours)
    back = discriminator_from_rosinality(theirs)
    assert_equal_states(back, ours)
    assert_equal_states(discriminator_to_rosinality(back), theirs)


def test_names_and_shapes_are_the_published_ones() -> None:
    config = read_golden("10a_decoder.safetensors").config
    theirs = generator_to_rosinality(Generator(**config["nvidia_equivalent"]).state_dict())
    assert names_and_shapes(theirs) == config["state_keys"]
    # Up-sampling by two spreads a pixel over four: the stored filter makes up for it.
    for name, value in theirs.items():
        if name.endswith(".kernel"):
            assert value.sum() == 4, name
    config = read_golden("10b_discriminator.safetensors").config
    theirs = discriminator_to_rosinality(Discriminator(**config["nvidia_equivalent"]).state_dict())
    assert names_and_shapes(theirs) == config["state_keys"]
    for name, value in theirs.items():
        if name.endswith(".kernel"):
            assert value.sum() == 1, name


def test_each_tensor_goes_to_its_layer() -> None:
    ours = narrow_generator(num_layers=2).state_dict()
    theirs = generator_to_rosinality(ours)
    pairs = {
        "style.2.weight": "mapping.fc1.weight",
        "convs.2.conv.weight": "synthesis.b16.conv0.weight",
        "convs.5.conv.modulation.bias": "synthesis.b32.conv1.affine.bias",
        "to_rgbs.1.bias": "synthesis.b16.torgb.bias",
        "noises.noise_4": "synthesis.b16.conv1.noise_const",
        "conv1.noise.weight": "synthesis.b4.conv1.noise_strength",
    }
    for their_name, our_name in pairs.items():
        assert torch.equal(theirs[their_name].flatten(), ours[our_name].flatten()), their_name
    ours = narrow_discriminator().state_dict()
    theirs = discriminator_to_rosinality(ours)
    pairs = {
        "convs.0.0.weight": "b32.fromrgb.weight",
        "convs.1.conv2.2.bias": "b32.conv1.bias",
        "convs.3.skip.1.weight": "b8.skip.weight",
        "final_linear.1.bias": "b4.out.bias",
    }
    for their_name, our_name in pairs.items():
        assert torch.equal(theirs[their_name], ours[our_name]), their_name


def test_the_mean_w_may_come_in_rows_or_not_at_all() -> None:
    theirs = generator_to_rosinality(narrow_generator().state_dict())
    mean = torch.randn(6)
    for latent_avg in (mean, mean[None], mean.repeat(8, 1)):
        assert torch.equal(generator_from_rosinality(theirs, latent_avg)["mapping.w_avg"], mean)
    assert "mapping.w_avg" not in generator_from_rosinality(theirs)


def test_missing_and_unexpected_tensors_are_named() -> None:
    theirs = generator_to_rosinality(narrow_generator().state_dict())
    del theirs["convs.3.noise.weight"]
    theirs["encoder.x"] = torch.zeros(1)
    with pytest.raises(
        SourceError, match=r"Missing: convs.3.noise.weight\. Unexpected: encoder.x\. Check"
    ):
        generator_from_rosinality(theirs)
    with pytest.raises(SourceError, match="Missing: conv1.activate.bias, .* and [0-9]+ more"):
        generator_from_rosinality({})
    with pytest.raises(SourceError, match="not those of a discriminator .* Missing: convs.0.0"):
        discriminator_from_rosinality(theirs)


def test_what_the_other_form_cannot_hold_is_named() -> None:
    with pytest.raises(SourceError, match="Unexpected: mapping.embed.bias"):
        discriminator_to_rosinality(narrow_discriminator(c_dim=2).state_dict())
    conditional = Generator(6, 2, 6, 8, 3, synthesis_kwargs=NARROW).state_dict()
    with pytest.raises(SourceError, match="Unexpected: mapping.embed.bias, mapping.embed.weight"):
        generator_to_rosinality(conditional)


def test_a_wrong_number_of_dimensions_is_named() -> None:
    theirs = generator_to_rosinality(narrow_generator().state_dict())
    damaged = theirs | {"input.input": torch.zeros(2, 4, 4, 4)}
    with pytest.raises(SourceError, match=r"input.input must begin with 1 .* \[2, 4, 4, 4\]"):
        generator_from_rosinality(damaged)
    damaged = theirs | {"conv1.noise.weight": torch.zeros([])}
    with pytest.raises(SourceError, match=r"conv1.noise.weight must begin with 1"):
        generator_from_rosinality(damaged)
