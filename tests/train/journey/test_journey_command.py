"""`python -m train journey`: the chain at toy size, killed and gone on with, and its report."""

import json
from pathlib import Path

import pytest
import torch
import tyro
from PIL import Image
from safetensors.torch import load_file

from mbtiface.errors import InputError, SourceError
from tests.train.journey.toy_journey import config, write_sets
from tests.train.stylegan2.toy_gan import TICK
from train.commands import gan
from train.commands.journey import Config, main
from train.journey.course import read_note, walk
from train.journey.stages import Stage, main_stages
from train.stylegan2.trainer import Trainer

NAMES = ("stylegan", "stylegan2", "plain", "ada", "freeze-d", "freeze-g", "other")


@pytest.fixture(scope="module")
def sets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_sets(tmp_path_factory.mktemp("journey"))


@pytest.fixture(scope="module")
def journey(sets: Path) -> Path:
    """The whole chain, compact."""
    out = sets / "whole"
    main(config(sets, out, compact=True))
    return out


def lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_every_stage_ran_as_the_chain_has_it(journey: Path) -> None:
    configs = {name: json.loads((journey / name / "config.json").read_text()) for name in NAMES}
    for name in NAMES:
        assert read_note(journey / name)["ending"] == "done"
        assert lines(journey / name / "log.jsonl")[-1]["step"] == 2 * TICK
    assert configs["stylegan"]["preset"] == "stylegan"
    steps = ("augment", "freeze_d", "freeze_g")
    told = [tuple(configs[name][key] for key in steps) for name in NAMES[1:6]]
    assert told == [("none", 0, 0), ("none", 0, 0), ("ada", 0, 0), ("ada", 2, 0), ("ada", 2, 1)]
    for name in NAMES[2:]:
        assert configs[name]["resume"] == str(journey / "stylegan2")
        assert configs[name]["only"] == ("male" if name == "other" else "female")


def test_both_bases_have_the_same_widths_and_rates(sets: Path) -> None:
    first, second = (stage.run for stage in main_stages(config(sets, sets / "none"))[:2])
    recipes = [gan.recipe_of(run, 16, ranks()) for run in (first, second)]
    assert recipes[0].update.g_rate == recipes[1].update.g_rate
    assert recipes[0].loss.r1_gamma == recipes[1].loss.r1_gamma
    networks = [vars(recipe.network) | {"method": ""} for recipe in recipes]
    assert networks[0] == networks[1]


def ranks() -> gan.Ranks:
    return gan.Ranks(0, 1, torch.device("cpu"))


def test_the_winner_is_the_lowest_metric_and_goes_on_to_the_other_half(journey: Path) -> None:
    best = {
        name: min(line["frechet"] for line in lines(journey / name / "figures.jsonl"))
        for name in NAMES[2:6]
    }
    report = json.loads((journey / "report.json").read_text())
    assert report["winner"] == min(best, key=best.__getitem__)
    winner = json.loads((journey / report["winner"] / "config.json").read_text())
    other = json.loads((journey / "other" / "config.json").read_text())
    assert {key for key in other if other[key] != winner[key]} == {"out", "only"}


def test_compact_keeps_half_precision_networks_alone(journey: Path) -> None:
    for name in NAMES:
        assert not (journey / name / "states").exists()
        for part in ("generator", "discriminator"):
            tensors = load_file(journey / name / f"{part}.safetensors").values()
            assert {value.dtype for value in tensors if value.is_floating_point()} == {
                torch.float16
            }


def test_the_report_has_a_row_a_step_with_its_pictures_inside(journey: Path) -> None:
    text = (journey / "report.html").read_text()
    assert text.count("<section>") == len(NAMES) + 1  # and the claims
    # Best and last, or one grid of both; real pictures; metric, scores, p.
    assert text.count("data:image/") >= 5 * len(NAMES)
    assert "http" not in text.replace("http-equiv", "")
    assert "Against + FreezeD (2 layers): best FD-Toy" in text
    assert text.count("Where each layer") == 2 * 2  # caption and alt, of the two bases
    last = lines(journey / "plain" / "figures.jsonl")[-1]
    assert f"the last {last['frechet']:.1f} at {last['kimg']:g} kimg" in text
    with Image.open(journey / "report.png") as picture:
        assert picture.width == 2000
        assert picture.height > 300 * len(NAMES)


def test_droplets_of_both_bases_are_measured_and_told(journey: Path) -> None:
    claims = json.loads((journey / "report.json").read_text())["claims"]
    for name in ("stylegan", "stylegan2"):
        found = json.loads((journey / name / "droplets.json").read_text())
        assert found["samples"] == 64
        assert (journey / name / "droplets.md").read_text().startswith("| layer |")
    share = json.loads((journey / "stylegan" / "droplets.json").read_text())["share"]
    assert f"at most {share:.0%} of 64 samples" in claims[0]["evidence"]


def test_a_finished_journey_trains_nothing(
    sets: Path, journey: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def trained(*_: object) -> None:
        raise AssertionError("a step was taken")

    monkeypatch.setattr(Trainer, "step", trained)
    main(config(sets, journey, compact=True))
    with pytest.raises(SourceError, match="another freeze_d"):
        main(config(sets, journey, freeze_d=3))


class Killed(BaseException):
    pass


def test_killed_within_a_stage_it_goes_on_to_the_same_end(
    sets: Path, journey: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The transfer `ada` alone, from the base of the whole journey."""
    out = sets / "killed"
    rest = tuple(name for name in NAMES if name not in ("plain", "ada"))
    options = config(sets, out, base=str(journey / "stylegan2"), skip=rest)
    steps, step = [0], Trainer.step

    def dying(trainer: Trainer, batch: object) -> None:
        steps[0] += 1
        if steps[0] == 8:  # the fourth and last of `ada`; its second is in a snapshot
            raise Killed
        step(trainer, batch)

    monkeypatch.setattr(Trainer, "step", dying)
    with pytest.raises(Killed):
        main(options)
    assert read_note(out / "plain")["ending"] == "done"
    assert read_note(out / "ada") is None
    main(options)
    assert steps[0] == 8 + 2
    # The journey that was never killed kept its networks in half precision.
    mine = load_file(out / "ada" / "generator.safetensors")
    theirs = load_file(journey / "ada" / "generator.safetensors")
    assert all(torch.equal(mine[name].half(), value) for name, value in theirs.items())
    stages = json.loads((out / "report.json").read_text())["stages"]
    assert set(stages) == {"plain", "ada"}
    # A larger budget goes on, and no stage begins anew.
    main(config(sets, out, base=options.base, skip=rest, budget_kimg=3 * TICK / 1000))
    assert steps[0] == 10 + 2 * 2
    # Thrown away, a stage begins anew; the others stay.
    main(config(sets, out, base=options.base, skip=(*rest, "ada"), rerun=("plain",)))
    assert steps[0] == 14 + 4
    assert lines(out / "plain" / "log.jsonl")[-1]["step"] == 2 * TICK
    assert lines(out / "ada" / "log.jsonl")[-1]["step"] == 3 * TICK


def test_time_that_is_up_stops_the_journey_or_ends_the_stage(sets: Path, tmp_path: Path) -> None:
    main(config(sets, tmp_path / "a", minutes=1e-9))
    assert not (tmp_path / "a" / "stylegan").exists()
    main(config(sets, tmp_path / "b", base_minutes=1e-6, skip=NAMES[1:]))
    note = read_note(tmp_path / "b" / "stylegan")
    assert note["ending"] == "time is up"
    assert (tmp_path / "b" / "stylegan" / "generator.safetensors").exists()


def test_a_stage_whose_numbers_are_lost_is_a_finding(
    sets: Path, journey: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = config(sets, tmp_path, base=str(journey / "stylegan2"))
    stage = next(each for each in main_stages(options) if each.name == "plain")
    step = Trainer.step

    def spoil(trainer: Trainer, batch: object) -> None:
        step(trainer, batch)
        if trainer.images > TICK:
            trainer.tally.add("loss_real", torch.tensor(float("nan")))

    monkeypatch.setattr(Trainer, "step", spoil)
    assert walk(Stage(stage.name, stage.title, stage.run))
    assert read_note(tmp_path / "plain")["ending"] == "not finite"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"skip": ("stylegan2",)}, "starts from stylegan2, which is skipped"),
        ({"budget_kimg": 0.0}, "Budgets are above 0"),
        ({"freeze_g": 0}, "freeze at least 1"),
        ({"size": 24}, "24"),
    ],
)
def test_bad_options_are_named_before_anything_is_written(
    sets: Path, tmp_path: Path, changes: dict, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        main(config(sets, tmp_path / "out", **changes))
    assert not (tmp_path / "out").exists()


def test_a_base_is_not_thrown_away_under_those_that_started_from_it(
    sets: Path, journey: Path
) -> None:
    with pytest.raises(InputError, match="--rerun stylegan2 plain too"):
        main(config(sets, journey, rerun=("stylegan2",)))
    assert (journey / "stylegan2" / "generator.safetensors").exists()


def test_options_are_read_from_the_command_line() -> None:
    words = "--data l --small s --out r --budget-kimg 50 --skip stylegan ada --warm.steps 10"
    found = tyro.cli(Config, args=[*words.split(), "--compact", "--change.batch", "8"])
    assert (found.budget_kimg, found.skip, found.compact) == (50.0, ("stylegan", "ada"), True)
    assert (found.warm.steps, found.change.batch) == (10, 8)
