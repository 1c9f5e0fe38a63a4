import math

import pytest

from mbtiface.errors import InputError
from mbtiface.faces.address import MAX_SEED, FaceAddress, parse_start
from mbtiface.personality.types import AXES, CODES, LETTERS, check_gender

TOKEN = "0123456789abcdef" * 2


@pytest.mark.parametrize(
    ("start", "parsed"),
    [
        ("average:female", ("average", "", "female")),
        ("average:male", ("average", "", "male")),
        ("seed:0", ("seed", 0, "")),
        (f"seed:{MAX_SEED}", ("seed", MAX_SEED, "")),
        ("type:ENTP:female", ("type", "ENTP", "female")),
        ("type:isfj:male", ("type", "ISFJ", "male")),
        ("letter:E:male", ("letter", "E", "male")),
        (f"photo:{TOKEN}", ("photo", TOKEN, "")),
        ("community:entp:female", ("community", "ENTP", "female")),
        ("community:ENTP:male:0a1b2c3d", ("community", "ENTP", "male")),
        ("match:ENTP:female", ("match", "ENTP", "female")),
        ("match:0.25,-1,0,0.5:male", ("match", "0.25,-1,0,0.5", "male")),
    ],
)
def test_a_start_is_split_into_its_parts(start: str, parsed: tuple[str, str | int, str]) -> None:
    assert parse_start(start) == parsed


@pytest.mark.parametrize(
    ("start", "message"),
    [
        ("", "Start '' is unknown"),  # nothing
        ("average", "Gender '' is unknown"),  # no gender
        ("average:girl", "Gender 'girl' is unknown. Use female or male"),  # another word
        ("average:both", "Gender 'both' is unknown"),  # moves faces, has no average of its own
        ("seed:", "Seed '' must be"),  # no number
        ("seed:-1", "Seed '-1' must be"),  # a sign
        ("seed:1.5", "Seed '1.5' must be"),  # not whole
        ("seed:٣", "Seed '٣' must be"),  # a digit, but no ASCII one: two texts for one picture
        (f"seed:{MAX_SEED + 1}", f"from 0 to {MAX_SEED}"),  # too large for the generator of z
        (f"seed:{'9' * 5000}", "must be a whole number"),  # more digits than int() reads
        ("type:ENTX:female", "Type 'ENTX' is unknown"),  # no such letter
        ("type:ENTP", "Gender '' is unknown"),  # no gender
        ("letter:X:male", "Letter 'X' is unknown. Use one of EISNTFJP"),  # no such letter
        ("letter:EI:male", "Letter 'EI' is unknown"),  # an axis is no letter
        ("letter::male", "Letter '' is unknown"),  # nothing is in every text
        ("face:1", "Start 'face:1' is unknown. Use average:GENDER"),  # no such kind
        ("photo:", "the 32 hex digits of its token"),  # no token
        (f"photo:{TOKEN[:-1]}", "the 32 hex digits"),  # a digit lost
        (f"photo:{TOKEN}0", "the 32 hex digits"),  # a digit too many
        (f"photo:{TOKEN.upper()}", "the 32 hex digits"),  # another text for the same token
        (f"photo:{TOKEN}\n", "the 32 hex digits"),  # more than the token
    ],
)
def test_a_start_that_is_none_is_refused_with_its_value(start: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        FaceAddress(start=start)
    assert message in str(caught.value)


def test_only_a_photo_has_a_token_and_no_message_repeats_it() -> None:
    assert FaceAddress(f"photo:{TOKEN}").photo_token() == TOKEN
    assert FaceAddress("seed:1").photo_token() is None
    for wrong in (f"photo:{TOKEN}0", f"photo:{TOKEN[:-1]}"):
        with pytest.raises(InputError) as caught:
            FaceAddress(wrong)
        assert TOKEN[:8] not in str(caught.value)


@pytest.mark.parametrize("start", [f"photo:{TOKEN}|seed:1", f"seed:1|photo:{TOKEN}"])
def test_a_blend_with_a_photo_has_its_token(start: str) -> None:
    assert FaceAddress(f"blend:fine:{start}").photo_token() == TOKEN
    assert FaceAddress("blend:0.5:seed:1|average:male").photo_token() is None


@pytest.mark.parametrize(
    ("blend", "message"),
    [
        (f"photo:{TOKEN}|photo:{TOKEN}", "may hold one photo"),
        ("community:ENTP:female|seed:1", "community average cannot be part"),
        ("seed:1|seed:x", "Seed 'x' must be a whole number"),
        (f"seed:1|photo:{TOKEN}0", "the 32 hex digits"),
    ],
)
def test_halves_that_make_no_blend(blend: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        FaceAddress(f"blend:middle:{blend}")
    assert message in str(caught.value)
    assert TOKEN[:8] not in str(caught.value)


def test_all_starts_of_types_and_letters_are_allowed() -> None:
    for gender in ("female", "male"):
        for code in CODES:
            assert parse_start(f"type:{code}:{gender}") == ("type", code, gender)
        for letter in LETTERS:
            assert parse_start(f"letter:{letter}:{gender}") == ("letter", letter, gender)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"by": "women"}, "Moved by 'women' is unknown. Use female, male, both"),
        ({"axes": {"IE": 1.0}}, "Axis 'IE' is unknown. Use EI, SN, TF, JP"),
        ({"axes": {"EI": 1.6}}, "axis EI is 1.6, but must be from -1.5 to 1.5"),
        ({"axes": {"JP": -1.6}}, "axis JP is -1.6"),
        ({"axes": {"EI": math.nan}}, "axis EI is nan"),
        ({"axes": {"EI": math.inf}}, "axis EI is inf"),
        ({"difference": -0.5}, "difference is -0.5, but must be from 0 to 3"),
        ({"difference": 3.5}, "difference is 3.5"),
        ({"difference": math.nan}, "difference is nan"),
        ({"truncation": 1.1}, "truncation is 1.1, but must be from 0 to 1"),
        ({"strength": 2.5}, "strength is 2.5, but must be from 0 to 2"),
        ({"layers": "outer"}, "Layers 'outer' are unknown. Use all, coarse"),
        ({"keep": "age"}, "keep is 'age', but must be person"),
    ],
)
def test_a_value_out_of_range_is_refused(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(InputError) as caught:
        FaceAddress(**arguments)  # type: ignore[arg-type]
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "address",
    [
        FaceAddress(),
        FaceAddress("seed:123", by="both"),
        FaceAddress("type:ENTP:male", "male", {"EI": 1.0, "TF": -0.5}),
        FaceAddress("letter:J:female", "female", {"JP": -1.5}, difference=3.0),
        FaceAddress("type:ENTP:male", "male", difference=0.0),
        FaceAddress("match:0.25,-1,0,0.5:male", "male", {"JP": 0.5}),
        FaceAddress(f"photo:{TOKEN}", "both", {"SN": 0.5}),
        FaceAddress("blend:0.5:seed:1|type:ENTP:male", "both", {"EI": 1.0}, 1.0, 0.7, 1.5),
        FaceAddress(f"blend:fine:photo:{TOKEN}|seed:1", layers="coarse", keep="person"),
    ],
)
def test_a_query_is_read_back_as_the_same_address(address: FaceAddress) -> None:
    assert FaceAddress.from_query(address.query()) == address


def test_a_query_names_the_start_and_only_what_moves() -> None:
    address = FaceAddress("seed:1", "male", {"TF": -1 / 3, "EI": 1.0, "JP": 0.0})
    assert address.query() == {"start": "seed:1", "by": "male", "EI": "1", "TF": "-0.3333"}


def test_the_order_of_axes_makes_no_other_query() -> None:
    forward = FaceAddress(axes=dict.fromkeys(AXES, 0.5))
    backward = FaceAddress(axes=dict.fromkeys(reversed(AXES), 0.5))
    assert list(forward.query().items()) == list(backward.query().items())


def test_a_query_with_other_names_is_read_by_ours_alone() -> None:
    assert FaceAddress.from_query({"size": "256", "lang": "ko"}) == FaceAddress()


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"EI": "much"}, "EI is 'much', but must be a number"),
        ({"EI": ""}, "EI is '', but must be a number"),
        ({"EI": "nan"}, "axis EI is nan"),
        ({"difference": "big"}, "difference is 'big', but must be a number"),
        ({"start": "nobody"}, "Start 'nobody' is unknown"),
        ({"by": "none"}, "Moved by 'none' is unknown"),
    ],
)
def test_a_query_that_cannot_be_read_is_refused(query: dict[str, str], message: str) -> None:
    with pytest.raises(InputError) as caught:
        FaceAddress.from_query(query)
    assert message in str(caught.value)


def test_a_known_gender_is_returned() -> None:
    assert check_gender("male") == "male"


@pytest.mark.parametrize(
    "start",
    [
        "community:ENTP",
        "community:ENTP:both",
        "community:ENTP:female:7",
        "community:ENTP:female:0A1B2C3D",
        "community:ENTP:female:0a1b2c3d:0a1b2c3d",
        "community:ENTP:female:",
    ],
)
def test_a_start_that_is_no_community_average_is_refused(start: str) -> None:
    with pytest.raises(InputError):
        parse_start(start)


def test_a_community_start_knows_its_cell() -> None:
    assert FaceAddress("community:entp:male:0a1b2c3d").community_cell() == ("ENTP", "male")
    assert FaceAddress("type:ENTP:male").community_cell() is None
