"""The random numbers of one call of the augmentation pipe, one row a picture."""

import math

import torch

from mbtiface.errors import InputError


class Draws:
    """Random numbers on the CPU: a picture's fate does not depend on the device it lies on.

    Under a percentile every number is that percentile of its distribution and every chance comes
    true, so that each augmentation can be looked at alone.
    """

    def __init__(
        self,
        batch: int,  # pictures
        p: float,  # probability that multipliers of 1 stand for
        percentile: float | None = None,  # within 0..1; None = draw
        generator: torch.Generator | None = None,  # on the CPU; None = torch's global one
    ) -> None:
        if percentile is not None and not 0 < percentile < 1:
            raise InputError(f"debug_percentile must lie between 0 and 1, but is {percentile}")
        self.batch = batch
        self.p = p
        self.percentile = percentile
        self._generator = generator

    def uniform(self) -> torch.Tensor:
        """Numbers from 0 to 1, 1 excluded: [batch]."""
        if self.percentile is not None:
            return torch.full([self.batch], self.percentile)
        return torch.rand(self.batch, generator=self._generator)

    def choice(self, ways: int) -> torch.Tensor:
        """Whole numbers from 0 to ways - 1, as floats: [batch]."""
        return (self.uniform() * ways).floor()

    def normal(self) -> torch.Tensor:
        """Numbers of mean 0 and variance 1: [batch]; under a percentile without the sqrt(2)."""
        if self.percentile is not None:
            return torch.full([self.batch], 2 * self.percentile - 1).erfinv()
        return torch.randn(self.batch, generator=self._generator)

    def half_normal(self) -> torch.Tensor:
        """Magnitudes of numbers of mean 0 and variance 1: [batch]."""
        if self.percentile is not None:
            return torch.full([self.batch], self.percentile).erfinv()
        return torch.randn(self.batch, generator=self._generator).abs()

    def octaves(self, std: float) -> torch.Tensor:
        """Positive factors whose binary logarithm has mean 0 and the given deviation: [batch]."""
        return (self.normal() * std).exp2()

    def angle(self, half_turns: float) -> torch.Tensor:
        """Angles in radians, at most so many half turns to either side: [batch]."""
        return (self.uniform() * 2 - 1) * math.pi * half_turns

    def where(self, chance: float, value: torch.Tensor, neutral: float) -> torch.Tensor:
        """The value with that chance, otherwise the neutral number: [batch]."""
        if self.percentile is not None:
            return value
        chosen = torch.rand(self.batch, generator=self._generator) < chance
        return torch.where(chosen, value, neutral)

    def field(self, like: torch.Tensor) -> torch.Tensor:
        """Numbers of mean 0 and variance 1, in the shape, dtype and device of `like`.

        They never follow the percentile. Without an own generator they come from the device's.
        """
        if self._generator is None:
            return torch.randn_like(like)
        return torch.randn(like.shape, generator=self._generator, dtype=like.dtype).to(like.device)
