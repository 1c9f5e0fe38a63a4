import pytest

from tests.benchmarks.table import number, percent, table


@pytest.mark.parametrize(
    ("value", "factor", "expected"),
    [
        (0.0312345, 1e3, "31.2"),
        (0.4871, 1e3, "487"),
        (1.2349, 1.0, "1.23"),
        (0.06218, 1.0, "0.062"),
        (9.996, 1.0, "10.0"),
        (1_234_567_890, 1e-6, "1 235"),
        (0.0, 1.0, "0.000"),
        (None, 1e3, "–"),
    ],
)
def test_numbers_have_about_three_digits(value: float | None, factor: float, expected: str) -> None:
    assert number(value, factor) == expected


def test_parts_of_one_are_per_cent() -> None:
    assert (percent(0.256), percent(0.0), percent(None)) == ("26 %", "0 %", "–")


def test_columns_line_up_and_numbers_stand_to_the_right() -> None:
    made = table(["part", "p50 ms"], [["decode", "61.3"], ["find the face", "9"]])
    assert made == (
        "| part          | p50 ms |\n"
        "| ------------- | -----: |\n"
        "| decode        |   61.3 |\n"
        "| find the face |      9 |"
    )


def test_a_bar_in_a_cell_does_not_end_it() -> None:
    assert table(["a|b"], [["c"]]).splitlines()[0] == "| a\\|b |"


def test_a_row_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="2 columns, but the row"):
        table(["a", "b"], [["only one"]])
