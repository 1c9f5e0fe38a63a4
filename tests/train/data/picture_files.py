"""Small pictures and tables on disk, for tests of datasets."""

import csv
import json
import zipfile
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from tests.train.psp.drawn_faces import draw_face

SIZE = 32
TYPED = (("ENTJ", "female"), ("INTJ", "male"), ("ISTP", "female"))


def write_pictures(folder: Path, names: Sequence[str], size: int = SIZE) -> dict[str, np.ndarray]:
    """Write one drawn face a name; returns their pixels, uint8 RGB."""
    random = np.random.default_rng(7)
    pixels = {}
    for name in names:
        pixels[name] = draw_face(size, random)
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        assert cv2.imwrite(str(path), pixels[name][..., ::-1])
    return pixels


def write_table(path: Path, rows: Sequence[Sequence[object]], header: str) -> Path:
    with path.open("w", newline="", encoding="utf-8") as opened:
        csv.writer(opened).writerows([header.split(","), *rows])
    return path


def write_typed(path: Path, names: Sequence[str]) -> Path:
    """A table `file,type,gender` that goes round `TYPED`."""
    rows = [(name, *TYPED[row % len(TYPED)]) for row, name in enumerate(names)]
    return write_table(path, rows, "file,type,gender")


def write_index(folder: Path, labels: object) -> None:
    (folder / "dataset.json").write_text(json.dumps({"labels": labels}))


def zipped(folder: Path, path: Path) -> Path:
    """All files of a folder in a zip."""
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                archive.write(file, file.relative_to(folder).as_posix())
    return path
