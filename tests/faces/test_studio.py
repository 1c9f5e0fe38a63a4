"""The studio on a toy bundle: samples, averages, morphs, pictures and what it refuses."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from mbtiface.errors import InputError, MissingPartError
from mbtiface.faces import studio as module
from mbtiface.faces.address import FaceAddress
from mbtiface.faces.loading import load
from mbtiface.faces.studio import Studio
from mbtiface.networks.compact_encoder import CompactEncoder
from mbtiface.personality.types import AXES
from mbtiface.weights.bundle import load_generator, open_bundle
from mbtiface.weights.manifest import NetworkSpec
from tests.toy_bundle import NUM_WS, STRENGTH, W_DIM, write_toy_bundle
from tests.toy_parts import ENCODER, put

LAST_ACTING = 5


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_toy_bundle(tmp_path_factory.mktemp("bundle"))


@pytest.fixture(scope="module")
def studio(folder: Path) -> Studio:
    return load(folder, "cpu")


class RecordingEngine:
    """An engine that paints every picture's size in its pixels and remembers what was asked."""

    name = "recorder"
    sizes = (512, 1024)

    def __init__(self) -> None:
        self.asked: list[int] = []

    def render(self, ws: torch.Tensor, size: int) -> np.ndarray:
        self.asked.append(size)
        columns = np.arange(size, dtype=np.uint8) % 2 * 100  # 0, 100, 0, 100 ...
        return np.broadcast_to(columns[None, None, :, None], (len(ws), size, size, 3)).copy()


@pytest.fixture
def recorder(folder: Path) -> tuple[Studio, RecordingEngine]:
    bundle = open_bundle(folder)
    large = replace(bundle, manifest=replace(bundle.manifest, resolution=1024))
    engine = RecordingEngine()
    return Studio(large, engine, load_generator(bundle)), engine


def test_what_it_says_of_itself(studio: Studio) -> None:
    assert studio.manifest.name == "toy"
    assert (studio.num_ws, studio.w_dim) == (NUM_WS, W_DIM)
    assert "openvino" in studio.engine or "torch" in studio.engine


def test_a_seed_is_a_face(studio: Studio) -> None:
    first = studio.sample(7)
    assert first.shape == (NUM_WS, W_DIM)
    assert first.dtype == torch.float32
    assert torch.equal(first, studio.sample(7, psi=0.7))
    assert not torch.equal(first, studio.sample(8))


def test_samples_read_as_adults(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    samples = torch.stack([studio.sample(seed) for seed in range(30)])
    read = studio.averages.read
    assert read("age", samples).min() >= 22
    assert read("young", samples).max() < 0.5
    # Without the limits about half of them would be minors, by either map.
    monkeypatch.setattr(module, "ADULT_AGE", -1e9)
    monkeypatch.setattr(module, "YOUNG_LIMIT", 1e9)
    free = torch.stack([studio.sample(seed) for seed in range(30)])
    by_age, by_look = read("age", free)[:, 0] < 22, read("young", free)[:, 0] >= 0.5
    assert 8 <= by_age.sum() <= 22
    assert (by_look & ~by_age).any()
    young = (by_age | by_look).tolist()
    monkeypatch.undo()
    # Those that were adult at the first draw are left as they were; the others are drawn again.
    for seed, (w, is_young) in enumerate(zip(free, young, strict=True)):
        assert torch.equal(w, studio.sample(seed)) == (not is_young)


def test_psi_pulls_toward_the_average(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ADULT_AGE", -1e9)
    monkeypatch.setattr(module, "YOUNG_LIMIT", 1e9)
    average = studio.averages.tensors["w_avg"]
    half, whole = studio.sample(3, psi=0.5), studio.sample(3, psi=1.0)
    torch.testing.assert_close(half, average + 0.5 * (whole - average), atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(studio.sample(3, psi=0.0)[0], average, atol=1e-5, rtol=1e-5)


def test_an_age_map_that_no_face_passes(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ADULT_AGE", 1e9)
    with pytest.raises(MissingPartError, match="200 faces from seed 1 all read younger"):
        studio.sample(1)


@pytest.mark.parametrize("seed", [-1, 2**63, 1.5, "1", True, None])
def test_seeds_that_are_none(studio: Studio, seed: object) -> None:
    with pytest.raises(InputError, match="must be a whole number from 0 to"):
        studio.sample(seed)


@pytest.mark.parametrize("psi", [-0.1, 1.1, float("nan")])
def test_psi_out_of_range(studio: Studio, psi: float) -> None:
    with pytest.raises(InputError, match=f"psi is {psi}, but must be from 0 to 1"):
        studio.sample(1, psi)


PRODUCERS: dict[str, Callable[[Studio], torch.Tensor]] = {
    "sample": lambda studio: studio.sample(1),
    "gender mean": lambda studio: studio.gender_mean("male"),
    "type mean": lambda studio: studio.type_mean("INFJ", "female"),
    "letter mean": lambda studio: studio.letter_mean("N", "male"),
    "morph": lambda studio: studio.morph(studio.sample(1), {"EI": 1.0, "JP": -0.5}),
    "morph of one row": lambda studio: studio.morph(
        studio.sample(1), {"EI": 1.0}, layers=[studio.num_ws - 3]
    ),
    "morph of an inert row": lambda studio: studio.morph(
        studio.sample(1), {"EI": 1.0}, layers=[studio.num_ws - 1]
    ),
    "morph that keeps": lambda studio: studio.morph(
        studio.sample(1), {"TF": 1.0}, keep=["age", "gender"]
    ),
    "sequence": lambda studio: studio.sequence(studio.gender_mean("female"), "ENTP"),
    "address": lambda studio: studio.face(
        FaceAddress("type:ENTP:male", "both", {"SN": -1.0}, difference=2.0)
    ),
}


@pytest.mark.parametrize("producer", PRODUCERS)
def test_the_last_two_rows_follow_the_one_before(studio: Studio, producer: str) -> None:
    w = PRODUCERS[producer](studio)
    assert w.shape[-2:] == (NUM_WS, W_DIM)
    assert torch.equal(w[..., LAST_ACTING + 1 :, :], w[..., [LAST_ACTING, LAST_ACTING], :])


@pytest.mark.parametrize("producer", PRODUCERS)
def test_rows_16_and_17_follow_row_15(embedded_studio: Studio, producer: str) -> None:
    w = PRODUCERS[producer](embedded_studio)
    assert w.shape[-2:] == (18, 512)
    assert torch.equal(w[..., 16:, :], w[..., [15, 15], :])


def test_impression_and_morph_share_their_unit(studio: Studio) -> None:
    w = studio.type_mean("ENTP", "female")
    before = studio.impression(w)
    assert list(before) == list(AXES)
    moved = studio.morph(w, {"EI": 1.0, "JP": -0.5}, strength=1.0)
    after = studio.impression(moved)
    change = [after[axis] - before[axis] for axis in AXES]
    assert change == pytest.approx([1.0, 0.0, 0.0, -0.5], abs=2e-3)
    by_default = studio.impression(studio.morph(w, dict.fromkeys(AXES, 1.0), "male"))
    change = [by_default[axis] - before[axis] for axis in AXES]
    assert change == pytest.approx(STRENGTH, abs=5e-3)


def test_a_sequence_is_the_morphs_of_its_axes(studio: Studio) -> None:
    w = studio.gender_mean("male")
    frames = studio.sequence(w, "EiN", "male", step=0.5, strength=2.0)
    assert frames.shape == (4, NUM_WS, W_DIM)
    assert torch.equal(frames[0], w)
    torch.testing.assert_close(frames[1], studio.morph(w, {"EI": 0.5}, "male", 2.0))
    # From +0.5 half of the way to -1.
    torch.testing.assert_close(frames[2], studio.morph(w, {"EI": -0.25}, "male", 2.0))
    axes = {"EI": -0.25, "SN": 0.5}
    torch.testing.assert_close(frames[3], studio.morph(w, axes, "male", 2.0))


@pytest.mark.parametrize("letters", ["", "EX", "E N"])
def test_sequences_that_are_none(studio: Studio, letters: str) -> None:
    with pytest.raises(InputError):
        studio.sequence(studio.gender_mean("male"), letters)


def test_faces_of_addresses(studio: Studio) -> None:
    mean, type_mean = studio.gender_mean("male"), studio.type_mean("ISTJ", "male")
    assert torch.equal(studio.face(FaceAddress("average:male")), mean)
    assert torch.equal(studio.face(FaceAddress("type:ISTJ:male")), type_mean)
    letter = FaceAddress("letter:F:female")
    assert torch.equal(studio.face(letter), studio.letter_mean("F", "female"))
    assert torch.equal(studio.face(FaceAddress("seed:12")), studio.sample(12))
    # A caricature: three times as far from the average of its gender.
    far = studio.face(FaceAddress("type:ISTJ:male", difference=3.0))
    torch.testing.assert_close(far, mean + 3 * (type_mean - mean))
    # Then moved along the axes, by whose directions are named.
    moved = studio.face(FaceAddress("type:ISTJ:male", "both", {"SN": 1.5}, difference=3.0))
    torch.testing.assert_close(moved, studio.morph(far, {"SN": 1.5}, "both"))
    # A made-up face has no gender to differ from.
    assert torch.equal(studio.face(FaceAddress("seed:12", difference=2.0)), studio.sample(12))


def test_pictures_one_and_many(studio: Studio) -> None:
    w = torch.stack([studio.gender_mean("female"), studio.gender_mean("male")])
    many = studio.render(w)
    assert isinstance(many, list)
    assert [(image.mode, image.size) for image in many] == [("RGB", (32, 32))] * 2
    one = studio.render(w[1], 32)
    assert isinstance(one, Image.Image)
    assert one.tobytes() == many[1].tobytes() != many[0].tobytes()
    assert studio.render(w[:0]) == []


@pytest.mark.parametrize(("size", "made"), [(256, 512), (512, 512), (1024, 1024), (None, 1024)])
def test_sizes_are_made_by_the_next_larger_head(
    recorder: tuple[Studio, RecordingEngine], size: int | None, made: int
) -> None:
    studio, engine = recorder
    image = studio.render(studio.gender_mean("male"), size)
    assert isinstance(image, Image.Image)
    assert engine.asked == [made]
    assert image.size == (size or 1024, size or 1024)
    # Halved by averaging, the stripes become one grey.
    columns = np.asarray(image)[0, :2, 0].tolist()
    assert columns == ([50, 50] if size == 256 else [0, 100])


@pytest.mark.parametrize("size", [0, 33, 100, 2048, -256, "256"])
def test_other_sizes_are_refused(studio: Studio, size: int) -> None:
    with pytest.raises(InputError, match=f"Size {size!r} is not one of 256, 512, 1024"):
        studio.render(studio.gender_mean("male"), size)


def test_latents_that_are_none(studio: Studio) -> None:
    with pytest.raises(InputError, match=r"Latents are \[7, 16\], but must be \[8, 16\] or \[n, 8"):
        studio.render(torch.zeros(7, W_DIM))
    with pytest.raises(InputError, match=r"Latents are \[16\]"):
        studio.render(torch.zeros(W_DIM))
    for value in (float("nan"), float("inf")):
        with pytest.raises(InputError, match="not finite"):
            studio.render(torch.full((NUM_WS, W_DIM), value))


def test_a_bundle_without_an_encoder_inverts_nothing(studio: Studio) -> None:
    with pytest.raises(MissingPartError, match="'toy' has no encoder, so it cannot invert a photo"):
        studio.invert(Image.new("RGB", (64, 64)))
    assert not studio.takes_photos


def test_a_bundle_with_an_encoder_takes_photos(tmp_path: Path) -> None:
    folder = write_toy_bundle(tmp_path / "bundle")
    put(folder, "encoder", CompactEncoder(**ENCODER), NetworkSpec("CompactEncoder", ENCODER))
    assert load(folder, "cpu").takes_photos


def test_a_bundle_without_averages(tmp_path: Path) -> None:
    bare = load(write_toy_bundle(tmp_path / "bare", faces=False), "cpu")
    w = torch.zeros(NUM_WS, W_DIM)
    for call in (
        lambda: bare.averages,
        lambda: bare.sample(1),
        lambda: bare.type_mean("ENTP", "male"),
        lambda: bare.impression(w),
        lambda: bare.morph(w, {"EI": 1.0}),
    ):
        with pytest.raises(MissingPartError, match="'toy' has no faces.safetensors"):
            call()


def test_devices(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="Device 'tpu' is unknown. Use auto, cpu or cuda"):
        load(folder, "tpu")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(InputError, match="torch finds no GPU"):
        load(folder, "cuda")
    assert load(folder, "auto").num_ws == NUM_WS
