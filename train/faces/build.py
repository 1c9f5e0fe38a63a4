"""From labelled latents to the tensors of `faces.safetensors` and the figures beside them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from mbtiface.faces.morph import INERT_ROWS
from mbtiface.personality.types import AXES, LETTERS, NEGATIVE, POSITIVE
from train.data.labels import Labels
from train.faces import chance, directions, means, ridge
from train.faces.known import Known
from train.faces.map_noise import map_noise
from train.faces.population import Population
from train.faces.telling_age import TellingAge, unshrunk_map

OWN_GENDER = 0.5
"""Share of a gender's own map in its directions; the rest is the map of all faces."""
MAX_PRIOR = 200
SEEN_R2 = 0.02
"""R2 of held-out faces from which they show an axis; of a thousand faces chance gives a hundredth
or two."""


@dataclass(frozen=True)
class Options:
    """What may be chosen by eye."""

    step: float
    """Mahalanobis length of a move from 0 to 1 at the default strength."""
    fine_from: int
    """First row of w+ that moves less."""
    fine_weight: float
    """How much less: factor on the directions from that row on."""
    num_ws: int = 18
    """Rows of w+."""

    @property
    def acting(self) -> int:
        """Rows that act; those after it follow the last of them."""
        return self.num_ws - INERT_ROWS


def layer_weights(options: Options) -> np.ndarray:
    """Factor of each row, `[num_ws]`."""
    weights = np.ones(options.num_ws)
    weights[options.fine_from :] = options.fine_weight
    weights[options.acting :] = weights[options.acting - 1]
    return weights


def build(
    w: np.ndarray,
    labels: Labels,
    known: Known,
    telling: TellingAge,
    population: Population,
    options: Options,
    seed: int,
) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    """Fit everything.

    Args:
        w: latents `[faces, w_dim]` in the order of the labels.
        labels: axis scores.
        known: what is held still, and what averages are adjusted for.
        telling: maps of age and youth, and of what is worn.
        population: of the generator that the latents belong to.
        options: strength and layer weights.
        seed: of the halvings that leakage is measured over.

    Returns:
        Tensors by the names of `mbtiface.faces.averages`, and the figures for the manifest.
    """
    faces = directions.RatedFaces(w, labels.scores, known.held)
    alphas = ridge.choose_alphas(w, faces.targets, labels.folds)
    read = ridge.fit(w, faces.targets, alphas)
    cells, priors = _means(w, labels, known.adjusted, population)
    steps, gaps = _directions(faces, labels.male, alphas, read, telling.worn, cells, population)
    tensors = _means_tensors(cells, options)
    weights = layer_weights(options)
    # A step of one unit must read one unit although fine rows move less.
    felt = weights[: options.acting].mean()
    tensors["directions"] = torch.from_numpy(
        np.einsum("gkd,n->gknd", steps / felt, weights)
    )  # [2, 4, num_ws, w_dim]
    tensors |= _maps(w, labels, read, telling, gaps, cells, options)
    lengths = population.distance(steps.mean(0))  # [4]
    tensors["strength"] = torch.from_numpy(options.step / lengths)
    tensors["w_avg"] = torch.from_numpy(population.mean)
    tensors["latent.mean"] = torch.from_numpy(population.mean)
    tensors["latent.scale"] = torch.from_numpy(np.sqrt(np.diag(population.covariance)))
    figures = measure(faces, known.names, labels.folds, alphas, telling.worn, population, seed)
    if unseen := [axis for axis in AXES if figures["r2"][axis] < SEEN_R2]:
        figures["unseen_axes"] = unseen
    if telling.figures:
        figures["young_faces"] = telling.figures
    figures["prior_count"] = priors
    if chance.enough_faces(labels):
        axis_alphas = alphas[: len(AXES)]
        figures["bootstrap"] = chance.bootstrap(w, known.adjusted, labels, axis_alphas, seed)
    if known.ratings is not None:
        figures["type_ratings"] = chance.type_ratings(labels, known.ratings)
    figures["strength"] = dict(zip(AXES, (options.step / lengths).round(3).tolist(), strict=True))
    kept = {
        name: value.float() if value.is_floating_point() else value.int()
        for name, value in tensors.items()
    }
    return kept, figures


def measure(
    faces: directions.RatedFaces,
    held: Sequence[str],
    folds: np.ndarray,
    alphas: list[float],
    worn: np.ndarray,
    population: Population,
    seed: int,
) -> dict[str, Any]:
    """Cross-validated R2 of the axes, and what each way of making directions carries along.

    `held` names the first covariates; those after it are pose.
    """
    targets = faces.targets
    names = [*AXES, *held]
    names += [f"pose {k + 1}" for k in range(targets.shape[1] - len(names))]
    score = ridge.r2(targets, ridge.nested_predictions(faces.w, targets, folds))
    figures: dict[str, Any] = {"r2": dict(zip(names, score.round(3).tolist(), strict=True))}
    figures["leakage"] = {}
    halves = list(directions.halvings(faces, alphas, worn, population, seed))
    for name, method in directions.METHODS.items():
        moved, lengths = directions.leakage(method, halves)
        figures["leakage"][name] = directions.as_json(moved, lengths, names)
    return figures


def _means(
    w: np.ndarray, labels: Labels, covariates: np.ndarray, population: Population
) -> tuple[list[means.Means], list[int]]:
    inverse = np.linalg.inv(population.covariance)
    cells, priors = [], []
    for male in (False, True):
        inside = labels.male == male
        scores = labels.scores[inside]
        adjusted = means.adjust(w[inside], scores, covariates[inside])
        signs = np.where(scores > 0, 1, -1)
        prior = means.choose_prior(adjusted, signs, labels.folds[inside], inverse)
        priors.append(min(prior, MAX_PRIOR))
        cells.append(means.gender_means(adjusted, scores, priors[-1]))
    return cells, priors


def _directions(
    faces: directions.RatedFaces,
    are_male: np.ndarray,
    alphas: list[float],
    read: ridge.LinearMap,
    worn: np.ndarray,
    cells: list[means.Means],
    population: Population,
) -> tuple[np.ndarray, np.ndarray]:
    """Steps `[2, 4, w_dim]` from midpoint to letter, and what the map of all reads there, `[4]`."""
    gaps = np.mean([_gaps(cell, read) for cell in cells], axis=0)
    parts = [faces.part(are_male == male) for male in (False, True)]
    noises = [map_noise(part.w, part.targets, alphas, population.covariance) for part in parts]
    # The map of all is about the mean of the two genders' maps, so its chance is theirs too.
    other_share = (1 - OWN_GENDER) / 2
    steps = []
    for inside, noise, other in zip(parts, noises, noises[::-1], strict=True):
        own = ridge.fit(inside.w, inside.targets, alphas)
        weight = OWN_GENDER * own.weight + (1 - OWN_GENDER) * read.weight
        still = ridge.LinearMap(np.column_stack([weight, worn]), read.bias)
        blended = (1 - other_share) ** 2 * noise + other_share**2 * other
        step = directions.noise_corrected(directions.Evidence(inside, population, still, blended))
        # In the unit of the map of all, whatever the blend reads.
        own_reading = np.einsum("kd,dk->k", step, read.weight[:, :4])
        steps.append(step * (gaps / own_reading)[:, None])
    return np.stack(steps), gaps


def _gaps(cell: means.Means, read: ridge.LinearMap) -> np.ndarray:
    """Half of what the map reads between the two letters' averages, for each axis."""
    readings = read(cell.letters)[:, :4]  # [8, 4]
    return np.array(
        [
            (
                readings[LETTERS.index(POSITIVE[axis]), k]
                - readings[LETTERS.index(NEGATIVE[axis]), k]
            )
            / 2
            for k, axis in enumerate(AXES)
        ]
    )


def _maps(
    w: np.ndarray,
    labels: Labels,
    read: ridge.LinearMap,
    telling: TellingAge,
    gaps: np.ndarray,
    cells: list[means.Means],
    options: Options,
) -> dict[str, torch.Tensor]:
    """Impression in units of the letters' averages, age in years, gender 0..1, over rows of w+."""
    weight = read.weight[:, :4].T / gaps[:, None]  # [4, w_dim]
    middle = np.mean([cell.letters.reshape(4, 2, -1).mean(1) for cell in cells], axis=0)
    bias = -np.einsum("kd,kd->k", weight, middle)
    maps = {"impression.weight": weight, "impression.bias": bias}
    gender, _ = unshrunk_map(w, labels.male.astype(float), labels.folds)
    for name, each in (("young", telling.young), ("age", telling.age), ("gender", gender)):
        maps |= {f"{name}.weight": each.weight.T, f"{name}.bias": each.bias}
    # Each acting row counts alike.
    share = np.zeros(options.num_ws)
    share[: options.acting] = 1 / options.acting
    return {
        name: torch.from_numpy(
            np.einsum("vd,n->vnd", value, share) if name.endswith("weight") else value
        )
        for name, value in maps.items()
    }


def _means_tensors(cells: list[means.Means], options: Options) -> dict[str, torch.Tensor]:
    def rows(values: list[np.ndarray]) -> torch.Tensor:
        stacked = torch.from_numpy(np.stack(values))
        return stacked.unsqueeze(-2).repeat_interleave(options.num_ws, dim=-2)

    return {
        "gender_means": rows([cell.gender for cell in cells]),
        "type_means": rows([cell.types for cell in cells]),
        "type_counts": torch.from_numpy(np.stack([cell.type_counts for cell in cells])),
        "letter_means": rows([cell.letters for cell in cells]),
        "letter_counts": torch.from_numpy(np.stack([cell.letter_counts for cell in cells])),
    }
