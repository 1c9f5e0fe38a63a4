"""`impressions` and `fairness` from pictures and latents to their tables, on a toy bundle."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from mbtiface.networks.perceptual import PerceptualFeatures
from mbtiface.weights.bundle import load_generator, open_bundle
from tests.toy_bundle import NUM_WS, W_DIM, write_toy_bundle
from train.__main__ import main
from train.commands import fairness, impressions
from train.data.by_eye import SEEN, SeenFaces
from train.data.latents import FILES, LATENTS
from train.data.ratings import NEEDED
from train.faces import population, rule_search

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


def test_fairness(arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mapping = load_generator(open_bundle(Path(arguments[1]))).mapping
    w = mapping(torch.randn(SEEN, W_DIM, generator=torch.Generator().manual_seed(8)))[:, 0]
    worn = (np.arange(2 * SEEN).reshape(SEEN, 2) % 3 == 0).astype(float)
    seen = SeenFaces(w.double().numpy(), worn[:, 0] > 0, worn)
    monkeypatch.setattr(fairness, "seen_faces", lambda mapping, z_dim: seen)
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
