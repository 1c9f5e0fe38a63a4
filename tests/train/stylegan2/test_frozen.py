"""Which tensors FreezeD and FreezeG keep."""

import logging

import pytest
from torch import nn

from mbtiface.errors import InputError
from mbtiface.networks import Discriminator, Generator, StyleGAN1Generator
from tests.golden_files import golden_names, read_golden
from train.stylegan2.frozen import (
    announce_frozen,
    block_count,
    frozen_in_discriminator,
    frozen_in_generator,
    layer_count,
    trained_parameters,
)

TABLE = [
    row
    for name in golden_names("05c_*")
    for row in read_golden(name).config.get("freeze_table", [])
]
SMALL = {"channel_base": 64, "channel_max": 8}


def generator(architecture: str = "skip") -> Generator:
    kwargs = SMALL | {"architecture": architecture}
    return Generator(8, 0, 8, 16, 3, {"num_layers": 2}, kwargs)


@pytest.mark.parametrize("row", TABLE, ids=lambda r: f"{r['architecture']}-{r['freeze_layers']}")
def test_golden_layers_of_the_discriminator(row: dict) -> None:
    network = Discriminator(
        0,
        row["img_resolution"],
        3,
        architecture=row["architecture"],
        block_kwargs={"freeze_layers": row["freeze_layers"]},
        **SMALL,
    )
    available = sum(row["layers_per_block"].values())
    frozen = frozen_in_discriminator(network, min(row["freeze_layers"], available))
    assert sorted(frozen) == row["frozen"]
    assert sorted(trained_parameters(network, frozen)) == row["trainable"]
    assert layer_count(network) == available


def test_more_layers_than_there_are_cannot_be_frozen() -> None:
    network = Discriminator(0, 16, 3, **SMALL)
    with pytest.raises(InputError, match="keeps 0 to 7 layers.*is 8"):
        frozen_in_discriminator(network, 8)


def test_blocks_of_the_generator() -> None:
    network = generator()
    assert block_count(network) == 3
    assert frozen_in_generator(network, 0, False) == ()
    assert frozen_in_generator(network, 1, False) == (
        "synthesis.b4.const",
        "synthesis.b4.conv1.weight",
        "synthesis.b4.conv1.noise_strength",
        "synthesis.b4.conv1.bias",
        "synthesis.b4.conv1.affine.weight",
        "synthesis.b4.conv1.affine.bias",
    )
    two = frozen_in_generator(network, 2, False)
    assert {name.split(".")[1] for name in two} == {"b4", "b8"}
    assert {name.split(".")[2] for name in two} == {"const", "conv0", "conv1"}
    with_mapping = frozen_in_generator(network, 0, True)
    assert with_mapping == (
        *(f"mapping.fc{k}.{kind}" for k in (0, 1) for kind in ("weight", "bias")),
        "mapping.w_avg",
    )


def test_the_shortcut_of_a_frozen_block_is_frozen() -> None:
    assert "synthesis.b8.skip.weight" in frozen_in_generator(generator("resnet"), 2, False)


def test_blocks_of_the_first_stylegan() -> None:
    network = StyleGAN1Generator(8, 0, 8, 16, 3, {"num_layers": 2}, SMALL)
    assert block_count(network) == 3
    one = frozen_in_generator(network, 1, False)
    assert "synthesis.const" in one
    assert {name.split(".")[2] for name in one if "layers" in name} == {"0", "1"}
    assert not any("torgb" in name for name in frozen_in_generator(network, 2, True))


@pytest.mark.parametrize("blocks", [-1, 3])
def test_all_blocks_cannot_be_frozen(blocks: int) -> None:
    with pytest.raises(InputError, match=f"keeps 0 to 2 blocks.*is {blocks}"):
        frozen_in_generator(generator(), blocks, False)


def test_frozen_and_trained_make_up_the_whole() -> None:
    network: nn.Module = generator()
    frozen = frozen_in_generator(network, 2, True)
    trained = trained_parameters(network, frozen)
    names = {name for name, _ in network.named_parameters()}
    assert set(trained) | (set(frozen) - {"mapping.w_avg"}) == names
    assert not set(trained) & set(frozen)
    assert {n for n, p in network.named_parameters() if p.requires_grad} == set(trained)


def test_names_and_counts_are_announced(caplog: pytest.LogCaptureFixture) -> None:
    network = generator()
    with caplog.at_level(logging.INFO):
        announce_frozen("generator", network, frozen_in_generator(network, 1, False))
    frozen, trained = caplog.messages
    numbers = 8 * 16 + 8 * 8 * 9 + 1 + 8 + 8 * 8 + 8
    assert frozen.startswith(f"generator: frozen: 6 tensors, {numbers} numbers: synthesis.b4.const")
    assert "synthesis.b4.torgb.weight" in trained
    assert "synthesis.b4.conv1" not in trained
