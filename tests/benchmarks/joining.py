"""A face joins an average of 10 000 and the new mean is drawn; beside it, all averaged anew."""

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import torch

from mbtiface.community import Cell, fixed_point, store
from mbtiface.community.cells import CellSum
from mbtiface.community.database import Database
from mbtiface.community.engine import database_url
from mbtiface.contributing import Contributions, open_contributions
from mbtiface.faces.kept_faces import KeptFace
from mbtiface.faces.studio import Studio
from mbtiface.settings import Settings

CODE, GENDER = "ENTP", "female"
JOINED = 10_000
DIFFERENCE = 0.1
"""How unlike its photo each face is; low enough for a join."""
JOIN, JOIN_ANEW = f"a join to {JOINED:,}".replace(",", " "), "all averaged anew"

Draw = Callable[[torch.Tensor], object]
"""w+ `[num_ws, w_dim]` -> something drawn."""


def spread_faces(studio: Studio, count: int = JOINED) -> torch.Tensor:
    """Made-up faces around the type's average, spread as all faces: `[count, num_ws, w_dim]`.

    Raises:
        MissingPartError: the bundle has no averages.
    """
    mean, scale = studio.type_mean(CODE, GENDER), studio.averages.tensors["latent.scale"]
    generator = torch.Generator().manual_seed(0)
    noise = torch.randn(count, studio.num_ws, studio.w_dim, generator=generator)
    return noise.mul_(scale).add_(mean)  # in place: 10 000 of them are 370 MB


def open_joined(studio: Studio, faces: torch.Tensor, folder: Path) -> Contributions:
    """Open an average, in a database of its own, that these faces have joined already."""
    manifest = studio.manifest
    total = fixed_point.to_fixed(faces.sum(0, dtype=torch.float64).numpy())
    cells = {Cell(manifest.name, manifest.version, CODE, GENDER): CellSum(len(faces), total)}
    database = Database(database_url(None, folder))
    database.write(lambda connection: store.merge(connection, cells))
    database.close()
    return open_contributions(Settings(state_dir=folder), studio)


def calls(
    contributions: Contributions, faces: torch.Tensor, draw: Draw, draw_plainly: Draw
) -> dict[str, Callable[[], object]]:
    """A join, and one whose new mean is drawn; each behind it the same from all faces anew.

    Every join is one of another face and visitor; the average has 1 020 places a day.
    """
    joining: Iterator[torch.Tensor] = iter(faces)

    def join() -> torch.Tensor:
        face, visitor, join_id = next(joining), secrets.token_hex(16), secrets.token_hex(16)
        kept = KeptFace(face, DIFFERENCE)
        joined = contributions.join(kept, CODE, GENDER, visitor, join_id)
        return contributions.pictures(joined)["after"]

    return {
        JOIN: join,
        JOIN_ANEW: lambda: faces.mean(0),
        f"{JOIN}, drawn at 256 px": lambda: draw(join()),
        f"{JOIN_ANEW}, drawn by plain torch": lambda: draw_plainly(faces.mean(0)),
    }
