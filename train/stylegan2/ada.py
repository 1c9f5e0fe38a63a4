"""Adaptive augmentation: the controller of p (StyleGAN2-ADA, arXiv 2006.06676, section 3.1)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch

from mbtiface.errors import InputError


@dataclass(frozen=True)
class AdaOptions:
    """How p follows the discriminator."""

    target: float = 0.6
    """r_t = mean sign of the logits of real pictures that p is steered to, -1..1."""
    kimg: float = 500.0
    """Thousands of pictures in which p may move by 1."""
    interval: int = 4
    """Iterations from one adjustment to the next."""
    start: float = 0.0
    """p at the beginning; with `fixed` all the time."""
    fixed: bool = False
    """Keep p where it is."""

    def __post_init__(self) -> None:
        """Refuse what cannot be steered."""
        if self.start < 0 or self.kimg <= 0 or self.interval < 1:
            raise InputError(
                f"p starts at 0 or above, kimg is above 0, interval at least 1; but they are "
                f"{self.start}, {self.kimg}, {self.interval}."
            )


def adjusted(p: float, mean_sign: float, target: float, images: int, kimg: float) -> float:
    """P after an adjustment for `images` pictures: up above the target, down below, never below 0.

    p may pass 1, where every transform is always drawn; a mean on the target changes nothing.
    """
    direction = (mean_sign > target) - (mean_sign < target)
    return max(p + direction * images / (kimg * 1000), 0.0)


class AdaController:
    """p, and the signs reported since its last adjustment."""

    def __init__(
        self,
        options: AdaOptions,
        device: torch.device | str = "cpu",  # where the logits lie
    ) -> None:
        self.options = options
        self.p = options.start
        self.mean_sign = 0.0
        self._tally = torch.zeros(2, dtype=torch.float64, device=device)

    def report(self, real_logits: torch.Tensor) -> None:
        """Take the signs of logits of real pictures, any shape, from whichever phase."""
        signs = real_logits.detach().sign().double()
        self._tally += torch.stack([signs.sum(), signs.new_tensor(float(signs.numel()))])

    def due(self, iteration: int) -> bool:
        """Whether p is adjusted after this iteration, counted from 0."""
        return (iteration + 1) % self.options.interval == 0

    def take_tally(self) -> torch.Tensor:
        """Sum and count of the signs so far, `[2]`; start counting anew."""
        tally, self._tally = self._tally, torch.zeros_like(self._tally)
        return tally

    def adjust(self, tally: torch.Tensor, batch: int) -> None:
        """Adjust p from a tally over all processes; `batch` pictures an iteration over all."""
        total, count = tally.tolist()
        if not count:
            return
        self.mean_sign = total / count
        if not self.options.fixed:
            images = batch * self.options.interval
            self.p = adjusted(
                self.p, self.mean_sign, self.options.target, images, self.options.kimg
            )

    def state_dict(self) -> dict[str, Any]:
        """What going on needs."""
        return {"p": self.p, "mean_sign": self.mean_sign, "tally": self._tally.cpu()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from a kept state; a fixed p stays what the options say."""
        self.mean_sign = float(state["mean_sign"])
        self._tally = state["tally"].to(self._tally.device)
        if not self.options.fixed:
            self.p = float(state["p"])
