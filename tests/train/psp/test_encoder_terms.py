"""The loss of an encoder: each term against its formula, and whom it counts."""

import pytest
import torch

from mbtiface.networks.perceptual import PerceptualFeatures, perceptual_distance
from tests.toy_bundle import NUM_WS, W_DIM, toy_generator
from train.psp.encoder_options import TermWeights
from train.psp.encoder_terms import Terms
from train.psp.face_samples import Batch
from train.psp.reconstruction import Reconstruction

OFF = dict.fromkeys(("latent", "seen", "delta"), 0.0)


@pytest.fixture(scope="module")
def reconstruction() -> Reconstruction:
    return Reconstruction(toy_generator().synthesis, 32)


@pytest.fixture
def batch() -> Batch:
    torch.manual_seed(0)
    known = torch.tensor([True, True, False, True])
    ws = torch.randn(4, NUM_WS, W_DIM) * known[:, None, None]
    mixed = torch.tensor([False, True, False, False])
    pictures = torch.rand(4, 3, 32, 32) * 2 - 1
    return Batch(pictures, pictures.flip(-1), ws, known, mixed)


def terms(reconstruction: Reconstruction, **weights: float) -> Terms:
    torch.manual_seed(1)
    return Terms(
        TermWeights(**OFF | weights),
        reconstruction,
        torch.zeros(W_DIM),
        torch.randn(W_DIM, W_DIM),
        torch.diag(torch.arange(1.0, W_DIM + 1)),
        PerceptualFeatures(stages=1),
        {"identity": lambda pictures, clean: (pictures - clean).abs().mean((1, 2, 3))},
        None,
    )


def test_latents_count_where_they_are_known(reconstruction: Reconstruction, batch: Batch) -> None:
    torch.manual_seed(2)
    ws = torch.randn(4, NUM_WS, W_DIM)
    given = terms(reconstruction, latent=2.0, seen=3.0)
    values = given(ws, batch)
    assert set(values) == {"latent", "seen"}
    rows = reconstruction.visible
    error = (ws - batch.ws)[batch.known][:, :rows]
    codes = error @ given.to_codes.T
    torch.testing.assert_close(values["latent"], 2 * codes.square().mean())
    lengths = (error.square() * torch.arange(1.0, W_DIM + 1)).sum(-1)
    torch.testing.assert_close(values["seen"], 3 * lengths.mean())


def test_mixed_rows_may_count_less(reconstruction: Reconstruction, batch: Batch) -> None:
    torch.manual_seed(2)
    ws = torch.randn(4, NUM_WS, W_DIM)
    value = terms(reconstruction, latent=1.0, mixed=0.25)(ws, batch)["latent"]
    given = terms(reconstruction, latent=1.0)
    codes = (ws - batch.ws)[:, : reconstruction.visible] @ given.to_codes.T
    lengths = codes.square().mean((1, 2))
    expected = (lengths[0] + 0.25 * lengths[1] + lengths[3]) / 2.25
    torch.testing.assert_close(value, expected)


def test_rows_that_a_picture_does_not_show_do_not_count(batch: Batch) -> None:
    small = Reconstruction(toy_generator().synthesis, 32)
    small.visible = 3
    ws = batch.ws.clone()
    ws[:, 3:] += 5
    assert terms(small, latent=1.0)(ws, batch)["latent"] == 0


def test_a_batch_of_photos_has_no_latent_error(
    reconstruction: Reconstruction, batch: Batch
) -> None:
    none = torch.zeros(4, dtype=torch.bool)
    photos = Batch(batch.pictures, batch.clean, torch.zeros_like(batch.ws), none, none)
    assert terms(reconstruction, latent=1.0)(torch.randn_like(batch.ws), photos)["latent"] == 0


def test_pictures_are_compared_with_the_clean_ones(
    reconstruction: Reconstruction, batch: Batch
) -> None:
    ws = torch.randn(4, NUM_WS, W_DIM, requires_grad=True)
    given = terms(reconstruction, l2=2.0, perceptual=0.5, identity=3.0)
    values = given(ws, batch)
    with torch.autocast("cpu", torch.bfloat16):  # as the terms do
        made = reconstruction(ws).float()
        distance = perceptual_distance(made, batch.clean, given.perceptual).mean()
    torch.testing.assert_close(values["l2"], 2 * (made - batch.clean).square().mean())
    torch.testing.assert_close(values["perceptual"], 0.5 * distance)
    torch.testing.assert_close(values["identity"], 3 * (made - batch.clean).abs().mean())
    sum(values.values()).backward()
    assert ws.grad[:, : reconstruction.visible].abs().sum() > 0


def test_without_picture_terms_nothing_is_drawn(
    reconstruction: Reconstruction, batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Reconstruction, ws: torch.Tensor) -> None:
        raise AssertionError("drawn although no term asks for it")

    monkeypatch.setattr(Reconstruction, "forward", refuse)
    assert set(terms(reconstruction, delta=1.0, w_norm=1.0)(batch.ws, batch)) == {"delta", "w_norm"}
