"""From addresses to latents, blends, truncation, strength, layers and the person kept."""

from pathlib import Path

import pytest
import torch

from mbtiface.errors import InputError
from mbtiface.faces.address import FaceAddress
from mbtiface.faces.blend import blended
from mbtiface.faces.loading import load
from mbtiface.faces.studio import Studio
from tests.toy_bundle import write_toy_bundle

TOKEN = "0123456789abcdef0123456789abcdef"


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    folder: Path = write_toy_bundle(tmp_path_factory.mktemp("bundle"))
    return load(folder, "cpu")


@pytest.mark.parametrize("share", ["coarse", "middle", 0.25])
def test_a_blend_is_made_of_its_halves(studio: Studio, share: str | float) -> None:
    w = studio.face(FaceAddress(f"blend:{share}:seed:3|type:ENTP:male"))
    expected = blended(studio.sample(3), studio.type_mean("ENTP", "male"), share)
    assert torch.equal(w, expected)


def test_a_blend_with_a_photo_needs_its_latent(studio: Studio) -> None:
    address = FaceAddress(f"blend:coarse:photo:{TOKEN}|seed:3")
    own = studio.sample(9)
    assert torch.equal(studio.face(address, own), blended(own, studio.sample(3), "coarse"))
    with pytest.raises(InputError, match="photo start is kept") as caught:
        studio.face(address)
    assert TOKEN not in str(caught.value)


def test_truncation_draws_the_start_to_the_mean_of_all(studio: Studio) -> None:
    mean = studio.averages.tensors["latent.mean"]
    w = studio.sample(3)
    near = studio.face(FaceAddress("seed:3", truncation=0.25))
    torch.testing.assert_close(near - mean, 0.25 * (w - mean))
    assert torch.equal(studio.face(FaceAddress("seed:3", truncation=0.0)), mean.expand_as(w))


def test_strength_layers_and_keep_are_those_of_the_morph(studio: Studio) -> None:
    w = studio.sample(3)
    axes = {"EI": 1.0, "TF": -0.5}
    strong = studio.face(FaceAddress("seed:3", "both", axes, strength=2.0))
    doubled = {axis: 2 * value for axis, value in axes.items()}
    torch.testing.assert_close(strong, studio.morph(w, doubled, "both"))
    coarse = studio.face(FaceAddress("seed:3", "both", axes, layers="coarse"))
    assert torch.equal(coarse, studio.morph(w, axes, "both", layers="coarse"))
    assert torch.equal(studio.face(FaceAddress("seed:3", "both", axes, strength=0.0)), w)


def test_a_kept_person_is_within_the_limit_by_the_studios_own_reading(
    embedded_studio: Studio,
) -> None:
    far = {"EI": 1.5, "SN": -1.5, "TF": 1.5, "JP": -1.5}
    start = embedded_studio.sample(2)
    free = embedded_studio.face(FaceAddress("seed:2", "both", far))
    kept = embedded_studio.face(FaceAddress("seed:2", "both", far, keep="person"))
    assert embedded_studio.drift(free, start) > 1.2
    assert embedded_studio.drift(kept, start) == pytest.approx(1.0, abs=1e-3)
