"""Whether two generators share one W space, so that a latent of one is a face of the other."""

from typing import TYPE_CHECKING

import torch

from mbtiface.networks.mapping import MappingNetwork

if TYPE_CHECKING:
    from mbtiface.faces.studio import Studio

PROBES = 64
"""Latents z whose w are compared."""
SAME_WITHIN = 0.02
"""Largest distance of w, in deviations of w, that rounding to half precision may make."""


@torch.inference_mode()
def w_distance(first: MappingNetwork, second: MappingNetwork) -> float:
    """How far two mapping networks map the same z apart: mean distance in deviations of w.

    Infinite where they do not take the same z and labels, or give w of another shape.
    """
    sizes = [(m.z_dim, m.c_dim, m.w_dim, m.num_ws) for m in (first, second)]
    if sizes[0] != sizes[1]:
        return float("inf")
    generator = torch.Generator().manual_seed(0)
    z = torch.randn(PROBES, first.z_dim, generator=generator)
    labels = torch.arange(PROBES) % max(1, first.c_dim)
    c = torch.eye(first.c_dim)[labels] if first.c_dim else None
    ours, theirs = first(z, c), second(z, c)  # [probes, num_ws, w_dim]
    spread = ours.std(0).mean()
    return float((ours - theirs).abs().mean() / spread)


def same_w_space(first: "Studio", second: "Studio") -> bool:
    """Whether latents of one studio are the same faces in the other."""
    return w_distance(first.mapping, second.mapping) <= SAME_WITHIN
