"""Renders faces and inverts their pictures, batch by batch, so that a killed run goes on."""

import logging
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import nn
from tqdm import tqdm

from mbtiface.errors import SourceError
from mbtiface.faces.projection import render_at
from mbtiface.faces.projection_options import REFINEMENT
from train.psp.projection_run import Method
from train.runs.budget import passed
from train.runs.checkpoint import write_tensors

log = logging.getLogger(__name__)

BATCH = 8


class LoopRun:
    """The loop of `train.metrics.closed_loop`: w+ -> picture -> w+; parts are kept in a folder."""

    def __init__(
        self,
        folder: Path,  # Where parts go.
        synthesis: nn.Module,  # Draws.
        method: Method,  # Inverts.
        deadline: float | None = None,  # `train.runs.budget`; None = never.
    ) -> None:
        self.folder = folder
        self.synthesis = synthesis
        self.method = method
        self.deadline = deadline
        self.stopped = False

    def __call__(self, w: torch.Tensor) -> torch.Tensor:
        """`[n, num_ws, w_dim]` -> of the same shape; where time was up, 0 for what is missing.

        Raises:
            SourceError: the folder holds parts of other faces.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        found = torch.zeros_like(w)
        for number, start in enumerate(tqdm(range(0, len(w), BATCH), desc=self.folder.name)):
            part = w[start : start + BATCH]
            path = self.folder / f"part-{number:03d}.safetensors"
            if not path.exists():
                if passed(self.deadline):
                    log.info("time is up at picture %d of %d; run again to go on", start, len(w))
                    self.stopped = True
                    return found
                write_tensors(path, {"w": self._invert(part), "of": part})
            kept = load_file(path)
            if kept["of"].shape != part.shape or not torch.allclose(kept["of"], part, atol=1e-4):
                raise SourceError(
                    f"{path} holds other faces. Give another --out, or delete {self.folder}."
                )
            found[start : start + BATCH] = kept["w"]
        return found

    def _invert(self, w: torch.Tensor) -> torch.Tensor:
        with torch.no_grad():
            size = min(REFINEMENT.size, int(self.synthesis.img_resolution))  # type: ignore[arg-type]
            pictures = render_at(self.synthesis, w, size).clamp(-1, 1)
        return self.method(pictures, lambda *progress: None)
