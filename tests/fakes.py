"""A studio without a network: it draws a picture from w, another one for every other w."""

import hashlib
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageDraw

from mbtiface.errors import PhotoError
from mbtiface.faces.averages import Averages
from mbtiface.faces.finding import FoundFace
from mbtiface.faces.inversion import Inversion
from mbtiface.faces.layer_ranges import LAYERS
from mbtiface.faces.sequence import sequence_axes
from mbtiface.faces.studio import Studio
from mbtiface.personality.types import AXES, CODES, GENDERS, LETTERS, axis_of, sign_of
from mbtiface.weights.manifest import FileSpec

NUM_WS, W_DIM = 18, 512


def faces_metrics() -> dict[str, Any]:
    """Return figures as `train averages` writes them: what was rated, and what may be chance."""
    ratings = {"outgoing": 1.2, "well-groomed": -0.5, "smug": 0.2, "memorable": 0.1, "iq": 3.0}
    cells: dict[str, Any] = {}
    for gender in GENDERS:
        cells[gender] = {
            code: {"apart": code[0] == "E", "alike": list(CODES[:k])}
            for k, code in enumerate(CODES)
        }
    return {
        "type_ratings": {gender: dict.fromkeys(CODES, ratings) for gender in GENDERS},
        "bootstrap": {
            "resamples": 1000,
            "level": 0.05,
            "pairs_apart": {"female": 34, "male": 20},
            **cells,
        },
    }


@dataclass(frozen=True)
class FakeManifest:
    """What the page reads of a bundle's manifest."""

    name: str = "fake"
    version: str = "0.0.1"
    resolution: int = 1024
    license: str = "made up"
    credits: tuple[str, ...] = ("nobody",)
    forbidden_use: tuple[str, ...] = ("judging people",)
    files: Mapping[str, FileSpec] = field(default_factory=dict)
    metrics: Mapping[str, Any] = field(default_factory=lambda: {"faces": faces_metrics()})
    of_types: bool = False


class FakeStudio:
    """The studio's interface over made-up directions: axis k moves entry k of every layer."""

    num_ws = NUM_WS
    w_dim = W_DIM
    engine = "procedural"
    device = "cpu"
    takes_photos = True
    step_s = 0.02
    """How long a step of refinement takes."""

    def __init__(self, wait: threading.Event | None = None) -> None:
        """`wait`: rendering stops until it is set, for tests of what happens meanwhile."""
        self.manifest = FakeManifest()
        self.rendered = 0
        self._wait = wait

    @property
    def averages(self) -> Averages:
        """How the w are spread; nothing else of it is asked for here."""
        spread = {"latent.mean": torch.zeros(W_DIM), "latent.scale": torch.full((W_DIM,), 0.5)}
        return Averages(spread)

    def warm_up(self) -> None:
        """Nothing is loaded for photos."""

    def sample(self, seed: int, psi: float = 0.7) -> torch.Tensor:
        """Return a w+ that depends on the seed."""
        generator = torch.Generator().manual_seed(seed)
        return psi * torch.randn(1, W_DIM, generator=generator).repeat(NUM_WS, 1)

    def gender_mean(self, gender: str) -> torch.Tensor:
        """Return a constant w+, another one for each gender."""
        return torch.full((NUM_WS, W_DIM), 0.1 if gender == "female" else -0.1)

    def letter_mean(self, letter: str, gender: str) -> torch.Tensor:
        """Return the gender's mean moved by one letter."""
        axes = {axis_of(letter): float(sign_of(letter))}
        return self.morph(self.gender_mean(gender), axes, gender)

    def letter_count(self, letter: str, gender: str) -> int:
        """Return a made-up number of faces."""
        return 200 + LETTERS.index(letter)

    def type_mean(self, code: str, gender: str) -> torch.Tensor:
        """Return the gender's mean moved by four letters."""
        axes = {axis_of(letter): float(sign_of(letter)) for letter in code}
        return self.morph(self.gender_mean(gender), axes, gender)

    def type_count(self, code: str, gender: str) -> int:
        """Return a made-up number of faces."""
        return 20 + CODES.index(code)

    def morph(
        self,
        w: torch.Tensor,
        axes: dict[str, float],
        gender: str = "female",
        strength: float | None = None,
        layers: str = "all",
        keep: str | None = None,
    ) -> torch.Tensor:
        """Return w with entry k moved by the value of axis k; `person` lets it move by 1 at most.

        Fine rows alone move nothing, as the picture shows the first row.
        """
        factor = 1.0 if strength is None else strength
        length = sum((factor * value) ** 2 for value in axes.values()) ** 0.5
        if keep == "person" and length > 1:
            factor /= length
        moved = w.clone()
        rows = slice(*LAYERS[layers])
        for axis, value in axes.items():
            moved[rows, AXES.index(axis)] += value * factor
        return moved

    def drift_form(self, gender: str, layers: str = "all") -> list[list[float]]:
        """One unit on an axis drifts by 1, with fine rows alone by a tenth."""
        unit = 0.01 if layers == "fine" else 1.0
        return [[unit * (row == column) for column in range(4)] for row in range(4)]

    def sequence(
        self,
        w: torch.Tensor,
        letters: str,
        gender: str = "female",
        step: float = 1 / 3,
        strength: float | None = None,
        layers: str = "all",
        keep: str | None = None,
    ) -> torch.Tensor:
        """Return the start and one w+ for each letter, [1 + n, 18, 512]."""
        frames = sequence_axes(letters, step)
        return torch.stack([self.morph(w, axes, gender, strength, layers, keep) for axes in frames])

    def impression(self, w: torch.Tensor) -> dict[str, float]:
        """Return the entries that the axes move."""
        return {axis: float(w[..., k].mean()) for k, axis in enumerate(AXES)}

    def invert(
        self,
        image: Image.Image,
        face: int = 0,
        crop: tuple[float, float, float, float] | None = None,
        aligned: bool = False,
        refine_steps: int = 0,
        on_step: Callable[[int, int], None] | None = None,
    ) -> Inversion:
        """Find one face in the middle of any picture of more than one colour; w is its colours."""
        faces = () if crop or aligned else self._find(image, face)
        for done in range(refine_steps):
            time.sleep(self.step_s)
            if on_step is not None:
                on_step(done + 1, refine_steps)
        square = crop or (None if aligned else (0.5, 0.5, 0.5, 0.0))
        seen = image if square is None else image.crop(self._box(image, *square[:3]))
        small = seen.convert("RGB").resize((256, 256))
        colours = torch.from_numpy(np.asarray(small, np.float32).mean((0, 1)) / 255)  # [3]
        w = torch.zeros(NUM_WS, W_DIM)
        w[:, :3] = colours - 0.5
        w[:, 4:7] = colours
        warnings = ("dark",) if colours.mean() < 0.2 else ()
        picture = self._draw(w, 256)
        return Inversion(w, small, picture, "made-up encoder", warnings, faces, square, 0.1)

    def _find(self, image: Image.Image, face: int) -> tuple[FoundFace, ...]:
        if all(low == high for low, high in image.convert("RGB").getextrema()):
            raise PhotoError("no_face", "No face was found.")
        if face > 0:
            raise PhotoError("no_such_face", f"Face {face} was asked for, but there is one.")
        x0, y0, x1, y1 = box = self._box(image, 0.5, 0.5, 0.5)
        quad = np.array([[x0, y0], [x0, y1], [x1, y1], [x1, y0]], np.float32)
        return (FoundFace(box, quad, 0.9),)

    @staticmethod
    def _box(image: Image.Image, x: float, y: float, side: float) -> tuple[float, ...]:
        half = side * image.width / 2
        x, y = x * image.width, y * image.height
        return (x - half, y - half, x + half, y + half)

    # The studio's own rule, over the made-up averages above.
    face = Studio.face

    def render(self, w: torch.Tensor, size: int | None = None) -> Image.Image | list[Image.Image]:
        """Return a simple face whose shape and colours follow w, one for each w of a batch."""
        if self._wait is not None:
            self._wait.wait(10)
        if w.ndim == 3:
            return [self._draw(one, size or 1024) for one in w]
        return self._draw(w, size or 1024)

    def _draw(self, w: torch.Tensor, size: int) -> Image.Image:
        self.rendered += 1
        e, n, f, j = (float(w[0, k]) for k in range(4))
        tone = hashlib.sha256(w[:, 4:].numpy().tobytes()).digest()
        ground = tuple(90 + value // 2 for value in tone[:3])
        picture = Image.new("RGB", (256, 256), ground)
        draw = ImageDraw.Draw(picture)
        draw.rectangle((0, 200, 256, 256), fill=(60 + tone[3] // 3, 70, 90))
        draw.ellipse((58, 30, 198, 226), fill=(226, 188 + int(12 * f), 160))
        draw.pieslice((50, 14, 206, 150 - int(14 * j)), 180, 360, fill=(70, 50 + int(20 * n), 40))
        for x in (98, 158):
            r = 9 + int(4 * n)
            draw.ellipse((x - r, 116 - r, x + r, 116 + r), fill=(40, 32, 30))
        curve = int(22 * e)
        draw.line((98, 180, 128, 180 + curve, 158, 180), fill=(150, 50, 50), width=6)
        # one column of pixels carries the exact values, so that small steps differ too
        for row, value in enumerate((e, n, f, j)):
            shade = int((value + 8) * 4096)
            picture.putpixel((row, 0), (shade >> 8 & 255, shade & 255, 0))
        return picture.resize((size, size), Image.Resampling.BICUBIC)
