"""How close a student comes to its teacher, on latents that no step draws, and what each costs."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
from torch import nn

from mbtiface.faces.pixels import to_bytes
from mbtiface.faces.projection import shrink
from mbtiface.networks.folded_stylegan2 import ConstantNoise
from mbtiface.networks.generator import Generator
from mbtiface.networks.mobile import MobileSynthesis
from mbtiface.networks.perceptual import PerceptualFeatures, perceptual_distance
from train.mobile.head_report import count_mac
from train.mobile.teacher_latents import HELD_OUT_STREAM, LatentDraw, draw_ws

BATCH = 8
"""Pictures made at a time."""
SHOWN = 6
"""Latents in the grid: a row each, teacher | student | the same with late rows of another."""
TILE_PX = 256
"""Largest width of one picture in the grid."""

Draws = Callable[[torch.Tensor], torch.Tensor]
"""w+ `[batch, num_ws, w_dim]` -> pictures `[batch, 3, size, size]`."""


class HeldOutLatents:
    """Latents that are never trained on, with the teacher's pictures made once."""

    def __init__(
        self,
        teacher: Generator,
        teach: Draws,
        draw: LatentDraw,  # As in training.
        count: int,  # Latents with one w for all rows, and as many mixed ones.
    ) -> None:
        self.count = count
        self.ws: dict[str, torch.Tensor] = {}
        self.pictures: dict[str, torch.Tensor] = {}
        for name, mixing in (("plain", 0.0), ("mixed", 1.0)):
            drawn = replace(draw, mixing=mixing)
            self.ws[name], _ = draw_ws(teacher.mapping, drawn, HELD_OUT_STREAM, count)
            self.pictures[name] = torch.cat([teach(ws) for ws in self.ws[name].split(BATCH)])

    @torch.no_grad()
    def look(
        self, student: MobileSynthesis, perceptual: PerceptualFeatures | None, size: int
    ) -> tuple[dict[str, float], torch.Tensor]:
        """Compare the student's pictures with the teacher's.

        Args:
            student: as it would be kept.
            perceptual: features for the distance; None = no distance.
            size: height and width in px at which features are compared.

        Returns:
            `l1`, `l2` and `feature_distance` of plain latents, the same of mixed ones with `mixed_`
            before, and a grid, uint8 `[height, width, 3]`.
        """
        values: dict[str, float] = {}
        shown = []
        for name, prefix in (("plain", ""), ("mixed", "mixed_")):
            made = torch.cat([student(ws).float() for ws in self.ws[name].split(BATCH)])
            target = self.pictures[name]
            values[f"{prefix}l1"] = (made - target).abs().mean().item()
            values[f"{prefix}l2"] = (made - target).square().mean().item()
            if perceptual is not None:
                side = min(size, target.shape[-1])
                distances = [
                    perceptual_distance(shrink(one, side), shrink(other, side), perceptual)
                    for one, other in zip(made.split(BATCH), target.split(BATCH), strict=True)
                ]
                values[f"{prefix}feature_distance"] = torch.cat(distances).mean().item()
            shown += [target[:SHOWN], made[:SHOWN]]
        side = min(TILE_PX, shown[0].shape[-1])
        columns = [torch.cat([*to_bytes(shrink(each.cpu(), side))]) for each in shown]
        return values, torch.cat(columns, 1)


@torch.no_grad()
def costs(teacher: Generator, student: MobileSynthesis) -> dict[str, Any]:
    """Parameters and multiply-adds of one picture, mapping left out: it is the same."""
    ws = torch.zeros(1, student.num_ws, student.w_dim, device=student.const.device)
    teacher_mac = count_mac(ConstantNoise(teacher.synthesis), ws)
    student_mac = count_mac(student, ws)
    return {
        "teacher": {"parameters": _size(teacher.synthesis), "multiply_adds": teacher_mac},
        "student": {"parameters": _size(student), "multiply_adds": student_mac},
        "parameter_share": round(_size(student) / _size(teacher.synthesis), 4),
        "multiply_add_share": round(student_mac / teacher_mac, 4),
    }


def _size(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())
