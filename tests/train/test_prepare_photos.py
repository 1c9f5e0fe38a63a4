"""`prepare --photos`: real files in, a dataset out; killed, gone on with, zipped, labelled."""

import csv
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageFilter, ImageOps

from mbtiface.errors import InputError, SourceError
from tests.faces.photo_samples import exif, heic
from tests.faces.portraits import portrait
from tests.program_files import ROOT
from tests.train.data.picture_files import TYPED, write_pictures, write_table, write_typed
from train.commands.prepare import Config, main
from train.data.picture_dataset import PictureDataset
from train.data.ratings import fold_of

NAMES = [f"{at:02d}.png" for at in range(7)]


def rejected(folder: Path) -> dict[str, str]:
    with (folder / "rejected.csv").open(newline="") as opened:
        return {row["photo"]: row["reason"] for row in csv.DictReader(opened)}


def relation(folder: Path) -> list[dict[str, str]]:
    with (folder / "files.csv").open(newline="") as opened:
        return list(csv.DictReader(opened))


def aligned_config(folder: Path, out: str = "set", **changes: object) -> Config:
    """Drawn faces: no detector would take them for faces, and all of them are alike."""
    values = {"photos": folder / "photos", "aligned": True, "size": 16, "detector": "none"}
    return Config(folder / out, **values | {"duplicate_distance": 0.0} | changes)


@pytest.fixture
def drawn(tmp_path: Path) -> Path:
    write_pictures(tmp_path / "photos", NAMES)
    write_typed(tmp_path / "labels.csv", NAMES)
    return tmp_path


def write_photos(folder: Path, studio) -> None:
    """A portrait and two generated faces, and what is wrong with photos."""
    folder.mkdir()
    real = portrait()
    real.save(folder / "a-real.jpg", quality=95)
    for name, seed in (("b-turned", 1), ("c-phone", 2)):
        face = studio.render(studio.sample(seed), 256).resize((512, 512))
        made = ImageOps.expand(face, 120, (90, 100, 110))
        if name == "b-turned":
            made.transpose(Image.Transpose.ROTATE_90).save(folder / f"{name}.jpg", exif=exif(6))
        else:
            (folder / f"{name}.heic").write_bytes(heic(made))
    real.filter(ImageFilter.GaussianBlur(5)).save(folder / "d-blurred.png")
    ImageOps.mirror(real).save(folder / "e-again.jpg", quality=60)
    real.reduce(3).save(folder / "f-small.png")
    real.crop((0, 260, 512, 512)).save(folder / "g-none.png")
    (folder / "h-notes.txt").write_text("no photo")


def test_photos_become_a_dataset(tmp_path: Path, embedded_studio) -> None:
    write_photos(tmp_path / "photos", embedded_studio)
    names = sorted(path.name for path in (tmp_path / "photos").iterdir())
    table = write_typed(tmp_path / "photos" / "labels.csv", names[:-1])
    main(Config(tmp_path / "set", photos=tmp_path / "photos", labels=table, size=128))
    assert rejected(tmp_path / "set") == {
        "d-blurred.png": "blurred",
        "e-again.jpg": "near-duplicate",
        "f-small.png": "too small",
        "g-none.png": "no face",
        "h-notes.txt": "no label",
    }
    rows = relation(tmp_path / "set")
    assert [row["photo"] for row in rows] == names[:3]
    assert [(row["type"], row["gender"]) for row in rows] == list(TYPED)
    assert float(rows[0]["side_px"]) == pytest.approx(173.7, rel=0.1)
    # The generated faces fill 512 px by FFHQ's rule, 120 px inside their photos.
    for row in rows[1:]:
        assert float(row["crop_side"]) * 752 == pytest.approx(512, rel=0.12)
        assert float(row["crop_x"]) == pytest.approx(0.5, abs=0.05)
    dataset = PictureDataset.open(tmp_path / "set", labels="type-gender")
    made = embedded_studio.render(embedded_studio.sample(1), 256).resize((128, 128))
    shown = dataset.pictures(np.array([1]))[0].permute(1, 2, 0).numpy()
    middle = (slice(32, 112), slice(32, 96))
    off = shown[middle].astype(int) - np.asarray(made)[middle].astype(int)
    upside_down = shown[::-1][middle].astype(int) - np.asarray(made)[middle].astype(int)
    assert np.abs(off).mean() < 0.6 * np.abs(upside_down).mean()


def test_the_layout_of_the_reference(drawn: Path) -> None:
    main(aligned_config(drawn, labels=drawn / "labels.csv"))
    index = json.loads((drawn / "set" / "dataset.json").read_text())
    assert list(index) == ["labels"]
    classes = PictureDataset.open(drawn / "set", labels="type-gender").classes
    files = [f"00000/img{at:08d}.png" for at in range(7)]
    expected = [classes.index(" ".join(TYPED[at % 3])) for at in range(7)]
    assert index["labels"] == [list(pair) for pair in zip(files, expected, strict=True)]
    rows = relation(drawn / "set")
    assert [row["file"] for row in rows] == files
    assert [int(row["fold"]) for row in rows] == [fold_of(name) for name in NAMES]
    assert {row["crop_x"] for row in rows} == {""}
    report = json.loads((drawn / "set" / "report.json").read_text())
    assert (report["photos"], report["pictures"], report["rejected"]) == (7, 7, {})
    assert report["counts"]["female"]["ENTJ"] == 3
    assert "adults" in report["note"]


@pytest.mark.parametrize(("header", "classes"), [("file,type", 16), ("file,gender", 2)])
def test_types_or_genders_alone(drawn: Path, header: str, classes: int) -> None:
    said = "INTJ" if classes == 16 else "male"
    table = write_table(drawn / "t.csv", [(name, said) for name in NAMES], header)
    main(aligned_config(drawn, labels=table))
    kind = header.removeprefix("file,")
    dataset = PictureDataset.open(drawn / "set", labels=kind)
    assert dataset.c_dim == classes
    (number,) = {
        number for _, number in json.loads((drawn / "set/dataset.json").read_text())["labels"]
    }
    assert dataset.classes[number] == said


def test_no_labels_at_all(drawn: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    main(aligned_config(drawn))
    assert json.loads((drawn / "set" / "dataset.json").read_text()) == {"labels": None}
    assert "few faces" not in caplog.text
    assert "adults who agreed" in caplog.text


def test_thin_cells_are_named(drawn: Path, caplog: pytest.LogCaptureFixture) -> None:
    main(aligned_config(drawn, labels=drawn / "labels.csv"))
    assert "few faces: " in caplog.text
    assert "INTJ female (0)" in caplog.text
    assert "INTJ male (2)" in caplog.text


def test_a_zip_holds_the_same_pictures(drawn: Path) -> None:
    main(aligned_config(drawn, labels=drawn / "labels.csv"))
    main(aligned_config(drawn, "set.zip", labels=drawn / "labels.csv"))
    one = PictureDataset.open(drawn / "set", labels="type-gender")
    other = PictureDataset.open(drawn / "set.zip", labels="type-gender")
    indices = np.arange(7)
    assert torch.equal(one.pictures(indices), other.pictures(indices))
    assert torch.equal(one.labels(indices), other.labels(indices))
    assert not list((drawn / "set.prepared").rglob("*.png"))
    first, stamp = (drawn / "set.zip").read_bytes(), (drawn / "set.zip").stat().st_mtime_ns
    main(aligned_config(drawn, "set.zip", labels=drawn / "labels.csv"))
    assert (drawn / "set.zip").stat().st_mtime_ns == stamp
    write_pictures(drawn / "photos", ["new.png"])
    main(aligned_config(drawn, "set.zip", labels=write_typed(drawn / "l.csv", [*NAMES, "new.png"])))
    with zipfile.ZipFile(drawn / "set.zip") as archive:
        assert sum(name.endswith(".png") for name in archive.namelist()) == 8
    assert (drawn / "set.zip").read_bytes() != first


def test_webp_loses_nothing(drawn: Path) -> None:
    main(aligned_config(drawn))
    main(aligned_config(drawn, "webp", format="webp"))
    one, other = PictureDataset.open(drawn / "set"), PictureDataset.open(drawn / "webp")
    assert other.files[0] == "00000/img00000000.webp"
    assert torch.equal(one.pictures(np.arange(7)), other.pictures(np.arange(7)))


KILLED = """
import os, sys
from pathlib import Path
from tests.train.test_prepare_photos import aligned_config
from train.commands.prepare import main
from train.data import prepare_photos
plain, seen = prepare_photos.encoded, []
def encoded(picture, form):
    seen.append(1)
    if len(seen) == 4:
        os.kill(os.getpid(), 9)
    return plain(picture, form)
prepare_photos.encoded = encoded
main(aligned_config(Path(sys.argv[1]), "killed"))
"""


def test_a_killed_run_goes_on(drawn: Path) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, str(drawn)], cwd=ROOT, check=False)
    assert done.returncode == -9
    with (drawn / "killed" / "photos.jsonl").open("a") as journal:
        journal.write('{"photo": "03.p')  # a line that was cut off
    first = drawn / "killed" / "00000" / "img00000000.png"
    stamp = first.stat().st_mtime_ns
    main(aligned_config(drawn, "killed"))
    main(aligned_config(drawn))
    assert first.stat().st_mtime_ns == stamp
    written = {p.relative_to(drawn / "set") for p in (drawn / "set").rglob("*") if p.is_file()}
    assert len(written) == 7 + 6
    for name in written:
        assert (drawn / "killed" / name).read_bytes() == (drawn / "set" / name).read_bytes()


def test_earlier_pictures_are_remembered(drawn: Path) -> None:
    close = {"duplicate_distance": 0.02}
    main(aligned_config(drawn, **close))
    before = len(relation(drawn / "set"))
    (drawn / "photos" / "zz.png").write_bytes((drawn / "photos" / "00.png").read_bytes())
    main(aligned_config(drawn, **close))
    assert len(relation(drawn / "set")) == before
    assert rejected(drawn / "set")["zz.png"] == "near-duplicate"


def test_photos_that_changed(drawn: Path) -> None:
    main(aligned_config(drawn))
    (drawn / "photos" / "02.png").unlink()
    (drawn / "photos" / "04.png").write_bytes(b"other")
    with pytest.raises(SourceError, match="02.png, 04.png: gone from .* or changed.*new folder"):
        main(aligned_config(drawn))


def test_labels_that_do_not_fit(drawn: Path) -> None:
    table = write_typed(drawn / "t.csv", [*NAMES, "gone.png"])
    with pytest.raises(SourceError, match="1 named, but not there: gone.png"):
        main(aligned_config(drawn, labels=table))
    write_table(drawn / "t.csv", [(NAMES[0],)], "file")
    with pytest.raises(SourceError, match="neither types nor genders"):
        main(aligned_config(drawn, labels=table))
    main(aligned_config(drawn, labels=drawn / "labels.csv"))
    with pytest.raises(SourceError, match="no longer names 1 photos .*: 06.png"):
        main(aligned_config(drawn, labels=write_typed(drawn / "t.csv", NAMES[:6])))


def test_photos_of_which_none_can_be_used(drawn: Path) -> None:
    with pytest.raises(SourceError, match="None of the 7 photos .*'too small': 7.*rejected.csv"):
        main(aligned_config(drawn, least_px=100))
    assert set(rejected(drawn / "set").values()) == {"too small"}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"size": 48}, "Size 48 is no power of two"),
        ({"count": 5, "seed": 2}, "--count, --seed cannot be given for photos. Leave them off"),
        ({"from_bundle": "embedded"}, "--from-bundle cannot be given for photos"),
        ({"photos": None}, "--aligned, --duplicate-distance, --detector cannot be .* --photos"),
        ({"aligned": False}, "--detector none goes with --aligned"),
        ({"format": "gif"}, "Format 'gif' is unknown. Use png or webp"),
    ],
)
def test_options_that_do_not_fit(drawn: Path, changes: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        main(aligned_config(drawn, **changes))
    with pytest.raises(InputError, match="lies in --photos"):
        main(aligned_config(drawn, "photos/set"))


def test_folders_of_no_photos(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="is no folder of photos"):
        main(aligned_config(tmp_path))
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / ".hidden").write_text("x")
    with pytest.raises(SourceError, match="holds no photos"):
        main(aligned_config(tmp_path))


@pytest.mark.parametrize("out", ["set", "set.zip"])
def test_what_lies_there_stays(drawn: Path, out: str) -> None:
    other = drawn / out if out == "set.zip" else drawn / out / "letters.txt"
    other.parent.mkdir(exist_ok=True)
    other.write_text("not ours")
    with pytest.raises(SourceError, match=f"{out} is there already, but no earlier run"):
        main(aligned_config(drawn, out))
    assert other.read_text() == "not ours"


def test_a_damaged_journal(drawn: Path) -> None:
    main(aligned_config(drawn))
    (drawn / "set" / "photos.jsonl").write_text("no json\n")
    with pytest.raises(SourceError, match="photos.jsonl is damaged .*prepare all photos again"):
        main(aligned_config(drawn))


def test_another_run_does_not_add_to_it(drawn: Path) -> None:
    main(aligned_config(drawn))
    with pytest.raises(SourceError, match="another least_px, size"):
        main(aligned_config(drawn, size=8))
