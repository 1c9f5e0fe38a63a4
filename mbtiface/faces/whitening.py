"""W in whitened coordinates: there a mapping network's latents have mean 0 and covariance 1."""

from dataclasses import dataclass

import torch

from mbtiface.errors import InputError
from mbtiface.networks.mapping import random_labels

SAMPLES = 10_000
"""Latents drawn to know the distribution of w."""
BATCH = 250
"""Latents worked on at once: a visitor's photo waits beside an app that fills a small machine."""
LEAST_SHARE = 1e-4
"""Variance of the flattest directions, relative to the widest: keeps the inverse finite."""


@dataclass(frozen=True)
class Whitening:
    """The linear maps between w and whitened coordinates v, along the principal directions."""

    mean: torch.Tensor
    """`[w_dim]`."""
    basis: torch.Tensor
    """`[w_dim, w_dim]`, columns the principal directions, widest first."""
    scale: torch.Tensor
    """`[w_dim]`, deviation along each."""

    def to_v(self, w: torch.Tensor) -> torch.Tensor:
        """`[..., w_dim]` -> the same shape."""
        return (w - self.mean) @ self.basis / self.scale

    def to_w(self, v: torch.Tensor) -> torch.Tensor:
        """`[..., w_dim]` -> the same shape."""
        return self.mean + (v * self.scale) @ self.basis.T

    def to(self, device: torch.device) -> "Whitening":
        """A copy on a device."""
        return Whitening(*(x.to(device, copy=True) for x in (self.mean, self.basis, self.scale)))


def whitening_of(w: torch.Tensor) -> Whitening:
    """Fit to latents `[n, w_dim]`, n at least 2.

    Raises:
        InputError: too few latents, or all alike.
    """
    if w.ndim != 2 or len(w) < 2:
        raise InputError(f"Latents are {list(w.shape)}, but must be [n, w_dim] with n at least 2.")
    # Part by part, so that no double copy of all is made. W lies around 0, as wide as it is far
    # from there: sums of squares lose nothing that doubles could not spare.
    mean = w.mean(0, dtype=torch.float64)
    squares = sum(part.double().T @ part.double() for part in w.split(BATCH))
    covariance = (squares - len(w) * mean[:, None] * mean) / (len(w) - 1)
    values, vectors = torch.linalg.eigh(covariance)
    if values[-1] <= 0:
        raise InputError(f"All {len(w)} latents are alike: they have no spread to whiten.")
    scale = values.clamp_min(LEAST_SHARE * values[-1].item()).sqrt()
    return Whitening(mean.float(), vectors.flip(1).float(), scale.flip(0).float())


@torch.inference_mode(False)  # what is fitted here must be usable where gradients are needed
@torch.no_grad()
def sample_whitening(mapping: torch.nn.Module, seed: int = 0) -> Whitening:
    """Fit to `SAMPLES` latents of a mapping network; a second on two cores."""
    random = torch.Generator().manual_seed(seed)
    z_dim = int(mapping.z_dim)  # type: ignore[arg-type]  # an int on every mapping
    device = next(mapping.parameters()).device
    batches = []
    for _ in range(SAMPLES // BATCH):
        z = torch.randn(BATCH, z_dim, generator=random).to(device)
        c = random_labels(mapping, BATCH, random)
        # Copied: a view would keep all rows of w+ alive.
        w = mapping(z, None if c is None else c.to(device))[:, 0]
        batches.append(w.clone())  # [BATCH, w_dim]
    return whitening_of(torch.cat(batches))
