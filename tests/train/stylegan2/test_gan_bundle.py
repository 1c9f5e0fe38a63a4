"""What `gan` left becomes a bundle of its own, from which faces with known w can be made."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from mbtiface.errors import InputError, MissingPartError, SourceError
from mbtiface.faces.loading import load
from mbtiface.weights.bundle import load_generator, open_bundle
from mbtiface.weights.card import CARD
from tests.train.stylegan2.test_gan_command import with_types
from tests.train.stylegan2.toy_gan import SIDE, config, write_discs
from train.commands import bundle, gan, prepare
from train.data.made_faces import PART, MadeFaces, to_rows
from train.runs.bundle_parts import read_part

LICENCE = "Photos of our own, all rights reserved"


@pytest.fixture(scope="module", params=["auto", "stylegan", "conditional"])
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a finished `run` of each kind, and the `bundle` that it became."""
    folder = tmp_path_factory.mktemp("made")
    data = folder / "data"
    options = config(data, folder / "run", 2, augment="none")
    if request.param == "conditional":
        options = replace(options, table=with_types(data), labels="gender")
    else:
        write_discs(data)
        options = replace(options, preset=request.param)
    gan.main(options)
    bundle.main(bundle.Config(folder / "bundle", gan=folder / "run", license=LICENCE))
    return folder


def test_the_bundle_holds_both_networks_and_says_whose_they_are(made: Path) -> None:
    opened = open_bundle(made / "bundle")
    manifest = opened.manifest
    assert (manifest.name, manifest.license, manifest.resolution) == ("bundle", LICENCE, SIDE)
    assert manifest.metrics["generator"]["kimg"] > 0
    assert str(made) not in manifest.to_json()  # no path of this machine
    generator = load_generator(opened)
    for name, value in read_part(made / "run", "generator").tensors.items():
        assert torch.equal(generator.state_dict()[name], value.half().float())
    assert (
        opened.tensors("discriminator").keys()
        == read_part(made / "run", "discriminator").tensors.keys()
    )
    card = (made / "bundle" / CARD).read_text()
    assert LICENCE in card
    assert "OMI" not in card
    assert "train averages" in card


def test_it_draws_and_another_run_starts_from_it(made: Path, tmp_path: Path) -> None:
    studio = load(made / "bundle")
    torch.manual_seed(0)
    ws = studio.mapping.w_avg + torch.randn(3, studio.num_ws, studio.w_dim)
    images = [np.asarray(image, np.float32) for image in studio.render(ws, size=SIDE)]
    with torch.no_grad():
        expected = load_generator(open_bundle(made / "bundle")).synthesis(ws, noise_mode="const")
    expected = (expected.clamp(-1, 1) + 1) * 127.5  # [3, 3, SIDE, SIDE]
    for image, picture in zip(images, expected, strict=True):
        # bfloat16 in the engine.
        assert np.abs(image - picture.permute(1, 2, 0).numpy()).mean() < 2
    with pytest.raises(MissingPartError, match="averages"):
        studio.sample(1)
    spec = read_part(made / "run", "generator").spec
    if spec.kind != "Generator" or spec.args["c_dim"]:
        return
    run = config(made / "data", tmp_path / "next", 1, resume=str(made / "bundle"), freeze_d=2)
    gan.main(run)
    assert read_part(tmp_path / "next", "generator").spec == spec


def test_faces_are_made_of_it_once_someone_says_that_it_knows_adults_only(made: Path) -> None:
    options = prepare.Config(made / "made", str(made / "bundle"), size=SIDE, count=PART)
    with pytest.raises(InputError, match="--trained-on-adults"):
        prepare.main(options)
    prepare.main(replace(options, trained_on_adults=True))
    studio = load(made / "bundle")
    w, crossover = MadeFaces(made / "made").latents(studio.num_ws)
    assert w.shape == (PART, 2, studio.w_dim)
    mixed = crossover < studio.num_ws
    assert 0.2 < mixed.float().mean() < 0.4
    assert int(crossover[mixed].max()) == studio.num_ws - 1
    # Every class, and every latent, comes up.
    assert len(torch.unique(w[:, 0], dim=0)) == PART
    ws = to_rows(w[:1], crossover[:1], studio.num_ws)
    assert studio.render(ws, size=SIDE)[0].size == (SIDE, SIDE)


def test_what_cannot_be_made_is_named(made: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="go together"):
        bundle.main(bundle.Config(tmp_path / "new", gan=made / "run"))
    with pytest.raises(InputError, match="holds a bundle already"):
        bundle.main(bundle.Config(made / "bundle", gan=made / "run", license=LICENCE))
    with pytest.raises(SourceError, match="holds no finished generator"):
        bundle.main(bundle.Config(tmp_path / "new", gan=tmp_path, license=LICENCE))
    assert not (tmp_path / "new").exists()
