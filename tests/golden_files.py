"""Golden files: numbers of the reference implementations, and how near one must come to them."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open

# Leaky ReLU has a kink: one activation near zero may flip its sign on another machine, and then a
# patch of the gradient changes. Most entries must agree closely, all of them together roughly.
GRADIENT_L2_LIMIT = 3e-3
GRADIENT_CLOSE_SHARE = 0.95


@dataclass(frozen=True)
class Golden:
    """One golden file: its description and its tensors by name."""

    name: str
    config: dict[str, Any]
    tensors: dict[str, torch.Tensor]

    def __getitem__(self, key: str) -> torch.Tensor:
        return self.tensors[key]

    def state(self) -> dict[str, torch.Tensor]:
        """The stored network's state dict."""
        prefix = "state/"
        return {k.removeprefix(prefix): v for k, v in self.tensors.items() if k.startswith(prefix)}


def golden_dir() -> Path:
    """The folder of golden files: `GOLDEN_DIR` if it is set, else tests/golden."""
    return Path(os.environ.get("GOLDEN_DIR") or Path(__file__).parent / "golden")


def golden_names(pattern: str) -> list[str]:
    """Names of all files that match, sorted; an error if there are none, as nothing were tested."""
    names = sorted(path.name for path in golden_dir().glob(f"{pattern}.safetensors"))
    if not names:
        raise FileNotFoundError(f"{golden_dir()} holds no {pattern}.safetensors")
    return names


def read_golden(name: str) -> Golden:
    """Read one golden file of the folder."""
    with safe_open(golden_dir() / name, "pt") as file:
        tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 (no mapping)
        return Golden(name, json.loads(file.metadata()["config"]), tensors)


def golden_cases(pattern: str) -> list[tuple[str, dict[str, Any]]]:
    """All (file name, case) pairs of the files that match and hold a list of cases."""
    return [
        (name, case) for name in golden_names(pattern) for case in read_golden(name).config["cases"]
    ]


def assert_near(
    actual: torch.Tensor, expected: torch.Tensor, tolerance: float, what: str = "value"
) -> None:
    """Fail unless the largest difference is within `tolerance` of the largest expected value."""
    assert actual.shape == expected.shape, f"{what}: {actual.shape} is not {expected.shape}"
    difference = (actual.double() - expected.double()).abs().max().item()
    limit = tolerance * expected.double().abs().max().item()
    assert difference <= limit, f"{what}: differs by {difference:.3g}, allowed is {limit:.3g}"


def assert_gradient_near(
    actual: torch.Tensor, expected: torch.Tensor, tolerance: float, what: str = "gradient"
) -> None:
    """Fail unless nearly all entries are within tolerance and the whole is near in relative L2."""
    assert actual.shape == expected.shape, f"{what}: {actual.shape} is not {expected.shape}"
    difference = actual.double() - expected.double()
    limit = tolerance * expected.double().abs().max()
    share = (difference.abs() <= limit).double().mean().item()
    assert share >= GRADIENT_CLOSE_SHARE, f"{what}: only {share:.1%} of the entries agree"
    relative = (difference.norm() / expected.double().norm().clamp_min(1e-30)).item()
    assert relative <= GRADIENT_L2_LIMIT, f"{what}: relative L2 error {relative:.3g}"
