"""`label`: rated or typed faces -> the same table of labels."""

import json
from pathlib import Path

import numpy as np
import pytest

from mbtiface.errors import InputError, SourceError
from tests.train.data.picture_files import TYPED, write_pictures, write_table, write_typed
from train.commands.label import Config, main
from train.data.labels import read_labels
from train.data.picture_dataset import PictureDataset
from train.data.ratings import NEEDED, fold_of

NAMES = [f"{at}.png" for at in range(6)]


def test_typed_faces(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    write_pictures(tmp_path / "photos", NAMES)
    table = write_typed(tmp_path / "typed.csv", NAMES)
    config = Config(tmp_path / "run", csv=table, photos=tmp_path / "photos")
    main(config)
    labels = read_labels(tmp_path / "run" / "labels.csv")
    assert labels.files == tuple(NAMES)
    assert labels.codes == [TYPED[at % 3][0] for at in range(6)]
    assert set(np.abs(labels.scores).ravel()) == {1.0}
    report = json.loads((tmp_path / "run" / "report.json").read_text())
    assert report["counts"]["female"]["ENTJ"] == 2
    assert "ENTJ female (2)" in caplog.text
    main(config)  # goes on, which is to write the same again
    dataset = PictureDataset.open(
        tmp_path / "photos", labels="type", table=tmp_path / "run" / "labels.csv"
    )
    assert dataset.labels(np.array([0]))[0].argmax() == dataset.classes.index("ENTJ")


def test_rated_faces(tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    rows = [(f"{at}.jpg", *random.uniform(0, 100, len(NEEDED)).round(2)) for at in range(60)]
    table = write_table(tmp_path / "r.csv", rows, ",".join(("file", *NEEDED)))
    main(Config(tmp_path / "run", ratings=table))
    labels = read_labels(tmp_path / "run" / "labels.csv")
    np.testing.assert_allclose(labels.scores.std(0), 1, atol=1e-5)
    report = json.loads((tmp_path / "run" / "report.json").read_text())
    np.testing.assert_allclose(report["correlation"], np.eye(4), atol=1e-4)
    assert json.loads((tmp_path / "run" / "config.json").read_text()).keys() == {"ratings", "out"}


def test_pictures_of_a_dataset_are_labelled_by_their_photos(tmp_path: Path) -> None:
    rows = [(f"{at}.jpg", *TYPED[at % 3], 20 + at) for at in range(4)]
    table = write_table(tmp_path / "t.csv", rows, "file,type,gender,age")
    made = [("00000/img0.png", "2.jpg"), ("00000/img1.png", "0.jpg")]  # Two gave no picture.
    (tmp_path / "faces").mkdir()
    write_table(tmp_path / "faces" / "files.csv", made, "file,photo")
    main(Config(tmp_path / "run", csv=table, dataset=tmp_path / "faces"))
    labels = read_labels(tmp_path / "run" / "labels.csv")
    assert labels.files == ("00000/img0.png", "00000/img1.png")
    assert labels.codes == [TYPED[2][0], TYPED[0][0]]
    assert labels.male.tolist() == [False, False]
    assert labels.numbers["age"].tolist() == [22, 20]
    assert labels.folds.tolist() == [fold_of("2.jpg"), fold_of("0.jpg")]
    write_table(tmp_path / "faces" / "files.csv", [*made, ("x.png", "9.jpg")], "file,photo")
    with pytest.raises(SourceError, match="does not name 1 of the 3 photos that .*: 9.jpg"):
        main(Config(tmp_path / "other", csv=table, dataset=tmp_path / "faces"))
    with pytest.raises(SourceError, match="is no dataset in a folder"):
        main(Config(tmp_path / "other", csv=table, dataset=tmp_path))
    with pytest.raises(InputError, match="--dataset goes with --csv"):
        main(Config(tmp_path / "other", ratings=table, dataset=tmp_path / "faces"))


def test_all_that_is_wrong_is_named_before_anything_is_written(tmp_path: Path) -> None:
    write_pictures(tmp_path / "photos", NAMES)
    rows = [("0.png", "ENTX", "male"), ("gone.png", "ENTP", "male"), ("gone.png", "ENTP", "man")]
    table = write_table(tmp_path / "typed.csv", rows, "file,type,gender")
    with pytest.raises(SourceError) as raised:
        main(Config(tmp_path / "run", csv=table, photos=tmp_path / "photos"))
    for part in ("'ENTX' of 0.png", "'man' of gone.png", "named twice", "not there: gone.png"):
        assert part in str(raised.value)
    assert not (tmp_path / "run").exists()
    write_table(tmp_path / "typed.csv", rows, "photo,type,gender")
    with pytest.raises(SourceError, match="must be 'file,type,gender'"):
        main(Config(tmp_path / "run", csv=table))
    with pytest.raises(SourceError, match="--photos .*none is no folder"):
        main(Config(tmp_path / "run", csv=table, photos=tmp_path / "none"))


def test_one_table_is_needed(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Give one table"):
        main(Config(tmp_path / "run"))
    with pytest.raises(InputError, match="Give one table"):
        main(Config(tmp_path / "run", ratings=tmp_path / "r.csv", csv=tmp_path / "t.csv"))
    with pytest.raises(InputError, match="--photos goes with --csv"):
        main(Config(tmp_path / "run", ratings=tmp_path / "r.csv", photos=tmp_path))
    main(Config(tmp_path / "run", csv=tmp_path / "t.csv", dry_run=True))
    assert not (tmp_path / "run").exists()
