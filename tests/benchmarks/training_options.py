"""What may be said about a run of the training benchmark."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from mbtiface.errors import InputError

VariantName = Literal[
    "plain",
    "eager",
    "grouped",
    "channels_last",
    "bf16",
    "bf16_channels_last",
    "fp16",
    "compile",
    "bf16_compile",
]


@dataclass(frozen=True)
class TrainingOptions:
    """The phases of GAN training on this machine: times, memory, distance from what it can do."""

    sides: tuple[int, ...] = (64, 128, 256)
    """Sides of the pictures in px."""
    variants: tuple[VariantName, ...] = ()
    """Ways of computing; none = all that this device has."""
    preset: str | None = None
    """Widths and batch of this training preset (`auto`, `paper256`, ...); None = those below."""
    batch: int = 16
    """Pictures in an update."""
    channel_base: int = 2048
    """Feature maps times side in px, for wide blocks."""
    channel_max: int = 256
    """Most feature maps of a block."""
    augment: str | None = None
    """Preset of augmentations, at p 0.5; None = pictures are shown as they are."""
    rounds: int = 3
    """How often each phase is timed; two more rounds come first, unnoted."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """`auto` is the GPU if there is one."""
    cores: int = 2
    """Processor cores to use, of those that this process may."""
    json: Path | None = None
    """File for everything that was measured; None writes none."""

    def __post_init__(self) -> None:
        if min(self.rounds, self.cores, self.channel_base, self.channel_max) < 1:
            raise InputError(
                f"{self.rounds} rounds, {self.cores} cores, channel_base {self.channel_base}, "
                f"channel_max {self.channel_max}: use at least 1 of each."
            )
        if self.batch < 4 or self.batch % 4:
            raise InputError(f"A batch is a multiple of 4, but is {self.batch}.")
        # Not with the networks' own check: torch must not be loaded before the cores are chosen.
        for side in self.sides:
            if side < 8 or side & (side - 1):
                raise InputError(f"A side is a power of two and at least 8, but is {side}.")
