"""What a photo gives: an aligned face, or the reason why none; and which pictures are one shot."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageOps

from mbtiface.errors import InputError, SourceError
from mbtiface.faces.alignment import crop_quad, square
from mbtiface.faces.finding import FoundFace
from tests.faces.photo_samples import exif
from tests.faces.portraits import ASTRONAUT_QUAD, portrait
from train.data.near_duplicates import LIMIT, NearDuplicates
from train.data.photo_faces import LEAST_SHARPNESS, FaceReader, Rejected, find_detector, sharpness

SIZE = 64


class Told:
    """A detector that says what it was told."""

    name, simple = "told", True

    def __init__(self, *quads: np.ndarray) -> None:
        self._quads = quads

    def find(self, image: Image.Image) -> tuple[FoundFace, ...]:
        return tuple(
            FoundFace((*quad.min(0).tolist(), *quad.max(0).tolist()), quad, 0.9)
            for quad in self._quads
        )


def reader(*quads: np.ndarray, aligned: bool = False, least_px: float = 48) -> FaceReader:
    return FaceReader(Told(*quads), SIZE, aligned, least_px, LEAST_SHARPNESS)


def quad_at(x: float, y: float, side: float) -> np.ndarray:
    return square(np.array([x, y]), np.array([side / 2, 0.0]))


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    portrait().save(tmp_path / "photo.png")
    return tmp_path / "photo.png"


def test_a_face_is_cut_out_by_the_rule(photo: Path) -> None:
    found = reader(ASTRONAUT_QUAD).read(photo)
    assert not isinstance(found, Rejected)
    expected = crop_quad(portrait(), ASTRONAUT_QUAD, SIZE, 4 * SIZE)
    assert np.array_equal(np.asarray(found.picture), np.asarray(expected))
    center = ASTRONAUT_QUAD.mean(0) / 512
    assert found.crop[:2] == pytest.approx(tuple(center))
    assert found.side_px == pytest.approx(173.7, abs=0.1)
    assert found.sharpness > LEAST_SHARPNESS


def test_a_turned_photo_is_made_upright(tmp_path: Path, photo: Path) -> None:
    turned = portrait().transpose(Image.Transpose.ROTATE_90)
    turned.save(tmp_path / "turned.png", exif=exif(6))
    one, other = (reader(ASTRONAUT_QUAD).read(path) for path in (photo, tmp_path / "turned.png"))
    assert np.array_equal(np.asarray(one.picture), np.asarray(other.picture))


def test_faces_that_cannot_be_used(tmp_path: Path, photo: Path) -> None:
    assert reader().read(photo) == Rejected("no face", "by told")
    small = quad_at(200, 110, 40)
    assert reader(small).read(photo) == Rejected("too small", "40 px, fewer than 48")
    found = reader(ASTRONAUT_QUAD, ASTRONAUT_QUAD + 200).read(photo)
    assert (found.reason, found.detail[:2]) == ("several faces", "2;")
    assert not isinstance(reader(ASTRONAUT_QUAD, small).read(photo), Rejected)
    cv2.imwrite(str(tmp_path / "b.png"), cv2.GaussianBlur(cv2.imread(str(photo)), (0, 0), 6))
    assert reader(ASTRONAUT_QUAD).read(tmp_path / "b.png").reason == "blurred"
    (tmp_path / "half.jpg").write_bytes(b"\xff\xd8\xff\xe0 half")
    found = reader(ASTRONAUT_QUAD).read(tmp_path / "half.jpg")
    assert found.reason == "unreadable"
    assert "damaged or cut off" in found.detail


def test_aligned_pictures_stay_as_they_are_cut(tmp_path: Path) -> None:
    aligned = crop_quad(portrait(), ASTRONAUT_QUAD, SIZE)
    aligned.save(tmp_path / "a.png")
    whole = quad_at(30, 34, 60)
    found = reader(whole, aligned=True).read(tmp_path / "a.png")
    assert np.array_equal(np.asarray(found.picture), np.asarray(aligned))
    assert (found.crop, found.side_px) == ((), SIZE)
    elsewhere = reader(quad_at(5, 5, 20), aligned=True).read(tmp_path / "a.png")
    assert elsewhere == Rejected("no face", "in the middle, by told")
    unasked = FaceReader(None, SIZE, True, 48, LEAST_SHARPNESS)
    assert not isinstance(unasked.read(tmp_path / "a.png"), Rejected)
    portrait().crop((0, 0, 500, 400)).save(tmp_path / "wide.png")
    found = reader(whole, aligned=True).read(tmp_path / "wide.png")
    assert (found.reason, found.detail[:10]) == ("not square", "500 x 400 ")
    aligned.resize((32, 32)).save(tmp_path / "small.png")
    found = unasked.read(tmp_path / "small.png")
    assert found.reason == "too small"


@pytest.mark.parametrize("size", [64, 128, 256])
def test_sharpness_tells_blurred_from_sharp(embedded_studio, size: int) -> None:
    faces = [embedded_studio.render(embedded_studio.sample(seed), 256) for seed in (1, 2)]
    for face in faces:
        grey = np.asarray(face.resize((size, size), Image.Resampling.BOX).convert("L"))
        darker = (grey * 0.5 + 20).astype(np.uint8)
        blurred = cv2.GaussianBlur(grey, (0, 0), 2)
        assert sharpness(grey) > LEAST_SHARPNESS > sharpness(blurred)
        assert sharpness(darker) == pytest.approx(sharpness(grey), rel=0.1)
    assert sharpness(np.full((size, size), 90, np.uint8)) == 0


def test_detectors_by_name() -> None:
    assert find_detector("none") is None
    assert find_detector("auto").name == "OpenCV cascade"  # the Hub is out of reach in tests
    with pytest.raises(SourceError, match="cannot be fetched"):
        find_detector("facexlib")
    with pytest.raises(InputError, match="Detector 'mine' is unknown"):
        find_detector("mine")
    with pytest.raises(InputError, match="Photos need a detector"):
        FaceReader(None, SIZE, False, 48, 0)


def moved(picture: Image.Image) -> Image.Image:
    side = picture.width
    quad = square(np.array([side * 0.51, side * 0.49]), np.array([side * 0.505, side * 0.01]))
    return crop_quad(picture, quad, side)


@pytest.mark.parametrize(
    "change",
    [
        lambda picture: picture.resize((120, 120)),
        ImageOps.mirror,
        moved,
        lambda picture: ImageEnhance.Brightness(picture).enhance(1.2),
        lambda picture: picture.convert("L").convert("RGB"),
    ],
    ids=["smaller", "mirrored", "moved", "brighter", "grey"],
)
def test_the_same_shot_is_recognised(embedded_studio, change) -> None:
    faces = [embedded_studio.render(embedded_studio.sample(seed), 256) for seed in (1, 2)]
    duplicates = NearDuplicates()
    assert duplicates.nearest(duplicates.describe(faces[0])) is None
    for name, face in zip("ab", faces, strict=True):
        duplicates.add(name, duplicates.describe(face))
    name, distance = duplicates.nearest(duplicates.describe(change(faces[1])))
    assert name == "b"
    assert distance < LIMIT


def test_other_people_are_other_shots(embedded_studio) -> None:
    duplicates = NearDuplicates()
    for seed in range(1, 7):
        face = embedded_studio.render(embedded_studio.sample(seed), 256)
        described = duplicates.describe(face)
        np.testing.assert_allclose(np.linalg.norm(described, axis=1), 1, rtol=1e-5)
        assert duplicates.nearest(described) is None
        duplicates.add(str(seed), described)
    never = NearDuplicates(limit=0)
    never.add("6", described)
    assert never.nearest(described) is None


def test_many_pictures_are_remembered() -> None:
    duplicates = NearDuplicates()
    random = np.random.default_rng(0)
    known = random.normal(size=(700, 2, 40)).astype(np.float32)
    known /= np.linalg.norm(known, axis=2, keepdims=True)
    for at, described in enumerate(known):
        duplicates.add(str(at), described)
    for at in (0, 255, 256, 699):
        assert duplicates.nearest(known[at]) == (str(at), pytest.approx(0, abs=1e-6))
