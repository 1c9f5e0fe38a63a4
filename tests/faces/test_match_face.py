"""The face of a match: its address, and the blend of averages that it names."""

import subprocess
import sys

import pytest
import torch

from mbtiface.errors import InputError
from mbtiface.faces.address import FaceAddress
from mbtiface.faces.match_face import match_start, match_w, parse_wanted
from mbtiface.personality.matching import shares
from mbtiface.personality.types import AXES
from tests.fakes import FakeStudio

OWN = {"EI": 0.25, "SN": -1.0, "TF": 0.0, "JP": 0.5}


@pytest.mark.parametrize(
    ("wanted", "start"),
    [
        ("entp", "match:ENTP:female"),
        (OWN, "match:0.25,-1,0,0.5:female"),
        (
            {"EI": -0.0625, "SN": 0.123456, "TF": -0.00001, "JP": 7.0},
            "match:-0.0625,0.1235,0,1:female",
        ),
        ({"EI": 1.0, "SN": 2.0, "TF": -1.0, "JP": -1.0}, "match:ENTP:female"),
    ],
)
def test_one_text_names_who_asks_and_is_read_back(
    wanted: str | dict[str, float], start: str
) -> None:
    assert match_start(wanted, "female") == start
    address = FaceAddress(start)
    assert FaceAddress.from_query(address.query()) == address
    read = parse_wanted(start.split(":")[1])
    assert match_start(read, "female") == start


@pytest.mark.parametrize(
    ("start", "message"),
    [
        ("match:ENTX:female", "Type 'ENTX' is unknown"),
        ("match:ENTP:both", "Gender 'both' is unknown"),
        ("match:ENTP", "Gender '' is unknown"),
        ("match:0.5,0,0:female", "must be four numbers"),
        ("match:0.5,0,0,0,0:female", "must be four numbers"),
        ("match:1.5,0,0,0:female", "from -1 to 1"),
        ("match:nan,0,0,0:female", "must be four numbers"),
        ("match:0.50,0,0,0:female", "must be four numbers"),  # another text for the same face
        ("match:-0,0,0,0:female", "must be four numbers"),
        ("match:1e-1,0,0,0:female", "must be four numbers"),
        ("match:0.12345,0,0,0:female", "at most 4 decimals"),
        (f"match:{'0,' * 3000}:female", "must be four numbers"),
    ],
)
def test_any_other_text_is_refused(start: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        FaceAddress(start)
    assert message in str(caught.value)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("wanted", ["INFP", OWN])
def test_the_face_is_the_weighted_sum_of_the_best_averages(wanted: str | dict[str, float]) -> None:
    studio = FakeStudio()
    expected = sum(share * studio.type_mean(code, "male") for code, share in shares(wanted).items())
    assert isinstance(expected, torch.Tensor)
    assert torch.equal(match_w(wanted, lambda code: studio.type_mean(code, "male")), expected)
    found = studio.face(FaceAddress(match_start(wanted, "male"), "male"))
    assert torch.equal(found, expected)


def test_a_match_can_be_moved_and_made_stronger_as_any_average() -> None:
    studio = FakeStudio()
    plain = studio.face(FaceAddress("match:ENTP:female"))
    strong = studio.face(FaceAddress("match:ENTP:female", difference=2.0, axes={"EI": 0.5}))
    mean = studio.gender_mean("female")
    expected = studio.morph(mean + 2 * (plain - mean), dict.fromkeys(AXES, 0.0) | {"EI": 0.5})
    assert torch.allclose(strong, expected)


def test_addresses_are_read_without_torch() -> None:
    code = "import sys, mbtiface.faces.address; print('torch' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "False"
