"""Which encoders `train encoder` trains, all as one thing: pictures -> w+."""

import json
from typing import Any, Literal

import torch
from torch import nn

from mbtiface.errors import SourceError
from mbtiface.networks import (
    BackboneEncoderIntoW,
    BackboneEncoderIntoWPlus,
    CompactEncoder,
    GradualStyleEncoder,
    ProgressiveEncoder,
)
from mbtiface.weights.manifest import NetworkSpec

Kind = Literal["compact", "gradual", "backbone-w", "backbone-w-plus", "progressive"]


def encoder_spec(
    kind: Kind, num_ws: int, w_dim: int, visible: int, size: int, arguments: str = "{}"
) -> NetworkSpec:
    """Class and arguments of an encoder for a generator's latents.

    Args:
        kind: which encoder.
        num_ws: rows of w+.
        w_dim: size of one w.
        visible: rows that act on the pictures trained on; the compact encoder gives the others
            the last of them.
        size: height and width of what it sees in training, in px.
        arguments: further constructor arguments, json.

    Raises:
        SourceError: the arguments are no json object.
    """
    args: dict[str, Any] = {"w_dim": w_dim}
    if kind == "compact":
        args |= {"num_ws": num_ws, "rows": min(visible, num_ws), "img_resolution": size}
    elif kind != "backbone-w":
        args |= {"n_styles": num_ws}
    names = {
        "compact": "CompactEncoder",
        "gradual": "GradualStyleEncoder",
        "backbone-w": "BackboneEncoderIntoW",
        "backbone-w-plus": "BackboneEncoderIntoWPlus",
        "progressive": "ProgressiveEncoder",
    }
    try:
        return NetworkSpec(names[kind], args | json.loads(arguments))
    except (ValueError, TypeError) as error:
        raise SourceError(
            f"The encoder's arguments {arguments!r} are no json object ({error}). "
            """Write them like '{"num_layers": 100}'."""
        ) from None


CLASSES: dict[str, type[nn.Module]] = {
    each.__name__: each
    for each in (
        CompactEncoder,
        GradualStyleEncoder,
        BackboneEncoderIntoW,
        BackboneEncoderIntoWPlus,
        ProgressiveEncoder,
    )
}


def build(spec: NetworkSpec) -> nn.Module:
    """Build an encoder with random weights.

    Raises:
        SourceError: an argument that its class does not take.
    """
    try:
        return CLASSES[spec.kind](**spec.args)
    except (TypeError, ValueError) as error:
        raise SourceError(
            f"{spec.kind} cannot be built from {dict(spec.args)} ({error})."
        ) from None


class IntoWPlus(nn.Module):
    """An encoder and the average that the published kinds count from (pSp, equation 1)."""

    def __init__(
        self,
        encoder: nn.Module,
        w_avg: torch.Tensor,  # [w_dim]
        num_ws: int,  # Rows of w+.
    ) -> None:
        super().__init__()
        self.encoder = encoder
        self.num_ws = num_ws
        self.counts_from_average = not isinstance(encoder, CompactEncoder)
        self.register_buffer("w_avg", w_avg.clone(), persistent=False)
        self.w_avg: torch.Tensor

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        """`[batch, 3, size, size]`, -1..1 -> w+ `[batch, num_ws, w_dim]` float32."""
        ws = self.encoder(pictures).float()
        if not self.counts_from_average:
            return ws
        if ws.ndim == 2:
            ws = ws[:, None]
        return (ws + self.w_avg).expand(-1, self.num_ws, -1)


def exported(encoder: nn.Module) -> dict[str, torch.Tensor]:
    """An encoder's tensors as they are kept: the same function, fit for half precision.

    The variance that a normalisation divides by may exceed what half precision holds (65 504), so
    its root goes into the factor beside it and 1 stands in its place. Published kinds stay as is.
    """
    state = {name: value.detach().clone() for name, value in encoder.state_dict().items()}
    if not isinstance(encoder, CompactEncoder):
        return state
    for name, module in encoder.named_modules():
        if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
            variance = state[f"{name}.running_var"]
            state[f"{name}.weight"] *= (variance + module.eps).rsqrt()
            variance.fill_(1 - module.eps)
    return state
