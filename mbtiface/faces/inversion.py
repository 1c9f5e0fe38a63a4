"""What inverting a photo gives."""

from dataclasses import dataclass

import torch
from PIL import Image

from mbtiface.faces.finding import FoundFace

WARNINGS = (
    "simple_detector",  # facexlib could not be had: the simpler detector was used
    "several_faces",
    "profile",
    "tiny",
    "dark",
    "bright",
    "blurred",
    "covered",
    "far_from_photo",  # the reconstruction differs more than usual
)
"""Keys of everything that an inversion may warn of; a page translates them."""


@dataclass(frozen=True)
class Inversion:
    """A photo's face as a latent, beside what was seen of it."""

    w: torch.Tensor
    """`[num_ws, w_dim]` float32."""
    aligned: Image.Image
    """The photo's face, aligned as FFHQ is, 256 px."""
    reconstruction: Image.Image
    """The face rendered from `w`, 256 px."""
    method: str
    """How, for people: detector, encoder, refinement steps."""
    warnings: tuple[str, ...]
    """Keys of `WARNINGS`."""
    faces: tuple[FoundFace, ...]
    """All faces of the photo, largest first; empty where a crop or an aligned picture was given."""
    crop: tuple[float, float, float, float] | None
    """The square used: centre x and y, side, angle in degrees counter-clockwise; x and side in
    units of the photo's width, y in units of its height. None for an aligned picture."""
    difference: float
    """How unlike the photo the reconstruction is: mean absolute difference of the two faces'
    pixels, -1..1, made small; beyond `photo_inverter.FAR_DISTANCE` it is called far."""
