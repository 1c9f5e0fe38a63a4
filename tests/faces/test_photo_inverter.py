"""From a photo to a latent: which part of it is used, what is said of it, and coming closer."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest
import torch
from PIL import Image

from mbtiface.errors import InputError, MissingPartError, PhotoError
from mbtiface.faces.alignment import crop_quad, square_quad
from mbtiface.faces.encoding import TorchEncoding, to_input
from mbtiface.faces.finding import FoundFace
from mbtiface.faces.photo_inverter import FAR_DISTANCE, PhotoInverter
from mbtiface.faces.pixels import to_bytes
from mbtiface.networks import CompactEncoder, MobileGenerator
from mbtiface.networks.perceptual import PerceptualFeatures
from tests.toy_bundle import NUM_WS, W_DIM, toy_generator

SIZE = 32


class Finder:
    """Finds what it is told to; `simple` as asked."""

    name = "made up"

    def __init__(self, faces: Sequence[FoundFace], simple: bool = False) -> None:
        self.faces = tuple(faces)
        self.simple = simple
        self.warmed = False

    def find(self, image: Image.Image) -> tuple[FoundFace, ...]:
        return self.faces

    def warm_up(self) -> None:
        self.warmed = True


def face(x: float, y: float, side: float, *warnings: str) -> FoundFace:
    quad = square_quad(x / 120, y / 80, side / 120, 10.0, 120, 80)
    return FoundFace((x - side / 2, y - side / 2, x + side / 2, y + side / 2), quad, 0.9, warnings)


@pytest.fixture(scope="module")
def generator() -> MobileGenerator:
    return toy_generator()


@pytest.fixture(scope="module")
def encoder() -> CompactEncoder:
    torch.manual_seed(0)
    network = CompactEncoder(
        NUM_WS,
        W_DIM,
        SIZE,
        (8, 8),
        (1, 1),
        8,
        grid=2,
        level_channels=(4,),
        rows=6,
        hidden=8,
        rank=2,
    )
    return network.eval().requires_grad_(False)


@pytest.fixture(scope="module")
def photo() -> Image.Image:
    random = np.random.default_rng(0)
    return Image.fromarray(random.integers(0, 256, (80, 120, 3), dtype=np.uint8))


def inverter(
    generator: MobileGenerator,
    encoder: CompactEncoder,
    finder: Finder,
    perceptual: PerceptualFeatures | None = None,
    rest: Callable[[], None] | None = None,
) -> PhotoInverter:
    def render(w: torch.Tensor, size: int) -> Image.Image:
        return Image.fromarray(to_bytes(generator.synthesis(w[None], size))[0].numpy())

    return PhotoInverter(
        TorchEncoding(encoder, SIZE, torch.device("cpu")),
        finder,
        render,
        generator.mapping,
        generator.synthesis,
        perceptual,
        SIZE,
        rest,
    )


FACES = (face(60, 40, 50), face(90, 30, 20, "tiny"))


def test_the_largest_face_is_encoded(
    generator: MobileGenerator, encoder: CompactEncoder, photo: Image.Image
) -> None:
    found = inverter(generator, encoder, Finder(FACES)).invert(photo)
    expected = crop_quad(photo, FACES[0].quad, SIZE, 2 * SIZE)
    assert np.array_equal(np.asarray(found.aligned), np.asarray(expected))
    torch.testing.assert_close(found.w, encoder(to_input(expected, SIZE))[0])
    drawn = to_bytes(generator.synthesis(found.w[None], SIZE))[0].numpy()
    assert np.array_equal(np.asarray(found.reconstruction), drawn)
    assert found.faces == FACES
    assert found.crop == pytest.approx((0.5, 0.5, 50 / 120, 10.0))
    assert found.method.startswith("made up, encoder (torch")


def test_another_face_with_its_warnings(
    generator: MobileGenerator, encoder: CompactEncoder, photo: Image.Image
) -> None:
    found = inverter(generator, encoder, Finder(FACES, simple=True)).invert(photo, face=1)
    assert found.crop == pytest.approx((0.75, 30 / 80, 20 / 120, 10.0))
    assert found.warnings[:2] == ("simple_detector", "tiny")


def test_a_crop_by_hand_needs_no_finder(
    generator: MobileGenerator, encoder: CompactEncoder, photo: Image.Image
) -> None:
    crop = (0.4, 0.6, 0.3, -20.0)
    found = inverter(generator, encoder, Finder(())).invert(photo, crop=crop)
    quad = square_quad(*crop, 120, 80)
    expected = crop_quad(photo, quad, SIZE, 2 * SIZE)
    assert np.array_equal(np.asarray(found.aligned), np.asarray(expected))
    assert found.crop == crop
    assert found.faces == ()


def test_an_aligned_picture_is_taken_as_it_is(
    generator: MobileGenerator, encoder: CompactEncoder, photo: Image.Image
) -> None:
    square = photo.crop((0, 0, SIZE, SIZE))
    found = inverter(generator, encoder, Finder(())).invert(square, aligned=True)
    assert np.array_equal(np.asarray(found.aligned), np.asarray(square))
    assert found.crop is None
    with pytest.raises(InputError, match="120 x 80 px.*square"):
        inverter(generator, encoder, Finder(())).invert(photo, aligned=True)


def test_photos_that_cannot_be_used(
    generator: MobileGenerator, encoder: CompactEncoder, photo: Image.Image
) -> None:
    for faces, asked, key in (((), {}, "no_face"), (FACES, {"face": 2}, "no_such_face")):
        with pytest.raises(PhotoError) as caught:
            inverter(generator, encoder, Finder(faces)).invert(photo, **asked)
        assert caught.value.key == key
    for crop in ((0.5, 0.5), (2.0, 0.5, 0.5, 0.0), (0.5, 0.5, 0.0, 0.0)):
        with pytest.raises(PhotoError) as caught:
            inverter(generator, encoder, Finder(())).invert(photo, crop=crop)
        assert caught.value.key == "bad_crop"


def test_steps_come_closer(generator: MobileGenerator, encoder: CompactEncoder) -> None:
    with torch.no_grad():
        w = generator.mapping(torch.randn(1, W_DIM, generator=torch.Generator().manual_seed(3)))
        target = Image.fromarray(to_bytes(generator.synthesis(w, SIZE))[0].numpy())
    torch.manual_seed(0)
    rested = []
    perceptual = PerceptualFeatures(stages=1)
    inverts = inverter(generator, encoder, Finder(()), perceptual, lambda: rested.append(True))
    seen = []
    rough = inverts.invert(target, aligned=True)
    assert not rested
    close = inverts.invert(
        target, aligned=True, refine_steps=12, on_step=lambda *step: seen.append(step)
    )
    assert seen == [(step, 12) for step in range(1, 13)]
    assert "12 steps closer" in close.method
    assert rested == [True]

    def error(image: Image.Image) -> float:
        return float((to_input(image, SIZE) - to_input(target, SIZE)).abs().mean())

    assert error(close.reconstruction) < error(rough.reconstruction)
    torch.testing.assert_close(close.w[-1], close.w[-3])  # the inert rows follow


def test_steps_stop_when_asked(
    generator: MobileGenerator, encoder: CompactEncoder, photo: Image.Image
) -> None:
    class GoneError(Exception):
        pass

    def leave(done: int, total: int) -> None:
        if done == 2:
            raise GoneError

    torch.manual_seed(0)
    inverts = inverter(generator, encoder, Finder(FACES), PerceptualFeatures(stages=1))
    with pytest.raises(GoneError):
        inverts.invert(photo, refine_steps=5, on_step=leave)


def test_a_bundle_without_features_comes_no_closer(
    generator: MobileGenerator, encoder: CompactEncoder, photo: Image.Image
) -> None:
    with pytest.raises(MissingPartError, match="perceptual features"):
        inverter(generator, encoder, Finder(FACES)).invert(photo, refine_steps=1)


def test_a_far_reconstruction_is_told(generator: MobileGenerator, encoder: CompactEncoder) -> None:
    white, black = (Image.new("RGB", (SIZE, SIZE), (grey,) * 3) for grey in (255, 0))
    inverts = inverter(generator, encoder, Finder(()))
    found = [inverts.invert(each, aligned=True) for each in (white, black)]
    assert ("far_from_photo",) in [one.warnings for one in found]
    far = [one.difference > FAR_DISTANCE for one in found]
    assert far == [bool(one.warnings) for one in found]


def test_warming_up_loads_finder_and_encoder(
    generator: MobileGenerator, encoder: CompactEncoder
) -> None:
    finder = Finder(())
    inverter(generator, encoder, finder).warm_up()
    assert finder.warmed


def test_one_refinement_at_a_time(
    generator: MobileGenerator, encoder: CompactEncoder, photo: Image.Image
) -> None:
    """A second one waits, and goes when nobody wants it any more."""

    class GoneError(Exception):
        pass

    def leave(done: int, total: int) -> None:
        assert (done, total) == (0, 3)
        raise GoneError

    torch.manual_seed(0)
    inverts = inverter(generator, encoder, Finder(FACES), PerceptualFeatures(stages=1))
    with inverts._refining, pytest.raises(GoneError):
        inverts.invert(photo, refine_steps=3, on_step=leave)
    assert inverts.invert(photo, refine_steps=1).method.endswith("1 steps closer")
