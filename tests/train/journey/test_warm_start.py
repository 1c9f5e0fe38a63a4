"""The known pictures of known w, regressed into a StyleGAN2 of the base's own shape."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from mbtiface.errors import InputError, SourceError
from mbtiface.networks import Generator
from tests.toy_bundle import NUM_WS, RESOLUTION, toy_generator
from tests.train.journey.toy_journey import config as journey_config
from tests.train.stylegan2.toy_gan import CHANGE, config, write_discs
from train.commands import gan
from train.commands.journey import main
from train.data.made_faces import MadeFaces
from train.journey import warm_start
from train.journey.report import warm_row
from train.journey.warm_start import WarmOptions, WarmStart
from train.runs.budget import deadline
from train.stylegan2.transfer import open_source

STEPS = 30
FITTING = replace(CHANGE, z_dim=16, w_dim=16, mapping_layers=2)


@pytest.fixture(scope="module")
def options(toy_made: MadeFaces) -> WarmOptions:
    bundle = toy_made.folder.parent / "bundle"
    return WarmOptions(steps=STEPS, bundle=str(bundle), batch=8, rate=0.02)


@pytest.fixture(scope="module")
def base(toy_made: MadeFaces, tmp_path_factory: pytest.TempPathFactory) -> gan.Config:
    folder = tmp_path_factory.mktemp("warm")
    return config(
        toy_made.folder, folder / "b", 1, size=RESOLUTION, change=FITTING, cache=folder / "cache"
    )


@pytest.fixture(scope="module")
def warmed(options: WarmOptions, base: gan.Config) -> Path:
    out = base.out.parent / "warm"
    assert WarmStart(options, base, out).run()
    return out


def test_pictures_come_nearer_and_the_mapping_is_the_bundles(
    warmed: Path, options: WarmOptions
) -> None:
    report = json.loads((warmed / "report.json").read_text())
    assert report["after"]["l1"] < 0.8 * report["before"]["l1"]
    assert report["after"]["loss"] < 0.8 * report["before"]["loss"]
    assert report["faces"] == len(training_files())
    spec = json.loads((warmed / "generator.json").read_text())
    network = Generator(**spec["args"])
    network.load_state_dict(load_file(warmed / "generator.safetensors"))
    z = torch.randn(3, 16, generator=torch.Generator().manual_seed(0))
    ours, theirs = network.eval().mapping(z), toy_generator().mapping(z)
    # The bundle keeps half precision.
    torch.testing.assert_close(ours[:, 0], theirs[:, 0], rtol=1e-2, atol=1e-2)
    with Image.open(warmed / "grid.jpg") as picture:
        assert picture.size == (8 * RESOLUTION, 2 * RESOLUTION)


def training_files() -> list[str]:
    """Names of made faces outside folds 0 and 1, by the rule of the documents."""
    names = [f"{number:08d}.jpg" for number in range(500)]
    return [n for n in names if int(hashlib.sha256(n.encode()).hexdigest(), 16) % 10 > 1]


def test_each_picture_has_its_own_w(
    options: WarmOptions, base: gan.Config, toy_made: MadeFaces
) -> None:
    """The toy generator draws from these w+ what lies in the files."""
    faces = WarmStart(options, base, base.out.parent / "unused").faces
    ws, real = faces.batch(torch.tensor([3, 50, 200]), NUM_WS)
    with torch.no_grad():
        drawn = toy_generator().synthesis(ws)
    if isinstance(drawn, tuple):
        drawn = drawn[0]
    # JPEG and half precision lie between them; a wrong face is several times as far.
    right = (drawn.clamp(-1, 1) - real).abs().mean((1, 2, 3))
    wrong = (drawn.clamp(-1, 1).roll(1, 0) - real).abs().mean((1, 2, 3))
    assert bool((right < 0.5 * wrong).all())


def test_stopped_and_gone_on_with_it_ends_the_same(
    options: WarmOptions, base: gan.Config, warmed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = base.out.parent / "stopped"
    calls = iter([False] * 12 + [True] + [False] * STEPS)
    monkeypatch.setattr(warm_start, "passed", lambda _: next(calls))
    assert not WarmStart(options, base, out).run(deadline(1))
    assert WarmStart(options, base, out).run(deadline(1))
    mine, whole = (load_file(each / "generator.safetensors") for each in (out, warmed))
    noise = [name for name in mine if "noise_const" in name]
    assert noise
    assert all(torch.equal(mine[name], whole[name]) for name in mine)
    assert not (out / "state.pt").exists()


def test_a_first_stylegan_is_warmed_with_its_own_layers(
    options: WarmOptions, base: gan.Config
) -> None:
    first = replace(base, preset="stylegan", out=base.out.parent / "first")
    out = base.out.parent / "warm-first"
    assert WarmStart(options, first, out).run()
    assert json.loads((out / "generator.json").read_text())["kind"] == "StyleGAN1Generator"
    report = json.loads((out / "report.json").read_text())
    assert report["after"]["l1"] < 0.8 * report["before"]["l1"]


def test_a_run_takes_it_as_its_start_and_the_report_says_so(warmed: Path) -> None:
    source = open_source(str(warmed))
    assert source.discriminator is None
    assert set(source.generator) == set(load_file(warmed / "generator.safetensors"))
    row = warm_row(warmed, "Base: StyleGAN2")
    assert row is not None
    assert f"in {STEPS} steps of 8 pictures" in row.sentences[0]
    assert warm_row(warmed.parent / "nowhere", "Base: StyleGAN2") is None


def test_networks_or_data_that_do_not_fit_are_named(
    options: WarmOptions, base: gan.Config, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="--change.w-dim 16"):
        WarmStart(options, replace(base, change=CHANGE), tmp_path)
    discs = write_discs(tmp_path / "discs", side=RESOLUTION)
    with pytest.raises(SourceError, match="no prepared faces"):
        WarmStart(options, replace(base, data=discs), tmp_path)
    with pytest.raises(InputError, match="batch of at least 1"):
        WarmOptions(batch=0)


def test_the_journey_starts_both_bases_from_one(
    options: WarmOptions, toy_made: MadeFaces, tmp_path: Path
) -> None:
    discs = write_discs(tmp_path / "discs", side=RESOLUTION)
    rest = ("plain", "ada", "freeze-d", "freeze-g", "other")
    toy = {"size": RESOLUTION, "change": FITTING, "half": None, "table": None, "skip": rest}
    short = replace(options, steps=2)
    whole = replace(journey_config(tmp_path, tmp_path / "out", **toy), small=discs, warm=short)
    main(replace(whole, data=toy_made.folder))
    text = (tmp_path / "out" / "report.html").read_text()
    for name, title, folder in (
        ("stylegan", "Base: StyleGAN<", "warm-stylegan"),
        ("stylegan2", "Base: StyleGAN2<", "warm"),
    ):
        base = json.loads((tmp_path / "out" / name / "config.json").read_text())
        assert base["resume"] == str(tmp_path / "out" / folder)
        assert 0 < base["change"]["d_first_kimg"] == pytest.approx(whole.budget_kimg / 10)
        assert text.index(f"<h2>Warm start. {title}") < text.index(f"<h2>{title}")
    assert text.count("in 2 steps of 8 pictures") == 2
    assert text.count("from a warm start") == 2
