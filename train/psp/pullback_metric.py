"""How much a change of w is seen, on average over faces: a metric on W pulled back from pictures.

With r(w) a picture's features as `feature_distance` compares them, and J = dr/dw, a small step d
changes the picture by |J d|^2 = d' (J' J) d. The mean of J'J over faces lets an encoder that is
trained on latents alone err where nobody sees it (the Gauss-Newton matrix of the perceptual loss).
For white noise v, E[(J'v)(J'v)'] = J'J: one backward pass a sample, no Jacobian.
"""

import logging
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch.nn import functional

from mbtiface.networks.perceptual import PerceptualFeatures, unit_length
from train.faces.population import Population
from train.psp.reconstruction import Reconstruction
from train.runs.checkpoint import write_tensors

log = logging.getLogger(__name__)

PIXEL_SIZE = 64
"""Pixels are compared at this size beside the features: colours and light."""
PIXEL_WEIGHT = 1.0


def pullback_metric(
    render: Callable[[torch.Tensor], torch.Tensor],  # w [batch, w_dim] -> pictures, -1..1.
    perceptual: PerceptualFeatures,
    ws: torch.Tensor,  # Faces to average over, [n, w_dim].
    seed: int = 0,  # Of the noise.
    batch: int = 4,
) -> torch.Tensor:
    """Mean of J'J over the faces, `[w_dim, w_dim]` float64, from one noise sample a face."""
    random = torch.Generator().manual_seed(seed)
    total = torch.zeros(ws.shape[1], ws.shape[1], dtype=torch.float64)
    for number, part in enumerate(ws.split(batch)):
        w = part.clone().requires_grad_(True)
        pictures = render(w)
        projected = torch.zeros(())
        for residual in residuals(pictures, perceptual):
            noise = torch.randn(residual.shape, generator=random)
            projected = projected + (residual * noise.to(residual.device)).sum().cpu()
        (gradient,) = torch.autograd.grad(projected, w)
        g = gradient.cpu().double()
        total += g.T @ g
        if number % 50 == 0:
            log.info("metric: %d of %d faces", number * batch, len(ws))
    return total / len(ws)


def residuals(pictures: torch.Tensor, perceptual: PerceptualFeatures) -> Sequence[torch.Tensor]:
    """What the distance squares and sums: unit features and small pixels, scaled to means."""
    parts = []
    for feature in perceptual(pictures):
        area = feature.shape[2] * feature.shape[3]
        parts.append(unit_length(feature.float()) * area**-0.5)
    small = functional.adaptive_avg_pool2d(pictures.float(), PIXEL_SIZE)
    parts.append(small * (PIXEL_WEIGHT / small[0].numel()) ** 0.5)
    return parts


def cached_metric(
    folder: Path,
    reconstruction: Reconstruction,
    perceptual: PerceptualFeatures,
    faces: torch.Tensor,
    population: Population,
) -> torch.Tensor:
    """The metric kept in a dataset's folder, made if need be; scaled for use as a loss.

    Args:
        folder: dataset folder; `metric.safetensors` is its home.
        reconstruction: draws the pictures.
        perceptual: looks at them.
        faces: w to average over, `[n, w_dim]`, if it must be made.
        population: of w; scales the metric so that a random face is at a distance of about 1.

    Returns:
        `[w_dim, w_dim]` float32, on the CPU.
    """
    path = folder / "metric.safetensors"
    if not path.exists():
        num_ws = int(reconstruction.synthesis.num_ws)  # type: ignore[arg-type]

        def render(w: torch.Tensor) -> torch.Tensor:
            device = next(reconstruction.parameters()).device
            return reconstruction(w[:, None].expand(-1, num_ws, -1).to(device))

        metric = pullback_metric(render, perceptual, faces)
        write_tensors(path, {"metric": metric.float()})
    metric = load_file(path)["metric"].double()
    spread = torch.trace(metric @ torch.from_numpy(population.covariance))
    return (metric / spread).float()
