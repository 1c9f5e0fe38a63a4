"""Whether samples are copies of the training pictures: distances to them and to held-out ones."""

from dataclasses import dataclass

import torch

from mbtiface.errors import InputError
from train.metrics.feature_distances import check_features, nearest


@dataclass(frozen=True)
class Memory:
    """How much nearer samples are to what was trained on than to what was not."""

    nearer_training: float
    """Share of samples whose nearest real picture is a training one, 0..1."""
    expected: float
    """That share if held-out pictures were as near: the training pictures' share of all."""
    memorised: float
    """How far the first has gone from the second to 1: 0 = no over-fitting (chance makes it differ
    a little, below 0 too), 1 = every sample is nearest to a training picture."""
    to_training: float
    """Median distance of a sample to the nearest training picture."""
    to_held_out: float
    """Median distance of a sample to the nearest held-out picture."""
    held_out_to_training: float
    """Median distance of a held-out picture to the nearest training one: what a new face has. Far
    above `to_training`, samples are copies, or blander than faces are."""


def memory(generated: torch.Tensor, training: torch.Tensor, held_out: torch.Tensor) -> Memory:
    """Compare features `[n, d]` of samples, training and held-out pictures.

    Raises:
        InputError: a set is empty, values are not finite, or widths differ.
    """
    sets = {"generated": generated, "training": training, "held-out": held_out}
    for name, features in sets.items():
        check_features(name, features, least=1)
    if len({features.shape[1] for features in sets.values()}) > 1:
        widths = ", ".join(f"{name} {value.shape[1]}" for name, value in sets.items())
        raise InputError(f"Features of one width are needed, but they are {widths} wide.")
    to_training, to_held_out = nearest(generated, training)[0], nearest(generated, held_out)[0]
    expected = len(training) / (len(training) + len(held_out))
    nearer = (to_training < to_held_out).double()
    # A picture that lies in both sets tells nothing.
    nearer[to_training == to_held_out] = expected
    share = nearer.mean().item()
    return Memory(
        nearer_training=share,
        expected=expected,
        memorised=(share - expected) / (1 - expected),
        to_training=to_training.median().item(),
        to_held_out=to_held_out.median().item(),
        held_out_to_training=nearest(held_out, training)[0].median().item(),
    )
