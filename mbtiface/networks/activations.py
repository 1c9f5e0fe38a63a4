"""Bias, activation, gain and clamp as one differentiable function."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch.nn import functional

from mbtiface.errors import InputError
from mbtiface.networks.shapes import check_choice, check_shape


@dataclass(frozen=True)
class Activation:
    """An elementwise nonlinearity with the slope and the gain used when none are given."""

    function: Callable[[torch.Tensor, float], torch.Tensor]
    """Maps (x, alpha) to a tensor of x's shape; most ignore alpha."""

    default_alpha: float = 0.0
    """Slope for negative inputs where the function has one."""

    default_gain: float = 1.0
    """Factor that keeps unit variance through the nonlinearity (He et al., arXiv 1502.01852)."""

    homogeneous: bool = False
    """Whether a positive factor may be taken in front of the nonlinearity."""


ACTIVATIONS: dict[str, Activation] = {
    "linear": Activation(lambda x, _: x, homogeneous=True),
    "relu": Activation(
        lambda x, _: functional.relu(x), default_gain=math.sqrt(2), homogeneous=True
    ),
    "lrelu": Activation(
        functional.leaky_relu, default_alpha=0.2, default_gain=math.sqrt(2), homogeneous=True
    ),
    "tanh": Activation(lambda x, _: torch.tanh(x)),
    "sigmoid": Activation(lambda x, _: torch.sigmoid(x)),
    "elu": Activation(lambda x, _: functional.elu(x)),
    "selu": Activation(lambda x, _: functional.selu(x)),
    "softplus": Activation(lambda x, _: functional.softplus(x)),
    "swish": Activation(lambda x, _: torch.sigmoid(x) * x, default_gain=math.sqrt(2)),
}


def default_gain(act: str) -> float:
    """Return the gain that `bias_act` uses for the named activation when none is given."""
    check_choice("act", act, tuple(ACTIVATIONS))
    return ACTIVATIONS[act].default_gain


def split_gain(act: str, gain: float) -> tuple[float, float]:
    """Split a gain, at least 0, into factors before and after the named activation.

    Before it, the gain can ride on kernels and biases instead of costing a pass over all pixels.
    """
    check_choice("act", act, tuple(ACTIVATIONS))
    return (gain, 1.0) if ACTIVATIONS[act].homogeneous else (1.0, gain)


def bias_act(
    x: torch.Tensor,
    b: torch.Tensor | None = None,  # [x.shape[dim]]; None = no bias
    dim: int = 1,  # the dimension of x that b runs along
    act: str = "linear",  # a key of ACTIVATIONS
    alpha: float | None = None,  # slope for negative inputs; None = the activation's own
    gain: float | None = None,  # factor after the activation; None = the activation's own
    clamp: float | None = None,  # limit of the magnitude after the gain; None or below 0 = none
) -> torch.Tensor:
    """Return `clamp(gain * act(x + b))`, any shape; InputError for an unknown act or a wrong b."""
    check_choice("act", act, tuple(ACTIVATIONS))
    spec = ACTIVATIONS[act]

    if b is not None:
        if not 0 <= dim < x.ndim:
            raise InputError(f"dim must lie in 0..{x.ndim - 1}, but is {dim}")
        check_shape("b", b, [x.shape[dim]])
        x = x + b.reshape([-1 if i == dim else 1 for i in range(x.ndim)])

    x = spec.function(x, spec.default_alpha if alpha is None else alpha)
    gain = spec.default_gain if gain is None else gain
    if gain != 1:
        x = x * gain
    if clamp is not None and clamp >= 0:
        x = x.clamp(-clamp, clamp)
    return x
