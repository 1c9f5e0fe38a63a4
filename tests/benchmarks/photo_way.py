"""The way of a photo in this process: each part on its own, and the whole, warm."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import nn

from mbtiface.errors import SourceError
from mbtiface.faces.aligner import PASSES, Aligner
from mbtiface.faces.alignment import crop_quad
from mbtiface.faces.encoding import Encoding, TorchEncoding, choose_encoding, to_input
from mbtiface.faces.engine import TorchEngine
from mbtiface.faces.facexlib_detector import weights_here
from mbtiface.faces.finder import FaceFinder
from mbtiface.faces.finding import Detector
from mbtiface.faces.loading import ALIGNED_PX, load
from mbtiface.faces.marking import encode, mark
from mbtiface.faces.photo_inverter import SAMPLED
from mbtiface.faces.photos import open_photo
from mbtiface.faces.projection import render_at
from mbtiface.faces.studio import Studio
from mbtiface.networks import CompactEncoder
from mbtiface.networks.aligner import CropAligner
from mbtiface.weights.bundle import load_generator, open_bundle
from mbtiface.weights.inversion_parts import load_aligner, load_encoder
from tests.benchmarks.peaks import count_flops

CPU = torch.device("cpu")
MAX_BYTES = 20_000_000
PSI = 0.7
MOVE = {"EI": 0.5, "SN": 0.5}

# Parts that make up the whole, in their order; the rest stands beside them.
DECODE, FIND, CROP, ENCODE, RENDER = "decode", "find the face", "crop", "encode", "render 256 px"
PARTS = (DECODE, FIND, CROP, ENCODE, RENDER)
WHOLE = "whole: decode and `invert`"
FALLBACK, ALIGNER = "find by the fallback", "aligner alone, two looks"
ENCODE_TORCH, RENDER_TORCH = "encode by plain torch", "render 256 px by plain torch"
RENDER_FULL = "render full size"
MAPPING, MORPH = "mapping: z to w+", "morph step, drawn and encoded at 256 px"


@dataclass(frozen=True)
class PhotoWay:
    """A bundle's parts for photos, built as `load` builds them, and the same by plain torch."""

    model: str
    studio: Studio
    synthesis: nn.Module
    encoder: CompactEncoder
    encoding: Encoding
    finder: FaceFinder
    """The detector that the app takes on this machine."""
    fallback: FaceFinder
    aligner_network: CropAligner | None
    aligner: Aligner | None

    @property
    def averages(self) -> bool:
        """Whether the bundle has directions to morph along."""
        return bool(open_bundle(self.model).files("faces"))

    @property
    def facexlib(self) -> bool:
        """Whether the app finds faces by facexlib here."""
        return not self.finder.simple


def prepare(model: str, cache_dir: Path) -> PhotoWay:
    """Open a bundle; compiled networks are kept in a folder.

    Raises:
        BundleError: it cannot be used.
        MissingPartError: it has no encoder.
    """
    bundle = open_bundle(model)
    studio = load(model, "cpu", cache_dir)
    _ = studio.inverter  # says so where the bundle has none
    studio.warm_up()
    encoder = load_encoder(bundle)
    network = load_aligner(bundle) if bundle.files("aligner") else None
    aligner = None if network is None else Aligner(network, network.img_resolution)
    refine_quad = None if aligner is None else aligner.refine_quad
    fallback = FaceFinder(refine_quad, weights_here=lambda: False, load=_refuse)
    return PhotoWay(
        model=model,
        studio=studio,
        synthesis=load_generator(bundle).synthesis,
        encoder=encoder,
        encoding=choose_encoding(encoder, encoder.img_resolution, CPU, "benchmark", cache_dir),
        finder=FaceFinder(refine_quad) if weights_here() else fallback,
        fallback=fallback,
        aligner_network=network,
        aligner=aligner,
    )


def _refuse(device: str) -> Detector:
    raise SourceError(f"the fallback alone is measured on {device}")


@dataclass(frozen=True)
class Stages:
    """What a photo is after each part of its way."""

    data: bytes
    image: Image.Image
    quad: np.ndarray
    aligned: Image.Image
    w: torch.Tensor
    """`[num_ws, w_dim]`."""
    warnings: tuple[str, ...]


def walk(way: PhotoWay, data: bytes) -> Stages:
    """Take a photo along the whole way once.

    Raises:
        PhotoError: the photo cannot be used; or `no_face`.
    """
    image = open_photo(data, MAX_BYTES)
    inversion = way.studio.invert(image)
    quad = way.finder.find(image)[0].quad
    return Stages(data, image, quad, inversion.aligned, inversion.w, inversion.warnings)


def full_size(data: bytes) -> tuple[int, int]:
    """Width and height of a photo's file, in pixels."""
    with Image.open(io.BytesIO(data)) as image:
        return image.size


def calls(way: PhotoWay, at: Stages) -> dict[str, Callable[[], object]]:
    """Each part as a call without arguments, the whole last."""
    plain = TorchEncoding(way.encoder, way.encoder.img_resolution, CPU)
    plain_engine = TorchEngine(way.synthesis, CPU)
    z = torch.randn(1, way.studio.mapping.z_dim, generator=torch.Generator().manual_seed(0))
    made: dict[str, Callable[[], object]] = {
        DECODE: lambda: open_photo(at.data, MAX_BYTES),
        FIND: lambda: way.finder.find(at.image),
        CROP: lambda: crop_quad(at.image, at.quad, ALIGNED_PX, SAMPLED * ALIGNED_PX),
        ENCODE: lambda: way.encoding.encode(at.aligned),
        RENDER: lambda: way.studio.render(at.w, 256),
        WHOLE: lambda: way.studio.invert(open_photo(at.data, MAX_BYTES)),
        ENCODE_TORCH: lambda: plain.encode(at.aligned),
        RENDER_TORCH: lambda: plain_engine.render(at.w[None], 256),
        RENDER_FULL: lambda: way.studio.render(at.w),
        MAPPING: lambda: way.studio.mapping(z, truncation_psi=PSI),
    }
    if way.averages:
        made[MORPH] = lambda: encode(mark(way.studio.render(way.studio.morph(at.w, MOVE), 256)))
    if way.facexlib:
        made[FALLBACK] = lambda: way.fallback.find(at.image)
    if (aligner := way.aligner) is not None:
        made[ALIGNER] = lambda: aligner.refine_quad(at.image, at.quad)
    return made


@torch.no_grad()  # not inference mode: there the counter does not see linear layers
def flops(way: PhotoWay, at: Stages) -> dict[str, float]:
    """Floating-point operations of each part that is a network, facexlib's excepted."""
    face = to_input(at.aligned, way.encoder.img_resolution)
    full = way.studio.manifest.resolution
    encode = count_flops(lambda: way.encoder(face))
    render = count_flops(lambda: render_at(way.synthesis, at.w[None], 256))
    found = {
        ENCODE: encode,
        ENCODE_TORCH: encode,
        RENDER: render,
        RENDER_TORCH: render,
        RENDER_FULL: count_flops(lambda: render_at(way.synthesis, at.w[None], full)),
        MAPPING: count_flops(lambda: way.studio.mapping(torch.zeros(1, way.studio.mapping.z_dim))),
    }
    if (network := way.aligner_network) is not None:
        crop = to_input(at.aligned, network.img_resolution)
        found[ALIGNER] = PASSES * count_flops(lambda: network(crop))
    if not way.facexlib:
        found[WHOLE] = encode + render + found.get(ALIGNER, 0.0)
    return found


def number_format(way: PhotoWay, part: str) -> str:
    """Whose peak a part is held against: `bf16` or `fp32`."""
    by = {ENCODE: way.encoding.name, RENDER: way.studio.engine, RENDER_FULL: way.studio.engine}
    by[WHOLE] = way.studio.engine
    return "bf16" if "bfloat16" in by.get(part, "") else "fp32"
