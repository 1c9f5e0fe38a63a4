"""Puts what other commands made into a bundle, checked before anything is written."""

import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn

from mbtiface.errors import SourceError
from mbtiface.weights.bundle import Bundle, build_part, open_bundle
from mbtiface.weights.card import write_card
from mbtiface.weights.manifest import MANIFEST, NetworkSpec
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
    with finished(run, part, part):
        tensors = load_file(run / f"{part}.safetensors")
        spec = NetworkSpec(**_json(run / f"{part}.json"))
        figures, config = _json(run / "report.json"), _json(run / "config.json")
    return Part(spec, tensors, figures, {"config": without_paths(config)})


def without_paths(config: Mapping[str, Any]) -> dict[str, Any]:
    """A config without its paths: those of the machine that it ran on say nothing to others."""
    kept: dict[str, Any] = {}
    for key, value in config.items():
        if isinstance(value, dict):
            kept[key] = without_paths(value)
        elif not (isinstance(value, str) and "/" in value):
            kept[key] = value
    return kept


def read_heads(run: Path, bundle: Bundle) -> Part:
    """Read fitted heads and the bundle's generator around them, heads that it had left out.

    Raises:
        SourceError: the run is not finished, or damaged.
    """
    with finished(run, "heads", "mobile --heads"):
        heads = load_file(run / "heads.safetensors")
        figures = _json(run / "report.json")
    spec = bundle.manifest.networks["generator"]
    sizes = sorted({int(name.split(".")[2]) for name in heads})
    generator = bundle.tensors("generator").items()
    kept = {name: value for name, value in generator if ".small_heads." not in name}
    return Part(
        NetworkSpec(spec.kind, dict(spec.args) | {"head_sizes": sizes}), kept | heads, figures
    )


@contextmanager
def finished(run: Path, what: str, command: str) -> Iterator[None]:
    """Name the run and the command that ends it where reading its files fails."""
    try:
        yield
    except (OSError, SafetensorError, ValueError, TypeError) as error:
        raise SourceError(
            f"{run} holds no finished {what} ({error}). Let `python -m train {command}` end first."
        ) from error


def add_part(
    folder: Path,
    name: str,
    part: Part,
    kinds: Mapping[str, type[nn.Module]],
    noted_as: str | None = None,
) -> None:
    """Write a part into a bundle in half precision, over one that it has; note figures and origin.

    Args:
        folder: of the bundle.
        name: of the part, in the manifest and of its files.
        part: what to write.
        kinds: kinds that the app can load as this part.
        noted_as: name of figures and origin in the manifest; None = that of the part.

    Raises:
        BundleError: the part would not load; the bundle stays as it was.
    """
    manifest = open_bundle(folder).manifest
    tensors = half(part.tensors)
    noted_as = noted_as or name
    changed = replace(
        manifest,
        networks=dict(manifest.networks) | {name: part.spec},
        metrics=_with(manifest.metrics, noted_as, part.figures),
        provenance=_with(manifest.provenance, noted_as, part.provenance),
        credits=tuple(dict.fromkeys((*manifest.credits, *part.credits))),
    )
    build_part(changed, name, kinds, tensors, folder / f"{name}.safetensors")
    write_sharded(folder, name, tensors)
    write_manifest(folder, changed)
    size = sum(path.stat().st_size for path in folder.glob(f"{name}*.safetensors"))
    log.info("%s (%s) is part of %s: %.2f MB", name, part.spec.kind, folder, size / 1e6)


def move_whole(partial: Path, folder: Path) -> None:
    """Move a finished bundle to its place, the manifest last: before it, there is no bundle."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in sorted(partial.iterdir(), key=lambda path: path.name == MANIFEST):
        path.replace(folder / path.name)
    partial.rmdir()


def note(folder: Path, name: str, figures: Mapping[str, Any]) -> None:
    """Put figures into a bundle's manifest and card, in place of those of the same name."""
    manifest = open_bundle(folder).manifest
    changed = replace(manifest, metrics=_with(manifest.metrics, name, figures))
    write_card(folder, changed)
    write_manifest(folder, changed)


def _json(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_text("utf-8")))


def _with(values: Mapping[str, Any], name: str, added: Mapping[str, Any]) -> dict[str, Any]:
    """A copy with one entry replaced, or dropped where there is nothing to say."""
    kept = {key: value for key, value in values.items() if key != name}
    return kept | ({name: dict(added)} if added else {})
