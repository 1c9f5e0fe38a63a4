"""The public endpoints, called by gradio_client on a served page."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from gradio_client import Client
from gradio_client.exceptions import AppError
from PIL import Image

from mbtiface.errors import (
    BundleError,
    BusyError,
    InputError,
    MbtifaceError,
    MissingPartError,
    PhotoError,
)
from mbtiface.faces.marking import DESCRIPTION
from mbtiface.personality import matching, survey
from mbtiface.personality.types import AXES, CODES
from mbtiface.ui.api import public_error
from tests.fakes import FakeStudio
from tests.ui.fake_page import fake_page

ENDPOINTS = {
    "/survey_items",
    "/score",
    "/type_average",
    "/ideal_match",
    "/invert",
    "/contribute",
    "/morph",
    "/morph_sequence",
    "/about",
}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with fake_page() as address:
        yield Client(address, verbose=False, download_files=tmp_path_factory.mktemp("pictures"))


def call(client: Client, name: str, **values: Any) -> Any:
    return client.predict(api_name=f"/{name}", **values)


def picture(value: Any) -> Image.Image:
    image = Image.open(io.BytesIO(Path(value).read_bytes()))
    assert image.getexif()[0x010E] == DESCRIPTION
    return image


def refusal(client: Client, name: str, **values: Any) -> AppError:
    with pytest.raises(AppError) as caught:
        call(client, name, **values)
    return caught.value


def test_exactly_the_named_endpoints_are_public(client: Client) -> None:
    named = client.view_api(return_format="dict", print_info=False)["named_endpoints"]
    assert set(named) == ENDPOINTS
    parameters = {one["parameter_name"] for one in named["/morph"]["parameters"]}
    assert {"start", "axes", "gender", "strength", "layers", "keep", "size", "w"} <= parameters
    assert named["/score"]["parameters"][0]["parameter_name"] == "answers"


def test_survey_items_and_score(client: Client) -> None:
    items = call(client, "survey_items", lang="ko", form="full")
    assert [item["text"] for item in items] == [one.text for one in survey.items("ko", "full")]
    answers = {item["id"]: 4 for item in items[:8]}
    result = call(client, "score", answers=answers, form="full")
    expected = survey.score(answers, form="full")
    assert result["code"] == expected.code
    assert result["axes"] == expected.axes
    assert result["percent"] == expected.percent
    assert [step["item_id"] for step in result["steps"]] == [one.item_id for one in expected.steps]


@pytest.mark.parametrize("size", [256, 512, 1024])
def test_a_type_average_is_a_marked_picture_with_its_latent(client: Client, size: int) -> None:
    average = call(client, "type_average", code="entp", gender="male", size=size)
    assert picture(average["picture"]).size == (size, size)
    expected = FakeStudio().type_mean("ENTP", "male")
    assert torch.allclose(torch.tensor(average["w"]), expected, atol=1e-6)
    assert average["bundle"] == {"name": "fake", "version": "0.0.1"}
    assert average["code"] == "ENTP"
    assert average["count"] == FakeStudio().type_count("ENTP", "male")


def test_ideal_match_ranks_all_and_shows_the_first_three(client: Client) -> None:
    matches = call(client, "ideal_match", code="INFP", lang="ko", gender="female")
    expected = matching.ranking("INFP", lang="ko")
    assert [(one["code"], one["reason"]) for one in matches] == [
        (one.code, one.reason) for one in expected
    ]
    assert [one["picture"] is not None for one in matches] == [True] * 3 + [False] * 13
    picture(matches[0]["picture"])
    bare = call(client, "ideal_match", code="INFP")
    assert all(one["picture"] is None for one in bare)


def test_ideal_match_blends_a_face_and_takes_axis_values(client: Client) -> None:
    axes = {"EI": 0.0, "SN": 1.0, "TF": -0.25, "JP": -1.0}
    matches = call(client, "ideal_match", axes=axes, gender="male")
    assert [one["code"] for one in matches] == [one.code for one in matching.ranking(axes)]
    assert [one["share"] for one in matches] == [0.5, 0.5] + [0.0] * 14
    assert [one["blend"] is not None for one in matches] == [True] + [False] * 15
    face = picture(matches[0]["blend"])
    other = picture(call(client, "ideal_match", code="ENTP", gender="male")[0]["blend"])
    assert face.size == (512, 512)
    assert face.tobytes() != other.tobytes()
    both = call(client, "ideal_match", code="ENTP", axes=axes)
    assert both[0]["code"] == matches[0]["code"]
    assert both[0]["blend"] is None
    assert "Neither code nor axes" in str(refusal(client, "ideal_match"))
    assert "contradicts" in str(refusal(client, "ideal_match", code="ISFJ", axes=axes))
    assert "Give one for each" in str(refusal(client, "ideal_match", axes={"EI": 1.0}))


def test_morph_from_an_address_and_on_from_its_latent(client: Client) -> None:
    first = call(client, "morph", start="type:ENTP:female", axes={"EI": 0.5}, gender="both")
    second = call(client, "morph", w=first["w"], bundle=first["bundle"], axes={"EI": 0.25})
    assert second["impression"]["EI"] - first["impression"]["EI"] == pytest.approx(0.25, abs=1e-5)
    assert picture(first["picture"]).tobytes() != picture(second["picture"]).tobytes()


@pytest.mark.parametrize(
    ("format", "kind", "frames"), [("strip", "PNG", 1), ("gif", "GIF", 4), ("webp", "WEBP", 4)]
)
def test_a_sequence_comes_as_one_picture(
    client: Client, format: str, kind: str, frames: int
) -> None:
    sequence = call(client, "morph_sequence", letters="ENJ", format=format, keep="person")
    assert sequence["pictures"] == []
    data = Path(sequence["clip"]).read_bytes()
    image = Image.open(io.BytesIO(data))
    assert (image.format, getattr(image, "n_frames", 1)) == (kind, frames)
    assert DESCRIPTION.encode() in data


def test_a_sequence_comes_as_a_video(client: Client) -> None:
    sequence = call(client, "morph_sequence", letters="EN", format="mp4", layers="coarse")
    path = Path(sequence["clip"])
    assert path.name == "en.mp4"
    assert path.read_bytes()[4:8] == b"ftyp"


def test_a_sequence_has_one_frame_more_than_letters(client: Client) -> None:
    sequence = call(client, "morph_sequence", letters="ENTP", start="average:male", gender="male")
    frames = [picture(one).tobytes() for one in sequence["pictures"]]
    assert len(set(frames)) == 5
    expected = FakeStudio().sequence(FakeStudio().gender_mean("male"), "ENTP", "male")[-1]
    assert torch.allclose(torch.tensor(sequence["w"]), expected, atol=1e-5)


def test_about_names_bundle_licence_and_limits(client: Client) -> None:
    about = call(client, "about")
    assert about["bundle"]["name"] == "fake"
    assert about["codes"] == list(CODES)
    assert about["axes"] == list(AXES)
    assert "do not show personality" in about["limits"]


@pytest.mark.parametrize(
    ("name", "values", "word"),
    [
        ("survey_items", {"lang": "xx"}, "xx"),
        ("survey_items", {"form": "long"}, "long"),
        ("score", {"answers": {"ZZ9": 1}}, "ZZ9"),
        ("score", {"answers": {}}, "answer"),
        ("type_average", {"code": "ENTX"}, "ENTX"),
        ("type_average", {"code": "ENTP", "gender": "both"}, "both"),
        ("type_average", {"code": "ENTP", "size": 300}, "300"),
        ("ideal_match", {"code": 7}, "7"),
        ("ideal_match", {"code": "ENTP", "gender": "man"}, "man"),
        ("morph", {"start": "nobody"}, "nobody"),
        ("morph", {"start": "photo:0123456789abcdef0123456789abcdef"}, "Give the w"),
        ("morph", {"axes": {"XY": 1}}, "XY"),
        ("morph", {"axes": {"EI": "much"}}, "much"),
        ("morph", {"axes": [1]}, "axes"),
        ("morph", {"gender": "x"}, "gender"),
        ("morph", {"strength": -1}, "strength"),
        ("morph", {"w": [[1.0]]}, "18 rows"),
        ("morph", {"w": [[None] * 512] * 18}, "None"),
        ("morph", {"layers": 3}, "layers"),
        ("morph", {"w": [[1e9] * 512] * 18}, "1000000000"),
        ("morph_sequence", {"letters": "ENQ"}, "Q"),
        ("morph_sequence", {"letters": ""}, "letters"),
        ("morph_sequence", {"step": 99}, "step"),
        ("morph_sequence", {"format": "avi"}, "avi"),
        ("morph_sequence", {"format": "gif", "size": 1024}, "1024"),
        ("morph_sequence", {"format": "gif", "letters": "E" * 40}, "40 letters"),
        ("morph", {"keep": -1}, "keep"),
        ("morph", {"keep": True}, "keep"),
    ],
)
def test_bad_values_are_refused_with_the_value_and_a_code(
    client: Client, name: str, values: dict[str, Any], word: str
) -> None:
    error = refusal(client, name, **values)
    assert error.title == "E_INPUT"
    assert word in str(error)


def test_a_latent_of_another_bundle_is_refused(client: Client) -> None:
    w = call(client, "type_average", code="ENTP", size=256)["w"]
    error = refusal(client, "morph", w=w, bundle={"name": "other", "version": "9"})
    assert error.title == "E_INPUT"
    assert "other" in str(error)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (InputError("x"), "E_INPUT"),
        (PhotoError("no_face", "x"), "E_PHOTO_NO_FACE"),
        (BusyError("x"), "E_BUSY"),
        (MissingPartError("x"), "E_MISSING_PART"),
        (BundleError("x"), "E_BUNDLE"),
        (MbtifaceError("x"), "E_FAILED"),
    ],
)
def test_each_kind_of_error_has_its_code(error: MbtifaceError, code: str) -> None:
    public = public_error(error)
    assert public.title == code
    assert public.message == "x"
