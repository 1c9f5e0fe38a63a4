"""A published encoder in the app: its codes count from the average, whatever its kind."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import mbtiface
from mbtiface.errors import InputError
from mbtiface.networks import PublishedEncoder
from mbtiface.weights.manifest import NetworkSpec
from tests.toy_bundle import NUM_WS, W_DIM, write_toy_bundle
from tests.toy_parts import put

TINY_STAGES = [[4, 4, 1], [4, 6, 2], [6, 8, 1], [8, 16, 1]]
KINDS = (
    "GradualStyleEncoder",
    "BackboneEncoderIntoW",
    "BackboneEncoderIntoWPlus",
    "ProgressiveEncoder",
)


def arguments(kind: str) -> dict[str, object]:
    return {"kind": kind, "num_ws": NUM_WS, "w_dim": W_DIM, "num_layers": TINY_STAGES}


def encoder(kind: str) -> PublishedEncoder:
    torch.manual_seed(0)
    network = PublishedEncoder(**arguments(kind)).eval()  # type: ignore[arg-type]
    network.latent_avg.copy_(torch.randn(NUM_WS, W_DIM))
    return network.requires_grad_(False)


@pytest.mark.parametrize("kind", KINDS)
def test_codes_count_from_the_average(kind: str) -> None:
    network = encoder(kind)
    picture = torch.rand(2, 3, 256, 256) * 2 - 1
    codes = network.encoder(picture)
    ws = network(picture)
    assert ws.shape == (2, NUM_WS, W_DIM)
    for row in range(NUM_WS):
        code = codes if codes.ndim == 2 else codes[:, row]
        torch.testing.assert_close(ws[:, row], code + network.latent_avg[row])


@pytest.mark.parametrize("kind", KINDS)
def test_the_app_starts_from_its_codes(kind: str, tmp_path: Path) -> None:
    folder = write_toy_bundle(tmp_path / "toy")
    network = encoder(kind)
    put(folder, "encoder", network, NetworkSpec("PublishedEncoder", arguments(kind)))
    studio = mbtiface.load(folder, device="cpu")
    pixels = torch.randint(0, 256, (256, 256, 3), generator=torch.Generator().manual_seed(1))
    photo = Image.fromarray(pixels.to(torch.uint8).numpy())
    found = studio.invert(photo, aligned=True)
    assert found.w.shape == (NUM_WS, W_DIM)
    seen = found.aligned.resize((256, 256), Image.Resampling.LANCZOS)
    x = torch.from_numpy(np.array(seen)).permute(2, 0, 1)[None].float() / 127.5 - 1
    expected = network(x)[0]
    # Half precision in the bundle, and bf16 where the processor has it.
    assert (found.w - expected).abs().max() < 0.05 * expected.abs().max()


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(InputError, match="kind must be one of .* but is 'CompactEncoder'"):
        PublishedEncoder("CompactEncoder")
