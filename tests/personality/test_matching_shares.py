"""Which types the face of a match is blended of, and how much of each."""

import pytest

from mbtiface.errors import InputError
from mbtiface.personality.matching import clamped, ranking, score, shares
from mbtiface.personality.types import AXES, CODES


def axes(*values: float) -> dict[str, float]:
    return dict(zip(AXES, values, strict=True))


@pytest.mark.parametrize("code", CODES)
def test_a_codes_face_is_made_of_its_three_best_matches(code: str) -> None:
    parts = shares(code)
    order = [match.code for match in ranking(code)]
    assert list(parts) == order[:3]
    assert sum(parts.values()) == pytest.approx(1)
    assert list(parts.values()) == sorted(parts.values(), reverse=True)
    ahead = [score(code, other) - score(code, order[3]) for other in order[:3]]
    assert list(parts.values()) == pytest.approx([each / sum(ahead) for each in ahead])


def test_an_axis_in_the_middle_lets_both_its_letters_count_alike() -> None:
    assert shares(axes(0, 1, -1, -1)) == {"ENTJ": 0.5, "INTJ": 0.5}


def test_where_four_or_more_tie_in_front_all_of_them_count() -> None:
    assert shares(axes(0, 0, 1, 1)) == dict.fromkeys(("ESFP", "ENFP", "ISFP", "INFP"), 0.25)
    assert set(shares(axes(0, 0, 0, 0)).values()) == {1 / 16}


def test_no_type_jumps_in_or_out_while_an_axis_changes() -> None:
    before = shares(axes(-0.4, 0.6, -0.7, 0.2))
    for step in range(1, 801):
        after = shares(axes(-0.4 + step / 1000, 0.6, -0.7, 0.2))
        for code in before.keys() | after.keys():
            assert abs(after.get(code, 0.0) - before.get(code, 0.0)) < 0.02
        before = after


def test_values_are_put_in_order_and_limited() -> None:
    assert list(clamped({"JP": 3, "TF": -9.5, "SN": 0.5, "EI": -1}).items()) == [
        ("EI", -1.0),
        ("SN", 0.5),
        ("TF", -1.0),
        ("JP", 1.0),
    ]
    with pytest.raises(InputError, match="Give one for each of"):
        clamped({"EI": 1.0})
