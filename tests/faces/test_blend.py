"""The blend of two faces: its text, its halves, its rows."""

import pytest
import torch

from mbtiface.errors import InputError
from mbtiface.faces.blend import Blend, blended, parse_blend

TOKEN = "0123456789abcdef0123456789abcdef"
FIRST, SECOND = torch.zeros(18, 4), torch.arange(72.0).reshape(18, 4) + 1


@pytest.mark.parametrize(
    "blend",
    [
        Blend("fine", "average:female", "seed:12"),
        Blend("coarse", f"photo:{TOKEN}", "type:ENTP:male"),
        Blend(0.5, "seed:1", "seed:2"),
        Blend(0.05, "match:0.25,-1,0,0.5:female", "letter:E:male"),
        Blend(0.25, "seed:1", "seed:1"),
    ],
)
def test_a_blend_is_read_back_from_its_start(blend: Blend) -> None:
    kind, _, rest = blend.start.partition(":")
    assert kind == "blend"
    assert parse_blend(rest) == blend


@pytest.mark.parametrize(
    ("rest", "message"),
    [
        ("fine:seed:1", "must be of two starts"),  # one half
        ("fine:seed:1|seed:2|seed:3", "must be of two starts"),  # three
        ("fine:blend:fine:seed:1|seed:2", "cannot be part of a blend"),
        ("fine:seed:1|blend:0.5:seed:2", "cannot be part of a blend"),
        ("outer:seed:1|seed:2", "share is 'outer'. Use coarse, middle, fine"),
        ("all:seed:1|seed:2", "share is 'all'"),  # that would be the second alone
        ("0.50:seed:1|seed:2", "share is '0.50'"),  # another text for 0.5
        ("0:seed:1|seed:2", "share is '0'"),
        ("1:seed:1|seed:2", "share is '1'"),
        ("nan:seed:1|seed:2", "share is 'nan'"),
    ],
)
def test_what_is_no_blend_is_refused(rest: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_blend(rest)
    assert message in str(caught.value)


@pytest.mark.parametrize("rest", [f"fine:photo:{TOKEN}", f"wide:photo:{TOKEN}|seed:1"])
def test_no_message_repeats_a_photos_token(rest: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_blend(rest)
    assert TOKEN[:8] not in str(caught.value)


@pytest.mark.parametrize(
    ("share", "rows"),
    [("coarse", range(4)), ("middle", range(4, 8)), ("fine", range(8, 18)), ("all", range(18))],
)
def test_a_range_comes_whole_from_the_second(share: str, rows: range) -> None:
    w = blended(FIRST, SECOND, share)
    assert [row for row in range(18) if torch.equal(w[row], SECOND[row])] == list(rows)
    assert all(torch.equal(w[row], FIRST[row]) for row in range(18) if row not in rows)
    assert not FIRST.any()


def test_a_weight_is_the_seconds_share_of_all_rows() -> None:
    torch.testing.assert_close(blended(FIRST, SECOND, 0.25), SECOND / 4)
    torch.testing.assert_close(blended(FIRST, SECOND, 0.0), FIRST)
    torch.testing.assert_close(blended(FIRST, SECOND, 1.0), SECOND)


def test_a_share_that_is_none() -> None:
    with pytest.raises(InputError, match="Layers 'outer' are unknown"):
        blended(FIRST, SECOND, "outer")
    with pytest.raises(InputError, match="share is 1.5"):
        blended(FIRST, SECOND, 1.5)
