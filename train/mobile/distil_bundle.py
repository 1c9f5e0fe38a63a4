"""Writes a distilled student as a whole bundle: its teacher's, with another generator."""

import logging
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import nn

from mbtiface.errors import BundleError
from mbtiface.faces.averages import Averages
from mbtiface.networks.compact_encoder import CompactEncoder
from mbtiface.networks.mobile import MobileGenerator
from mbtiface.weights.bundle import Bundle, check_tensors, load_generator, open_bundle
from mbtiface.weights.card import CARD, write_card
from mbtiface.weights.inversion_parts import load_encoder
from mbtiface.weights.manifest import Manifest, NetworkSpec
from mbtiface.weights.writing import half, write_manifest, write_sharded, write_small
from train.mobile.student import acting_rows

log = logging.getLogger(__name__)

CREDIT = "Distilled as MobileStyleGAN is (Sergei Belousov, arXiv 2104.04767)."
REPLACED = ("generator", "discriminator", "encoder", "faces")
"""Parts that are written anew or left out; all other files are copied."""
ROW_MAPS = ("impression.weight", "age.weight", "gender.weight", "young.weight")


@dataclass(frozen=True)
class Distilled:
    """A student on its way into a bundle."""

    arguments: Mapping[str, Any]
    """Constructor arguments of the generator."""
    generator: MobileGenerator
    """With averaged weights."""
    figures: Mapping[str, Any]
    """As measured; go into the manifest's metrics."""
    provenance: Mapping[str, Any]
    """What it was made with."""


def write_student_bundle(
    folder: Path, teacher: Bundle, distilled: Distilled, start: Bundle | None = None
) -> Manifest:
    """Write the bundle whole or not at all, over one that is there; return its manifest.

    Parts of the teacher that rest on W alone are kept, for W is the same: averages and encoder,
    their idle rows made to follow the last acting one; whatever else the bundle has. Its
    discriminator is left out, and so is, with a line in the log, what does not fit.

    Args:
        folder: to write.
        teacher: bundle of the teacher.
        distilled: the student.
        start: bundle that tensors of the student were taken from: its licence and credits hold too.

    Raises:
        BundleError: the student would not load.
    """
    partial = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    for source in (teacher, *([start] if start is not None else [])):
        copy_files(source, partial, licences_only=source is not teacher)
    networks = {
        name: spec
        for name, spec in teacher.manifest.networks.items()
        if name not in ("generator", "discriminator", "encoder")
    }
    networks["generator"] = NetworkSpec("MobileGenerator", dict(distilled.arguments))
    write_sharded(partial, "generator", half(distilled.generator.state_dict()))
    acting = acting_rows(distilled.generator.synthesis)
    if teacher.files("discriminator"):
        log.info("discriminator: left out; only a StyleGAN2 can be trained on with it")
    if keep_faces(teacher, partial, distilled.generator, acting):
        log.info("faces: kept, for W is the teacher's")
    encoder = keep_encoder(teacher, partial, distilled.generator, acting)
    if encoder is not None:
        networks["encoder"] = encoder
        log.info("encoder: kept, for W is the teacher's; its figures were taken with the teacher")
    manifest = write_manifest(partial, _manifest(teacher, distilled, networks, start))
    write_card(partial, manifest)
    manifest = write_manifest(partial, manifest)
    load_generator(open_bundle(partial))
    shutil.rmtree(folder, ignore_errors=True)
    partial.rename(folder)
    return manifest


def copy_files(source: Bundle, folder: Path, licences_only: bool = False) -> None:
    """Copy the files of a bundle that a student leaves as they are."""
    skipped = {CARD} | {path.name for part in REPLACED for path in source.files(part)}
    for name in source.manifest.files:
        wanted = name not in skipped and not (licences_only and name.endswith(".safetensors"))
        if wanted and not (folder / name).exists():
            shutil.copyfile(source.folder / name, folder / name)


def keep_faces(teacher: Bundle, folder: Path, student: MobileGenerator, acting: int) -> bool:
    """Write the teacher's averages with idle rows as the student has them, if they fit."""
    if not teacher.files("faces"):
        return False
    tensors = {name: value.float() for name, value in teacher.tensors("faces").items()}
    shapes = Averages.shapes(student.num_ws, student.w_dim)
    try:
        check_tensors(tensors, shapes, teacher.folder / "faces.safetensors")
    except BundleError as error:
        log.warning("faces: dropped, they do not fit the student (%s)", error)
        return False
    for name, shape in shapes.items():
        if shape[-2:] == (student.num_ws, student.w_dim):
            fold = fold_map if name in ROW_MAPS else follow
            tensors[name] = fold(tensors[name], acting)
    write_small(folder, "faces", half(tensors))
    return True


def fit_rows(ws: torch.Tensor, num_ws: int) -> torch.Tensor:
    """w+ or steps `[..., rows, w_dim]` -> `[..., num_ws, w_dim]`: cut, or the last row repeated."""
    missing = max(num_ws - ws.shape[-2], 0)
    added = ws[..., -1:, :].expand(*ws.shape[:-2], missing, -1)
    return torch.cat([ws[..., :num_ws, :], added], dim=-2)


def fit_map(weight: torch.Tensor, num_ws: int) -> torch.Tensor:
    """A linear map `[values, rows, w_dim]` -> `[values, num_ws, w_dim]`, for w+ of `fit_rows`."""
    kept = min(num_ws, weight.shape[1])
    fitted = weight.new_zeros(weight.shape[0], num_ws, weight.shape[2])
    fitted[:, :kept] = weight[:, :kept]
    fitted[:, kept - 1] += weight[:, kept:].sum(1)
    return fitted


def follow(ws: torch.Tensor, acting: int) -> torch.Tensor:
    """w+ or steps `[..., num_ws, w_dim]` whose idle rows repeat the last acting one."""
    return fit_rows(ws[..., :acting, :], ws.shape[-2])


def fold_map(weight: torch.Tensor, acting: int) -> torch.Tensor:
    """A linear map `[values, num_ws, w_dim]` that reads acting rows only.

    Of w+ whose idle rows repeat the last acting one, it reads what the map given reads.
    """
    folded = torch.zeros_like(weight)
    folded[:, :acting] = fit_map(weight, acting)
    return folded


def keep_encoder(
    teacher: Bundle, folder: Path, student: MobileGenerator, acting: int
) -> NetworkSpec | None:
    """Write the teacher's encoder, without offsets of idle rows; None if none fits."""
    if not teacher.files("encoder"):
        return None
    try:
        encoder = load_encoder(teacher)
    except BundleError as error:
        log.warning("encoder: dropped, a bundle of the app cannot hold it (%s)", error)
        return None
    if (encoder.num_ws, encoder.w_dim) != (student.num_ws, student.w_dim):
        log.warning(
            "encoder: dropped, it makes w+ of %d x %d numbers, not of %d x %d",
            *(encoder.num_ws, encoder.w_dim, student.num_ws, student.w_dim),
        )
        return None
    if not isinstance(encoder, CompactEncoder):
        log.warning("encoder: dropped, rows of a published one cannot be cut; put it in again")
        return None
    spec, tensors = cut_rows(teacher.manifest.networks["encoder"], encoder, acting)
    write_sharded(folder, "encoder", half(tensors))
    return spec


def cut_rows(
    spec: NetworkSpec, encoder: CompactEncoder, acting: int
) -> tuple[NetworkSpec, dict[str, torch.Tensor]]:
    """An encoder whose rows from `acting` on repeat the last acting one."""
    tensors = dict(encoder.state_dict())
    rows = min(encoder.rows, acting)
    for name in ("to_offsets.weight", "to_offsets.bias"):
        tensors[name] = tensors[name][: rows * encoder.rank].clone()
    return NetworkSpec(spec.kind, dict(spec.args) | {"rows": rows}), tensors


def distilled_generator(
    arguments: Mapping[str, Any], mapping: nn.Module, synthesis: nn.Module
) -> MobileGenerator:
    """A generator of a mapping and a synthesis that were trained apart, on the CPU."""
    generator = MobileGenerator(**arguments)
    generator.mapping.load_state_dict(mapping.state_dict())
    generator.synthesis.load_state_dict(synthesis.state_dict())
    return generator.eval().requires_grad_(False)


def _manifest(
    teacher: Bundle,
    distilled: Distilled,
    networks: Mapping[str, NetworkSpec],
    start: Bundle | None,
) -> Manifest:
    given = teacher.manifest
    others = () if start is None else (start.manifest,)
    metrics = {key: value for key, value in given.metrics.items() if key != "heads"}
    digests = {path.name: given.files[path.name].sha256 for path in teacher.files("generator")}
    origin = {"teacher": {"name": given.name, "version": given.version, "files_sha256": digests}}
    licences = [given.license, *(each.license for each in others)]
    return replace(
        given,
        name=f"{given.name}-mobile",
        license="; first weights: ".join(dict.fromkeys(licences)),
        networks=dict(networks),
        credits=_joined(given.credits, (CREDIT,), *(each.credits for each in others)),
        forbidden_use=_joined(given.forbidden_use, *(each.forbidden_use for each in others)),
        provenance={**given.provenance, "mobile": origin | dict(distilled.provenance)},
        metrics={**metrics, "mobile": dict(distilled.figures)},
    )


def _joined(*lines: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(line for each in lines for line in each))
