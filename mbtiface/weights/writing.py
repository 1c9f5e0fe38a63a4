"""Writes bundles: part by part, manifest last, so that no half bundle passes for a whole one."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from huggingface_hub import save_torch_state_dict
from safetensors.torch import save_file

from mbtiface.weights.manifest import MANIFEST, FileSpec, Manifest

MAX_SHARD_BYTES = 9_500_000
"""The Hub refuses files over 10 MiB outside LFS."""


def write_sharded(folder: Path, part: str, tensors: Mapping[str, torch.Tensor]) -> None:
    """Write a network's tensors as `part*.safetensors`, none over the Hub's limit; old ones go."""
    remove_part(folder, part)
    save_torch_state_dict(
        {name: value.contiguous() for name, value in tensors.items()},
        folder,
        filename_pattern=f"{part}{{suffix}}.safetensors",
        max_shard_size=MAX_SHARD_BYTES,
    )
    # The manifest lists the shards; the index that the Hub's helper adds says nothing more.
    (folder / f"{part}.safetensors.index.json").unlink(missing_ok=True)


def write_small(folder: Path, part: str, tensors: Mapping[str, torch.Tensor]) -> None:
    """Write a part that fits one file."""
    remove_part(folder, part)
    contiguous = {name: value.contiguous() for name, value in tensors.items()}
    save_file(contiguous, folder / f"{part}.safetensors")


def remove_part(folder: Path, part: str) -> None:
    """Delete the files of a part, if any."""
    for path in [*folder.glob(f"{part}-*.safetensors"), folder / f"{part}.safetensors"]:
        path.unlink(missing_ok=True)


def write_manifest(folder: Path, manifest: Manifest, **changes: Any) -> Manifest:
    """List every file of the folder with size and digest, write the manifest, return it."""
    files = {}
    for path in sorted(folder.iterdir()):
        if path.is_file() and path.name != MANIFEST and not path.name.startswith("."):
            files[path.name] = FileSpec.of(path)
    manifest = replace(manifest, files=files, **changes)
    partial = folder / f".{MANIFEST}.partial"
    partial.write_text(manifest.to_json(), "utf-8")
    partial.replace(folder / MANIFEST)
    return manifest


def half(tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The tensors in half precision, those of whole numbers as they are.

    Raises:
        OverflowError: a value does not fit half precision.
    """
    halved = {
        name: value.half() if value.is_floating_point() else value
        for name, value in tensors.items()
    }
    for name, value in halved.items():
        if not torch.isfinite(value).all():
            raise OverflowError(f"{name} does not fit half precision.")
    return halved
