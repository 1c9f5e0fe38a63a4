"""The label rule, the split and the table of ratings."""

import csv
import hashlib
from pathlib import Path

import numpy as np
import pytest

from mbtiface.errors import SourceError
from mbtiface.personality.types import CODES
from train.data.labels import (
    Labels,
    axis_scores,
    code_of,
    counts,
    label,
    raw_scores,
    read_labels,
    write_labels,
)
from train.data.ratings import NEEDED, Ratings, fold_of, read_ratings

FACES = 150


@pytest.fixture(scope="module")
def ratings() -> Ratings:
    """Ratings that depend on one another, as those of faces do."""
    rng = np.random.default_rng(0)
    mixed = rng.normal(size=(FACES, len(NEEDED))) @ rng.normal(size=(len(NEEDED), len(NEEDED)))
    values = {name: 50 + 5 * mixed[:, k] for k, name in enumerate(NEEDED)}
    return Ratings(tuple(f"faces/{k}.jpg" for k in range(FACES)), values)


def z(values: np.ndarray) -> np.ndarray:
    return (values - np.mean(values)) / np.sqrt(np.mean((values - np.mean(values)) ** 2))


def test_raw_scores_by_hand(ratings: Ratings) -> None:
    rated = {name: z(values) for name, values in ratings.values.items()}
    expected = [
        rated["outgoing"],
        rated["smart"] + rated["dorky"],
        rated["trustworthy"] - rated["dominant"] - rated["smug"],
        rated["well-groomed"] + rated["alert"],
    ]
    np.testing.assert_allclose(raw_scores(ratings), np.stack([z(e) for e in expected], 1))


def test_scores_by_an_independent_formula(ratings: Ratings) -> None:
    names = ["gender", "age", "attractive", "weight"]
    names += ["asian", "middle-eastern", "hispanic", "black", "white"]
    known = np.stack([ratings.values[name] for name in names] + [np.ones(FACES)], axis=1)
    raw = raw_scores(ratings)
    # Cleaned: the projection onto what is orthogonal to all that is known.
    basis, _ = np.linalg.qr(known)
    cleaned = raw - basis @ (basis.T @ raw)
    cleaned = cleaned / cleaned.std(0)
    # The uncorrelated scores nearest to them: the orthogonal factor of the polar decomposition.
    left, _, right = np.linalg.svd(cleaned, full_matrices=False)
    expected = left @ right * np.sqrt(FACES)
    np.testing.assert_allclose(axis_scores(ratings), expected, atol=1e-8)


def test_scores_are_uncorrelated_with_each_other_and_with_what_they_are_cleaned_of(
    ratings: Ratings,
) -> None:
    scores = axis_scores(ratings)
    np.testing.assert_allclose(scores.T @ scores / FACES, np.eye(4), atol=1e-9)
    np.testing.assert_allclose(scores.mean(0), 0, atol=1e-9)
    for name in ("gender", "age", "attractive", "weight", "asian", "white"):
        assert np.abs(z(ratings.values[name]) @ scores / FACES).max() < 1e-9
    # Each still is what it was made from.
    own = [np.corrcoef(raw_scores(ratings)[:, k], scores[:, k])[0, 1] for k in range(4)]
    assert min(own) > 0.5


def test_letters_by_sign() -> None:
    assert code_of(np.array([0.1, 2.0, 0.3, 0.01])) == "ENFJ"
    assert code_of(np.array([-0.1, -2.0, -0.3, -0.01])) == "ISTP"
    assert code_of(np.array([1.0, -1.0, 0.0, 1.0])) == "ESTJ"


def test_the_split_by_hand() -> None:
    # By `sha256sum` and `bc`.
    assert fold_of("0001.jpg") == 3
    assert fold_of("a.png") == 2
    # A remainder digit by digit, without numbers of 256 bits; the folder does not count.
    remainder = 0
    for digit in hashlib.sha256(b"0001.jpg").hexdigest():
        remainder = (16 * remainder + int(digit, 16)) % 10
    assert fold_of("some/folder/0001.jpg") == remainder
    folds = [fold_of(f"{k}.jpg") for k in range(3000)]
    assert set(folds) == set(range(10))
    assert all(240 < folds.count(fold) < 360 for fold in range(10))


def test_labels_of_ratings(ratings: Ratings) -> None:
    labels = label(ratings)
    assert labels.files == ratings.files
    assert labels.male.tolist() == [value > 50 for value in ratings.values["gender"]]
    assert labels.folds.tolist() == [fold_of(file) for file in ratings.files]
    cells = counts(labels)
    assert list(cells) == ["female", "male"]
    assert all(tuple(cell) == CODES for cell in cells.values())
    assert sum(sum(cell.values()) for cell in cells.values()) == FACES
    men = [code for code, male in zip(labels.codes, labels.male, strict=True) if male]
    assert cells["male"]["ENTP"] == men.count("ENTP")


def test_labels_there_and_back(ratings: Ratings, tmp_path: Path) -> None:
    labels = label(ratings)
    path = tmp_path / "labels.csv"
    write_labels(path, labels)
    header, first = path.read_text("utf-8").splitlines()[:2]
    assert header == "file,fold,gender,EI,SN,TF,JP,code"
    assert first.split(",")[-1] == labels.codes[0]
    back = read_labels(path)
    assert back.files == labels.files
    np.testing.assert_allclose(back.scores, labels.scores, atol=1e-6)
    assert np.array_equal(back.male, labels.male)
    assert np.array_equal(back.folds, labels.folds)
    assert back.codes == labels.codes


@pytest.mark.parametrize(
    "content",
    [
        "",
        "file,fold\na,1\n",
        "file,fold,gender,EI,SN,TF,JP\na,1,male,x,1,1,1\n",
        "file,fold,gender,EI,SN,TF,JP\na,1,male,1\n",
    ],
)
def test_no_table_of_labels(tmp_path: Path, content: str) -> None:
    path = tmp_path / "labels.csv"
    path.write_text(content)
    with pytest.raises(SourceError, match="is no table of labels"):
        read_labels(path)
    with pytest.raises(SourceError, match="is no table of labels"):
        read_labels(tmp_path / "none.csv")


def write_table(path: Path, rows: list[dict[str, object]]) -> Path:
    with path.open("w", newline="") as opened:
        writer = csv.DictWriter(opened, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def rows(number: int = 3) -> list[dict[str, object]]:
    return [
        {"file": f"{k}.jpg"} | {name: k + j / 10 for j, name in enumerate(NEEDED)}
        for k in range(number)
    ]


def test_a_table_of_ratings(tmp_path: Path) -> None:
    table = [row | {"surprised": 7} for row in rows()]
    read = read_ratings(write_table(tmp_path / "r.csv", table))
    assert read.files == ("0.jpg", "1.jpg", "2.jpg")
    assert set(read.values) == {*NEEDED, "surprised"}
    for j, name in enumerate(NEEDED):
        np.testing.assert_allclose(read.values[name], [j / 10, 1 + j / 10, 2 + j / 10])
    standard = read.matrix(("age", "smart"))
    assert standard.shape == (3, 2)
    np.testing.assert_allclose(standard[:, 0], z(read.values["age"]))


def test_missing_columns_are_named(tmp_path: Path) -> None:
    table = rows()
    for row in table:
        del row["smug"], row["age"]
    with pytest.raises(SourceError, match=r"r.csv lacks the columns age, smug\."):
        read_ratings(write_table(tmp_path / "r.csv", table))
    (tmp_path / "empty.csv").write_text("")
    with pytest.raises(SourceError, match="lacks the columns age, alert"):
        read_ratings(tmp_path / "empty.csv")


def test_faces_named_twice(tmp_path: Path) -> None:
    table = rows()
    table[2]["file"] = "0.jpg"
    with pytest.raises(SourceError, match=r"names faces twice: 0.jpg\."):
        read_ratings(write_table(tmp_path / "r.csv", table))


@pytest.mark.parametrize("value", ["", "many", "nan", "inf"])
def test_values_that_are_no_numbers(tmp_path: Path, value: str) -> None:
    table = rows()
    table[1]["smart"] = value
    with pytest.raises(SourceError, match=r"values that are no numbers: 1.jpg smart\."):
        read_ratings(write_table(tmp_path / "r.csv", table))


def test_tables_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="none.csv cannot be read"):
        read_ratings(tmp_path / "none.csv")
    (tmp_path / "b.csv").write_bytes(b"file,age\n\xff\xfe,1\n")
    with pytest.raises(SourceError, match="b.csv cannot be read as a table"):
        read_ratings(tmp_path / "b.csv")
    path = write_table(tmp_path / "long.csv", rows())
    path.write_text(path.read_text().rstrip() + ",1,2\n")
    with pytest.raises(SourceError, match="lines with more values than columns"):
        read_ratings(path)


def test_numbers_of_a_table_there_and_back(tmp_path: Path) -> None:
    numbers = {"age": np.array([41.25, 18.0]), "hat": np.array([1 / 3, -2e-9])}
    scores = np.array([[1.0, -1.0, 1.0, 1.0], [-1.0, -1.0, -1.0, 1.0]])
    labels = Labels(("a", "b"), scores, np.array([True, False]), np.array([3, 4]), numbers)
    write_labels(tmp_path / "l.csv", labels)
    back = read_labels(tmp_path / "l.csv")
    assert list(back.numbers) == ["age", "hat"]
    for name, column in numbers.items():
        assert np.array_equal(back.numbers[name], column)
    assert back.typed
    text = (tmp_path / "l.csv").read_text("utf-8").replace("41.25", "x")
    (tmp_path / "l.csv").write_text(text)
    with pytest.raises(SourceError, match=r"is no table of labels \(values that are .* in age\)"):
        read_labels(tmp_path / "l.csv")


def test_rated_labels_are_not_taken_for_types(ratings: Ratings) -> None:
    assert not label(ratings).typed


def test_labels_are_values() -> None:
    labels = Labels(("a",), np.array([[1.0, 1.0, -1.0, -1.0]]), np.array([True]), np.array([3]))
    assert labels.codes == ["ENTP"]
