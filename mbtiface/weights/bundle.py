"""Opens a bundle: every file checked before a tensor reaches a network."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from mbtiface.errors import BundleError, MissingPartError
from mbtiface.networks import (
    FaceGenerator,
    Generator,
    MobileGenerator,
    StyleGAN1Generator,
)
from mbtiface.weights.bounded import Bounded
from mbtiface.weights.hub import DEADLINE_S
from mbtiface.weights.hub_bundle import HubName, Report, fetch_bundle, is_hub_name
from mbtiface.weights.manifest import MANIFEST, Manifest, read_manifest
from mbtiface.weights.tensor_files import read_tensors

GENERATORS: Mapping[str, type[nn.Module]] = {
    "Generator": Generator,
    "MobileGenerator": MobileGenerator,
    "StyleGAN1Generator": StyleGAN1Generator,
}
SPARE = 1 << 20
"""Numbers that a network may make beyond twice those of its files: filters, and the like."""
MAX_ARGUMENT = 65536
MAX_ARGUMENTS = 64
"""Largest number and longest list among a network's arguments."""
COUNTS = ("num_layers", "units", "n_styles", "stages")
MAX_COUNT = 4096
"""Arguments that say how many modules are built, and how many all their numbers may make."""
EMBEDDED_DIR = Path(__file__).parents[2] / "assets" / "embedded"


@dataclass(frozen=True)
class Bundle:
    """A folder whose files are those that its manifest lists, sizes and digests checked."""

    folder: Path
    manifest: Manifest

    def files(self, part: str) -> list[Path]:
        """Files of a part (`generator`, `faces`), in order; empty if the bundle has none."""
        names = sorted(
            name
            for name in self.manifest.files
            if name == f"{part}.safetensors"
            or (name.startswith(f"{part}-") and name.endswith(".safetensors"))
        )
        return [self.folder / name for name in names]

    def tensors(self, part: str) -> dict[str, torch.Tensor]:
        """Read all tensors of a part, in the number format of the file.

        Raises:
            MissingPartError: the bundle has no such part.
            BundleError: as `read_tensors`.
        """
        files = self.files(part)
        if not files:
            raise MissingPartError(
                f"The bundle {self.manifest.name!r} has no {part}: no {part}*.safetensors in "
                f"{self.folder}."
            )
        tensors: dict[str, torch.Tensor] = {}
        for path in files:
            tensors |= read_tensors(path)
        return tensors


def open_bundle(
    source: str | Path, deadline_s: float = DEADLINE_S, report: Report | None = None
) -> Bundle:
    """Open a bundle; check format version, presence, size and digest of every file.

    Args:
        source: `embedded`, a folder, or `hf://owner/name[@revision]`.
        deadline_s: seconds that fetching may take, all files together.
        report: called with what has come, from another thread.

    Raises:
        BundleError: what failed, in which file.
        HubError: a file cannot be fetched, or not in time.
    """
    if is_hub_name(source):
        folder = fetch_bundle(HubName.parse(str(source)), deadline_s, report)
    else:
        folder = EMBEDDED_DIR if source == "embedded" else Path(source)
    _check_link(folder, MANIFEST)
    manifest = read_manifest(folder)
    for name, spec in manifest.files.items():
        _check_link(folder, name)
        spec.check(folder / name)
    return Bundle(folder, manifest)


def load_generator(bundle: Bundle) -> FaceGenerator:
    """Build the generator and fill it strictly; float32, evaluation mode, no gradients.

    Raises:
        BundleError: as `load_part`, or it makes pictures of another size than the manifest says.
    """
    network = load_part(bundle, "generator", GENERATORS)
    if network.img_resolution != bundle.manifest.resolution:
        raise BundleError(
            f"{bundle.folder}: the generator makes pictures of {network.img_resolution} px, but "
            f"the manifest says {bundle.manifest.resolution}."
        )
    return network  # type: ignore[return-value]  # one of GENERATORS


def load_part(bundle: Bundle, part: str, kinds: Mapping[str, type[nn.Module]]) -> nn.Module:
    """Build a part's network and fill it strictly; float32, evaluation mode, no gradients.

    Args:
        bundle: where from.
        part: name in the manifest's networks and of the files.
        kinds: kind in the manifest -> class.

    Raises:
        MissingPartError: the bundle has no such part.
        BundleError: an unknown kind, unusable arguments, or names or shapes that do not fit.
    """
    where = bundle.folder / f"{part}*.safetensors"
    return build_part(bundle.manifest, part, kinds, bundle.tensors(part), where)


def build_part(
    manifest: Manifest,
    part: str,
    kinds: Mapping[str, type[nn.Module]],
    tensors: Mapping[str, torch.Tensor],
    where: Path,
) -> nn.Module:
    """Build a part of a manifest from tensors; `where` names them in errors.

    Raises:
        BundleError: as `load_part`.
    """
    spec = manifest.networks.get(part)
    if spec is None or spec.kind not in kinds:
        kind = None if spec is None else spec.kind
        raise BundleError(
            f"The bundle {manifest.name!r} has {part} of kind {kind!r}; "
            f"this program knows {', '.join(kinds)}."
        )
    state: dict[str, torch.Tensor] = {
        name: value.float() if value.is_floating_point() else value
        for name, value in tensors.items()
    }
    # The arguments may ask for any amount, the files hold what they hold.
    with Bounded(SPARE + 2 * sum(value.numel() for value in state.values())):
        network = _construct(kinds[spec.kind], spec.args, part, where)
    expected = {name: tuple(value.shape) for name, value in network.state_dict().items()}
    check_tensors(state, expected, where)
    network.load_state_dict(state)
    return network.eval().requires_grad_(False)


def _construct(kind: type[nn.Module], args: Mapping[str, Any], part: str, where: Path) -> nn.Module:
    try:
        _check_argument(args)
        return kind(**args)
    except Exception as error:
        raise BundleError(
            f"{where.parent}: {part} cannot be built from its arguments ({error})."
        ) from error


def _check_argument(value: object) -> None:
    """Raise `ValueError` for an argument that no network has and that might take for ever."""
    inside: Sequence[object] = ()
    if isinstance(value, dict):
        inside = tuple(value.values())
        for name in COUNTS:
            if (count := _sum(value.get(name))) > MAX_COUNT:
                raise ValueError(f"{name} asks for {count} modules, over {MAX_COUNT}")
    elif isinstance(value, list | tuple):
        inside = value
    elif isinstance(value, int | float) and not abs(value) <= MAX_ARGUMENT:
        raise ValueError(f"{value} is no number from {-MAX_ARGUMENT} to {MAX_ARGUMENT}")
    if len(inside) > MAX_ARGUMENTS:
        raise ValueError(f"{len(inside)} values are more than {MAX_ARGUMENTS}")
    for each in inside:
        _check_argument(each)


def _sum(value: object) -> float:
    """All numbers in a value, added up."""
    if isinstance(value, list | tuple):
        return sum(map(_sum, value))
    return value if isinstance(value, int | float) else 0


def _check_link(folder: Path, name: str) -> None:
    """Raise `BundleError` where a file is a link that leads out of its bundle.

    The Hub's cache is full of links, from a snapshot to the files beside it: those stay inside.
    """
    try:
        target = (folder / name).resolve()
    except (OSError, RuntimeError) as error:
        raise BundleError(f"{folder / name} is a link that leads nowhere ({error}).") from error
    inside = folder.resolve()
    if inside.parent.name == "snapshots" and inside.parents[1].name.startswith("models--"):
        inside = inside.parents[2]
    if not target.is_relative_to(inside):
        raise BundleError(
            f"{folder / name} is a link that leads out of the bundle. Put the file itself there."
        )


def check_tensors(
    tensors: Mapping[str, torch.Tensor], expected: Mapping[str, Sequence[int]], where: Path
) -> None:
    """Raise `BundleError` unless names and shapes are exactly the expected ones, all finite."""
    missing = sorted(set(expected) - set(tensors))
    unexpected = sorted(set(tensors) - set(expected))
    if missing or unexpected:
        raise BundleError(
            f"{where} does not fit: missing {_few(missing)}; unexpected {_few(unexpected)}."
        )
    for name, shape in expected.items():
        if tuple(tensors[name].shape) != tuple(shape):
            raise BundleError(
                f"{where}: {name} has the shape {list(tensors[name].shape)}, "
                f"expected {list(shape)}."
            )
        if not torch.isfinite(tensors[name]).all():
            raise BundleError(f"{where}: {name} holds values that are not finite numbers.")


def _few(names: list[str]) -> str:
    if not names:
        return "none"
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
