"""Pictures of every level: what a student is compared by while it learns.

MobileStyleGAN (arXiv 2104.04767) predicts wavelet coefficients at every resolution while it is
trained, and drops all heads but the last afterwards. The head after block k sees features of
`8 << k` px and makes a picture of `16 << k` px.
"""

from collections.abc import Sequence

import torch
from torch import nn
from torch.nn import functional

from mbtiface.networks.mobile import MobileSynthesis, PictureHead
from mbtiface.networks.wavelet import haar
from train.mobile.head_crops import channels_after


class LevelHeads(nn.Module):
    """The heads that only training uses: one after every block but the last."""

    def __init__(
        self,
        synthesis: MobileSynthesis,  # Whose blocks they follow.
    ) -> None:
        super().__init__()
        blocks = range(len(synthesis.blocks) - 1)
        self.heads = nn.ModuleList(
            PictureHead(synthesis.w_dim, channels_after(synthesis, k)) for k in blocks
        )

    def forward(self, synthesis: MobileSynthesis, ws: torch.Tensor) -> list[torch.Tensor]:
        """Draw w+ `[batch, num_ws, w_dim]` at every level, smallest first.

        Returns:
            `[batch, 3, 16 << k, 16 << k]` for each block k, about -1..1; the last is the picture.
        """
        pictures = []
        x = synthesis.const.expand(ws.shape[0], -1, -1, -1)  # [batch, C, 4, 4]
        x = synthesis.conv1(x, ws[:, 0])
        heads = [*self.heads, synthesis.head]
        for k, (block, head) in enumerate(zip(synthesis.blocks, heads, strict=True)):
            x = block(x, ws[:, 2 * k + 1], ws[:, 2 * k + 2])  # [batch, C, 8 << k, 8 << k]
            pictures.append(head(x, ws[:, 2 * k + 3]))
        return pictures


def pyramid(pictures: torch.Tensor, levels: int) -> list[torch.Tensor]:
    """Pictures `[batch, 3, size, size]` and their halves, smallest first; `levels` in all.

    Haar's low band is twice the mean of 2 x 2 pixels, so the low band of a level's transform,
    halved, is the next level's picture.
    """
    found = [pictures]
    while len(found) < levels:
        found.insert(0, functional.avg_pool2d(found[0], 2))
    return found


def level_errors(
    made: Sequence[torch.Tensor], targets: Sequence[torch.Tensor]
) -> dict[str, torch.Tensor]:
    """Errors of pictures and of their wavelet coefficients, each a mean, added up over levels.

    Args:
        made: pictures of each level, smallest first.
        targets: `pyramid` of the teacher's pictures.

    Returns:
        `l1`: of pixels; `wavelet_l1`: of coefficients; `l2`: of both, for the transform keeps
        lengths.
    """
    terms = dict.fromkeys(("l1", "wavelet_l1", "l2"), made[0].new_zeros(()))
    for one, other in zip(made, targets, strict=True):
        error = one - other  # [batch, 3, 16 << k, 16 << k]
        terms["l1"] = terms["l1"] + error.abs().mean()
        # The transform is linear: that of the error is the error of the coefficients.
        terms["wavelet_l1"] = terms["wavelet_l1"] + haar(error).abs().mean()
        terms["l2"] = terms["l2"] + error.square().mean()
    return terms
