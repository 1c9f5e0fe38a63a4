"""Encoders as they are trained and kept."""

import torch

from mbtiface.networks import BackboneEncoderIntoW, CompactEncoder
from mbtiface.weights.writing import half
from tests.networks.test_compact_encoder import TOY
from train.psp.encoders import IntoWPlus, exported


def test_an_exported_encoder_is_the_same_and_fits_half_precision() -> None:
    torch.manual_seed(0)
    encoder = CompactEncoder(**TOY).eval()
    with torch.no_grad():
        for name, buffer in encoder.named_buffers():
            if name.endswith("running_var"):
                buffer.uniform_(1e3, 2e5)
            elif name.endswith("running_mean"):
                buffer.normal_()
    pictures = torch.rand(2, 3, 32, 32) * 2 - 1
    expected = encoder(pictures)
    state = exported(encoder)
    half(state)  # raises where a value does not fit
    copy = CompactEncoder(**TOY).eval()
    copy.load_state_dict(state)
    torch.testing.assert_close(copy(pictures), expected)
    assert not torch.equal(state["norm.running_var"], encoder.norm.running_var)  # left as it was


def test_published_kinds_are_kept_as_they_are() -> None:
    encoder = BackboneEncoderIntoW(((64, 64, 1), (64, 128, 1), (128, 256, 1), (256, 512, 1)))
    state = exported(encoder)
    assert all(torch.equal(value, state[name]) for name, value in encoder.state_dict().items())


def test_published_kinds_count_from_the_average() -> None:
    average = torch.arange(8.0)

    class Row(torch.nn.Module):
        def forward(self, pictures: torch.Tensor) -> torch.Tensor:
            return torch.ones(len(pictures), 8)

    ws = IntoWPlus(Row(), average, 5)(torch.zeros(2, 3, 4, 4))
    assert torch.equal(ws, (average + 1).expand(2, 5, 8))
    compact = CompactEncoder(**TOY).eval()
    picture = torch.zeros(1, 3, 32, 32)
    assert torch.equal(IntoWPlus(compact, average, 6)(picture), compact(picture))
