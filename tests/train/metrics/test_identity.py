"""dlib's networks at work. Their packages are of the extra `train`, which tests install."""

import importlib.util

import numpy as np
import pytest
from PIL import Image

from mbtiface.errors import SourceError
from mbtiface.faces.loading import load
from train.metrics import identity
from train.metrics.identity import FaceIdentity, distances


@pytest.fixture(scope="module")
def faces() -> list[Image.Image]:
    studio = load("embedded", "cpu")
    means = [studio.averages.gender_mean(gender) for gender in ("female", "male")]
    return [studio.render(w, size=256) for w in means]


@pytest.fixture(scope="module")
def network() -> FaceIdentity:
    return FaceIdentity()


def test_one_face_is_near_itself_and_far_from_another(network, faces) -> None:
    woman, man = faces
    softened = woman.resize((200, 200)).resize((256, 256))
    larger = woman.resize((512, 512), Image.Resampling.LANCZOS)
    embedded = network.embed([woman, softened, larger, man, woman])
    apart = distances(embedded[:1].repeat(5, 0), embedded)
    assert apart[1] < 0.2
    assert apart[2] < 0.3
    assert apart[3] > 0.6
    assert apart[4] == 0.0


def test_the_face_is_where_aligned_faces_are(network, faces) -> None:
    for face in faces:
        box = network.box(face)
        assert box == pytest.approx(identity.USUAL_BOX, abs=0.12)


def test_a_picture_without_a_face_counts_too(network) -> None:
    flat = Image.new("RGB", (256, 256), (128, 128, 128))
    assert network.box(flat) is None
    assert np.isfinite(network.embed([flat])).all()
    assert network.embed([]).shape == (0, 128)


def test_without_the_packages_the_extra_is_named(monkeypatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SourceError, match="face_recognition_models .* Install the extra `train`"):
        FaceIdentity()
