"""How far an aligner's crops are from FFHQ's, beside those of the detector that it improves."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image

from mbtiface.faces.aligner import Aligner, move_quad, rough_quad
from mbtiface.faces.alignment import crop_quad, quad_side
from mbtiface.faces.cascade_detector import CascadeDetector
from mbtiface.faces.finding import Detector
from mbtiface.networks.aligner import CropAligner
from train.data.made_faces import MadeFaces
from train.data.ratings import TEST_FOLD, fold_of
from train.psp.aligner_fit import CORNERS, EYES_AND_MOUTH
from train.psp.aligner_samples import draw_numbers
from train.psp.face_ground import on_ground
from train.psp.face_samples import HELD_OUT
from train.psp.pictures import list_pictures, read_rgb

CANVAS, SIDES, MAX_TILT = 512, (150.0, 320.0), 30.0
"""Pictures of the report: px, range of a face's side in px, largest tilt in degrees."""
NEAR = 0.5
"""A detected face belongs to the true one if its centre lies within this, in sides."""
SEED = 5_000_011
GRID_ROWS, GRID_COLUMNS, TILE = 8, 2, 144


@dataclass(frozen=True)
class Distances:
    """Distances from the truth in px at 256 px, over pictures and points."""

    corners_mean: float
    corners_p95: float
    eyes_mouth_mean: float
    eyes_mouth_p95: float


@dataclass(frozen=True)
class Canvas:
    """A face at a random place, size and tilt."""

    image: Image.Image
    truth: np.ndarray  # [4, 2]
    rough: np.ndarray  # [4, 2], off as training's squares are


def report(
    network: CropAligner, made: MadeFaces, photos: Path | None, count: int, grid: Path
) -> dict[str, Any]:
    """Measure on unseen made faces and on the test fold of `photos`; writes the grid."""
    aligner = Aligner(network, network.img_resolution)
    sources = {"made": [made.picture(index) for index in range(HELD_OUT)]}
    if photos is not None:
        files = list_pictures(photos)
        sources["photos"] = [path for path in files if fold_of(path.name) == TEST_FOLD]
    values: dict[str, Any] = {}
    for number, (name, paths) in enumerate(sources.items()):
        random = np.random.default_rng((SEED, number))
        canvases = [draw_canvas(paths, k, random) for k in range(count)]
        path = grid.with_stem(f"{grid.stem}_{name}")
        values[name] = measure(aligner, CascadeDetector(), canvases, path)
    return values


def draw_canvas(paths: list[Path], number: int, random: np.random.Generator) -> Canvas:
    """Lay a face on a ground, the surroundings cut and drawn as in training."""
    face = read_rgb(paths[number % len(paths)])
    other = paths[int(random.integers(len(paths)))]
    side = random.uniform(*SIDES)
    center = random.uniform(0.6 * side, CANVAS - 0.6 * side, 2)
    outline = center + side * np.array(CORNERS)
    tilt = np.radians(random.uniform(-MAX_TILT, MAX_TILT))
    truth = move_quad(outline, np.array([0, 0, 0, tilt]))
    to_photo = np.column_stack([truth[3] - truth[0], truth[1] - truth[0]]) / face.shape[0]
    origin = truth.mean(0) - to_photo @ np.full(2, (face.shape[0] - 1) / 2)
    to_face = cv2.invertAffineTransform(np.column_stack([to_photo, origin]))
    picture = on_ground(face, lambda: read_rgb(other), to_face, CANVAS, random)
    return Canvas(Image.fromarray(picture), truth, rough_quad(truth, draw_numbers(random)))


def measure(
    aligner: Aligner, detector: Detector, canvases: list[Canvas], grid: Path
) -> dict[str, Any]:
    """Distances of the detector alone and after one and two passes; the same of rough squares."""
    found: list[tuple[Canvas, np.ndarray]] = []
    for canvas in canvases:
        quad = nearest([face.quad for face in detector.find(canvas.image)], canvas.truth)
        if quad is not None:
            found.append((canvas, quad))
    squares = [(canvas, canvas.rough) for canvas in canvases]
    kept = sum(aligner.refine_quad(canvas.image, quad) is quad for canvas, quad in found)
    write_grid(aligner, found, grid)
    return {
        "pictures": len(canvases),
        "detected": len(found),
        "detected_but_not_refined": kept,
        "detector": _stages(aligner, found),
        "rough_squares": _stages(aligner, squares),
    }


def nearest(quads: list[np.ndarray], truth: np.ndarray) -> np.ndarray | None:
    """The quad whose centre lies nearest to that of the truth, None if it is another face's."""
    apart = [float(np.hypot(*(quad.mean(0) - truth.mean(0)))) for quad in quads]
    if not apart or min(apart) > NEAR * quad_side(truth):
        return None
    return quads[int(np.argmin(apart))]


def _stages(aligner: Aligner, pairs: list[tuple[Canvas, np.ndarray]]) -> dict[str, Any]:
    if not pairs:
        return {}
    quads: dict[str, list[np.ndarray]] = {"alone": [], "once": [], "twice": [], "refined": []}
    for canvas, quad in pairs:
        once = move_quad(quad, aligner.predict(canvas.image, quad))
        quads["alone"].append(quad)
        quads["once"].append(once)
        quads["twice"].append(move_quad(once, aligner.predict(canvas.image, once)))
        quads["refined"].append(aligner.refine_quad(canvas.image, quad))
    truths = [canvas.truth for canvas, _ in pairs]
    return {name: asdict(distances(each, truths)) for name, each in quads.items()}


def distances(quads: list[np.ndarray], truths: list[np.ndarray]) -> Distances:
    """Compare quads, at least one, with the true ones."""
    figures = []
    for points in (CORNERS, EYES_AND_MOUTH):
        each = np.array(
            [
                256
                * np.hypot(*(_points(quad, points) - _points(truth, points)).T)
                / quad_side(truth)
                for quad, truth in zip(quads, truths, strict=True)
            ]
        )  # [quads, points]
        figures += [each.mean(), np.quantile(each, 0.95)]
    return Distances(*(round(float(value), 2) for value in figures))


def _points(quad: np.ndarray, points: tuple[tuple[float, float], ...]) -> np.ndarray:
    """Points given from the centre of a quad in its sides, as places in the photo."""
    axes = np.stack([quad[3] - quad[0], quad[1] - quad[0]])
    return quad.mean(0) + np.array(points) @ axes


def write_grid(aligner: Aligner, pairs: list[tuple[Canvas, np.ndarray]], path: Path) -> None:
    """Pictures with crops drawn in (detector red, refined green), then the crops: true, detector's,
    refined; two faces a row.
    """
    rows = [_row(aligner, canvas, quad) for canvas, quad in pairs[: GRID_ROWS * GRID_COLUMNS]]
    if not rows:
        return
    rows += [np.zeros_like(rows[0])] * (-len(rows) % GRID_COLUMNS)
    lines = [
        np.concatenate(rows[k : k + GRID_COLUMNS], axis=1)
        for k in range(0, len(rows), GRID_COLUMNS)
    ]
    Image.fromarray(np.concatenate(lines)).save(path)


def _row(aligner: Aligner, canvas: Canvas, quad: np.ndarray) -> np.ndarray:
    refined = aligner.refine_quad(canvas.image, quad)
    drawn = np.array(canvas.image)
    colors: Mapping[tuple[int, int, int], np.ndarray] = {(255, 0, 0): quad, (0, 255, 0): refined}
    for color, each in colors.items():
        cv2.polylines(drawn, [each.round().astype(np.int32)], True, color, 3)
    tiles = [cv2.resize(drawn, (TILE, TILE), interpolation=cv2.INTER_AREA)]
    for each in (canvas.truth, quad, refined):
        tiles.append(np.asarray(crop_quad(canvas.image, each, TILE)))
    return np.concatenate(tiles, axis=1)
