"""Whether the studio serves groups of people alike, as raters saw them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image

from mbtiface.networks.perceptual import PerceptualFeatures, perceptual_distance
from mbtiface.personality.types import POSITIVE
from train.data.ratings import Ratings
from train.faces.directions import SPLITS, Method, RatedFaces, evidence
from train.faces.population import Population
from train.faces.ridge import fit, r2
from train.metrics.inversion import Render
from train.psp.pictures import to_tensor

AGES = (30.0, 45.0)
"""Limits between the age bands, in years."""
ALL = "all"
WORSE = 0.15
"""Share by which a group may be worse than all faces together."""
R2, SHORT = "R2 ", tuple(POSITIVE.values())
"""Of an axis's held-out reading, by its letter; the one figure that is better the larger it is."""


@dataclass(frozen=True)
class Group:
    """Some of the labelled faces."""

    name: str
    inside: np.ndarray
    """`[faces]` bool."""


@dataclass(frozen=True)
class FaceErrors:
    """How far reconstructions are off, `[faces]` each."""

    l1: np.ndarray
    """Mean absolute difference of pixels, -1..1."""
    l2: np.ndarray
    """Mean squared difference of pixels."""
    features: np.ndarray
    """`perceptual_distance`."""


def groups(ratings: Ratings) -> list[Group]:
    """By the raters' judgement: two genders, three age bands, thirds of skin tone."""
    age, tone = ratings.values["age"], ratings.values["skin-color"]
    low, high = AGES
    light, dark = np.quantile(tone, (1 / 3, 2 / 3))
    return [
        Group("women", ~ratings.male),
        Group("men", ratings.male),
        Group(f"under {low:g}", age < low),
        Group(f"{low:g} to {high:g}", (age >= low) & (age < high)),
        Group(f"{high:g} and older", age >= high),
        Group("skin lightest third", tone <= light),
        Group("skin middle third", (tone > light) & (tone <= dark)),
        Group("skin darkest third", tone > dark),
    ]


def face_errors(
    w: torch.Tensor,  # [faces, num_ws, w_dim]
    originals: Sequence[Image.Image],  # Pictures of one size.
    render: Render,
    perceptual: PerceptualFeatures,
    batch: int = 8,
) -> FaceErrors:
    """Render latents at the originals' size and compare, face by face."""
    size = originals[0].width
    l1, l2, features = [], [], []
    for start in range(0, len(w), batch):
        ours = to_tensor(render(w[start : start + batch], size))
        truth = to_tensor(list(originals[start : start + batch]))
        l1.append((ours - truth).abs().mean((1, 2, 3)))
        l2.append((ours - truth).square().mean((1, 2, 3)))
        with torch.no_grad():
            features.append(perceptual_distance(ours, truth, perceptual))
    l1_all, l2_all, features_all = (torch.cat(parts).numpy() for parts in (l1, l2, features))
    return FaceErrors(l1_all, l2_all, features_all)


def group_leakage(
    method: Method,
    faces: RatedFaces,
    members: Sequence[Group],
    alphas: Sequence[float],
    worn: np.ndarray,
    population: Population,
    seed: int,
) -> dict[str, float]:
    """How much of all else a step of one unit moves, as maps of a group's own faces read it.

    Directions are made from one half of all faces; the maps are fitted on a group's faces of the
    other half, the same number for every group, since few faces make restless maps. For scale,
    "all" is measured on as many faces of any group.

    Returns:
        Root mean square over axes and readings, in units of the step's own axis; group -> value.
    """
    rng = np.random.default_rng(seed)
    everyone = [Group(ALL, np.ones(len(faces.w), dtype=bool)), *members]
    moved: dict[str, list[np.ndarray]] = {each.name: [] for each in everyone}
    axes = faces.scores.shape[1]
    for _ in range(SPLITS):
        made, held = np.array_split(rng.permutation(len(faces.w)), 2)
        steps = method(evidence(faces.part(made), alphas, worn, population))
        rows_of = {each.name: held[each.inside[held]] for each in everyone}
        count = min(len(rows) for rows in rows_of.values())
        for name, rows in rows_of.items():
            part = faces.part(rows[:count])
            readings = steps @ fit(part.w, part.targets, alphas).weight  # [4, targets]
            moved[name].append(readings / np.diag(readings[:, :axes])[:, None])
    off = ~np.eye(axes, faces.targets.shape[1], dtype=bool)
    return {
        name: float(np.sqrt(np.square(np.mean(values, axis=0)[off]).mean()))
        for name, values in moved.items()
    }


def table(
    members: Sequence[Group],
    errors: FaceErrors,
    found: np.ndarray,
    leakage: Mapping[str, float],
    scores: np.ndarray,
    predicted: np.ndarray,
) -> list[dict[str, float | str]]:
    """One row for all faces and one a group.

    Args:
        members: the groups.
        errors: of the reconstructions.
        found: whether the detector found the face, `[faces]` bool.
        leakage: what `group_leakage` returns.
        scores: of the axes, `[faces, 4]`.
        predicted: what maps that have not seen a face read in it, `[faces, 4]`.
    """
    rows: list[dict[str, float | str]] = []
    for each in [Group(ALL, np.ones(len(found), dtype=bool)), *members]:
        values = {
            "L1": errors.l1[each.inside].mean(),
            "L2": errors.l2[each.inside].mean(),
            "feature distance": errors.features[each.inside].mean(),
            "not found": 1 - found[each.inside].mean(),
            "leakage": leakage[each.name],
        }
        inside = each.inside
        shares = r2(scores[inside], predicted[inside])
        values |= {f"{R2}{name}": value for name, value in zip(SHORT, shares, strict=True)}
        numbers = {name: float(f"{value:.4g}") for name, value in values.items()}
        rows.append({"group": each.name, "faces": int(each.inside.sum()), **numbers})
    return rows


def worse(rows: Sequence[Mapping[str, float | str]]) -> list[str]:
    """What is more than `WORSE` worse than that of all faces together, in words."""
    said = []
    for row in rows[1:]:
        for name, value in row.items():
            if name in ("group", "faces"):
                continue
            usual = float(rows[0][name])
            if name.startswith(R2):
                if float(value) < (1 - WORSE) * usual:
                    said.append(f"{row['group']}: {name} {value} where all have {usual}")
            elif float(value) > (1 + WORSE) * usual:
                share = f"{float(value) / usual - 1:+.0%}" if usual else f"{value} where all have 0"
                said.append(f"{row['group']}: {name} {share}")
    return said


def as_markdown(rows: Sequence[Mapping[str, float | str]]) -> str:
    """The rows as a table."""
    head = list(rows[0])
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    for row in rows:
        cells = [
            f"{value:.1%}" if name == "not found" else f"{value}" for name, value in row.items()
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"
