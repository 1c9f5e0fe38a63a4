"""Puts what other commands made into a bundle, checked before anything is written."""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn

from mbtiface.errors import SourceError
from mbtiface.weights.bundle import open_bundle
from mbtiface.weights.inversion_parts import build_part
from mbtiface.weights.manifest import NetworkSpec
from mbtiface.weights.writing import half, write_manifest, write_sharded

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Part:
    """A network on its way into a bundle."""

    spec: NetworkSpec
    tensors: Mapping[str, torch.Tensor]
    figures: Mapping[str, Any] = field(default_factory=dict)
    """As measured; go into the manifest's metrics."""
    provenance: Mapping[str, Any] = field(default_factory=dict)
    """What it was made with."""
    credits: tuple[str, ...] = ()
    """Whose work it is, one sentence each."""


def read_part(run: Path, part: str) -> Part:
    """Read a finished run: `{part}.safetensors`, `{part}.json` (kind, args), report.json, config.

    Raises:
        SourceError: the run is not finished, or damaged.
    """
    try:
        tensors = load_file(run / f"{part}.safetensors")
        spec = NetworkSpec(**json.loads((run / f"{part}.json").read_text("utf-8")))
        figures = json.loads((run / "report.json").read_text("utf-8"))
        config = json.loads((run / "config.json").read_text("utf-8"))
    except (OSError, SafetensorError, ValueError, TypeError) as error:
        raise SourceError(
            f"{run} holds no finished {part} ({error}). Let `python -m train {part}` end first."
        ) from error
    # Paths of the machine that it was made on say nothing to others.
    settings = {
        key: value for key, value in config.items() if not (isinstance(value, str) and "/" in value)
    }
    return Part(spec, tensors, figures, {"config": settings})


def add_part(folder: Path, name: str, part: Part, kinds: Mapping[str, type[nn.Module]]) -> None:
    """Write a part into a bundle in half precision, over one that it has; note figures and origin.

    Args:
        folder: of the bundle.
        name: of the part, in the manifest and of its files.
        part: what to write.
        kinds: kinds that the app can load as this part.

    Raises:
        BundleError: the part would not load; the bundle stays as it was.
    """
    manifest = open_bundle(folder).manifest
    tensors = half(part.tensors)
    changed = replace(
        manifest,
        networks=dict(manifest.networks) | {name: part.spec},
        metrics=_with(manifest.metrics, name, part.figures),
        provenance=_with(manifest.provenance, name, part.provenance),
        credits=tuple(dict.fromkeys((*manifest.credits, *part.credits))),
    )
    build_part(changed, name, kinds, tensors, folder / f"{name}.safetensors")
    write_sharded(folder, name, tensors)
    write_manifest(folder, changed)
    size = sum(path.stat().st_size for path in folder.glob(f"{name}*.safetensors"))
    log.info("%s (%s) is part of %s: %.2f MB", name, part.spec.kind, folder, size / 1e6)


def _with(values: Mapping[str, Any], name: str, added: Mapping[str, Any]) -> dict[str, Any]:
    """A copy with one entry replaced, or dropped where there is nothing to say."""
    kept = {key: value for key, value in values.items() if key != name}
    return kept | ({name: dict(added)} if added else {})
