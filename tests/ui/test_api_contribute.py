"""The public endpoint `contribute`, called by gradio_client on a served page."""

import io
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image

from mbtiface.errors import CommunityUnavailableError, ContributionRefusedError
from mbtiface.faces.marking import DESCRIPTION
from mbtiface.ui.api import public_error
from tests.community.samples import new_id
from tests.ui.fake_page import served

NUMBERS = itertools.count(1)


@pytest.fixture(scope="module")
def connected(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    state, pictures = (tmp_path_factory.mktemp(name) for name in ("state", "pictures"))
    settings = {"MBTIFACE_STATE_DIR": str(state), "MBTIFACE_PROXIES": "private"}
    with served("tests.ui.fake_page", **settings) as address:
        yield Client(address, verbose=False, download_files=pictures)


@pytest.fixture
def client(connected: Client) -> Client:
    """The same program called from an address that nobody has called from before."""
    move(connected)
    return connected


def move(client: Client) -> None:
    client.headers["x-forwarded-for"] = f"203.0.113.{next(NUMBERS)}"


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    return save_photo(tmp_path / "me.png", 3)


def save_photo(path: Path, seed: int) -> Path:
    pixels = np.random.default_rng(seed).integers(0, 255, (6, 8, 3), np.uint8)
    Image.fromarray(pixels).resize((400, 300), Image.Resampling.BICUBIC).save(path)
    return path


def contribute(client: Client, path: Path, **values: Any) -> Any:
    values = {"gender": "female", "adult": True, "own_photo": True} | values
    return client.predict(image=handle_file(path), api_name="/contribute", **values)


def code_of_refusal(client: Client, path: Path, **values: Any) -> str:
    with pytest.raises(AppError) as caught:
        contribute(client, path, **values)
    return str(caught.value.title)


def test_a_face_joins_and_its_average_comes_back_as_pictures(client: Client, photo: Path) -> None:
    join_id = new_id("first")
    joined = contribute(client, photo, code="entp", join_id=join_id)
    assert set(joined) == {
        "code",
        "gender",
        "before",
        "after",
        "count_before",
        "count",
        "clipped",
        "repeated",
        "join_id",
        "bundle",
    }
    assert (joined["code"], joined["gender"]) == ("ENTP", "female")
    assert (joined["count_before"], joined["count"], joined["repeated"]) == (0, 1, False)
    assert joined["bundle"] == {"name": "fake", "version": "0.0.1"}
    pictures = [Path(joined[name]).read_bytes() for name in ("before", "after")]
    assert pictures[0] != pictures[1]
    for data in pictures:
        image = Image.open(io.BytesIO(data))
        assert (image.size, image.getexif()[0x010E]) == ((256, 256), DESCRIPTION)
    base = client.predict(code="ENTP", gender="female", size=256, api_name="/type_average")
    assert Path(base["picture"]).read_bytes() == pictures[0]
    again = contribute(client, photo, code="ENTP", join_id=join_id)
    assert (again["count"], again["repeated"]) == (1, True)


def test_a_join_without_an_id_gets_one(client: Client, photo: Path) -> None:
    joined = contribute(client, photo, code="INFP")
    again = contribute(client, photo, code="INFP", join_id=joined["join_id"])
    assert (again["count"], again["repeated"]) == (joined["count"], True)


def test_one_visitor_joins_a_type_once_a_day(client: Client, photo: Path) -> None:
    assert contribute(client, photo, code="ISTJ")["count"] == 1
    assert code_of_refusal(client, photo, code="ISTJ") == "E_REFUSED_ALREADY_TODAY"
    assert contribute(client, photo, code="ISTP")["count"] == 1
    move(client)
    assert contribute(client, photo, code="ISTJ")["count"] == 2


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"adult": False}, "E_INPUT"),
        ({"own_photo": False}, "E_INPUT"),
        ({"adult": "yes"}, "E_INPUT"),
        ({"code": "ENTX"}, "E_INPUT"),
        ({"gender": "both"}, "E_INPUT"),
        ({"join_id": "mine"}, "E_INPUT"),
        ({"face": 3}, "E_PHOTO_NO_SUCH_FACE"),
        ({"crop": [1, 2]}, "E_PHOTO_BAD_CROP"),
    ],
)
def test_a_value_that_is_not_allowed_is_refused(
    client: Client, photo: Path, values: dict[str, Any], code: str
) -> None:
    assert code_of_refusal(client, photo, **({"code": "ESFJ"} | values)) == code


def test_what_was_refused_did_not_count(client: Client, photo: Path) -> None:
    assert code_of_refusal(client, photo, code="ESFP", adult=False) == "E_INPUT"
    assert contribute(client, photo, code="ESFP")["count"] == 1


def test_a_join_id_belongs_to_one_photo(client: Client, photo: Path, tmp_path: Path) -> None:
    other = save_photo(tmp_path / "other.png", 4)
    contribute(client, photo, code="ESTP", join_id=new_id("one photo"))
    refusal = code_of_refusal(client, other, code="ESTP", join_id=new_id("one photo"))
    assert refusal == "E_INPUT"


def test_about_says_whether_joining_is_on(client: Client) -> None:
    assert client.predict(api_name="/about")["contributions"] == "on"


def test_a_database_that_is_away_stops_joining_alone(photo: Path, tmp_path: Path) -> None:
    state = tmp_path / "broken"
    (state / "community.sqlite").mkdir(parents=True)
    with served("tests.ui.fake_page", MBTIFACE_STATE_DIR=str(state)) as address:
        client = Client(address, verbose=False, download_files=tmp_path / "pictures")
        assert code_of_refusal(client, photo, code="ENTP") == "E_COMMUNITY_UNAVAILABLE"
        assert client.predict(api_name="/about")["contributions"] == "away"
        assert client.predict(image=handle_file(photo), api_name="/invert")["w"]


@pytest.mark.parametrize("key", ["too_far", "poor_reconstruction", "day_full", "taken_back"])
def test_each_refusal_has_its_code(key: str) -> None:
    assert public_error(ContributionRefusedError(key, "x")).title == f"E_REFUSED_{key.upper()}"
    assert public_error(CommunityUnavailableError("x")).title == "E_COMMUNITY_UNAVAILABLE"
