"""Terms of an encoder's loss as formulas: tensors in, a scalar out; all means over the batch.

pSp is arXiv 2008.00951, e4e arXiv 2102.02766; their sections on losses.
"""

import torch
from torch.nn import functional

from mbtiface.errors import InputError
from mbtiface.networks.shapes import check_shape


def pixel_l2(pictures: torch.Tensor, clean: torch.Tensor) -> torch.Tensor:
    """Mean squared difference of pictures `[batch, 3, height, width]` (pSp).

    InputError if they differ in shape.
    """
    check_shape("pictures", pictures, list(clean.shape))
    return (pictures - clean).square().mean()


def w_norm(ws: torch.Tensor, w_avg: torch.Tensor) -> torch.Tensor:
    """Mean length of what w+ `[batch, num_ws, w_dim]` adds to the average (pSp).

    `w_avg` is `[w_dim]`, or `[num_ws, w_dim]`; the length is taken over all rows together.
    """
    check_shape("w_avg", w_avg, list(ws.shape[-w_avg.ndim :]))
    return torch.linalg.vector_norm(ws - w_avg, dim=(1, 2)).mean()


def delta_norm(ws: torch.Tensor) -> torch.Tensor:
    """Mean length of the offsets of rows 1 and on from row 0 (e4e).

    e4e adds the rows up; as a mean, one weight serves any number of rows. `[batch, num_ws, w_dim]`,
    InputError for one row alone.
    """
    check_shape("ws", ws, [None, None, None])
    if ws.shape[1] < 2:
        raise InputError(f"ws has {ws.shape[1]} rows: offsets need at least 2; leave the term out")
    # Equal rows, as in e4e's first stages, have the gradient 0 here, not NaN.
    return torch.linalg.vector_norm(ws[:, 1:] - ws[:, :1], dim=2).mean()


def cosine_distances(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """1 - cosine of the angle between embeddings `[batch, dim]`: `[batch]`, 0..2 (pSp).

    InputError if they differ in shape.
    """
    check_shape("a", a, list(b.shape))
    return 1 - functional.cosine_similarity(a, b, dim=1)


def cosine_distance(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Mean of `cosine_distances`."""
    return cosine_distances(a, b).mean()


def encoder_adversarial(fake_logits: torch.Tensor) -> torch.Tensor:
    """Non-saturating loss of whoever wants its w, any shape of logits, to pass (e4e)."""
    return functional.softplus(-fake_logits).mean()


def discriminator_adversarial(real_logits: torch.Tensor, fake_logits: torch.Tensor) -> torch.Tensor:
    """Loss of a discriminator that tells real w from fake ones, any shapes (e4e)."""
    return functional.softplus(-real_logits).mean() + functional.softplus(fake_logits).mean()


def r1_penalty(real_logits: torch.Tensor, real: torch.Tensor, gamma: float) -> torch.Tensor:
    """`gamma / 2` times the mean squared gradient at real w (arXiv 1801.04406).

    `real_logits` `[batch]` were computed from `real` `[batch, w_dim]`, which requires gradients.
    """
    (gradient,) = torch.autograd.grad(real_logits.sum(), real, create_graph=True)  # [batch, w_dim]
    return gamma / 2 * gradient.square().flatten(1).sum(1).mean()
