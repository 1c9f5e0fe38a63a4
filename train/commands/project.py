"""`python -m train project --bundle B --photos DIR --out RUN`: aligned faces -> latents."""

import json
import logging
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import torch

from mbtiface.faces.pixels import to_bytes, to_images
from mbtiface.faces.projection import render_at
from mbtiface.faces.projection_options import BASELINE, REFINEMENT, ProjectionOptions
from mbtiface.networks import FaceGenerator
from mbtiface.weights.bundle import load_generator, open_bundle
from train.psp.pictures import list_pictures
from train.psp.projection_run import ProjectionRun, Projector, bundle_encoder
from train.runs.budget import deadline
from train.runs.checkpoint import write_tensors
from train.runs.config import announce, keep_config

log = logging.getLogger(__name__)

MAY_CHANGE = ("dry_run", "budget_minutes", "device")
"""Options that a run may be continued with other values of."""


@dataclass(frozen=True)
class Config:
    """Invert aligned pictures by optimisation; running it again goes on."""

    bundle: str
    """Bundle folder, or `embedded`."""
    photos: Path
    """Folder of square pictures, aligned as FFHQ's, 256 px or the generator's size; or a dataset's
    of `prepare --photos`."""
    out: Path
    """Run folder: latents.safetensors, files.json, reconstructions/, parts/."""
    start: Literal["average", "encoder"] = "average"
    """Where to start: the average face, or the answer of the bundle's encoder."""
    w_plus: bool = False
    """Let every row of w+ move on its own; off = one w."""
    steps: int = 100
    """Steps of Adam a face."""
    learning_rate: float | None = None
    """Highest learning rate in deviations of W; None = what was measured best for the start."""
    batch: int = 8
    """Faces inverted together."""
    budget_minutes: float | None = None
    """Stop after this time, at the end of a batch; the same command goes on."""
    device: str = "cpu"
    """A torch device."""
    dry_run: bool = False
    """Print the resolved config and stop."""


def main(config: Config) -> None:
    """Invert, then write the latents and what they look like.

    Raises:
        MissingPartError: the bundle has no encoder to start from.
        SourceError: a picture cannot be used, or the run folder has another config.
    """
    if not announce(config):
        return
    until = deadline(config.budget_minutes)
    bundle = open_bundle(config.bundle)
    device = torch.device(config.device)
    paths = list_pictures(config.photos)
    encoder = bundle_encoder(bundle, device) if config.start == "encoder" else None
    projector = Projector.of(bundle, load_generator(bundle), device)
    keep_config(config.out, config, MAY_CHANGE)
    options = options_of(config, projector.network)
    run = ProjectionRun(config.out / "parts", paths, options.size, config.batch, device)
    if not run.fill(projector.method(options, encoder), "project", until):
        return
    w = run.found().w
    write_tensors(config.out / "latents.safetensors", {"w": w})
    names = json.dumps([path.name for path in paths], ensure_ascii=False, indent=1)
    (config.out / "files.json").write_text(names + "\n", "utf-8")
    write_reconstructions(projector.network, w.to(device), paths, options.size, config.out)
    log.info("%s: latents and reconstructions of %d faces", config.out, len(paths))


def options_of(config: Config, network: FaceGenerator) -> ProjectionOptions:
    """Measured settings for the start, with what the config says otherwise."""
    base = REFINEMENT if config.start == "encoder" else BASELINE
    size = min(base.size, network.img_resolution)
    options = replace(base, steps=config.steps, w_plus=config.w_plus, size=size)
    if config.learning_rate is not None:
        options = replace(options, learning_rate=config.learning_rate)
    return options


@torch.no_grad()
def write_reconstructions(
    network: FaceGenerator, w: torch.Tensor, paths: list[Path], size: int, out: Path
) -> None:
    """Render each latent to `reconstructions/NAME.png`, `size` px."""
    folder = out / "reconstructions"
    folder.mkdir(exist_ok=True)
    for path, row in zip(paths, w, strict=True):
        pictures = to_bytes(render_at(network.synthesis, row[None], size)).cpu().numpy()
        to_images(pictures)[0].save(folder / f"{path.stem}.png")
