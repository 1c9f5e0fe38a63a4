"""`python -m train prepare --from-bundle B --count N --out DIR`: a bundle's samples, their w+."""

import logging
from dataclasses import dataclass
from pathlib import Path

from mbtiface.faces.loading import load
from train.data.made_faces import MIXED, PSI, MadeFaces
from train.runs.config import announce, keep_config

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class MadeOf:
    """What a dataset's faces follow from; more of them may be added as long as it is the same."""

    generator: tuple[str, ...]
    """sha256 of the generator's files."""
    size: int
    last_crossover: int
    seed: int


@dataclass(frozen=True)
class Config:
    """Make a dataset of faces; running it again goes on, a larger count adds to it."""

    out: Path
    """Dataset folder."""
    from_bundle: str = "embedded"
    """Bundle whose generator is sampled: a folder or `embedded`."""
    count: int = 10000
    """Faces."""
    size: int = 256
    """Picture size in pixels."""
    last_crossover: int = 11
    """Last row that style mixing may begin at. Row 11 colours a 256-px picture; rows after it would
    be a truth that such a picture does not show."""
    seed: int = 1
    """Of all faces."""
    device: str = "auto"
    """`auto`, `cpu` or `cuda`."""
    dry_run: bool = False
    """Print the resolved config and stop."""


def main(config: Config) -> None:
    """Draw, render, write; parts that are there are kept."""
    if not announce(config):
        return
    studio = load(config.from_bundle, config.device)
    files = studio.manifest.files
    generator = tuple(files[name].sha256 for name in sorted(files) if name.startswith("generator"))
    keep_config(
        config.out, MadeOf(generator, config.size, config.last_crossover, config.seed), ignored=()
    )
    faces = MadeFaces(config.out)
    faces.fill(studio, config.count, config.seed, config.size, config.last_crossover)
    log.info(
        "%s: %d faces, psi %g to %g, %.0f %% with mixed rows",
        config.out,
        config.count,
        *PSI,
        100 * MIXED,
    )
