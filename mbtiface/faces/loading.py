"""Opens a bundle and makes a studio of it, with everything that the bundle's parts allow."""

import hashlib
import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path

import torch

from mbtiface.errors import InputError
from mbtiface.faces.aligner import Aligner
from mbtiface.faces.encoding import Encoding, choose_encoding
from mbtiface.faces.engine import Engine, Pictures, choose_engine, picture_sizes
from mbtiface.faces.finder import FaceFinder
from mbtiface.faces.photo_inverter import PhotoInverter
from mbtiface.faces.studio import Render, Studio
from mbtiface.faces.w_space import SAME_WITHIN, w_distance
from mbtiface.faces.zero_gpu import GPU, ZeroGpuEngine, begin, on_zero_gpu
from mbtiface.networks import FaceGenerator
from mbtiface.settings import read_hub_deadline_s
from mbtiface.weights.bundle import EMBEDDED_DIR, Bundle, load_generator, open_bundle
from mbtiface.weights.hub_bundle import Report
from mbtiface.weights.inversion_parts import load_aligner, load_encoder, load_perceptual

log = logging.getLogger(__name__)

ALIGNED_PX = 256
"""Height and width of aligned faces: what encoders and their training compare."""


def load(
    model: str | Path = "embedded",
    device: str = "auto",
    cache_dir: Path | None = None,
    deadline_s: float | None = None,
    report: Report | None = None,
    engine: str = "auto",
) -> Studio:
    """Open a bundle and make a studio of it.

    Args:
        model: `embedded`, a bundle folder, or `hf://owner/name[@revision]`.
        device: `auto`, `cpu` or `cuda`.
        cache_dir: where compiled networks are kept between starts; None keeps none.
        deadline_s: seconds that fetching may take; None = what `MBTIFACE_HUB_DEADLINE` says.
        report: called with what has come, from another thread.
        engine: what networks run by: `auto` (the fastest that works), `openvino` or `torch`.

    Raises:
        BundleError: the bundle is damaged, foreign or newer than this program.
        HubError: a file of it cannot be fetched, or not in time.
        InputError: an unknown device or engine, or one that cannot be used here.
    """
    bundle = open_bundle(model, read_hub_deadline_s() if deadline_s is None else deadline_s, report)
    network = load_generator(bundle)
    begin()  # before torch is asked for a GPU
    lent = on_zero_gpu()
    on_cpu = lent or (device, engine) == ("auto", "openvino")
    chosen = torch.device("cpu") if on_cpu else _device(device)
    key = _key(bundle, "generator")
    if lent and (device == GPU or (device == "auto" and bundle.folder != EMBEDDED_DIR)):
        rendering = _lent_engine(bundle, network, cache_dir)
    else:
        rendering = choose_engine(network.synthesis, chosen, key, cache_dir, engine)
    log.info("bundle %s %s by %s", bundle.manifest.name, bundle.manifest.version, rendering.name)
    inverting = None
    if bundle.files("encoder"):
        choose = partial(choose_encoding, cache_dir=cache_dir, engine=engine)
        inverting = _inverting(bundle, network, chosen, choose, rendering.rest)
    return Studio(bundle, rendering, network, inverting)


def _lent_engine(bundle: Bundle, network: FaceGenerator, cache_dir: Path | None) -> Engine:
    """An engine for ZeroGPU; small pictures by the embedded generator if a w is the same in it."""
    ours = open_bundle("embedded")
    embedded = load_generator(ours)
    small: Engine | None = None
    if w_distance(network.mapping, embedded.mapping) <= SAME_WITHIN:
        cpu = torch.device("cpu")
        small = choose_engine(embedded.synthesis, cpu, _key(ours, "generator"), cache_dir)
    pictures, key = Pictures(network.synthesis), _key(bundle, "generator")
    return ZeroGpuEngine(pictures, key, picture_sizes(network.synthesis), small)


def _inverting(
    bundle: Bundle,
    network: FaceGenerator,
    device: torch.device,
    choose: Callable[..., Encoding],
    rest: Callable[[], None],
) -> Callable[[Render], PhotoInverter]:
    encoder = load_encoder(bundle)
    key = _key(bundle, "encoder")
    encoding = choose(encoder, encoder.img_resolution, device, key)
    aligner = load_aligner(bundle) if bundle.files("aligner") else None
    refine_quad = None if aligner is None else Aligner(aligner, aligner.img_resolution).refine_quad
    return partial(
        PhotoInverter,
        encoding,
        FaceFinder(refine_quad=refine_quad),
        mapping=network.mapping,
        synthesis=network.synthesis,
        perceptual=load_perceptual(bundle) if bundle.files("perceptual") else None,
        size=min(ALIGNED_PX, bundle.manifest.resolution),
        rest=rest,
    )


def _key(bundle: Bundle, part: str) -> str:
    """Digest of a part's files: names what is kept of it between starts."""
    digests = [bundle.manifest.files[path.name].sha256 for path in bundle.files(part)]
    return hashlib.sha256(" ".join(digests).encode()).hexdigest()


def _device(name: str) -> torch.device:
    if name not in ("auto", "cpu", "cuda"):
        raise InputError(f"Device {name!r} is unknown. Use auto, cpu or cuda.")
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if name == "cuda" and not torch.cuda.is_available():
        raise InputError("Device 'cuda' was asked for, but torch finds no GPU. Use auto or cpu.")
    return torch.device(name)
