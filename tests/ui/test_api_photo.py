"""The public endpoint `invert`, called by gradio_client on a served page, and its pieces."""

import base64
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image

from mbtiface.errors import InputError, PhotoError
from mbtiface.faces.marking import DESCRIPTION
from mbtiface.ui.api_photo import ReadOnce
from mbtiface.ui.api_values import take_upload
from tests.fakes import FakeStudio
from tests.ui.fake_page import fake_page


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with fake_page() as address:
        yield Client(address, verbose=False, download_files=tmp_path_factory.mktemp("pictures"))


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    pixels = np.random.default_rng(3).integers(0, 255, (6, 8, 3), np.uint8)
    path = tmp_path / "me.png"
    Image.fromarray(pixels).resize((400, 300), Image.Resampling.BICUBIC).save(path)
    return path


def invert(client: Client, path: Path, **values: Any) -> Any:
    return client.predict(image=handle_file(path), api_name="/invert", **values)


def test_a_photo_becomes_a_latent_that_morphs(client: Client, photo: Path) -> None:
    found = invert(client, photo, refine_steps=2)
    assert set(found) == {
        "w",
        "aligned",
        "reconstruction",
        "method",
        "warnings",
        "faces",
        "crop",
        "bundle",
    }
    with Image.open(photo) as image:
        expected = FakeStudio().invert(image).w
    assert torch.allclose(torch.tensor(found["w"]), expected, atol=1e-5)
    assert found["faces"] == [{"box": [0.25, 0.16667, 0.75, 0.83333]}]
    assert found["crop"] == [0.5, 0.5, 0.5, 0.0]
    assert found["bundle"] == {"name": "fake", "version": "0.0.1"}
    shown = Image.open(io.BytesIO(base64.b64decode(found["aligned"].split(",")[1])))
    assert (shown.format, shown.size) == ("JPEG", (256, 256))
    face = Image.open(io.BytesIO(Path(found["reconstruction"]).read_bytes()))
    assert (face.size, face.getexif()[0x010E]) == ((256, 256), DESCRIPTION)
    moved = client.predict(
        w=found["w"], bundle=found["bundle"], axes={"EI": 0.5}, api_name="/morph"
    )
    assert moved["w"][0][0] - found["w"][0][0] == pytest.approx(0.5, abs=1e-5)


def test_a_square_and_an_aligned_picture_need_no_detector(client: Client, tmp_path: Path) -> None:
    plain = tmp_path / "plain.png"
    Image.new("RGB", (300, 200), "teal").save(plain)
    by_hand = invert(client, plain, crop=[0.5, 0.5, 0.4, 10])
    assert (by_hand["faces"], by_hand["crop"]) == ([], [0.5, 0.5, 0.4, 10.0])
    aligned = invert(client, plain, aligned=True)
    assert (aligned["faces"], aligned["crop"]) == ([], None)


@pytest.mark.parametrize(
    ("content", "values", "code"),
    [
        (None, {"face": 3}, "E_PHOTO_NO_SUCH_FACE"),
        (None, {"crop": [1, 2]}, "E_PHOTO_BAD_CROP"),
        (None, {"refine_steps": -1}, "E_INPUT"),
        (None, {"aligned": "no"}, "E_INPUT"),
        (b"", {}, "E_PHOTO_EMPTY"),
        (b"a text named as a picture", {}, "E_PHOTO_NOT_A_PICTURE"),
    ],
)
def test_a_photo_that_cannot_be_used_has_its_code(
    client: Client, photo: Path, content: bytes | None, values: dict[str, Any], code: str
) -> None:
    if content is not None:
        photo.write_bytes(content)
    with pytest.raises(AppError) as caught:
        invert(client, photo, **values)
    assert caught.value.title == code


@pytest.mark.parametrize("image", [None, "/etc/hostname", {"path": "/etc/hostname"}])
def test_only_an_upload_is_read(client: Client, image: object) -> None:
    with pytest.raises(AppError) as caught:
        client.predict(image=image, api_name="/invert")
    assert caught.value.title == "E_INPUT"
    assert "must be an uploaded file" in str(caught.value)
    assert Path("/etc/hostname").exists()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "uploads"))
    (tmp_path / "uploads" / "digest").mkdir(parents=True)
    return tmp_path / "uploads"


def test_taking_an_upload_leaves_nothing(folder: Path) -> None:
    file = folder / "digest" / "me.jpg"
    file.write_bytes(b"photo")
    assert take_upload({"path": str(file)}, 5) == b"photo"
    assert list(folder.iterdir()) == []
    with pytest.raises(InputError, match="is gone. Upload it again"):
        take_upload({"path": str(file)}, 5)


def test_an_upload_over_the_limit_goes_too(folder: Path) -> None:
    file = folder / "digest" / "me.jpg"
    file.write_bytes(b"photo")
    beside = folder / "digest" / "you.jpg"
    beside.write_bytes(b"other")
    with pytest.raises(PhotoError, match="larger"):
        take_upload({"path": str(file)}, 4)
    assert list(folder.rglob("*.jpg")) == [beside]


@pytest.mark.parametrize("name", ["../outside.jpg", "link.jpg", ".", "a\0b"])
def test_a_file_elsewhere_is_neither_read_nor_deleted(folder: Path, name: str) -> None:
    outside = folder.parent / "outside.jpg"
    outside.write_bytes(b"private")
    (folder / "link.jpg").symlink_to(outside)
    with pytest.raises(InputError, match="must be an uploaded file") as caught:
        take_upload({"path": f"{folder}/{name}"}, 100)
    assert "outside" not in str(caught.value)
    assert outside.read_bytes() == b"private"


def test_a_result_is_empty_once_it_was_read() -> None:
    result = ReadOnce(w=[1.0], aligned="data:")
    assert dict(result.items()) == {"w": [1.0], "aligned": "data:"}
    assert not result
