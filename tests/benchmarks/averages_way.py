"""What averages ask for, warm: a sequence, a join, the gallery. Each beside its plain way."""

from collections.abc import Callable
from pathlib import Path

import torch

from mbtiface.faces.engine import TorchEngine
from mbtiface.faces.kept_pictures import GALLERY, SIZE, open_kept_pictures
from mbtiface.faces.marking import encode, mark
from mbtiface.faces.pixels import to_images
from mbtiface.faces.studio import Studio
from mbtiface.services import Services
from mbtiface.settings import Settings
from tests.benchmarks import joining
from tests.benchmarks.photo_way import CPU, PhotoWay
from tests.benchmarks.report import Comparison
from tests.benchmarks.timing import measure_in_turn

LETTERS = "ENTPENTJISFPIP"
"""Fourteen steps, so fifteen frames."""
WARM_UPS = 2
GOALS_S = (1.0, 0.1, 0.1, 0.3)
"""Of the sequence, a join, a join with its picture and the gallery, in seconds."""


def compare(way: PhotoWay, folder: Path, rounds: int) -> tuple[Comparison, ...]:
    """Time everything round by round; `folder` gets a database and the gallery's pictures.

    Raises:
        MissingPartError: the bundle has no averages.
        InputError: it has none of the type that is joined.
    """
    folder.mkdir(parents=True, exist_ok=True)
    faces = joining.spread_faces(way.studio)
    contributions = joining.open_joined(way.studio, faces, folder)
    services = Services(Settings(state_dir=folder), way.studio, contributions=contributions)
    plain = TorchEngine(way.synthesis, CPU)

    def draw_plainly(w: torch.Tensor) -> bytes:
        return encode(mark(to_images(plain.render(w[None], SIZE))[0]))

    try:
        calls = sequence_calls(way.studio, plain)
        calls |= joining.calls(contributions, faces, services.marked, draw_plainly)
        calls |= gallery_calls(services, folder)
        times = measure_in_turn(calls, rounds, WARM_UPS)
    finally:
        services.close()
        contributions.close()
    names = list(times)
    return tuple(
        Comparison(name, times[name], plain_name, times[plain_name], goal_s)
        for name, plain_name, goal_s in zip(names[::2], names[1::2], GOALS_S, strict=True)
    )


def sequence_calls(studio: Studio, plain: TorchEngine) -> dict[str, Callable[[], object]]:
    """A walk of fifteen faces and its pictures, as the app draws them and by plain torch."""
    start = studio.type_mean(joining.CODE, joining.GENDER)

    def walk() -> torch.Tensor:
        return studio.sequence(start, LETTERS, joining.GENDER)  # [15, num_ws, w_dim]

    name = f"{1 + len(LETTERS)} frames of a sequence at {SIZE} px"
    return {
        f"{name} ({studio.engine})": lambda: studio.render(walk(), SIZE),
        f"{name}, by plain torch": lambda: to_images(plain.render(walk(), SIZE)),
    }


def gallery_calls(services: Services, folder: Path) -> dict[str, Callable[[], object]]:
    """The gallery as after a restart, read from a folder; behind it, every picture drawn anew.

    Draws them once at the beginning, to fill the folder.
    """
    studio = services.studio

    def draw() -> list[bytes]:
        return [services.marked(studio.face(address), SIZE) for address in GALLERY]

    def read() -> None:
        kept = open_kept_pictures(folder, studio)
        missing = [address.start for address in GALLERY if kept.get(address, SIZE) is None]
        if missing:
            raise RuntimeError(f"Not on disk: {', '.join(missing)}.")

    kept = open_kept_pictures(folder, studio)
    for address, data in zip(GALLERY, draw(), strict=True):
        kept.keep(address, SIZE, data)
    name = f"the gallery's {len(GALLERY)} pictures"
    return {f"{name}, from disk": read, f"{name}, drawn anew": draw}
