"""Starting from another run, a checkpoint or a bundle: what is carried over, what starts anew."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from mbtiface.errors import SourceError
from mbtiface.weights.manifest import Manifest
from mbtiface.weights.writing import half, write_manifest, write_sharded
from tests.toy_bundle import write_toy_bundle
from tests.train.stylegan2.toy_gan import ALONE, toy_batch, toy_recipe, toy_trainer
from train.runs.checkpoint import write_tensors
from train.stylegan2.ada import AdaOptions
from train.stylegan2.config import Recipe
from train.stylegan2.state import Snapshots
from train.stylegan2.trainer import Trainer
from train.stylegan2.transfer import Source, carry, open_source, transfer

FIRST = "mapping.fc0.weight"


def source_of(trainer: Trainer) -> Source:
    networks = (trainer.generator, trainer.average, trainer.discriminator)
    return Source("a run", *(network.state_dict() for network in networks))


def other_trainer(c_dim: int = 0, side: int = 16, recipe: Recipe | None = None) -> Trainer:
    """A trainer with first weights of its own."""
    return Trainer(recipe or toy_recipe(), side, c_dim, AdaOptions(), None, ALONE, 99)


@pytest.fixture
def trained() -> Trainer:
    trainer = toy_trainer(toy_recipe())
    trainer.step(toy_batch(0))
    return trainer


def test_the_same_networks_are_carried_over_whole(trained: Trainer) -> None:
    fresh = other_trainer()
    found = transfer(source_of(trained), fresh)
    for each in found.values():
        assert (each.partly, each.fresh, each.unused) == ((), (), ())
    for name in ("generator", "average", "discriminator"):
        ours, theirs = (getattr(t, name).state_dict() for t in (fresh, trained))
        assert all(torch.equal(ours[key], theirs[key]) for key in theirs)


def test_new_labels_leave_the_mapping_of_z_as_it_was(
    trained: Trainer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    fresh = other_trainer(c_dim=3)
    found = transfer(source_of(trained), fresh)
    assert found["generator"].partly == (FIRST,)
    assert found["generator"].fresh == ("mapping.embed.weight", "mapping.embed.bias")
    assert "b4.out.weight" in found["discriminator"].fresh
    z = torch.randn(5, 8)
    expected = trained.average.mapping(z)
    for label in torch.eye(3):
        torch.testing.assert_close(fresh.average.mapping(z, label.expand(5, 3)), expected)
    assert "partly: mapping.fc0.weight; re-initialised: mapping.embed.weight" in caplog.text
    # The label can be learnt.
    before = fresh.generator.mapping.embed.weight.clone()
    for iteration in range(2):
        fresh.step(toy_batch(iteration, c_dim=3))
    assert not torch.equal(fresh.generator.mapping.embed.weight, before)


def test_labels_that_go_leave_z(trained: Trainer) -> None:
    conditional = toy_trainer(toy_recipe(), c_dim=3)
    fresh = other_trainer()
    found = transfer(source_of(conditional), fresh)
    assert found["generator"].unused == ("mapping.embed.weight", "mapping.embed.bias")
    gain = 2**0.5  # of a layer with half the inputs
    expected = conditional.generator.mapping.fc0.weight[:, :8] / gain
    torch.testing.assert_close(fresh.generator.mapping.fc0.weight, expected)


def test_another_number_of_classes_is_listed() -> None:
    found = transfer(source_of(toy_trainer(toy_recipe(), c_dim=3)), other_trainer(c_dim=5))
    assert found["generator"].fresh == ("mapping.embed.weight",)
    assert found["discriminator"].fresh == ("mapping.embed.weight",)


def test_another_resolution_takes_the_blocks_that_both_have(trained: Trainer) -> None:
    fresh = other_trainer(side=32)
    found = transfer(source_of(trained), fresh)
    assert {name.split(".")[1] for name in found["generator"].fresh} == {"b32"}
    fresh_in_d = {name.split(".")[0] for name in found["discriminator"].fresh}
    # What had been the first block knows colours; in the larger network it knows features.
    assert "b32" in fresh_in_d
    assert "b16.fromrgb.weight" in found["discriminator"].unused
    ours, theirs = (t.generator.synthesis.b8.conv1.weight for t in (fresh, trained))
    assert torch.equal(ours, theirs)


def test_another_configuration_is_refused(trained: Trainer) -> None:
    network = replace(toy_recipe().network, w_dim=16, channel_max=16)
    with pytest.raises(SourceError, match="of the weights of a run fit.*another configuration"):
        transfer(source_of(trained), other_trainer(recipe=toy_recipe(network=network)))
    with pytest.raises(SourceError, match="Only 0%"):
        carry({"unknown": torch.zeros(3)}, other_trainer().generator, "it")


def snapshot(trainer: Trainer, run: Path) -> Path:
    return Snapshots(run).save(trainer.state_dict())


def test_a_run_gives_its_best_snapshot_and_a_file_itself(trained: Trainer, tmp_path: Path) -> None:
    first = snapshot(trained, tmp_path)
    Snapshots(tmp_path).keep_best(first, {"value": 1.0})
    best = trained.generator.mapping.fc0.weight.clone()
    trained.step(toy_batch(1))
    newest = snapshot(trained, tmp_path)
    assert torch.equal(open_source(str(tmp_path)).generator[FIRST], best)
    ours = trained.generator.mapping.fc0.weight
    assert torch.equal(open_source(str(newest)).generator[FIRST], ours)


def test_a_bundle_gives_its_networks(trained: Trainer, tmp_path: Path) -> None:
    spec = trained.specs["generator"]
    manifest = Manifest("toy", "1.0.0", "none", 16, {"generator": spec})
    write_sharded(tmp_path, "generator", half(trained.average.state_dict()))
    write_manifest(tmp_path, manifest)
    found = open_source(str(tmp_path))
    assert found.discriminator is None
    expected = trained.average.mapping.fc0.weight
    torch.testing.assert_close(found.generator[FIRST], expected, rtol=1e-3, atol=0.1)
    fresh = other_trainer()
    before = fresh.discriminator.b4.fc.weight.clone()
    transfer(found, fresh)
    assert torch.equal(fresh.discriminator.b4.fc.weight, before)
    assert torch.equal(fresh.generator.mapping.fc0.weight, fresh.average.mapping.fc0.weight)


def test_a_run_without_snapshots_gives_what_it_wrote(trained: Trainer, tmp_path: Path) -> None:
    write_tensors(tmp_path / "generator.safetensors", trained.average.state_dict())
    assert open_source(str(tmp_path)).discriminator is None
    write_tensors(tmp_path / "discriminator.safetensors", trained.discriminator.state_dict())
    found = open_source(str(tmp_path))
    assert torch.equal(found.generator[FIRST], trained.average.mapping.fc0.weight)
    assert torch.equal(found.discriminator["b4.fc.weight"], trained.discriminator.b4.fc.weight)
    (tmp_path / "generator.safetensors").write_bytes(b"half")
    with pytest.raises(SourceError, match="cannot be read"):
        open_source(str(tmp_path))


def test_what_cannot_be_started_from_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="neither a bundle, nor a run folder"):
        open_source(str(tmp_path))
    (tmp_path / "run" / "states").mkdir(parents=True)
    with pytest.raises(SourceError, match="holds no snapshot yet"):
        open_source(str(tmp_path / "run"))
    torch.save({"step": 1}, tmp_path / "other.pt")
    with pytest.raises(SourceError, match="no checkpoint of `python -m train gan`"):
        open_source(str(tmp_path / "other.pt"))
    write_toy_bundle(tmp_path / "bundle")
    with pytest.raises(SourceError, match="holds a MobileGenerator, which this command cannot"):
        open_source(str(tmp_path / "bundle"))
    (tmp_path / "bundle" / "manifest.json").write_text("{")
    with pytest.raises(SourceError, match="cannot be started from"):
        open_source(str(tmp_path / "bundle"))
