"""`impressions`, `fairness`, `moves`: from pictures and latents to tables, on a toy bundle."""

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from mbtiface.networks import CompactEncoder
from mbtiface.networks.perceptual import PerceptualFeatures
from mbtiface.weights.bundle import load_generator, open_bundle
from mbtiface.weights.manifest import NetworkSpec, read_manifest
from mbtiface.weights.writing import write_manifest
from tests.toy_bundle import NUM_WS, W_DIM, write_toy_bundle
from tests.toy_parts import ENCODER, put
from train.__main__ import main
from train.commands import fairness, impressions, moves
from train.data.by_eye import SEEN, SeenFaces
from train.data.latents import FILES, LATENTS
from train.data.ratings import NEEDED
from train.faces import population, rule_search
from train.psp import projection_run

FACES, SIDE = 120, 32


@pytest.fixture(scope="module")
def arguments(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """A toy bundle, its own pictures, and ratings of which w shows `outgoing` alone."""
    folder = tmp_path_factory.mktemp("rated")
    bundle = write_toy_bundle(folder / "bundle")
    rng = np.random.default_rng(0)
    w = rng.normal(size=(FACES, W_DIM))
    values = {name: 50 + 10 * rng.normal(size=FACES) for name in NEEDED}
    values["outgoing"] = 50 + 10 * w[:, 0]
    values["age"] = rng.uniform(20, 70, size=FACES)
    files = [f"faces/{k:03}.png" for k in range(FACES)]
    (folder / "data" / "faces").mkdir(parents=True)
    for file in files:
        pixels = rng.integers(0, 255, size=(SIDE, SIDE, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / "data" / file)
    with (folder / "data" / "ratings.csv").open("w", newline="") as opened:
        writer = csv.writer(opened)
        writer.writerow(["file", *values])
        writer.writerows([file, *(v[k] for v in values.values())] for k, file in enumerate(files))
    run = folder / "latents"
    run.mkdir()
    ws = torch.from_numpy(w).float()[:, None].repeat(1, NUM_WS, 1)
    save_file({"w": ws}, run / LATENTS)
    (run / FILES).write_text(json.dumps([Path(file).name for file in files]))
    return ["--bundle", str(bundle), "--data", str(folder / "data"), "--latents", str(run)]


@pytest.fixture(autouse=True)
def small_and_offline(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    network = PerceptualFeatures()
    for command in (impressions, fairness):
        monkeypatch.setattr(command, "perceptual_features", lambda: network)
    monkeypatch.setattr(population, "SAMPLES", 2000)
    monkeypatch.setattr(rule_search, "MOST_TERMS", 1)


def test_impressions(arguments: list[str], tmp_path: Path) -> None:
    assert main(["impressions", *arguments, "--out", str(tmp_path), "--rules", "3"]) == 0
    found = json.loads((tmp_path / "impressions.json").read_text("utf-8"))
    latents = found["r2"][impressions.LATENTS_NAME]
    assert latents["outgoing"] > 0.6
    assert found["r2"]["32-px pixels"]["outgoing"] < 0.2
    assert "E" not in found["latents read less by"]
    assert (tmp_path / "impressions.md").read_text("utf-8").startswith("| R2 | 32-px pixels |")
    assert (tmp_path / "rules.md").read_text("utf-8").count("\n") == 5


@pytest.fixture
def seen(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Faces judged by eye, of the toy bundle."""
    mapping = load_generator(open_bundle(Path(arguments[1]))).mapping
    w = mapping(torch.randn(SEEN, W_DIM, generator=torch.Generator().manual_seed(8)))[:, 0]
    worn = (np.arange(2 * SEEN).reshape(SEEN, 2) % 3 == 0).astype(float)
    faces = SeenFaces(w.double().numpy(), worn[:, 0] > 0, worn)
    for command in (fairness, moves):
        monkeypatch.setattr(command, "seen_faces", lambda mapping, z_dim: faces)


@pytest.mark.usefixtures("seen")
def test_fairness(arguments: list[str], tmp_path: Path) -> None:
    method = ["--method", "regression", "--size", str(SIDE)]
    assert main(["fairness", *arguments, "--out", str(tmp_path), *method]) == 0
    found = json.loads((tmp_path / "fairness.json").read_text("utf-8"))
    rows = {row["group"]: row for row in found["rows"]}
    assert rows["women"]["faces"] + rows["men"]["faces"] == rows["all"]["faces"] == FACES
    # Noise shows no face.
    assert rows["all"]["not found"] == 1
    assert rows["all"]["L1"] > 0.3
    assert (tmp_path / "fairness.md").read_text("utf-8").count("\n") == 2 + len(rows)
    assert main(["fairness", *arguments, "--out", str(tmp_path / "b"), "--method", "guess"]) == 1


@pytest.fixture
def with_encoder(arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The toy bundle with an encoder, the rule of its directions and features to compare by."""
    bundle = tmp_path / "bundle"
    shutil.copytree(arguments[1], bundle)
    torch.manual_seed(0)
    network = CompactEncoder(**ENCODER).eval()
    put(bundle, "encoder", network, NetworkSpec("CompactEncoder", ENCODER))
    rule = {"step": 1.85, "fine_from": 4, "fine_weight": 0.5}
    made_by = {"config": rule, "direction_method": "regression"}
    write_manifest(bundle, read_manifest(bundle), provenance={"faces": made_by})
    features = PerceptualFeatures(stages=2)
    monkeypatch.setattr(projection_run, "perceptual_features", lambda: features)

    class Identity:
        def embed(self, images: list[Image.Image]) -> np.ndarray:
            return np.array([np.asarray(image).mean((0, 1)) / 255 for image in images])

    monkeypatch.setattr(moves, "FaceIdentity", Identity)
    return bundle


def of_moves(arguments: list[str], bundle: Path, out: Path, *more: str) -> list[str]:
    return [
        *("moves", "--bundle", str(bundle), *arguments[2:], "--out", str(out)),
        *(
            "--people",
            "2",
            "--layers",
            "1",
            "--halvings",
            "2",
            "--faces",
            "2",
            "--steps",
            "1",
            *more,
        ),
    ]


@pytest.mark.usefixtures("seen")
def test_moves(arguments: list[str], with_encoder: Path, tmp_path: Path) -> None:
    out = tmp_path / "moves"
    assert main(of_moves(arguments, with_encoder, out, "--note")) == 0
    found = json.loads((out / "moves.json").read_text("utf-8"))
    person = found["person"]
    assert person["faces"] == 2
    assert person["farthest frame"]["median"] > 0
    rows = found["layers"]
    assert list(rows) == ["0-3", "4-5", "all"]
    # What all rows do is more than what some of them do.
    assert rows["all"]["face"] > rows["0-3"]["face"] > 0
    assert (out / "layers.md").read_text("utf-8").count("\n") == 2 + len(rows)
    loop = found["closed loop"]
    assert loop["readings"] == ["EI", "SN", "TF", "JP", "gender", "age"]
    # w shows `outgoing` alone: its direction reads as itself on the other half.
    assert loop["latent"]["EI"][0] > 0.6
    # One step after an encoder that was never trained finds next to nothing of it.
    assert abs(loop["picture"]["EI"][0]) < 0.5 * loop["latent"]["EI"][0]
    assert (out / "moves.md").read_text("utf-8").count("\n") == 2 + 2 * 4
    noted = read_manifest(with_encoder).metrics["moves"]
    assert noted == found
    card = (with_encoder / "README.md").read_text("utf-8")
    assert "**The person.** Of 2 made-up adults" in card
    assert "**Closed loop.**" in card


@pytest.mark.usefixtures("seen")
def test_moves_go_on_where_time_was_up(
    arguments: list[str], with_encoder: Path, tmp_path: Path
) -> None:
    out = tmp_path / "moves"
    assert main(of_moves(arguments, with_encoder, out, "--budget-minutes", "0")) == 0
    assert "closed loop" not in json.loads((out / "moves.json").read_text("utf-8"))
    assert main(of_moves(arguments, with_encoder, out)) == 0
    first = (out / "moves.json").read_text("utf-8")
    made = {path: path.stat().st_mtime_ns for path in out.glob("halving-*/*")}
    assert len(made) == 2 * 3
    assert main(of_moves(arguments, with_encoder, out)) == 0
    assert (out / "moves.json").read_text("utf-8") == first
    assert {path: path.stat().st_mtime_ns for path in made} == made


def test_moves_need_data_and_latents_together(
    arguments: list[str], with_encoder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    given = ["moves", "--bundle", str(with_encoder), *arguments[2:4], "--out", str(tmp_path / "m")]
    assert main(given) == 1
    assert "needs both --data and --latents" in caplog.text
