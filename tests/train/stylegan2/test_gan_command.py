"""`python -m train gan`: the chain at toy size, and bad input named before anything is trained."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
import tyro
from PIL import Image
from safetensors.torch import load_file

from mbtiface.errors import InputError, MbtifaceError, SourceError
from mbtiface.networks import Discriminator, Generator, StyleGAN1Generator
from mbtiface.personality.types import CODES
from tests.train.stylegan2.toy_gan import SIDE, TICK, config, write_discs
from train.commands.gan import Config, main
from train.runs.bundle_parts import read_part
from train.runs.checkpoint import load_state
from train.stylegan2.state import Snapshots
from train.stylegan2.trainer import Trainer


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_discs(tmp_path_factory.mktemp("gan") / "data")


@pytest.fixture(scope="module")
def base(data: Path) -> Path:
    """A StyleGAN2 of two ticks, with the metric that names the best."""
    run = data.parent / "base"
    options = config(data, run, 2, augment="none")
    watch = replace(options.watch, metric="efficientnet", metric_samples=8, snapshot_ticks=1)
    main(replace(options, watch=watch))
    return run


def test_the_best_by_its_metric_becomes_a_part_for_a_bundle(base: Path) -> None:
    part = read_part(base, "generator")
    network = Generator(**part.spec.args)
    network.load_state_dict(dict(part.tensors))
    assert network.img_resolution == SIDE
    figures = [json.loads(line) for line in (base / "figures.jsonl").read_text().splitlines()]
    assert [line["step"] for line in figures] == [TICK, 2 * TICK]
    numbers = [json.loads(line) for line in (base / "log.figures.jsonl").read_text().splitlines()]
    assert numbers[0]["FD-EfficientNet"] == pytest.approx(figures[0]["frechet"], rel=1e-3)
    best = min(figures, key=lambda line: line["frechet"])
    assert figures[0]["frechet_name"] == "FD-EfficientNet"
    assert part.figures["best"]["images"] == best["step"]
    assert part.figures["best"]["value"] == best["frechet"]
    state = load_state(base / "states" / "best.pt")
    assert all(torch.equal(state["average"][n], value) for n, value in part.tensors.items())
    spec = read_part(base, "discriminator").spec
    Discriminator(**spec.args).load_state_dict(load_file(base / "discriminator.safetensors"))


def test_no_snapshot_is_the_best_before_the_generator_has_moved(data: Path, tmp_path: Path) -> None:
    options = config(data, tmp_path, 1, augment="none")
    watch = replace(options.watch, metric="efficientnet", metric_samples=8, snapshot_ticks=1)
    change = replace(options.change, d_first_kimg=TICK / 1000)
    main(replace(options, watch=watch, change=change))
    assert (tmp_path / "figures.jsonl").exists()
    assert not (tmp_path / "best.json").exists()
    main(replace(options, watch=watch, change=change, kimg=2 * TICK / 1000))
    assert json.loads((tmp_path / "best.json").read_text())["images"] == 2 * TICK


def test_the_chain_goes_on_from_the_base(
    data: Path, base: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """+ ADA + FreezeD + FreezeG, from the base run."""
    caplog.set_level("INFO")
    run = tmp_path / "run"
    options = {"p": 0.5, "freeze_d": 2, "freeze_g": 1, "freeze_mapping": True}
    main(config(data, run, 2, resume=str(base), **options))
    before, after = load_state(base / "states" / "best.pt"), load_state(newest(run))
    report = json.loads((run / "report.json").read_text())
    frozen = set(report["frozen"])
    assert {"mapping.w_avg", "synthesis.b4.const", "b16.conv0.weight"} <= frozen
    for which in ("generator", "discriminator"):
        for name, value in after[which].items():
            if name in frozen:
                assert torch.equal(value, before[which][name]), name
    # p moves by 1 in 100 kimg after a transfer: one adjustment for 16 pictures.
    assert abs(after["ada"]["p"] - 0.5) == pytest.approx(16 / 100e3)
    assert "generator: frozen: 11 tensors" in caplog.text
    assert "discriminator: frozen: 4 tensors" in caplog.text
    # The discriminator that others start from is frozen nowhere.
    assert json.loads((run / "discriminator.json").read_text())["args"]["block_kwargs"] == {}


def newest(run: Path) -> Path:
    return Snapshots(run).numbered()[-1]


def test_the_first_stylegan_runs_too(data: Path, tmp_path: Path) -> None:
    main(config(data, tmp_path, 1, preset="stylegan", augment="none"))
    part = read_part(tmp_path, "generator")
    assert part.spec.kind == "StyleGAN1Generator"
    StyleGAN1Generator(**part.spec.args).load_state_dict(dict(part.tensors))


def with_types(folder: Path) -> Path:
    """A dataset with a table of types and genders."""
    write_discs(folder)
    rows = [
        f"{path.name},{CODES[k % 3]},{'female' if k % 2 else 'male'}"
        for k, path in enumerate(sorted(folder.glob("*.png")))
    ]
    table = folder.parent / "labels.csv"
    table.write_text("\n".join(["file,type,gender", *rows]) + "\n")
    return table


@pytest.mark.parametrize(("labels", "c_dim"), [("gender", 2), ("type-gender", 32)])
def test_conditional_and_balanced(tmp_path: Path, labels: str, c_dim: int) -> None:
    table = with_types(tmp_path / "data")
    run = tmp_path / "run"
    main(config(tmp_path / "data", run, 1, labels=labels, table=table, balanced=True))
    part = read_part(run, "generator")
    assert part.spec.args["c_dim"] == c_dim
    assert len(json.loads((run / "report.json").read_text())["data"]["classes"]) == c_dim


def test_a_dry_run_writes_nothing(data: Path, tmp_path: Path) -> None:
    main(config(data, tmp_path / "run", 1, dry_run=True))
    assert not (tmp_path / "run").exists()


def test_options_are_read_from_the_command_line(tmp_path: Path) -> None:
    arguments = "--data d --out r --kimg 5 --minutes 2 --resume base --freeze-d 3 --freeze-g 2"
    found = tyro.cli(Config, args=[*arguments.split(), "--change.batch", "16", "--no-xflip"])
    assert (found.kimg, found.minutes, found.resume) == (5.0, 2.0, "base")
    assert (found.freeze_d, found.freeze_g, found.change.batch, found.xflip) == (3, 2, 16, False)


def empty(folder: Path) -> None:
    folder.mkdir(parents=True)


def unreadable(folder: Path) -> None:
    write_discs(folder)
    (folder / "005.png").write_bytes(b"no picture")


def mixed(folder: Path) -> None:
    write_discs(folder)
    Image.new("RGB", (32, 32)).save(folder / "005.png")


def no_power_of_two(folder: Path) -> None:
    write_discs(folder, side=24)


def labels_of_others(folder: Path) -> None:
    table = with_types(folder)
    table.write_text(table.read_text().replace("005.png", "elsewhere.png"))


@pytest.mark.parametrize(
    ("make", "options", "message"),
    [
        (empty, {}, "holds no picture|no picture"),
        (unreadable, {}, "005.png"),
        (mixed, {}, "mixes sizes.*005.png"),
        (no_power_of_two, {}, "24 .*power of two"),
        (labels_of_others, {"labels": "type"}, "elsewhere.png"),
        (write_discs, {"labels": "gender"}, "no label of gender"),
        (write_discs, {"balanced": True}, "cannot be balanced"),
        (write_discs, {"device": "cuda"}, "--device cuda asks for a GPU"),
        (write_discs, {"precision": "float16"}, "float16 needs a GPU"),
        (write_discs, {"batch": 6}, "6 pictures do not divide into parts of 4"),
        (write_discs, {"freeze_g": 1}, "a new run has learnt nothing"),
        (write_discs, {"freeze_g": 3, "resume": "none"}, "keeps 0 to 2 blocks"),
        (write_discs, {"freeze_d": 9, "resume": "none"}, "keeps 0 to 7 layers"),
        (write_discs, {"resume": "nowhere"}, "nowhere is neither a bundle"),
        (write_discs, {"pipe": "all"}, "augmentation preset"),
        (write_discs, {"preset": "stylegan", "pl_weight": 1.0}, "no path length"),
    ],
)
def test_bad_input_is_named_before_anything_is_trained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: object, options: dict, message: str
) -> None:
    def trained(*_: object) -> None:
        raise AssertionError("a step was taken")

    monkeypatch.setattr(Trainer, "step", trained)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    make(tmp_path / "data")
    options = dict(options)
    if options.get("labels") == "type":
        options["table"] = tmp_path / "labels.csv"
    base = config(tmp_path / "data", tmp_path / "run", 1)
    inner = {name: options.pop(name) for name in ("batch", "pl_weight") if name in options}
    with pytest.raises(MbtifaceError, match=message) as caught:
        main(replace(base, change=replace(base.change, **inner), **options))
    assert isinstance(caught.value, InputError | SourceError)
    assert not (tmp_path / "run" / "states").exists()


def test_a_checkpoint_of_another_configuration_is_named(
    data: Path, base: Path, tmp_path: Path
) -> None:
    options = config(data, tmp_path, 1, resume=str(base))
    wider = replace(options.change, w_dim=16, channel_max=16)
    with pytest.raises(SourceError, match="another configuration"):
        main(replace(options, change=wider))
