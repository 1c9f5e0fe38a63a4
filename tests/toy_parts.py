"""Parts that may join the toy bundle: an encoder of toy size, and how any part is put in."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from torch import nn

from mbtiface.weights.manifest import NetworkSpec, read_manifest
from mbtiface.weights.writing import half, write_manifest, write_sharded
from tests.toy_bundle import NUM_WS, W_DIM

ENCODER: dict[str, Any] = {
    "num_ws": NUM_WS,
    "w_dim": W_DIM,
    "img_resolution": 32,
    "widths": [4, 4, 8, 8],
    "units": [1, 1, 1, 1],
    "stem_channels": 4,
    "grid": 1,
    "level_channels": [2, 2, 2],
    "rows": 6,
    "hidden": 4,
    "rank": 2,
}
"""Constructor arguments of a `CompactEncoder` for the toy bundle."""


def put(folder: Path, part: str, network: nn.Module, spec: NetworkSpec) -> None:
    """Write a part into a bundle."""
    write_sharded(folder, part, half(network.state_dict()))
    manifest = read_manifest(folder)
    networks: Mapping[str, NetworkSpec] = {**manifest.networks, part: spec}
    write_manifest(folder, replace(manifest, networks=networks))
