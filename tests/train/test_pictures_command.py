"""Sheets of averages and moves, drawn from a toy bundle."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from mbtiface.faces.loading import load
from mbtiface.personality.types import AXES
from mbtiface.weights.manifest import read_manifest
from mbtiface.weights.writing import write_manifest, write_small
from tests.toy_bundle import W_DIM, write_toy_bundle
from train.__main__ import main
from train.commands import pictures as command
from train.commands.averages import RAW_MEANS
from train.faces.sheets import BAND, PAPER, cut, sheet

SIDE = 40


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_toy_bundle(tmp_path_factory.mktemp("pictures") / "bundle")
    counts = torch.full((2, 16), 9)
    counts[1, 2] = 0
    means = torch.randn(2, 16, W_DIM, generator=torch.Generator().manual_seed(0)).half()
    write_small(folder, RAW_MEANS, {"type_means": means, "type_counts": counts})
    write_manifest(folder, read_manifest(folder))
    return folder


def plain(colour: tuple[int, int, int]) -> Image.Image:
    return Image.new("RGB", (SIDE, SIDE), colour)


def pixels_of(path: Path) -> np.ndarray:
    with Image.open(path) as opened:
        return np.asarray(opened.convert("RGB"))


def test_words_stand_over_pictures_and_rows_without_words_have_no_band() -> None:
    red, blue = plain((200, 0, 0)), plain((0, 0, 200))
    made = sheet([[("E", red), ("N", blue)], [("", blue)]])
    band = round(SIDE * BAND)
    assert made.size == (2 * SIDE, 2 * SIDE + band)
    assert made.getpixel((0, 0)) == PAPER
    assert made.getpixel((0, band)) == (200, 0, 0)
    assert made.getpixel((SIDE, band)) == (0, 0, 200)
    assert made.getpixel((0, band + SIDE)) == (0, 0, 200)
    assert made.getpixel((SIDE, band + SIDE)) == PAPER
    assert np.asarray(made)[:band, :SIDE].min() < 128  # The word.
    assert [len(row) for row in cut([("", red)] * 9, 8)] == [8, 1]


def test_every_sheet(bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "STRIP_PEOPLE", (1, 2))
    assert main(["pictures", "--bundle", str(bundle), "--out", str(tmp_path)]) == 0
    pixels = {path.name: pixels_of(path) for path in tmp_path.iterdir()}
    sizes = {name: each.shape[1::-1] for name, each in pixels.items()}
    band = round(150 * BAND)
    assert sizes["gallery.jpg"] == sizes["raw.jpg"] == (8 * 150, 8 * (150 + band))
    assert sizes["sequence.jpg"][0] == 8 * 180
    assert sizes["strips-EI.webp"] == (5 * 512, 2 * 512)
    assert set(sizes) == {
        "gallery.jpg",
        "raw.jpg",
        "sequence.jpg",
        *(f"strips-{axis}.webp" for axis in AXES),
    }
    # A type of too few faces is grey.
    cell = pixels["raw.jpg"][4 * (150 + band) + band :][:150, 2 * 150 : 3 * 150]
    assert np.abs(cell[10:-10, 10:-10].astype(int) - 128).max() < 5


def test_photos_that_are_not_there_are_named(
    bundle: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    plain((9, 9, 9)).resize((256, 256)).save(tmp_path / "a.png")
    given = ["pictures", "--bundle", str(bundle), "--out", str(tmp_path / "out"), "--only", "walk"]
    assert main([*given, "--photos", str(tmp_path), "--names", "b.png"]) == 1
    assert "holds no b.png" in caplog.text
    assert (
        main([*given, "--photos", str(tmp_path), "--names", "a.png", "--genders", "male", "male"])
        == 1
    )
    assert "1 names but 2 genders" in caplog.text


def test_a_walk_begins_with_what_stands_before_it(bundle: Path) -> None:
    studio = load(bundle)
    rows = list(
        command.walk(studio, studio.gender_mean("male"), "male", 32, [("photo", plain((0,) * 3))])
    )
    assert [len(row) for row in rows] == [8, 8]
    assert "".join(words for words, _ in [*rows[0], *rows[1]][2:]) == command.LETTERS
