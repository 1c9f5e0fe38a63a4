"""How a bundle tells adults from children: maps of age and of young faces, and what is worn."""

import logging
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from mbtiface.errors import SourceError
from mbtiface.faces.studio import ADULT_AGE, YOUNG_LIMIT
from mbtiface.weights.bundle import open_bundle
from mbtiface.weights.card import AGE_OF_EMBEDDED, ALL_ADULTS, FITTED_AGE
from train.data.by_eye import SEEN, SeenFaces
from train.data.labels import Labels
from train.data.ratings import FOLDS
from train.faces import ridge

log = logging.getLogger(__name__)

WORN = ("glasses", "headwear")
WORN_ALPHA = YOUNG_ALPHA = 1.0
"""Ridge strength of the maps fitted on the faces judged by eye."""
YOUNG_REFUSED = 0.985
"""Share of the young faces seen that the map of young faces must refuse."""
LEAST_R2 = 0.2
"""Of ages of held-out faces; a map that reads them worse cannot tell who is a child."""
LEAST_SLOPE = 0.1
"""Least share of a difference that a map is taken to read: one that reads next to nothing must
not be blown up without end."""
YEARS_A_UNIT = 20.0
"""Where youth is read off the map of age: 0.5 at `ADULT_AGE`, 0.7 four years below it."""
CONSTANT_AGE = 40.0
"""Years that a map reads which tells nobody's age; only that it is an adult's counts."""


@dataclass(frozen=True)
class TellingAge:
    """Maps from w, and where they come from."""

    age: ridge.LinearMap
    """Years."""
    young: ridge.LinearMap
    """0.5 and more where a face may be a child's or a teenager's."""
    worn: np.ndarray
    """Maps `[w_dim, k]` of what is held still without labels."""
    worn_names: tuple[str, ...]
    """What of it is worn."""
    source: str
    """Of the map of age: `FITTED_AGE`, `AGE_OF_EMBEDDED` or `ALL_ADULTS`."""
    figures: dict[str, Any] = field(default_factory=dict)
    """Of the map of young faces: shares that it refuses, where there are faces to count."""

    @property
    def young_rule(self) -> str:
        """Where the map of young faces comes from, in words."""
        if self.figures:
            return f"fitted on {SEEN} made-up faces judged by eye"
        if self.source == ALL_ADULTS:
            return "constant: no face reads as young"
        return f"the map of age in another unit: {YOUNG_LIMIT:g} at {ADULT_AGE:g} years"


def tell_age(
    w: np.ndarray,
    labels: Labels,
    age: np.ndarray | None,
    seen: SeenFaces | None,
    trained_on_adults: bool,
) -> TellingAge:
    """Make the maps by what there is.

    Args:
        w: latents of the labelled faces, `[faces, w_dim]`.
        labels: their folds.
        age: their ages in years, `[faces]`; None = not known.
        seen: made-up faces of the generator judged by eye; None = it makes other faces.
        trained_on_adults: whether the generator is said to have seen adults only, so that no map
            is needed where none can be had.

    Raises:
        SourceError: children could not be told.
    """
    fitted = None if age is None else _readable_age(w, age, labels.folds)
    if seen is not None:
        young, refused = young_map(seen)
        worn = worn_maps(seen, young)
        if fitted is not None:
            return TellingAge(fitted, young, worn, WORN, FITTED_AGE, refused)
        taken = embedded_age()
        log.info("the map of age is the embedded bundle's: the labels have no age to fit one on")
        worn = np.column_stack([worn, taken.weight])
        return TellingAge(taken, young, worn, WORN, AGE_OF_EMBEDDED, refused)
    nothing = np.zeros((w.shape[1], 0))
    if fitted is not None:
        return TellingAge(fitted, young_by_age(fitted), nothing, (), FITTED_AGE)
    if not trained_on_adults:
        why = "The labels have no age" if age is None else "The latents do not show the ages given"
        raise SourceError(
            f"{why}, and nobody judged faces of this generator by eye (train/data/by_eye.py has "
            "those of StyleGAN2's FFHQ weights), so children among its samples cannot be told. Add "
            "a column `age` in years to the table of types and label again; or, if the generator, "
            "and whatever weights it started from, was trained on photos of adults only, say so by "
            "--trained-on-adults."
        )
    log.warning("every face will read as an adult's: the generator is said to know adults only")
    flat = np.zeros((w.shape[1], 1))
    constant = ridge.LinearMap(flat, np.array([CONSTANT_AGE]))
    return TellingAge(constant, ridge.LinearMap(flat, np.zeros(1)), nothing, (), ALL_ADULTS)


def unshrunk_map(
    w: np.ndarray, values: np.ndarray, folds: np.ndarray
) -> tuple[ridge.LinearMap, float]:
    """A map whose readings do not shrink toward the mean, and its R2 on held-out faces.

    Args:
        w: `[faces, w_dim]`.
        values: `[faces]`.
        folds: `[faces]`.
    """
    target = values[:, None]
    fitted = ridge.fit(w, target, ridge.choose_alphas(w, target, folds))
    # Ridge draws readings toward the mean; a limit on age needs readings that do not shrink.
    predicted = ridge.nested_predictions(w, target, folds)
    slope = max(np.cov(predicted[:, 0], values)[0, 1] / values.var(ddof=1), LEAST_SLOPE)
    bias = (fitted.bias - values.mean()) / slope + values.mean()
    return ridge.LinearMap(fitted.weight / slope, bias), float(ridge.r2(target, predicted)[0])


def _readable_age(w: np.ndarray, age: np.ndarray, folds: np.ndarray) -> ridge.LinearMap | None:
    fitted, r2 = unshrunk_map(w, age, folds)
    if r2 >= LEAST_R2:
        return fitted
    log.warning(
        "ages cannot be read from these latents: R2 %.2f of held-out faces, needed is %.2f. A map "
        "of age is not fitted.",
        r2,
        LEAST_R2,
    )
    return None


def embedded_age() -> ridge.LinearMap:
    """The embedded bundle's map of age, for latents of the same mapping network."""
    tensors = open_bundle("embedded").tensors("faces")
    weight = tensors["age.weight"].double().sum(1).numpy().T  # [w_dim, 1]
    return ridge.LinearMap(weight, tensors["age.bias"].double().numpy())


def young_by_age(age: ridge.LinearMap) -> ridge.LinearMap:
    """Youth as the map of age tells it: 0.5 at `ADULT_AGE`, more below."""
    bias = YOUNG_LIMIT + (ADULT_AGE - age.bias) / YEARS_A_UNIT
    return ridge.LinearMap(-age.weight / YEARS_A_UNIT, bias)


def worn_maps(seen: SeenFaces, young: ridge.LinearMap) -> np.ndarray:
    """Maps `[w_dim, 3]` of what is held still without ratings: glasses, headwear, youth."""
    # Far out, a step that leaves the reading of age alone may still lead to a child's face.
    worn = ridge.fit(seen.w, seen.worn, [WORN_ALPHA] * len(WORN)).weight
    return np.column_stack([worn, young.weight])


def young_map(seen: SeenFaces) -> tuple[ridge.LinearMap, dict[str, float]]:
    """A map that reads 0.5 where `YOUNG_REFUSED` of held-out young faces read more.

    Returns:
        The map, and the shares of young faces and of adults that it refuses, cross-validated.
    """
    target = seen.young.astype(float)[:, None]
    folds = np.arange(SEEN) % FOLDS
    held = ridge.nested_predictions(seen.w, target, folds, [YOUNG_ALPHA])[:, 0]
    limit = float(np.quantile(held[seen.young], 1 - YOUNG_REFUSED))
    fitted = ridge.fit(seen.w, target, [YOUNG_ALPHA])
    shares = {
        "young refused": round(float((held[seen.young] >= limit).mean()), 3),
        "adults refused": round(float((held[~seen.young] >= limit).mean()), 3),
    }
    return ridge.LinearMap(fitted.weight, fitted.bias + 0.5 - limit), shares
