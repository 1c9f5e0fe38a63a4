"""A bundle's own samples as a labelled dataset: pictures with the exact w+ that they were made of.

The folder holds parts of `PART` faces: `pictures/00003/00001623.jpg` and
`latents-00003.safetensors`. Any face depends on its index and the seed alone, so that a part can
be made again; a part without its latents file is not complete.
"""

import logging
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from PIL import Image
from safetensors import SafetensorError
from safetensors.torch import load_file
from tqdm import tqdm

from mbtiface.errors import MissingPartError, SourceError
from mbtiface.faces.studio import ADULT_AGE, Studio
from mbtiface.networks.mapping import random_labels
from train.runs.checkpoint import write_tensors

log = logging.getLogger(__name__)

PART = 500
"""Faces in one part: what an interruption can cost."""
PSI = (0.4, 1.0)
"""Range of the truncation: near the average to far out."""
MIXED = 0.3
"""Share of faces whose rows come from two latents."""
YOUNG_LIMIT = 0.7
"""Reading of the map of young faces from which a face is dropped, beside the age map. Looser than
what visitors are shown (0.5), which also refuses nearly half of the adults."""
MAX_DRAWS = 500


@dataclass(frozen=True)
class MadeOf:
    """What a dataset's faces follow from; more of them may be added as long as it is the same."""

    generator: tuple[str, ...]
    """sha256 of the generator's files."""
    size: int
    last_crossover: int
    seed: int
    any_age: bool = False
    """No face was refused for its age: the generator knows adults only."""


@dataclass(frozen=True)
class MadeFace:
    """Where a face's rows come from."""

    w: torch.Tensor
    """`[2, w_dim]`: that of the first rows and that of the others."""
    crossover: int
    """First row that takes the second w; `num_ws` = none does."""


@torch.inference_mode()
def draw(
    studio: Studio, index: int, seed: int, last_crossover: int, adults_only: bool = True
) -> MadeFace:
    """Draw the face of an index: psi uniform in `PSI`, some with mixed rows.

    An adult by the bundle's maps if `adults_only`; without, whoever comes first.

    Raises:
        MissingPartError: no adult came up; the bundle's age map does not fit its generator.
    """
    random = torch.Generator().manual_seed(seed * 1_000_003 + index)
    for _ in range(MAX_DRAWS):
        psi = PSI[0] + (PSI[1] - PSI[0]) * torch.rand(2, generator=random)  # [2]
        z = torch.randn(2, studio.mapping.z_dim, generator=random)
        w_avg = studio.mapping.w_avg
        c = random_labels(studio.mapping, 2, random)
        w = w_avg + psi[:, None] * (studio.mapping(z, c)[:, 0] - w_avg)  # [2, w_dim]
        crossover = studio.num_ws
        if torch.rand(1, generator=random).item() < MIXED:
            last = min(last_crossover, studio.num_ws - 1)
            crossover = int(torch.randint(1, last + 1, (1,), generator=random))
        face = MadeFace(w.clone(), crossover)
        if not adults_only:
            return face
        ws = to_rows(face.w[None], torch.tensor([crossover]), studio.num_ws)[0]
        if studio.is_adult(ws, YOUNG_LIMIT):
            return face
    raise MissingPartError(
        f"{MAX_DRAWS} faces of index {index} all read younger than {ADULT_AGE:g} years: "
        "the age map of this bundle does not fit its generator."
    )


def to_rows(w: torch.Tensor, crossover: torch.Tensor, num_ws: int) -> torch.Tensor:
    """Two w a face `[n, 2, w_dim]` and crossovers `[n]` -> w+ `[n, num_ws, w_dim]`."""
    second = torch.arange(num_ws) >= crossover[:, None]  # [n, num_ws]
    return torch.where(second[..., None], w[:, 1, None], w[:, 0, None])  # [n, num_ws, w_dim]


class MadeFaces:
    """The dataset on disk."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def picture(self, index: int) -> Path:
        """Path of a face's picture."""
        part = index // PART
        return self.folder / "pictures" / f"{part:05d}" / f"{index:08d}.jpg"

    def _latents(self, part: int) -> Path:
        return self.folder / f"latents-{part:05d}.safetensors"

    def parts(self) -> int:
        """Complete parts from the first on."""
        return next(part for part in range(10**5) if not self._latents(part).exists())

    def latents(self, num_ws: int) -> tuple[torch.Tensor, torch.Tensor]:
        """`w [n, 2, w_dim]` and `crossover [n]` of all complete parts.

        Raises:
            SourceError: there is none, or a file is damaged.
        """
        parts = []
        for part in range(self.parts()):
            try:
                parts.append(load_file(self._latents(part)))
            except (OSError, SafetensorError) as error:
                raise SourceError(
                    f"{self._latents(part)} is damaged ({error}). Delete it and prepare again."
                ) from error
        if not parts:
            raise SourceError(
                f"{self.folder} holds no prepared faces. Make them with "
                "`python -m train prepare --from-bundle`."
            )
        crossover = torch.cat([part["crossover"] for part in parts]).clamp(max=num_ws)
        return torch.cat([part["w"] for part in parts]), crossover

    def fill(self, studio: Studio, count: int, made_of: MadeOf) -> None:
        """Make the parts that are missing of those that hold the first `count` faces."""
        parts = -(-count // PART)
        missing = [part for part in range(parts) if not self._latents(part).exists()]
        with tqdm(total=len(missing) * PART, unit="face", disable=None) as progress:
            for part in missing:
                self._fill_part(studio, part, made_of, progress)
                log.info("part %d of %d is complete", part + 1, parts)

    def _fill_part(self, studio: Studio, part: int, made_of: MadeOf, progress: tqdm) -> None:
        first = part * PART
        shutil.rmtree(self.picture(first).parent, ignore_errors=True)  # an interrupted one
        self.picture(first).parent.mkdir(parents=True)
        how = (made_of.seed, made_of.last_crossover, not made_of.any_age)
        faces = [draw(studio, first + k, *how) for k in range(PART)]
        w = torch.stack([face.w for face in faces])  # [PART, 2, w_dim]
        crossover = torch.tensor([face.crossover for face in faces])  # [PART]
        for start in range(0, PART, 8):
            rows = slice(start, start + 8)
            ws = to_rows(w[rows], crossover[rows], studio.num_ws)
            for k, image in enumerate(_pictures(studio, ws, made_of.size)):
                image.save(self.picture(first + start + k), quality=95, subsampling=0)
                progress.update()
        write_tensors(self._latents(part), {"w": w, "crossover": crossover})


def _pictures(studio: Studio, ws: torch.Tensor, size: int) -> Iterator[Image.Image]:
    images = studio.render(ws, size=size)
    yield from images if isinstance(images, list) else [images]
