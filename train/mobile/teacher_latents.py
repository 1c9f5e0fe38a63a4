"""Latents that teacher and student both draw: each step's follow from its number alone."""

from dataclasses import dataclass

import numpy as np
import torch

from mbtiface.networks.mapping import MappingNetwork

HELD_OUT_STREAM = -1
"""Stands in for a step's number: latents that no step draws."""


@dataclass(frozen=True)
class LatentDraw:
    """How w+ are drawn."""

    seed: int
    psi: tuple[float, float]
    """Range of the truncation."""
    mixing: float
    """Share of latents whose late rows are another latent's."""
    acting: int
    """Rows that act in the student."""


@torch.no_grad()
def draw_ws(
    mapping: MappingNetwork, draw: LatentDraw, step: int, count: int, part: slice = slice(None)
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """Draw the latents of a step.

    Rows that do not act in the student repeat the last one that does: what the student cannot see
    must not be asked of it, and every producer of w+ keeps to that.

    Args:
        mapping: of the teacher, with an average w.
        draw: how.
        step: its number from 0 up, or `HELD_OUT_STREAM`.
        count: latents of the step, over all processes.
        part: those that are wanted here; the others are drawn all the same.

    Returns:
        w+ `[part, num_ws, w_dim]`, and labels `[part, c_dim]` or None where there are none. A label
        is one of the classes, all alike likely.
    """
    random = _random(draw.seed, step)
    z = torch.randn(2, count, mapping.z_dim, generator=random)
    psi = draw.psi[0] + (draw.psi[1] - draw.psi[0]) * torch.rand(count, 1, generator=random)
    classes = torch.randint(max(mapping.c_dim, 1), (count,), generator=random)
    mixes = torch.rand(count, generator=random) < draw.mixing
    cutoffs = torch.randint(1, draw.acting, (count,), generator=random)
    cutoffs = torch.where(mixes, cutoffs, draw.acting)[part]

    average = mapping.w_avg
    device = average.device
    labels = None
    if mapping.c_dim:
        one_hot = torch.nn.functional.one_hot(classes[part], mapping.c_dim)
        labels = one_hot.to(device, average.dtype)  # [part, c_dim]
    own, other = (_mapped(mapping, each[part].to(device), labels) for each in z)
    rows = torch.arange(draw.acting, device=device)
    late = rows[None, :] >= cutoffs.to(device)[:, None]  # [part, acting]
    ws = torch.where(late[..., None], other[:, None], own[:, None])  # [part, acting, w_dim]
    ws = average + psi[part].to(device)[:, None] * (ws - average)
    assert mapping.num_ws is not None
    idle = ws[:, -1:].expand(-1, mapping.num_ws - draw.acting, -1)
    return torch.cat([ws, idle], 1), labels  # [part, num_ws, w_dim]


def _mapped(mapping: MappingNetwork, z: torch.Tensor, labels: torch.Tensor | None) -> torch.Tensor:
    return mapping(z, labels, skip_w_avg_update=True)[:, 0]  # [part, w_dim]


def _random(seed: int, step: int) -> torch.Generator:
    words = np.random.SeedSequence([seed, step - HELD_OUT_STREAM]).generate_state(1, np.uint64)
    return torch.Generator().manual_seed(int(words[0]) >> 1)
