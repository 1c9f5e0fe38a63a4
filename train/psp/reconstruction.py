"""From w+ to the small picture that training compares, through a frozen generator."""

import torch
from torch import nn

from mbtiface.errors import SourceError
from mbtiface.faces.projection import acting_rows, render_at


class Reconstruction(nn.Module):
    """A frozen synthesis network that draws pictures of one size."""

    def __init__(
        self,
        synthesis: nn.Module,
        size: int,  # Height and width in px; larger pictures are averaged down to it.
    ) -> None:
        super().__init__()
        full = int(synthesis.img_resolution)  # type: ignore[arg-type]  # an int on every synthesis
        if size > full:
            raise SourceError(f"Pictures of {size} px cannot be made from {full}-px ones.")
        self.synthesis = synthesis.eval().requires_grad_(False)
        self.size = size
        self.visible = acting_rows(synthesis, size)

    def forward(self, ws: torch.Tensor) -> torch.Tensor:
        """w+ `[batch, num_ws, w_dim]` -> pictures `[batch, 3, size, size]`, about -1..1."""
        return render_at(self.synthesis, ws, self.size)
