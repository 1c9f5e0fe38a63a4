import math

import pytest

from mbtiface.errors import InputError, PhotoError
from mbtiface.faces.inversion_request import MAX_REFINE_STEPS, InversionRequest


@pytest.mark.parametrize(
    "request_",
    [
        InversionRequest(),
        InversionRequest(face=3, refine_steps=MAX_REFINE_STEPS),
        InversionRequest(crop=(0.5, 0.5, 0.3, -12.5)),
        InversionRequest(crop=(0, 1, 1.5, 0)),  # reaches beyond the photo, which is filled up
        InversionRequest(aligned=True),
    ],
)
def test_what_may_be_asked_is_made_of_plain_values_too(request_: InversionRequest) -> None:
    crop = list(request_.crop) if request_.crop else None
    made = InversionRequest.make(request_.face, crop, request_.aligned, request_.refine_steps)
    assert made == request_


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"face": -1}, "face is -1"),
        ({"face": 0.5}, "face is 0.5"),
        ({"face": True}, "face is True"),
        ({"face": "first"}, "face is 'first'"),
        ({"refine_steps": MAX_REFINE_STEPS + 1}, f"from 0 to {MAX_REFINE_STEPS}"),
        ({"aligned": "no"}, "aligned is 'no'"),
    ],
)
def test_a_value_that_is_not_allowed_is_named(values: dict[str, object], message: str) -> None:
    asked = {"face": 0, "crop": None, "aligned": False, "refine_steps": 0} | values
    with pytest.raises(InputError) as caught:
        InversionRequest.make(**asked)
    assert message in str(caught.value)
    assert not isinstance(caught.value, PhotoError)


@pytest.mark.parametrize(
    "crop",
    [
        "0.5,0.5,0.3,0",  # a text
        7,  # a number
        [],  # nothing
        [0.5, 0.5, 0.3],  # three
        [0.5, 0.5, 0.3, 0, 0],  # five
        [0.5, 0.5, "0.3", 0],  # a text among them
        [0.5, math.nan, 0.3, 0],  # no number
        [0.5, 0.5, math.inf, 0],  # no end
        [0.5, 0.5, 0.0, 0],  # no size
        [0.5, 0.5, -0.3, 0],  # less than none
        [99, 0.5, 0.3, 0],  # nowhere near
        [0.5, 0.5, 99, 0],  # all but nothing of it the photo
        [0.5, 0.5, 0.3, 720],  # twice around
    ],
)
def test_a_square_that_cannot_be_used_is_refused(crop: object) -> None:
    with pytest.raises(PhotoError) as caught:
        InversionRequest.make(0, crop, False, 0)
    assert caught.value.key == "bad_crop"
