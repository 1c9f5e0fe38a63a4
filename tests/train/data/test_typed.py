"""Tables of types and genders: everything wrong is named at once."""

from pathlib import Path

import numpy as np
import pytest

from mbtiface.errors import SourceError
from tests.train.data.picture_files import write_table
from train.data.cells import count_cells, thin_cells
from train.data.ratings import fold_of
from train.data.typed import read_typed, to_labels

HEADER = "file,type,gender"


def test_a_table(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(
        "\ufefftype, file ,Gender\nentp,a/1.jpg,Male\n\n ISFJ ,b.jpg,female\n".encode()
    )
    typed = read_typed(path, strict=True)
    assert typed.files == ("a/1.jpg", "b.jpg")
    assert typed.codes == ("ENTP", "ISFJ")
    assert typed.genders == ("male", "female")
    assert typed.label_of("x/1.jpg") == "ENTP male"
    assert typed.label_of("2.jpg") == ""


def test_rows_by_the_whole_name_then_by_the_bare_one(tmp_path: Path) -> None:
    rows = [(name, "ENTP", "male") for name in ("a/1.jpg", "b/1.jpg", "c/2.jpg", "3.jpg")]
    typed = read_typed(write_table(tmp_path / "t.csv", rows, HEADER))
    wanted = ["b/1.jpg", "1.jpg", "2.jpg", "x/3.jpg", "4.jpg"]
    assert typed.rows_of(wanted) == [1, None, 2, 3, None]
    assert typed.without_file(wanted) == ["a/1.jpg"]


def test_all_faults_are_named_in_one_error(tmp_path: Path) -> None:
    rows = [
        ("a.jpg", "ENTP", "male"),
        ("b.jpg", "XNTP", "female"),
        ("c.jpg", "INTJ", "other"),
        ("a.jpg", "ENTP", "male"),
        ("gone.jpg", "ENFJ", "male"),
        ("", "ENFJ", "male"),
        ("d.jpg", "ENFJ"),
    ]
    path = write_table(tmp_path / "t.csv", rows, HEADER)
    with pytest.raises(SourceError) as raised:
        read_typed(path, files=["a.jpg", "b.jpg", "c.jpg", "d.jpg"])
    text = str(raised.value)
    for part in (
        f"{path} cannot be used",
        "no type such as ENTP: 'XNTP' of b.jpg (line 3)",
        "2 no gender (female or male): 'other' of c.jpg (line 4), '' of d.jpg (line 8)",
        "1 named twice: a.jpg",
        "named, but not there: gone.jpg",
        "1 without a file: line 7",
        "Line 8 has 2 values, not 3.",
        "Mend the table",
    ):
        assert part in text


def test_many_faults_are_counted(tmp_path: Path) -> None:
    rows = [(f"{at}.jpg", "????", "male") for at in range(30)]
    with pytest.raises(SourceError, match=r"30 no type such as ENTP: .* and 10 more\."):
        read_typed(write_table(tmp_path / "t.csv", rows, HEADER))


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("name,type,gender", "must be 'file,type,gender'"),
        ("file,code,gender,age", "must be 'file,type,gender'; columns of numbers may follow"),
        ("file,type", "must be 'file,type,gender'"),
        ("", "must be 'file,type,gender'"),
    ],
)
def test_another_header(tmp_path: Path, header: str, message: str) -> None:
    (tmp_path / "t.csv").write_text(f"{header}\n")
    with pytest.raises(SourceError, match=message):
        read_typed(tmp_path / "t.csv", strict=True)


def test_tables_that_say_less_or_more(tmp_path: Path) -> None:
    labels = write_table(tmp_path / "l.csv", [("a", 3, "male", "ENTP")], "file,fold,gender,code")
    assert read_typed(labels).codes == ("ENTP",)
    genders = write_table(tmp_path / "g.csv", [("a", "male")], "file,gender")
    assert read_typed(genders, ("gender",)).codes == ("",)
    with pytest.raises(SourceError, match="header 'file,gender' lacks type"):
        read_typed(genders)
    twice = write_table(tmp_path / "w.csv", [], "file,type,type,gender")
    with pytest.raises(SourceError, match="repeats type"):
        read_typed(twice)
    both = write_table(tmp_path / "b.csv", [], "file,type,code,gender")
    with pytest.raises(SourceError, match="has both type and code"):
        read_typed(both)


def test_other_columns_are_numbers_where_the_table_is_taken_strictly(tmp_path: Path) -> None:
    rows = [("a.jpg", "ENTP", "male", "41", "1.5"), ("b.jpg", "ISFJ", "female", " 18 ", "-2e1")]
    path = write_table(tmp_path / "t.csv", rows, "file,type,gender,Age,size of hat")
    typed = read_typed(path, strict=True)
    assert list(typed.numbers) == ["age", "size of hat"]
    assert typed.numbers["age"].tolist() == [41, 18]
    assert typed.numbers["size of hat"].tolist() == [1.5, -20]
    assert to_labels(typed).numbers == typed.numbers
    assert read_typed(path).numbers == {}


def test_all_faults_of_number_columns_are_named(tmp_path: Path) -> None:
    rows = [
        ("a.jpg", "ENTP", "male", "17", "", "1", "5"),
        ("b.jpg", "ISFJ", "female", "130", "inf", "2", "5"),
        ("c.jpg", "ISFJ", "female", "old", "3", "3", "5"),
    ]
    header = "file,type,gender,age,x,fold,same"
    with pytest.raises(SourceError) as raised:
        read_typed(write_table(tmp_path / "t.csv", rows, header), strict=True)
    for part in (
        "1 columns with a name that labels.csv does not allow: fold.",
        "(fill them in or drop the column): 'old' in age of c.jpg, '' in x of a.jpg, 'inf' in x of",
        "2 ages outside 18 to 120 years (only adults may be among the faces): 17 of a.jpg, 130 of",
        "1 columns that say the same of every face (drop them): same.",
    ):
        assert part in str(raised.value)
    nameless = write_table(tmp_path / "n.csv", [("a", "ENTP", "male", "1")], "file,type,gender,")
    with pytest.raises(SourceError, match="labels.csv does not allow: one without a name"):
        read_typed(nameless, strict=True)


def test_no_table(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="none.csv cannot be read as a table"):
        read_typed(tmp_path / "none.csv")
    (tmp_path / "b.csv").write_bytes(b"file,type,gender\n\xff\xfe,,\n")
    with pytest.raises(SourceError, match="b.csv cannot be read as a table"):
        read_typed(tmp_path / "b.csv")
    with pytest.raises(SourceError, match="It names no file"):
        read_typed(write_table(tmp_path / "e.csv", [], HEADER))


def test_labels_of_typed_faces(tmp_path: Path) -> None:
    rows = [("a.jpg", "ENFJ", "male"), ("b.jpg", "ISTP", "female"), ("c.jpg", "ESFP", "female")]
    labels = to_labels(read_typed(write_table(tmp_path / "t.csv", rows, HEADER)))
    assert labels.codes == ["ENFJ", "ISTP", "ESFP"]
    assert labels.male.tolist() == [True, False, False]
    assert np.array_equal(labels.scores[:2], [[1] * 4, [-1] * 4])
    assert labels.folds.tolist() == [fold_of(name) for name, *_ in rows]


def test_cells() -> None:
    cells = count_cells(["ENTJ", "ENTJ", "ISTP"], ["male", "female", "male"])
    assert list(cells) == ["female", "male"]
    assert cells["male"]["ENTJ"] == cells["female"]["ENTJ"] == cells["male"]["ISTP"] == 1
    assert sum(sum(row.values()) for row in cells.values()) == 3
    assert len(thin_cells(cells, 1)) == 29
    assert "INTJ female (0)" in thin_cells(cells, 1)
    assert "ENTJ male (1)" not in thin_cells(cells, 1)
    assert thin_cells(count_cells(["", ""], ["male", "male"]), 2) == ["female (0)"]
    assert len(thin_cells(count_cells(["ENTJ"], [""]), 1)) == 15
    assert thin_cells(count_cells(["", ""], ["", ""])) == []
