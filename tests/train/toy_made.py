"""A dataset of the toy bundle's samples, made once a session by the program itself."""

from pathlib import Path

from tests.toy_bundle import RESOLUTION, write_toy_bundle
from train.commands.prepare import Config, main
from train.data.made_faces import MadeFaces

LAST_CROSSOVER = 5


def prepare_config(folder: Path, **changes: object) -> Config:
    """The command's options for a bundle and a dataset in one folder."""
    values = {"size": RESOLUTION, "last_crossover": LAST_CROSSOVER, "count": 500, "seed": 3}
    return Config(folder / "made", str(folder / "bundle"), **values | changes)


def make_toy_dataset(folder: Path) -> MadeFaces:
    """Write a toy bundle and one part of its samples: `bundle/`, `made/`."""
    write_toy_bundle(folder / "bundle")
    main(prepare_config(folder))
    return MadeFaces(folder / "made")
