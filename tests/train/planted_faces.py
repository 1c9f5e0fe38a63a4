"""Made-up faces with planted axes: what each whitened coordinate of w stands for is known."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from mbtiface.personality.types import AXES
from train.data.by_eye import SEEN, SeenFaces
from train.data.labels import RULE
from train.data.ratings import NEEDED
from train.faces.population import Population

FACES, W_DIM, SIDE = 240, 32, 32
# What each whitened coordinate of w stands for in the made-up faces.
AXIS_OF_COORDINATE = {axis: k for k, axis in enumerate(AXES)}
PLANTED = ("gender", "age", "skin-color", "weight", "asian", "middle-eastern", "hispanic", "black")
PLANTED += ("outdoors", "long-haired")
POSE = slice(14, 17)
WORN = slice(17, 19)
YOUNG = 19


@dataclass(frozen=True)
class Planted:
    """Paths of a made-up dataset, and the truth behind it."""

    bundle: Path
    data: Path
    labels: Path
    run: Path
    people: Population
    to_coordinates: np.ndarray
    """`[W_DIM, W_DIM]`: whitened coordinates of a step."""

    def arguments(self, *more: str) -> list[str]:
        """The command line of `averages`."""
        options = {"bundle": self.bundle, "data": self.data, "labels": self.labels, "out": self.run}
        pairs = [part for name, path in options.items() for part in (f"--{name}", str(path))]
        return ["averages", *pairs, *more]


def ratings_of(u: np.ndarray, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Ratings that read the whitened coordinates, with raters' noise."""
    values = {name: 50 + 10 * rng.normal(size=len(u)) for name in NEEDED}
    for k, name in enumerate(PLANTED, start=len(AXES)):
        values[name] = 50 + 10 * u[:, k] + rng.normal(size=len(u))
    values["age"] = 35 + 0.8 * (values["age"] - 50)
    for axis, terms in RULE.items():
        for name, sign in terms.items():
            noise = rng.normal(size=len(u))
            values[name] = 50 + 10 * sign * u[:, AXIS_OF_COORDINATE[axis]] + 3 * noise
    return values


def paint(path: Path, pose: np.ndarray) -> None:
    """A grey picture whose left and right differ by three patterns as strong as the pose says."""
    y, x = np.mgrid[-1 : 1 : SIDE * 1j, -1 : 1 : SIDE * 1j]
    patterns = np.stack([30 * x, 20 * x * y, 12 * np.sign(x) * (np.abs(x) > 0.5) * (y > 0)])
    grey = 128 + np.einsum("k,kij->ij", pose.clip(-2.5, 2.5), patterns)
    path.parent.mkdir(exist_ok=True)
    Image.fromarray(grey.clip(0, 255).astype(np.uint8)).convert("RGB").save(path)


def seen_faces_of(planted: Planted) -> Callable[[torch.nn.Module, int], SeenFaces]:
    """Faces of the toy generator judged by its planted coordinates: the real lists are FFHQ's."""

    def seen_faces(mapping: torch.nn.Module, z_dim: int) -> SeenFaces:
        z = torch.randn(SEEN, z_dim, generator=torch.Generator().manual_seed(8))
        w = mapping(z)[:, 0].double().numpy()
        u = (w - planted.people.mean) @ planted.to_coordinates
        return SeenFaces(w, u[:, YOUNG] > 0.8, (u[:, WORN] > 0.8).astype(float))

    return seen_faces
