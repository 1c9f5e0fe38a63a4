"""What encodes: OpenVINO and torch give the same w+; compiled networks are kept."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from mbtiface.faces.encoding import (
    OpenVinoEncoding,
    SafeEncoding,
    TorchEncoding,
    choose_encoding,
    to_input,
)
from mbtiface.networks import CompactEncoder
from tests.networks.test_compact_encoder import TOY

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def encoder() -> CompactEncoder:
    torch.manual_seed(0)
    return CompactEncoder(**TOY).eval().requires_grad_(False)


@pytest.fixture
def picture() -> Image.Image:
    random = np.random.default_rng(0)
    return Image.fromarray(random.integers(0, 256, (32, 32, 3), dtype=np.uint8))


def test_pictures_become_numbers_from_minus_one_to_one(picture: Image.Image) -> None:
    value = to_input(picture, 32)
    assert value.shape == (1, 3, 32, 32)
    expected = np.asarray(picture).astype(np.float32)[5, 7] / 127.5 - 1
    np.testing.assert_allclose(value[0, :, 5, 7], expected, atol=1e-6)
    assert to_input(picture.convert("L").resize((50, 50)), 32).shape == (1, 3, 32, 32)


def test_both_ways_agree(encoder: CompactEncoder, picture: Image.Image) -> None:
    expected = encoder(to_input(picture, 32))[0]
    plain = TorchEncoding(encoder, 32, CPU)
    torch.testing.assert_close(plain.encode(picture), expected)
    fast = OpenVinoEncoding(encoder, 32, "0" * 20, None)
    fast._network.options["INFERENCE_PRECISION_HINT"] = "f32"
    torch.testing.assert_close(fast.encode(picture), expected, atol=1e-4, rtol=1e-3)
    assert fast.encode(picture).dtype == torch.float32


def test_a_compiled_encoder_is_kept(
    encoder: CompactEncoder, picture: Image.Image, tmp_path: Path
) -> None:
    first = OpenVinoEncoding(encoder, 32, "0" * 20, tmp_path).encode(picture)
    assert list(tmp_path.rglob("encoder.xml"))
    assert torch.equal(OpenVinoEncoding(encoder, 32, "0" * 20, tmp_path).encode(picture), first)


def test_what_is_chosen(encoder: CompactEncoder, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = choose_encoding(encoder, 32, CPU, "0" * 20)
    assert isinstance(chosen, SafeEncoding)
    assert isinstance(chosen.current, OpenVinoEncoding)
    asked = choose_encoding(encoder, 32, CPU, "0" * 20, engine="torch")
    assert isinstance(asked, TorchEncoding)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert isinstance(choose_encoding(encoder, 32, CPU, "0" * 20), TorchEncoding)


def test_an_encoding_that_fails_is_switched_off(
    encoder: CompactEncoder,
    picture: Image.Image,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(self: OpenVinoEncoding, aligned: Image.Image) -> None:
        raise RuntimeError("could not create a primitive")

    monkeypatch.setattr(OpenVinoEncoding, "encode", fail)
    encoding = choose_encoding(encoder, 32, CPU, "0" * 20)
    torch.testing.assert_close(encoding.encode(picture), encoder(to_input(picture, 32))[0])
    assert "Encoding by OpenVINO failed and is switched off" in caplog.text
    assert (encoding.name.startswith("torch"), encoding.size) == (True, 32)
