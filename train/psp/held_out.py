"""How well an encoder does on faces that it never trained on; the best one is kept by this."""

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from mbtiface.faces.pixels import to_bytes
from mbtiface.networks.perceptual import PerceptualFeatures, perceptual_distance
from train.data.made_faces import MadeFaces
from train.data.ratings import SELECT_FOLD, fold_of
from train.psp.face_samples import HELD_OUT
from train.psp.pictures import list_pictures, read_batch
from train.psp.reconstruction import Reconstruction

BATCH = 16
MADE_SHOWN = 64
"""Held-out made faces looked at where no folder of photos is given."""
COLUMNS = 8


@dataclass(frozen=True)
class HeldOut:
    """Pictures that select, and what they are drawn with."""

    files: list[Path]
    size: int
    """What the encoder sees, in px."""
    reconstruction: Reconstruction
    perceptual: PerceptualFeatures
    device: torch.device

    @torch.no_grad()
    def look(self, encoder: nn.Module) -> tuple[dict[str, float], torch.Tensor]:
        """Return `l2`, `perceptual` and their sum `score`, and a grid uint8 `[h, w, 3]`.

        The grid has the first pictures above their reconstructions.
        """
        encoder.eval()
        l2, distance, rows = [], [], []
        for start in range(0, len(self.files), BATCH):
            files = self.files[start : start + BATCH]
            pictures = read_batch(files, self.size).to(self.device)
            clean = read_batch(files, self.reconstruction.size).to(self.device)
            with torch.autocast(self.device.type, torch.bfloat16):
                ws = encoder(pictures)
            made = self.reconstruction(ws.float())
            l2.append((made - clean).square().mean((1, 2, 3)))
            distance.append(perceptual_distance(made, clean, self.perceptual))
            if start == 0:
                rows = [clean[:COLUMNS], made[:COLUMNS]]
        values = {
            "l2": torch.cat(l2).mean().item(),
            "perceptual": torch.cat(distance).mean().item(),
        }
        grid = torch.cat([torch.cat(list(to_bytes(row)), 1) for row in rows])  # [2 s, 8 s, 3]
        return values | {"score": values["l2"] + values["perceptual"]}, grid.cpu()


def held_out_files(folder: Path | None, made: MadeFaces) -> list[Path]:
    """Pictures of fold 0 of a folder, or the first made faces, which no run trains on."""
    if folder is None:
        return [made.picture(index) for index in range(min(MADE_SHOWN, HELD_OUT))]
    return [path for path in list_pictures(folder) if fold_of(path.name) == SELECT_FOLD]
