"""A walk letter by letter."""

import pytest

from mbtiface.errors import InputError
from mbtiface.faces.sequence import sequence_axes


def test_each_letter_goes_a_part_of_the_way_that_is_left() -> None:
    frames = sequence_axes("eei", step=0.5)
    assert [frame.get("EI", 0.0) for frame in frames] == [0.0, 0.5, 0.75, -0.125]


def test_a_walk_goes_on_from_where_the_face_is() -> None:
    start = {"EI": 1.5, "JP": -0.25}
    frames = sequence_axes("EN", step=0.5, start=start)
    assert frames[0] == start
    assert frames[1] == {"EI": 1.25, "JP": -0.25}
    assert frames[2] == {"EI": 1.25, "JP": -0.25, "SN": 0.5}
    assert start == {"EI": 1.5, "JP": -0.25}


@pytest.mark.parametrize(
    ("letters", "step", "message"),
    [("", 0.5, "no letters"), ("EQ", 0.5, "Q"), ("E", 0.0, "Step is 0.0"), ("E", 1.1, "Step is 1")],
)
def test_what_is_no_walk(letters: str, step: float, message: str) -> None:
    with pytest.raises(InputError, match=message):
        sequence_axes(letters, step)
