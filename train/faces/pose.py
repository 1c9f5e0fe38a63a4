"""How a face is turned and lit from the side, read from its picture without labels."""

from pathlib import Path

import numpy as np
from PIL import Image

from mbtiface.errors import SourceError

SIDE_PX = 32
POSE_COMPONENTS = 3
"""Scores of pose and side light that maps and directions are fitted beside."""


def pose_scores(pictures: np.ndarray, components: int) -> np.ndarray:
    """Leading components of what differs between an aligned picture and its mirror image.

    An aligned face that looks straight ahead is nearly symmetric; turning it or lighting it from
    one side is what makes most faces differ from their mirror image.

    Args:
        pictures: grey, `[n, side, side]`.
        components: how many scores a picture.

    Returns:
        `[n, components]`, unit deviation; a mirrored picture has the opposite sign.
    """
    asymmetry = (pictures - pictures[:, :, ::-1]).reshape(len(pictures), -1)
    # No centring: with every face also counted mirrored the mean is exactly zero.
    _, _, directions = np.linalg.svd(asymmetry, full_matrices=False)
    scores = asymmetry @ directions[:components].T
    return scores / np.sqrt(np.square(scores).mean(0))


def read_grey(folder: Path, files: tuple[str, ...]) -> np.ndarray:
    """Pictures as grey `[n, 32, 32]`, 0..1.

    Raises:
        SourceError: one is not there, or is no picture.
    """
    pictures = []
    for file in files:
        try:
            with Image.open(folder / file) as opened:
                small = opened.convert("L").resize((SIDE_PX, SIDE_PX), Image.Resampling.BOX)
        except OSError as error:
            raise SourceError(
                f"{folder / file} cannot be read as a picture ({error}). The labels name it: give "
                "the folder of aligned pictures that they were made for."
            ) from error
        pictures.append(np.asarray(small, dtype=np.float64) / 255)
    return np.stack(pictures)
