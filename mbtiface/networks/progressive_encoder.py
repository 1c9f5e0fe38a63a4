"""The encoder of encoder4editing (arXiv 2102.02766): one w, and an offset for each further row."""

from collections.abc import Sequence

import torch

from mbtiface.errors import InputError
from mbtiface.networks.psp_encoders import GradualStyleEncoder, level_of


class ProgressiveEncoder(GradualStyleEncoder):
    """pSp's layers, read otherwise: the first head gives w for all rows, the others offsets to it.

    Training raises `stage` step by step, which keeps the rows near each other and thus near what
    the generator was trained on. Parameter names are those of the published weights.
    """

    def __init__(
        self,
        num_layers: int | Sequence[Sequence[int]] = 50,  # 50, 100, 152, or the stages: see Stage
        mode: str = "ir_se",  # "ir", or "ir_se" with squeeze and excitation
        n_styles: int = 18,  # rows of w+: the generator's num_ws
        input_nc: int = 3,  # colours of the picture
        w_dim: int = 512,  # size of one w
        stage: int | None = None,  # rows 1..stage have offsets, 0 = none; None = all rows
    ) -> None:
        super().__init__(num_layers, mode, n_styles, input_nc, w_dim)
        self.stage = stage

    @property
    def stage(self) -> int | None:
        """Rows 1..stage have offsets of their own; 0 = none, None or more than there are = all."""
        return self._stage

    @stage.setter
    def stage(self, stage: int | None) -> None:
        if stage is not None and stage < 0:
            raise InputError(f"stage must be 0 or more, or None for all rows, but is {stage}")
        self._stage = stage

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map pictures [batch, input_nc, 256, 256], -1..1, to offsets [batch, n_styles, w_dim].

        InputError for another shape.
        """
        levels = self.pyramid(x)
        w = self.styles[0](levels[0])  # [batch, w_dim]
        last = self.n_styles - 1 if self.stage is None else min(self.stage, self.n_styles - 1)
        offsets = [torch.zeros_like(w) for _ in range(self.n_styles)]
        for row in range(1, last + 1):
            offsets[row] = self.styles[row](levels[level_of(row)])
        codes = w[:, None, :] + torch.stack(offsets, dim=1)  # [batch, n_styles, w_dim]
        return codes.to(x.dtype)
