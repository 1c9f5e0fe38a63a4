"""`train encoder` at toy size: learns, goes on as if never stopped, keeps the best."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from mbtiface.errors import SourceError
from mbtiface.weights.manifest import NetworkSpec
from tests.toy_bundle import NUM_WS, W_DIM
from tests.train.psp.drawn_faces import write_faces
from train.commands.encoder import Config, main, training_photos
from train.data.made_faces import MadeFaces
from train.data.ratings import SELECT_FOLD, TEST_FOLD, fold_of
from train.psp.encoder_options import EncoderOptions, Sources, TermWeights
from train.psp.encoders import build, encoder_spec
from train.runs.checkpoint import load_state

NETWORK = {
    "widths": [8, 12],
    "units": [1, 1],
    "stem_channels": 8,
    "grid": 2,
    "level_channels": [4],
    "hidden": 8,
    "rank": 4,
}
OPTIONS = EncoderOptions(
    arguments=json.dumps(NETWORK),
    size=32,
    picture_size=32,
    steps=6,
    batch=8,
    metric_faces=8,
    save_steps=2,
    report_steps=3,
    weights=TermWeights(),
)


def config(made: MadeFaces, out: Path, **changes: object) -> Config:
    options = {name: changes.pop(name) for name in list(changes) if hasattr(OPTIONS, name)}
    sources = {
        name: changes.pop(name) for name in ("photos", "held_out", "start") if name in changes
    }
    return Config(
        out,
        Sources(made.folder, **sources),
        str(made.folder.parent / "bundle"),
        replace(OPTIONS, **options),
        workers=0,
        device="cpu",
        **changes,
    )


@pytest.fixture(scope="module")
def finished(toy_made: MadeFaces, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of six steps without a stop; only read."""
    out = tmp_path_factory.mktemp("encoder") / "run"
    main(config(toy_made, out))
    return out


def test_a_run_leaves_an_encoder_and_its_figures(finished: Path) -> None:
    spec = NetworkSpec(**json.loads((finished / "encoder.json").read_text()))
    assert spec.kind == "CompactEncoder"
    encoder = build(spec)
    encoder.load_state_dict(load_file(finished / "encoder.safetensors"))
    ws = encoder.eval()(torch.zeros(1, 3, 32, 32))
    assert ws.shape == (1, NUM_WS, W_DIM)
    lines = [json.loads(line) for line in (finished / "log.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == [3, 6]
    assert {"latent", "seen", "delta", "held_out_l2", "held_out_perceptual"} <= set(lines[0])
    best = json.loads((finished / "report.json").read_text())["held_out"]
    assert best["score"] == pytest.approx(min(line["held_out_score"] for line in lines), rel=1e-3)
    with Image.open(finished / "held_out.jpg") as grid:
        assert grid.size == (8 * 32, 2 * 32)


def test_a_stopped_run_goes_on_as_if_it_never_stopped(
    toy_made: MadeFaces, finished: Path, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    main(config(toy_made, out, budget_minutes=0.0))
    stopped = load_state(out / "state.pt")["step"]
    assert stopped == 1
    main(config(toy_made, out))
    whole, parts = (load_state(folder / "state.pt") for folder in (finished, out))
    assert whole["step"] == parts["step"] == 6
    for name, value in whole["network"].items():
        assert torch.equal(value, parts["network"][name]), name
    main(config(toy_made, out))  # nothing is left to do
    assert load_state(out / "state.pt")["step"] == 6


def test_it_learns(toy_made: MadeFaces, tmp_path: Path) -> None:
    main(config(toy_made, tmp_path, steps=150, report_steps=50, batch=32, learning_rate=3e-3))
    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert lines[-1]["latent"] < 0.9 * lines[0]["latent"]
    assert lines[-1]["held_out_perceptual"] < lines[0]["held_out_perceptual"]


def test_every_term_through_the_generator(toy_made: MadeFaces, tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    write_faces([photos / f"{k}.png" for k in range(12)], 32)
    weights = TermWeights(l2=1.0, perceptual=0.1, w_norm=0.01, adversarial=0.1)
    first = config(toy_made, tmp_path / "run", photos=photos, held_out=photos, weights=weights)
    main(replace(first, budget_minutes=0.0))
    main(first)
    line = json.loads((tmp_path / "run" / "log.jsonl").read_text().splitlines()[-1])
    terms = {"latent", "seen", "l2", "perceptual", "w_norm", "delta", "adversarial"}
    assert terms <= set(line)
    assert all(line[name] == line[name] for name in terms)  # no NaN
    state = load_state(tmp_path / "run" / "state.pt")
    assert state["terms"]["steps"] == 6  # the latent discriminator went on too


def test_one_run_starts_from_another(toy_made: MadeFaces, finished: Path, tmp_path: Path) -> None:
    main(config(toy_made, tmp_path, start=finished, learning_rate=0.0, weight_decay=0.0, steps=1))
    before, after = (load_state(folder / "state.pt") for folder in (finished, tmp_path))
    weight = "encoder.to_code.weight"
    torch.testing.assert_close(after["network"][weight], before["ema"][weight])


@pytest.mark.parametrize("kind", ["backbone-w", "gradual", "progressive"])
def test_published_kinds_are_trained_too(toy_made: MadeFaces, tmp_path: Path, kind: str) -> None:
    """One step with a shallow backbone, at the only size that they take."""
    stages = [[64, 64, 1], [64, 128, 1], [128, 256, 1], [256, 512, 1]]
    options = {"num_layers": stages, "mode": "ir"}
    main(
        config(
            toy_made,
            tmp_path,
            encoder=kind,
            arguments=json.dumps(options),
            size=256,
            steps=1,
            batch=2,
            save_steps=1,
            report_steps=100,
        )
    )
    assert load_state(tmp_path / "state.pt")["step"] == 1


def test_folds_that_select_and_test_are_not_trained_on(tmp_path: Path) -> None:
    write_faces([tmp_path / f"{k:04d}.png" for k in range(40)], 8)
    folds = {fold_of(path.name) for path in training_photos(Sources(tmp_path, photos=tmp_path))}
    assert TEST_FOLD not in folds
    assert SELECT_FOLD in folds
    sources = Sources(tmp_path, photos=tmp_path, held_out=tmp_path)
    folds = {fold_of(path.name) for path in training_photos(sources)}
    assert not {TEST_FOLD, SELECT_FOLD} & folds
    assert training_photos(Sources(tmp_path)) == []


def test_another_config_does_not_go_on(toy_made: MadeFaces, finished: Path) -> None:
    with pytest.raises(SourceError, match="another options"):
        main(config(toy_made, finished, learning_rate=1.0))


def test_a_dry_run_writes_nothing(toy_made: MadeFaces, tmp_path: Path) -> None:
    main(config(toy_made, tmp_path / "run", dry_run=True))
    assert not (tmp_path / "run").exists()


def test_wrong_arguments_are_named() -> None:
    with pytest.raises(SourceError, match="CompactEncoder cannot be built.*depth"):
        build(NetworkSpec("CompactEncoder", {"depth": 3}))


def test_arguments_that_are_no_json() -> None:
    with pytest.raises(SourceError, match="arguments 'num_layers 50' are no json object"):
        encoder_spec("gradual", 18, 512, 18, 256, "num_layers 50")


def test_two_processes_share_a_step(toy_made: MadeFaces, tmp_path: Path) -> None:
    """torchrun on the CPU: both take part, one writes."""
    command = [
        *(sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2"),
        *("-m", "train", "encoder", "--out", str(tmp_path / "run"), "--workers", "0"),
        *("--sources.data", str(toy_made.folder), "--device", "cpu", "--threads", "1"),
        *("--bundle", str(toy_made.folder.parent / "bundle")),
        *("--options.size", "32", "--options.picture-size", "32", "--options.steps", "2"),
        *("--options.batch", "8", "--options.metric-faces", "8", "--options.report-steps", "2"),
        *("--options.arguments", json.dumps(NETWORK)),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert load_state(tmp_path / "run" / "state.pt")["step"] == 2
    assert len((tmp_path / "run" / "log.jsonl").read_text().splitlines()) == 1
