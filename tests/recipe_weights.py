"""Weights and pictures too large to store: drawn by the recipe that a golden file describes."""

import math
import re
from typing import Any

import torch
from torch.nn import functional

from tests.golden_files import Golden, assert_near

# The random stream differs in its last bit between machines; checks of the drawn values allow it.
FIRST_LIMIT = 1e-5
SUM_LIMIT = 1e-6
SQUARES_LIMIT = 1e-5


def recipe_state(golden: Golden) -> dict[str, torch.Tensor]:
    """The weights of a golden file by name, checked against what it says of them."""
    generator = torch.Generator().manual_seed(golden.config["weight_seed"])
    state = {}
    keys = sorted(golden.config["state_keys"])
    for (key, shape), check in zip(keys, golden["recipe_check"], strict=True):
        kind, mean, scale = rule_of(golden.config, key)
        if kind == "skip":
            dtype = torch.long if key.endswith("num_batches_tracked") else torch.float32
            state[key] = torch.zeros(shape, dtype=dtype)
            continue
        value = torch.randn(shape, generator=generator)
        state[key] = shaped(value, kind, mean, scale)
        check_drawn(key, state[key], *check.tolist())
    return state


def rule_of(config: dict[str, Any], key: str) -> tuple[str, float, float]:
    """Kind, mean and scale of the first rule that matches a key."""
    if "rules" in config:
        rules = config["rules"]
    else:
        rules = next(rows for prefix, rows in config["rules_by_prefix"] if key.startswith(prefix))
    return next((row[1], row[2], row[3]) for row in rules if re.search(row[0], key))


def shaped(value: torch.Tensor, kind: str, mean: float, scale: float) -> torch.Tensor:
    """Normal values turned into weights; they are overwritten."""
    fan_in = math.prod(value.shape[1:])
    if kind == "fan":
        return value.mul_(torch.tensor(math.sqrt(scale / fan_in)))
    if kind == "ndim" and value.ndim > 1:
        return value.mul_(torch.tensor(math.sqrt(1 / fan_in)))
    if kind == "abs_plus":
        return value.mul_(scale).abs_().add_(mean)
    assert kind in ("affine", "ndim"), kind
    return value.mul_(scale).add_(mean)


def check_drawn(key: str, value: torch.Tensor, first: float, total: float, squares: float) -> None:
    """Fail unless a tensor has the recorded first element, sum and sum of squares."""
    exact = value.flatten().double()
    count = exact.numel()
    assert abs(exact[0].item() - first) <= FIRST_LIMIT * math.sqrt(squares / count), key
    assert abs(exact.sum().item() - total) <= SUM_LIMIT * math.sqrt(count * squares), key
    assert abs(exact.square().sum().item() - squares) <= SQUARES_LIMIT * squares, key


def recipe_pictures(golden: Golden) -> torch.Tensor:
    """The input pictures of a golden file: coarse blots and some grain."""
    batch, channels, height, width = golden.config["input_shape"]
    generator = torch.Generator().manual_seed(golden.config["input_seed"])
    coarse = torch.randn(batch, channels, 8, 8, generator=generator)
    grain = torch.randn(batch, channels, height, width, generator=generator)
    smooth = functional.interpolate(coarse, size=(height, width), mode="bilinear")
    x = 0.6 * smooth + 0.1 * grain
    exact = x.double()
    drawn = torch.stack([exact.sum(), exact.square().sum(), exact.flatten()[0]])
    assert_near(drawn, golden["x_check"], 1e-5, "input pictures")
    return x
