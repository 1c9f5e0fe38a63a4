"""From a photo to a latent: find the face, align it, encode it, and, if asked, come closer."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch
from PIL import Image
from torch import nn

from mbtiface.errors import InputError, MissingPartError, PhotoError
from mbtiface.faces.alignment import crop_quad, quad_square, square_quad
from mbtiface.faces.encoding import Encoding, to_input
from mbtiface.faces.finder import FaceFinder
from mbtiface.faces.finding import FoundFace
from mbtiface.faces.inversion import Inversion
from mbtiface.faces.memory import give_back
from mbtiface.faces.projection import project
from mbtiface.faces.projection_options import REFINEMENT
from mbtiface.faces.whitening import Whitening, sample_whitening
from mbtiface.networks.perceptual import PerceptualFeatures

WAIT_S = 0.5
"""How often a refinement that waits for another looks whether it is still wanted."""
SAMPLED = 2
"""The crop is sampled at this many times the encoder's size, then reduced."""
FAR_SIZE, FAR_DISTANCE = 64, 0.27
"""A reconstruction is called far from its photo where the face's pixels, reduced to this size,
differ by more on average; so do 4 in 100 of OMI's faces with the encoder alone."""
FACE = (slice(16, 56), slice(14, 50))
"""Rows and columns of the face in an aligned picture of that size: the ground does not count."""

OnStep = Callable[[int, int], None]
"""Called with (done, total) after each step; what it raises stops the work."""


@dataclass(frozen=True)
class _Located:
    """Which part of a photo to use."""

    aligned: Image.Image
    crop: tuple[float, float, float, float] | None
    faces: tuple[FoundFace, ...]
    warnings: tuple[str, ...]
    how: str


class PhotoInverter:
    """One bundle's encoder with all that goes before and after it. Thread-safe."""

    def __init__(
        self,
        encoding: Encoding,  # Aligned face -> w+.
        finder: FaceFinder,  # Photo -> faces.
        render: Callable[[torch.Tensor, int], Image.Image],  # w+ and size in px -> picture.
        mapping: nn.Module,  # Of the bundle's generator: tells how w spreads.
        synthesis: nn.Module,  # Of the same generator: refinement goes through it.
        perceptual: PerceptualFeatures | None,  # Compares pictures; None = no refinement.
        size: int = 256,  # Height and width of aligned faces and their reconstructions.
        rest: Callable[[], None] | None = None,  # Frees what `render` holds between pictures.
    ) -> None:
        self._encoding = encoding
        self._finder = finder
        self._render = render
        self._mapping = mapping
        self._synthesis = synthesis
        self._perceptual = perceptual
        self._size = size
        self._rest = rest
        self._whitening: Whitening | None = None
        self._refining = threading.Lock()

    def warm_up(self) -> None:
        """Load what the first photo would wait for: the detector's library, the encoder."""
        self._finder.warm_up()
        self._encoding.encode(Image.new("RGB", (self._encoding.size, self._encoding.size)))

    def invert(
        self,
        image: Image.Image,
        face: int = 0,
        crop: Sequence[float] | None = None,
        aligned: bool = False,
        refine_steps: int = 0,
        on_step: OnStep | None = None,
    ) -> Inversion:
        """Find the w+ of a photo; see `Studio.invert`."""
        located = self._locate(image.convert("RGB"), face, crop, aligned)
        w = self._encoding.encode(located.aligned)  # [num_ws, w_dim]
        how = [located.how, f"encoder ({self._encoding.name})"]
        if refine_steps:
            w = self._refine(w, located.aligned, refine_steps, on_step)
            how.append(f"{refine_steps} steps closer")
        reconstruction = self._render(w, self._size)
        warnings = located.warnings
        difference = _difference(located.aligned, reconstruction)
        if difference > FAR_DISTANCE:
            warnings = (*warnings, "far_from_photo")
        return Inversion(
            w=w,
            aligned=located.aligned,
            reconstruction=reconstruction,
            method=", ".join(how),
            warnings=warnings,
            faces=located.faces,
            crop=located.crop,
            difference=difference,
        )

    def _locate(
        self, image: Image.Image, face: int, crop: Sequence[float] | None, aligned: bool
    ) -> _Located:
        size = self._size
        if aligned:
            if image.width != image.height:
                raise InputError(
                    f"The picture is {image.width} x {image.height} px, but an aligned face is "
                    "square. Leave `aligned` off to have the face found."
                )
            return _Located(
                image.resize((size, size), Image.Resampling.LANCZOS), None, (), (), "as given"
            )
        if crop is not None:
            if len(crop) != 4:
                raise PhotoError("bad_crop", f"A crop has four numbers, not {len(crop)}.")
            x, y, side, angle = map(float, crop)
            quad = square_quad(x, y, side, angle, image.width, image.height)
            picture = crop_quad(image, quad, size, SAMPLED * size)
            return _Located(picture, (x, y, side, angle), (), (), "crop by hand")
        faces = self._finder.find(image)
        if not faces:
            raise PhotoError(
                "no_face", "No face was found in this photo. Mark it with a square, or use another."
            )
        if not 0 <= face < len(faces):
            raise PhotoError(
                "no_such_face",
                f"Face {face} was asked for, but {len(faces)} were found. Use 0 to "
                f"{len(faces) - 1}.",
            )
        chosen = faces[face]
        warnings = (*(("simple_detector",) if self._finder.simple else ()), *chosen.warnings)
        return _Located(
            crop_quad(image, chosen.quad, size, SAMPLED * size),
            quad_square(chosen.quad, image.width, image.height),
            faces,
            tuple(dict.fromkeys(warnings)),
            self._finder.name,
        )

    def _refine(
        self, w: torch.Tensor, aligned: Image.Image, steps: int, on_step: OnStep | None
    ) -> torch.Tensor:
        if self._perceptual is None:
            raise MissingPartError(
                "This bundle has no perceptual features, so it cannot come closer to a photo. "
                "Put them in with `python -m train bundle --perceptual`."
            )

        def report(done: int, total: int, loss: float) -> None:
            if on_step is not None:
                on_step(done, total)

        # One at a time: two would take as long together and need the memory of two.
        while not self._refining.acquire(timeout=WAIT_S):
            report(0, steps, 0.0)  # a visitor who has gone meanwhile is not waited for
        try:
            # Gradients need 200 MB: room is made before they are taken, not after.
            if self._rest is not None:
                self._rest()
            give_back()
            return self._project(self._perceptual, w, aligned, steps, report)
        finally:
            self._refining.release()
            give_back()

    def _project(
        self,
        perceptual: PerceptualFeatures,
        w: torch.Tensor,
        aligned: Image.Image,
        steps: int,
        report: Callable[[int, int, float], None],
    ) -> torch.Tensor:
        if self._whitening is None:
            self._whitening = sample_whitening(self._mapping)
            give_back()
        device = next(self._synthesis.parameters()).device
        found = project(
            self._synthesis,
            perceptual,
            to_input(aligned, self._size).to(device),
            w[None].to(device),
            self._whitening,
            replace(REFINEMENT, steps=steps),
            report,
        )
        return found.w[0].cpu()


def _difference(one: Image.Image, other: Image.Image) -> float:
    """Mean absolute difference of two small faces, values -1..1."""
    a, b = to_input(one, FAR_SIZE), to_input(other, FAR_SIZE)
    return float((a - b)[0][:, *FACE].abs().mean())
