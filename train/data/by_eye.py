"""Made-up faces of FFHQ's W space, judged by eye: what no rating of the labelled faces tells.

The labelled faces are all adults, so a map of age fitted on them alone does not know what a child
looks like; and nobody rated glasses or headwear, which must not stand for an axis. A face is named
by the seed of its z; faces 0 to 419 were seen, and those listed nowhere are adults without either.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from mbtiface.errors import SourceError
from mbtiface.networks.mapping import random_labels

SEEN = 420
PSI = 0.7
YOUNG = (
    *(0, 4, 7, 18, 31, 37, 44, 50, 53, 54, 55, 57, 64, 68, 70, 75, 79, 108, 109, 115, 119, 120),
    *(129, 134, 142, 145, 146, 154, 169, 175, 182, 185, 188, 191, 192, 194, 204, 206, 209, 219),
    *(221, 230, 232, 234, 236, 238, 239, 250, 254, 257, 273, 282, 289, 293, 310, 314, 336, 338),
    *(342, 351, 356, 367, 370, 374, 381, 382, 386, 390, 391, 398, 403, 409),
)
GLASSES = (
    *(2, 9, 10, 11, 12, 16, 23, 45, 48, 62, 71, 72, 73, 80, 83, 106, 115, 125, 135, 136, 148, 161),
    *(162, 163, 186, 187, 218, 222, 223, 244, 253, 263, 268, 270, 274, 279, 280, 287, 288, 297),
    *(308, 312, 313, 330, 332, 337, 347, 353, 354, 369, 376, 378, 379, 380, 392, 406, 408, 415),
)
HEADWEAR = (
    *(26, 46, 53, 57, 63, 85, 93, 97, 111, 121, 126, 149, 156, 166, 168, 199, 208, 243, 255, 293),
    *(309, 327, 341, 362, 382, 414, 418),
)


FIRST_FACE = (-0.0371, 0.5257, -0.1543, -0.2773)
"""First numbers of face 0's w: another mapping network makes other faces of the same seeds."""


@dataclass(frozen=True)
class SeenFaces:
    """Latents of the faces and what was seen."""

    w: np.ndarray
    """`[SEEN, w_dim]`."""
    young: np.ndarray
    """`[SEEN]` bool."""
    worn: np.ndarray
    """`[SEEN, 2]` float: glasses, headwear."""


@torch.inference_mode()
def seen_faces(mapping: nn.Module, z_dim: int) -> SeenFaces:
    """Draw the faces again.

    Raises:
        SourceError: the mapping network is not that of StyleGAN2's FFHQ weights.
    """
    first = _draw(mapping, z_dim, 0)[0, : len(FIRST_FACE)]
    if len(first) < len(FIRST_FACE) or not np.allclose(first, FIRST_FACE, atol=0.01):
        raise SourceError(
            "The faces judged by eye (train/data/by_eye.py) are those of StyleGAN2's FFHQ weights, "
            "but this bundle's generator makes other faces. List its own young faces there first."
        )
    latents = [_draw(mapping, z_dim, seed) for seed in range(SEEN)]
    seeds = np.arange(SEEN)
    worn = np.stack([np.isin(seeds, GLASSES), np.isin(seeds, HEADWEAR)], axis=1)
    w = torch.cat(latents).double().numpy()
    return SeenFaces(w, np.isin(seeds, YOUNG), worn.astype(float))


def _draw(mapping: nn.Module, z_dim: int, seed: int) -> torch.Tensor:
    """The w of a seed, `[1, w_dim]`; of a generator with classes, that of one of them."""
    random = torch.Generator().manual_seed(seed)
    z = torch.randn(1, z_dim, generator=random)
    return mapping(z, random_labels(mapping, 1, random), truncation_psi=PSI)[:, 0]
