"""Loose crops of generated faces with the four numbers that lead to FFHQ's crop."""

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

from mbtiface.errors import SourceError
from mbtiface.faces.aligner import LOOSE, crop_matrix, rough_quad
from mbtiface.faces.pixels import from_bytes
from train.data.made_faces import MadeFaces
from train.psp.disturb import compress, cover, relight, soften
from train.psp.face_ground import on_ground
from train.psp.face_samples import HELD_OUT

NEAR_SHARE = 0.4
"""Share of crops as the second pass sees them: nearly right already."""
WIDE_ANGLE, WIDE_SCALE, WIDE_SHIFT = math.radians(35), math.log(1.5), 0.2
"""Largest usual errors of a detector's square: angle, logarithm of its size, shift in sides."""
FAR_SHARE, FAR_ANGLE = 0.2, math.radians(60)
"""Share of the wide ones that may be turned further than `WIDE_ANGLE`, and how far."""
NEAR_ANGLE, NEAR_SCALE, NEAR_SHIFT = math.radians(6), 0.08, 0.04
"""Standard deviations of nearly right crops."""


def draw_numbers(random: np.random.Generator) -> np.ndarray:
    """How far a square is off: the four numbers that put it right, float64 `[4]`."""
    if random.random() < NEAR_SHARE:
        x, y, scale, angle = random.normal(size=4).clip(-2.5, 2.5)
        shift = NEAR_SHIFT / LOOSE
        return np.array([shift * x, shift * y, NEAR_SCALE * scale, NEAR_ANGLE * angle])
    x, y, scale, angle = random.uniform(-1, 1, 4)
    shift = WIDE_SHIFT / LOOSE
    turn = FAR_ANGLE if random.random() < FAR_SHARE else WIDE_ANGLE
    return np.array([shift * x, shift * y, WIDE_SCALE * scale, turn * angle])


def frame(side: int) -> np.ndarray:
    """The quad of an aligned picture in its own pixels: its outline."""
    low, high = -0.5, side - 0.5
    return np.array([[low, low], [low, high], [high, high], [high, low]])


class CropSamples(Dataset[tuple[np.ndarray, np.ndarray]]):
    """Sample number -> disturbed loose crop uint8 `[size, size, 3]`, numbers float32 `[4]`."""

    def __init__(
        self,
        path_of: Callable[[int], Path],  # Index of a face -> its aligned picture.
        first: int,  # First face that may be drawn.
        last: int,  # Face after the last one.
        size: int,  # Side of a crop in px.
        seed: int,
    ) -> None:
        self.path_of = path_of
        self.first = first
        self.last = last
        self.size = size
        self.seed = seed

    def __getitem__(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        random = np.random.default_rng((self.seed, number))
        one, two = (self.path_of(int(k)) for k in random.integers(self.first, self.last, 2))
        face = read_small(one, self.size)
        if random.random() < 0.5:
            face = np.ascontiguousarray(face[:, ::-1])
        numbers = draw_numbers(random)
        matrix = crop_matrix(rough_quad(frame(face.shape[0]), numbers), self.size)
        crop = on_ground(face, lambda: read_small(two, self.size), matrix, self.size, random)
        return weathered(crop, random), numbers.astype(np.float32)


def training_samples(made: MadeFaces, size: int, seed: int) -> CropSamples:
    """Samples of made faces; the first `HELD_OUT` faces are not drawn.

    Raises:
        SourceError: there are too few.
    """
    crossover = made.latents(num_ws=1)[1]
    if len(crossover) <= HELD_OUT:
        raise SourceError(
            f"{len(crossover)} made faces are too few: the first {HELD_OUT} are held out. "
            "Prepare more."
        )
    return CropSamples(made.picture, HELD_OUT, len(crossover), size, seed)


def batches(
    samples: CropSamples, first: int, last: int, batch: int, workers: int
) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Yield crops `[batch, 3, size, size]`, -1..1, and numbers `[batch, 4]`, in order."""
    loader: DataLoader[Any] = DataLoader(
        samples, batch, sampler=list(range(first, last)), num_workers=workers, drop_last=True
    )
    for crops, numbers in loader:
        yield from_bytes(crops), numbers


def weathered(crop: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Cover, light, blur, noise, compress or bleach a crop, as photos from the world are."""
    if random.random() < 0.15:
        crop = cover(crop, random)
    if random.random() < 0.6:
        crop = relight(crop, random)
    if random.random() < 0.25:
        # Far darker, brighter or flatter than what an encoder should reproduce.
        gain, lift = random.uniform(0.25, 1.4), random.uniform(0, 60)
        crop = (gain * crop + lift).round().clip(0, 255).astype(np.uint8)
    if random.random() < 0.3:
        crop = soften(crop, random)
    if random.random() < 0.3:
        noise = random.normal(0, random.uniform(1, 15), crop.shape)
        crop = (crop + noise).round().clip(0, 255).astype(np.uint8)
    if random.random() < 0.3:
        crop = compress(crop, int(random.integers(25, 95)))
    if random.random() < 0.1:
        crop = np.repeat(cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2)
    return crop


def read_small(path: Path, size: int) -> np.ndarray:
    """Read a picture, halved while decoding where it stays at least `size` px: uint8 RGB.

    Raises:
        SourceError: it is no picture.
    """
    picture = cv2.imread(str(path), cv2.IMREAD_REDUCED_COLOR_2)
    if picture is not None and picture.shape[0] < size:
        picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if picture is None:
        raise SourceError(f"{path} cannot be read as a picture. Remove it or make it again.")
    return cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)
