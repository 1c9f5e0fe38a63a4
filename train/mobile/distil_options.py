"""What distilling a teacher may be asked for."""

import math
from dataclasses import dataclass, field, fields

from mbtiface.errors import InputError

EMBEDDED_START = "embedded"
NO_START = "none"


@dataclass(frozen=True)
class DistilWeights:
    """Weight of each term of the student's loss; 0 switches it off."""

    l1: float = 1.0
    """Mean absolute difference of pixels, added up over levels."""
    wavelet_l1: float = 1.0
    """Mean absolute difference of wavelet coefficients, added up over levels."""
    l2: float = 1.0
    """Mean squared difference of pixels, which is that of coefficients, added up over levels."""
    perceptual: float = 0.2
    """Distance of EfficientNet-Lite0's features of the full picture."""
    adversarial: float = 0.02
    """Non-saturating loss of a discriminator that tells the student's pictures from the
    teacher's."""

    def __post_init__(self) -> None:
        """Refuse weights below 0, and a loss that compares nothing."""
        for each in fields(self):
            if not 0 <= getattr(self, each.name) < math.inf:
                raise InputError(f"The weight {each.name} is {getattr(self, each.name)}; use >= 0.")
        if not (self.l1 or self.wavelet_l1 or self.l2):
            raise InputError("No term compares pixels: give l1, wavelet_l1 or l2 a weight.")


@dataclass(frozen=True)
class DistilOptions:
    """How a student is made and trained."""

    channels: tuple[int, ...] = ()
    """Channels after each of the student's blocks, 8 px first; none = the teacher's."""
    width: float = 1.0
    """Factor on the teacher's channels where `channels` is not given."""
    start: str = EMBEDDED_START
    """Bundle whose mobile generator the student starts from where shapes allow: a folder,
    `embedded`, or `none`."""
    steps: int = 40_000
    """Steps of the whole run."""
    batch: int = 16
    """Pictures in a step, over all processes."""
    learning_rate: float = 1e-2
    """Highest learning rate, as a part of each tensor's own size (train/mobile/step_sizes.py)."""
    warm_up: float = 0.02
    """Part of the steps over which the learning rate rises."""
    psi: tuple[float, float] = (0.5, 1.0)
    """Range of the truncation that latents are drawn with."""
    mixing: float = 0.3
    """Share of latents whose late rows are another latent's."""
    perceptual_size: int = 256
    """Height and width in px at which features are compared; larger pictures are averaged."""
    adversarial_from: float = 0.3
    """Part of the steps after which the discriminator takes part."""
    discriminator_base: int = 8192
    """Channels of a new discriminator times the size in px that they see."""
    discriminator_max: int = 256
    """Most channels of a new discriminator."""
    discriminator_rate: float = 2e-3
    """Learning rate of the discriminator."""
    r1_gamma: float = 1.0
    """Weight of the gradient penalty; 0 = none."""
    r1_interval: int = 16
    """Steps between penalties, each of which counts that many times."""
    ema: float = 0.999
    """Share of the averaged weights that stays at each step."""
    held_out: int = 64
    """Latents that are never trained on, for the report."""
    save_steps: int = 200
    """Steps between states."""
    report_steps: int = 500
    """Steps between looks at held-out latents."""
    seed: int = 1
    """Of first weights and latents."""
    weights: DistilWeights = field(default_factory=DistilWeights)
    """Terms of the loss."""

    def __post_init__(self) -> None:
        """Refuse numbers that no run could use, before anything is built."""
        counts = ("steps", "batch", "held_out", "save_steps", "report_steps", "r1_interval")
        for name in (*counts, "perceptual_size", "discriminator_base", "discriminator_max"):
            if getattr(self, name) < 1:
                raise InputError(f"{name} is {getattr(self, name)}, but must be at least 1.")
        for name in ("mixing", "adversarial_from", "warm_up", "ema"):
            if not 0 <= getattr(self, name) <= 1:
                raise InputError(f"{name} is {getattr(self, name)}, but must be from 0 to 1.")
        if not 0 <= self.psi[0] <= self.psi[1]:
            raise InputError(f"psi is {self.psi}; give the smaller bound first, both from 0 up.")
        if self.width <= 0 or self.r1_gamma < 0 or self.learning_rate <= 0:
            raise InputError(
                f"width {self.width} and learning_rate {self.learning_rate} must be above 0, "
                f"r1_gamma {self.r1_gamma} not below."
            )
