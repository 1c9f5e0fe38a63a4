"""A StyleGAN2 bundle of toy size with every part that a distilled one may keep."""

from pathlib import Path
from typing import Any

import torch

from mbtiface.faces.averages import Averages
from mbtiface.networks import Discriminator, Generator
from mbtiface.networks.compact_encoder import CompactEncoder
from mbtiface.weights.manifest import Manifest, NetworkSpec
from mbtiface.weights.writing import half, write_manifest, write_sharded, write_small
from tests.toy_parts import ENCODER, put

RESOLUTION = 64
NUM_WS = 10
ACTING = 8
"""Rows that act in a student of this size; the last two follow the one before them."""
W_DIM = 16


def teacher_arguments(c_dim: int = 0) -> dict[str, Any]:
    """Constructor arguments of the generator."""
    return {
        "z_dim": W_DIM,
        "c_dim": c_dim,
        "w_dim": W_DIM,
        "img_resolution": RESOLUTION,
        "img_channels": 3,
        "mapping_kwargs": {"num_layers": 2, "embed_features": 4},
        "synthesis_kwargs": {"channel_base": 256, "channel_max": 16},
    }


def toy_teacher(c_dim: int = 0) -> Generator:
    """A generator with noise, whose fine detail is weak, as in pictures of anything."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        network = Generator(**teacher_arguments(c_dim))
        with torch.no_grad():
            for name, value in network.synthesis.named_parameters():
                if name.endswith("noise_strength"):
                    value.fill_(0.05)
                if ".torgb.weight" in name:
                    value.mul_(0.4 if name.startswith(("b4.", "b8.", "b16.")) else 0.03)
            c = torch.eye(c_dim)[torch.arange(2000) % c_dim] if c_dim else None
            z = torch.randn(2000, W_DIM)
            network.mapping.w_avg.copy_(network.mapping(z, c, skip_w_avg_update=True)[:, 0].mean(0))
    return network.eval().requires_grad_(False)


def toy_faces() -> dict[str, torch.Tensor]:
    """Averages and maps whose every row differs, the idle ones too."""
    random = torch.Generator().manual_seed(4)
    return {
        name: torch.randn(shape, generator=random)
        for name, shape in Averages.shapes(NUM_WS, W_DIM).items()
    }


def toy_encoder() -> tuple[CompactEncoder, NetworkSpec]:
    """An encoder that gives every row of w+ its own offset."""
    arguments = ENCODER | {"num_ws": NUM_WS, "rows": NUM_WS}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(5)
        encoder = CompactEncoder(**arguments)
        torch.nn.init.normal_(encoder.to_offsets.weight)
        torch.nn.init.normal_(encoder.to_offsets.bias)
    return encoder.eval(), NetworkSpec("CompactEncoder", arguments)


def write_toy_teacher(folder: Path, c_dim: int = 0, parts: bool = True) -> Path:
    """Write the bundle; `parts` adds averages, an encoder, a discriminator and a licence text."""
    folder.mkdir(parents=True, exist_ok=True)
    write_sharded(folder, "generator", half(toy_teacher(c_dim).state_dict()))
    if parts:
        write_small(folder, "faces", half(toy_faces()))
        (folder / "LICENSE.toy.txt").write_text("Made up.", "utf-8")
    manifest = Manifest(
        name="toy",
        version="0.1.0",
        license="CC0-1.0",
        resolution=RESOLUTION,
        networks={"generator": NetworkSpec("Generator", teacher_arguments(c_dim))},
        credits=("Made up for the tests.",),
        metrics={"faces": {"count": 1}},
        provenance={"seed": 3},
        forbidden_use=("Anything but testing.",),
    )
    write_manifest(folder, manifest)
    if parts:
        put(folder, "encoder", *toy_encoder())
        arguments = {
            "c_dim": 0,
            "img_resolution": RESOLUTION,
            "img_channels": 3,
            "channel_base": 128,
            "channel_max": 8,
        }
        torch.manual_seed(6)
        put(
            folder,
            "discriminator",
            Discriminator(**arguments),
            NetworkSpec("Discriminator", arguments),
        )
    return folder
