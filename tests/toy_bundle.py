"""A bundle of toy size, written by the program itself: 32-px pictures, 8 rows of 16 numbers."""

from pathlib import Path
from typing import Any

import torch

from mbtiface.faces.averages import Averages
from mbtiface.networks import MobileGenerator
from mbtiface.weights.manifest import Manifest, NetworkSpec
from mbtiface.weights.writing import half, write_manifest, write_sharded, write_small

RESOLUTION = 32
NUM_WS = 8
ACTING = 6
"""Rows that act; the last two follow the one before them."""
W_DIM = 16
ARGS = {
    "z_dim": W_DIM,
    "w_dim": W_DIM,
    "img_resolution": RESOLUTION,
    "channels": [16, 8],
    "num_layers": 2,
}
STRENGTH = (1.0, 2.0, 1.5, 0.5)


def toy_arguments(w_dim: int = W_DIM) -> dict[str, Any]:
    """Constructor arguments of the generator."""
    return ARGS | {"z_dim": w_dim, "w_dim": w_dim}


def toy_generator(w_dim: int = W_DIM) -> MobileGenerator:
    """A generator whose noise and biases act and whose pictures lie within -1..1 mostly."""
    random = torch.Generator().manual_seed(0)
    network = MobileGenerator(**toy_arguments(w_dim))
    with torch.no_grad():
        for name, value in network.state_dict().items():
            scale = 0.1 if name.endswith(("bias", "noise_const")) else 1.0
            kept = 1.0 if name.endswith("affine.bias") else 0.0
            fan = 3.0 if name.endswith("weight_dw") else w_dim**0.5 if "affine" in name else 1.0
            value.copy_(kept + torch.randn(value.shape, generator=random) * scale / fan)
        for name, value in network.mapping.named_parameters():
            # The mapping's stored weights are divided by its learning-rate factor.
            value.mul_(100.0 if name.endswith("weight") else 10.0)
        z = torch.randn(5000, w_dim, generator=random)
        network.mapping.w_avg.copy_(network.eval().mapping(z)[:, 0].mean(0))
    return network.eval().requires_grad_(False)


def over_rows(values: torch.Tensor) -> torch.Tensor:
    """`[..., w_dim]` -> `[..., num_ws, w_dim]`: the same in every row."""
    return values.unsqueeze(-2).repeat_interleave(NUM_WS, dim=-2)


def toy_faces(network: MobileGenerator) -> dict[str, torch.Tensor]:
    """Averages made up so that one unit on an axis reads one unit; half the samples read minors."""
    random = torch.Generator().manual_seed(1)

    def normal(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=random) * 0.5

    share = torch.zeros(NUM_WS, 1)
    share[:ACTING] = 1 / ACTING
    axes = torch.eye(W_DIM)[:4]
    directions = 0.5 * axes.repeat(2, 1, 1)  # [2, 4, w_dim]
    directions[1] += 0.2 * torch.eye(W_DIM)[8:12]  # men's differ, in what is not read
    age = normal(W_DIM) * 8
    tensors = {
        "w_avg": network.mapping.w_avg.clone(),
        "gender_means": over_rows(normal(2, W_DIM)),
        "type_means": over_rows(normal(2, 16, W_DIM)),
        "type_counts": torch.arange(32).reshape(2, 16).float(),
        "letter_means": over_rows(normal(2, 8, W_DIM)),
        "letter_counts": torch.arange(100, 116).reshape(2, 8).float(),
        "directions": over_rows(directions),
        "impression.weight": 2.0 * axes[:, None] * share,
        "impression.bias": torch.zeros(4),
        "age.weight": age[None, None] * share,
        "age.bias": 22.0 - (age @ network.mapping.w_avg)[None],
        # Reads on its own number: about a sixth of the samples look young whatever their age reads.
        "young.weight": torch.eye(W_DIM)[None, None, 15] * share,
        "young.bias": 0.5 - network.mapping.w_avg[15:16] - 0.9,
        "gender.weight": normal(W_DIM)[None, None] * share,
        "gender.bias": torch.full((1,), 0.5),
        "latent.mean": network.mapping.w_avg.clone(),
        "latent.scale": torch.ones(W_DIM),
        "strength": torch.tensor(STRENGTH),
    }
    assert {name: tuple(t.shape) for name, t in tensors.items()} == Averages.shapes(NUM_WS, W_DIM)
    return tensors


def write_toy_bundle(folder: Path, faces: bool = True, w_dim: int = W_DIM) -> Path:
    """Write the bundle into a folder, made if need be; averages only at the usual `w_dim`."""
    folder.mkdir(parents=True, exist_ok=True)
    network = toy_generator(w_dim)
    write_sharded(folder, "generator", half(network.state_dict()))
    if faces:
        write_small(folder, "faces", half(toy_faces(network)))
    write_manifest(folder, toy_manifest(w_dim))
    return folder


def toy_manifest(w_dim: int = W_DIM) -> Manifest:
    """What the toy bundle says of itself, files left out."""
    return Manifest(
        name="toy",
        version="0.1",
        license="CC0-1.0",
        resolution=RESOLUTION,
        networks={"generator": NetworkSpec("MobileGenerator", toy_arguments(w_dim))},
        credits=("Made up for the tests.",),
        provenance={"seed": 0},
        forbidden_use=("Anything but testing.",),
    )
