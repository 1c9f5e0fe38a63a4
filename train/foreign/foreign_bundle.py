"""Writes an imported generator as a bundle, checked and rendered first, whole or not at all."""

import logging
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from mbtiface.errors import InputError, SourceError
from mbtiface.networks import Discriminator, PublishedEncoder
from mbtiface.weights.bundle import Bundle, open_bundle
from mbtiface.weights.card import write_card
from mbtiface.weights.manifest import ALWAYS_FORBIDDEN, MANIFEST, Manifest, NetworkSpec
from mbtiface.weights.writing import half, write_manifest, write_sharded
from train.foreign.dialects import W_AVG, Foreign, ForeignEncoder
from train.foreign.foreign_networks import (
    W_AVG_SAMPLES,
    build_generator,
    distance,
    fill,
    render_small,
    sample_ws,
    sketch,
)
from train.foreign.network_shapes import encoder_spec
from train.foreign.presets import Origin
from train.foreign.shared_space import mapping_difference, take_over
from train.runs.bundle_parts import move_whole

log = logging.getLogger(__name__)

FIRST_VERSION = "1.0.0"
COPIED = torch.contiguous_format
UNSTATED = (
    "Not stated by who imported it (weights trained on FFHQ are for non-commercial use); ask "
    "whoever published the file"
)
KEPT_METRICS = ("faces", "encoder", "aligner")
"""Figures of parts taken over; those of the other generator's pictures stay behind."""


@dataclass(frozen=True)
class Import:
    """What is imported, and how."""

    folder: Path
    """Bundle to write; its name becomes the bundle's."""
    origin: Origin
    foreign: Foreign
    encoder: ForeignEncoder | None = None
    """None = none."""
    encoder_origin: Origin | None = None
    """The encoder's own file, where it is not the generator's."""
    license: str | None = None
    """In words; None = as the preset says, or that nobody has stated it."""
    precision: str = "half"
    """`half` or `float32`."""
    pictures: int = 10
    """Drawn as a check, and compared where the spaces are one."""
    seed: int = 0


def write_foreign_bundle(job: Import, embedded: Bundle) -> Manifest:
    """Check, render and write the bundle; return its manifest.

    Args:
        job: what, from where.
        embedded: bundle whose parts are taken over where its mapping network is the imported one's.

    Raises:
        InputError: the folder holds a bundle already.
        SourceError: tensors that fit no network, pictures that are no numbers, values too large.
    """
    if (job.folder / MANIFEST).exists():
        raise InputError(f"{job.folder} holds a bundle already. Name a new folder with --out.")
    where = job.origin.path
    network, state = build_generator(job.foreign, where, job.seed)
    num_ws = network.num_ws
    ws = sample_ws(network, job.pictures, job.seed)
    pictures = render_small(network, ws, where)
    partial = job.folder.with_name(f".{job.folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    write_sharded(partial, "generator", rounded(state, job.precision))
    del network, state
    networks = {"generator": NetworkSpec("Generator", dict(job.foreign.arguments))}
    if job.encoder is not None:
        networks["encoder"] = write_encoder(partial, job.encoder, num_ws, job)
    if job.foreign.discriminator is not None:
        networks["discriminator"] = write_discriminator(partial, job)
    report: dict[str, Any] = {"dialect": job.foreign.dialect, "pictures": job.pictures}
    shared = embedded if is_shared(job.foreign, embedded) else None
    if shared is not None:
        networks = take_over(shared, partial, num_ws, encoder=job.encoder is None) | networks
        report["distance_to_shared"] = round(distance(shared, ws, pictures), 4)
        log.info(
            "%d pictures of the same w differ by %.3f on average (-1..1)",
            job.pictures,
            report["distance_to_shared"],
        )
    manifest = describe(job, networks, report, shared)
    write_card(partial, manifest)
    manifest = write_manifest(partial, manifest)
    move_whole(partial, job.folder)
    open_bundle(job.folder)
    return manifest


def is_shared(foreign: Foreign, embedded: Bundle) -> bool:
    """Whether the imported W is the embedded bundle's; says so, or what has to be done."""
    apart = mapping_difference(foreign.generator, embedded.tensors("generator"))
    name = embedded.manifest.name
    if apart <= 1:
        log.info("W is that of the bundle %s: its averages, maps and encoder are taken over", name)
        return True
    log.warning(
        "W is not that of the bundle %s (mapping networks differ %.3g times as much as rounding "
        "explains): averages and directions have to be made. Run `python -m train label` and "
        "`python -m train averages` on photos of your own.",
        name,
        apart,
    )
    return False


def write_encoder(folder: Path, encoder: ForeignEncoder, num_ws: int, job: Import) -> NetworkSpec:
    """Write a published encoder for a generator of so many rows; return how to build it.

    Raises:
        SourceError: an unknown one, of other rows, or damaged.
    """
    where = (job.encoder_origin or job.origin).path
    spec = encoder_spec(encoder.tensors, encoder.options, num_ws, str(where))
    state = {f"encoder.{name}": value for name, value in encoder.tensors.items()}
    w_dim = int(job.foreign.arguments["w_dim"])
    average = torch.zeros(w_dim) if encoder.latent_avg is None else encoder.latent_avg
    average = average.reshape(-1, average.shape[-1])
    if average.shape[-1] != w_dim or len(average) not in (1, num_ws):
        raise SourceError(f"{where}: latent_avg is {list(average.shape)}, not [{num_ws}, {w_dim}].")
    state["latent_avg"] = average.expand(num_ws, -1)
    fill(sketch(PublishedEncoder, spec.args, where), state, where)
    write_sharded(folder, "encoder", rounded_where_it_fits(state, job.precision))
    return spec


def write_discriminator(folder: Path, job: Import) -> NetworkSpec:
    """Write the discriminator; return how to build it.

    Raises:
        SourceError: it fits no network.
    """
    state, arguments = job.foreign.discriminator or {}, job.foreign.discriminator_arguments
    fill(sketch(Discriminator, arguments, job.origin.path), state, job.origin.path)
    write_sharded(folder, "discriminator", rounded(state, job.precision))
    return NetworkSpec("Discriminator", dict(arguments))


def rounded(state: Mapping[str, torch.Tensor], precision: str) -> dict[str, torch.Tensor]:
    """Tensors in the number format that they are kept in.

    Raises:
        SourceError: a value does not fit half precision.
    """
    if precision == "float32":
        return on_their_own(
            {n: v.float() if v.is_floating_point() else v for n, v in state.items()}
        )
    try:
        return on_their_own(half(state))
    except OverflowError as error:
        raise SourceError(f"{error} Import with --precision float32.") from error


def on_their_own(state: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The tensors, copied where they are parts of a storage or share one: safetensors has neither.

    safetensors' writer would refuse the first, and drop names of the second.
    """
    kept: dict[str, torch.Tensor] = {}
    seen: set[int] = set()
    for name, value in state.items():
        storage = value.untyped_storage()
        whole = value.is_contiguous() and storage.nbytes() == value.nbytes
        alone = storage.data_ptr() not in seen
        kept[name] = value if whole and alone else value.clone(memory_format=COPIED)
        seen.add(storage.data_ptr())
    return kept


def rounded_where_it_fits(
    state: Mapping[str, torch.Tensor], precision: str
) -> dict[str, torch.Tensor]:
    """As `rounded`, but variances of normalisations, which may exceed half precision, stay."""
    kept: dict[str, torch.Tensor] = {}
    for name, value in state.items():
        wide = value.is_floating_point() and bool(value.abs().max() > torch.finfo(torch.half).max)
        kept |= rounded({name: value}, "float32" if wide else precision)
    return kept


def describe(
    job: Import, networks: Mapping[str, NetworkSpec], report: dict[str, Any], shared: Bundle | None
) -> Manifest:
    """What the bundle says of itself: licences and credits of all that it was made from."""
    if W_AVG not in job.foreign.generator:
        report["w_avg"] = {"samples": W_AVG_SAMPLES, "seed": job.seed}
    provenance: dict[str, Any] = {"imported": {**job.origin.provenance, **report}}
    licences = [job.license or job.origin.license or UNSTATED]
    credits, forbidden = list(job.origin.credits), [*ALWAYS_FORBIDDEN, "Commercial use."]
    metrics: dict[str, Any] = {}
    if job.encoder_origin is not None:
        provenance["encoder"] = dict(job.encoder_origin.provenance)
        credits += job.encoder_origin.credits
        if job.encoder_origin.license:
            licences.append(f"encoder: {job.encoder_origin.license}")
    if shared is not None:
        given = shared.manifest
        taken = {name: value for name, value in given.provenance.items() if name not in provenance}
        provenance |= {"taken_over": {"name": given.name, "version": given.version, **taken}}
        provenance |= {"faces": given.provenance["faces"]} if "faces" in taken else {}
        licences.append(f"averages and what was taken over: {given.license}")
        credits += given.credits
        forbidden += given.forbidden_use
        wanted = [n for n in KEPT_METRICS if n != "encoder" or job.encoder is None]
        metrics = {name: given.metrics[name] for name in wanted if name in given.metrics}
    return Manifest(
        name=job.folder.name,
        version=FIRST_VERSION,
        license="; ".join(dict.fromkeys(licences)),
        resolution=int(job.foreign.arguments["img_resolution"]),
        networks=dict(networks),
        credits=tuple(dict.fromkeys(credits)),
        provenance=provenance,
        metrics=metrics,
        forbidden_use=tuple(dict.fromkeys(forbidden)),
    )
