"""Checkpoints of toy networks in every dialect, and one over the embedded bundle's mapping."""

import argparse
from pathlib import Path
from typing import Any

import torch

from mbtiface.networks import Discriminator, Generator
from mbtiface.weights.bundle import open_bundle
from mbtiface.weights.key_maps import discriminator_to_rosinality, generator_to_rosinality
from tests.foreign_files import constant, write_snapshot, write_torch

W_DIM = 16
RESOLUTION = 32


def toy_arguments(resolution: int = RESOLUTION, c_dim: int = 0, layers: int = 3) -> dict[str, Any]:
    return {
        "z_dim": W_DIM,
        "c_dim": c_dim,
        "w_dim": W_DIM,
        "img_resolution": resolution,
        "img_channels": 3,
        "mapping_kwargs": {"num_layers": layers},
        "synthesis_kwargs": {"channel_base": 128, "channel_max": 16, "conv_clamp": 256},
    }


def toy_network(**arguments: Any) -> Generator:
    """A generator whose noise and biases act."""
    torch.manual_seed(0)
    network = Generator(**toy_arguments(**arguments)).eval().requires_grad_(False)
    for name, value in network.named_parameters():
        if name.endswith(("noise_strength", "bias")):
            value += 0.2 * torch.randn_like(value)
    network.mapping.w_avg.copy_(torch.randn(W_DIM))
    return network


def toy_discriminator() -> Discriminator:
    torch.manual_seed(1)
    return Discriminator(0, RESOLUTION, 3, channel_base=128, channel_max=16).eval()


def snapshot(path: Path, network: Generator, arguments: dict[str, Any]) -> Path:
    """NVIDIA's layout, a discriminator among it."""
    critic = (toy_discriminator(), {"epilogue_kwargs": {"mbstd_group_size": 4}})
    return write_snapshot(path, {"G": None, "D": critic, "G_ema": (network, arguments)})


def rosinality(
    path: Path, network: Generator, latent_avg: bool = True, legacy: bool = False
) -> Path:
    """rosinality's layout; without `latent_avg` as its own training writes it."""
    content: dict[str, Any] = {
        "g_ema": generator_to_rosinality(network.state_dict()),
        "d": discriminator_to_rosinality(toy_discriminator().state_dict()),
        "args": argparse.Namespace(size=network.img_resolution),
    }
    if latent_avg:
        content["latent_avg"] = network.mapping.w_avg
    return write_torch(path, content, legacy)


def over_embedded_mapping(resolution: int) -> Generator:
    """StyleGAN2 of full width over the embedded bundle's mapping network, all else one number."""
    tensors = open_bundle("embedded").tensors("generator")
    with torch.device("meta"):
        network = Generator(512, 0, 512, resolution, 3)
    state = {
        name: tensors[name].float()
        if name.startswith("mapping.")
        else constant(tuple(value.shape), 0.02)
        for name, value in network.state_dict().items()
    }
    network.load_state_dict(state, assign=True)
    return network.eval().requires_grad_(False)
