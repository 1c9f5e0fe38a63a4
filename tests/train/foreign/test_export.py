"""`python -m train export`: rosinality's layout, as golden numbers and its own import read it."""

from pathlib import Path

import pytest
import torch

from mbtiface.errors import InputError, SourceError
from mbtiface.weights import read_psp_checkpoint
from mbtiface.weights.key_maps import generator_to_rosinality
from tests.toy_bundle import write_toy_bundle
from tests.train.foreign.toy_checkpoints import rosinality, toy_network
from train.commands.export import Config, main
from train.commands.import_bundle import Config as ImportConfig
from train.commands.import_bundle import main as import_main


def bundle_of(source: Path, folder: Path) -> Path:
    import_main(ImportConfig(str(source), folder, pictures=1, precision="float32"))
    return folder


def test_there_and_back_is_the_same_file(tmp_path: Path) -> None:
    source = rosinality(tmp_path / "a.pt", toy_network())
    main(Config(str(bundle_of(source, tmp_path / "bundle")), tmp_path / "out" / "b.pt"))
    before, after = read_psp_checkpoint(source), read_psp_checkpoint(tmp_path / "out" / "b.pt")
    assert set(after) == {"g_ema", "latent_avg"}
    assert sorted(after["g_ema"]) == sorted(before["g_ema"])
    for name, value in before["g_ema"].items():
        assert torch.equal(after["g_ema"][name], value), name
    assert torch.equal(after["latent_avg"], before["latent_avg"])
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["b.pt"]


def test_what_no_bundle_of_ours_can_give_is_refused(tmp_path: Path) -> None:
    folder = write_toy_bundle(tmp_path / "toy")
    with pytest.raises(InputError, match="holds a MobileGenerator; only a StyleGAN2"):
        main(Config(str(folder), tmp_path / "b.pt"))
    (tmp_path / "there.pt").write_bytes(b"x")
    with pytest.raises(InputError, match="is there already"):
        main(Config(str(folder), tmp_path / "there.pt"))


def test_classes_have_no_place_there(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="Unexpected: mapping.embed"):
        generator_to_rosinality(toy_network(c_dim=4).state_dict())
