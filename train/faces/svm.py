"""A linear support vector machine with squared hinge loss, for InterFaceGAN's directions."""

import numpy as np
from scipy.optimize import minimize

ALPHA = 1.0
"""Pull of the normal to 0, in the unit of `ridge.ALPHAS`: there the maps do best too."""


def normals(x: np.ndarray, y: np.ndarray, alpha: float = ALPHA) -> np.ndarray:
    """Normals of the boundaries between the upper and the lower half of each target.

    Minimises `sum(max(0, 1 - s (x v + b))^2) + alpha scale |v|^2`, with s = +1 above a
    target's median and -1 elsewhere, and scale the mean squared length of the centred inputs.

    Args:
        x: `[n, dims]`.
        y: `[n, targets]`.
        alpha: strength of the pull.

    Returns:
        Unit vectors toward the upper half, `[dims, targets]`.
    """
    scale = np.sqrt(np.square(x - x.mean(0)).sum(1).mean())
    centred = (x - x.mean(0)) / scale
    found = [_normal(centred, np.where(column > np.median(column), 1, -1), alpha) for column in y.T]
    return np.stack([normal / np.linalg.norm(normal) for normal in found], axis=1)


def _normal(x: np.ndarray, sign: np.ndarray, alpha: float) -> np.ndarray:
    """The boundary's normal `[dims]`, of no set length."""

    def loss(parameters: np.ndarray) -> tuple[float, np.ndarray]:
        normal, bias = parameters[:-1], parameters[-1]
        short = np.maximum(0, 1 - sign * (x @ normal + bias))  # how far on the wrong side
        slope = -2 * sign * short
        value = short @ short + alpha * normal @ normal
        return value, np.append(x.T @ slope + 2 * alpha * normal, slope.sum())

    started = np.zeros(x.shape[1] + 1)
    return minimize(loss, started, jac=True, method="L-BFGS-B").x[:-1]
