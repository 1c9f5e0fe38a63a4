"""How a GAN is trained, as frozen values; the presets are a table in presets.py."""

from dataclasses import dataclass, field, replace
from typing import Literal

from mbtiface.errors import InputError

Method = Literal["stylegan", "stylegan2"]
Precision = Literal["float32", "float16", "bfloat16"]


@dataclass(frozen=True)
class NetworkOptions:
    """Both networks."""

    method: Method = "stylegan2"
    """`stylegan2`, or `stylegan`: the first generator, no path length regularisation."""
    z_dim: int = 512
    """Size of the input latent."""
    w_dim: int = 512
    """Size of the intermediate latent."""
    mapping_layers: int = 8
    """Fully connected layers from z to w."""
    channel_base: int = 32768
    """Feature maps times side in px, for wide blocks, of both networks."""
    channel_max: int = 512
    """Most feature maps of a block."""
    mbstd_group: int = 4
    """Pictures in a group of the minibatch deviation."""

    def __post_init__(self) -> None:
        """Refuse sizes below 1."""
        for name in ("z_dim", "w_dim", "mapping_layers", "channel_max", "mbstd_group"):
            if getattr(self, name) < 1:
                raise InputError(f"{name} is at least 1, but is {getattr(self, name)}.")


@dataclass(frozen=True)
class LossOptions:
    """Both losses and their regularisation."""

    r1_gamma: float = 10.0
    """Weight of the R1 penalty; 0 = none."""
    d_reg_interval: int = 16
    """Iterations from one R1 update to the next."""
    pl_weight: float = 2.0
    """Weight of the path length penalty; 0 = none."""
    pl_decay: float = 0.01
    """Share of the mean path length that each such update replaces."""
    pl_batch_shrink: int = 2
    """The penalty takes the batch divided by this."""
    g_reg_interval: int = 4
    """Iterations from one path length update to the next."""
    style_mixing: float = 0.9
    """Chance that later layers follow another latent."""

    def __post_init__(self) -> None:
        """Refuse negative weights and chances beyond 1."""
        if min(self.r1_gamma, self.pl_weight) < 0 or not 0 <= self.style_mixing <= 1:
            raise InputError(
                f"Weights are at least 0 and chances at most 1, but r1_gamma is {self.r1_gamma}, "
                f"pl_weight {self.pl_weight}, style_mixing {self.style_mixing}."
            )
        if min(self.d_reg_interval, self.g_reg_interval, self.pl_batch_shrink) < 1:
            raise InputError(
                f"Intervals and shrink are at least 1, but d_reg_interval is {self.d_reg_interval}"
                f", g_reg_interval {self.g_reg_interval}, pl_batch_shrink {self.pl_batch_shrink}."
            )

    @property
    def intervals(self) -> tuple[int | None, int | None]:
        """Intervals of the generator's and the discriminator's regularisation; None = none."""
        return (
            self.g_reg_interval if self.pl_weight else None,
            self.d_reg_interval if self.r1_gamma else None,
        )


@dataclass(frozen=True)
class UpdateOptions:
    """Batches, Adam, and the averaged generator."""

    batch: int = 32
    """Pictures in an iteration, over all processes."""
    batch_at_once: int = 32
    """Pictures that one process holds at a time; more are done in turns."""
    g_rate: float = 0.002
    """Learning rate of the generator."""
    d_rate: float = 0.002
    """Learning rate of the discriminator."""
    beta1: float = 0.0
    """Adam's decay of the mean gradient."""
    beta2: float = 0.99
    """Adam's decay of the squared gradient."""
    ema_kimg: float = 10.0
    """Half-life of the averaged generator in thousands of pictures."""
    ema_ramp_up: float | None = None
    """Half-life at most this part of the pictures seen so far; None = always `ema_kimg`."""
    d_first_kimg: float = 0.0
    """Thousands of pictures in which the discriminator learns alone. After a warm start it must
    know what it judges, before the generator follows it."""

    def __post_init__(self) -> None:
        """Refuse batches and rates that are not above 0, and times below it."""
        if self.d_first_kimg < 0:
            raise InputError(f"d_first_kimg is {self.d_first_kimg}, but must be at least 0.")
        if min(self.batch, self.batch_at_once) < 1 or min(self.g_rate, self.d_rate) <= 0:
            raise InputError(
                f"Batches are at least 1 and rates above 0, but batch is {self.batch}, "
                f"batch_at_once {self.batch_at_once}, g_rate {self.g_rate}, d_rate {self.d_rate}."
            )


@dataclass(frozen=True)
class FreezeOptions:
    """What stays as it is (train/stylegan2/frozen.py)."""

    freeze_d: int = 0
    """FreezeD: this many layers of the discriminator, from the picture on."""
    freeze_g: int = 0
    """FreezeG: this many blocks of the generator, from 4 px on."""
    freeze_mapping: bool = False
    """Keep the mapping network too, and `w_avg`."""

    def __post_init__(self) -> None:
        """Refuse negative counts."""
        if min(self.freeze_d, self.freeze_g) < 0:
            raise InputError(
                f"Layers to freeze are at least 0, but freeze_d is {self.freeze_d} and freeze_g "
                f"{self.freeze_g}."
            )


@dataclass(frozen=True)
class Recipe:
    """All that decides what a step does, but data and augmentation."""

    network: NetworkOptions = field(default_factory=NetworkOptions)
    loss: LossOptions = field(default_factory=LossOptions)
    update: UpdateOptions = field(default_factory=UpdateOptions)
    freeze: FreezeOptions = field(default_factory=FreezeOptions)
    kimg: float = 25000.0
    """Thousands of real pictures that the discriminator is shown in the whole run."""
    precision: Precision = "float32"
    """`float16`: in the widest blocks, as published (a GPU only); `bfloat16`: by autocast, in the
    adversarial updates only."""

    def __post_init__(self) -> None:
        """Refuse batches that do not divide, and path lengths where there are none."""
        batch = self.update.batch
        at_once = min(self.update.batch_at_once, batch)
        group = min(self.network.mbstd_group, at_once)
        for whole, what, part in (
            (batch, "batch_at_once", at_once),
            (at_once, "mbstd_group", group),
        ):
            if whole % part:
                raise InputError(
                    f"{whole} pictures do not divide into parts of {part} ({what}). "
                    f"Choose a batch that is a multiple of {part}."
                )
        if self.network.method == "stylegan" and self.loss.pl_weight:
            raise InputError(
                f"The first StyleGAN has no path length regularisation, but pl_weight is "
                f"{self.loss.pl_weight}. Set it to 0."
            )
        if self.kimg <= 0:
            raise InputError(f"kimg is above 0, but is {self.kimg}.")

    def after_transfer(self) -> "Recipe":
        """The same for a run that starts from trained weights: the average does not ramp up."""
        return replace(self, update=replace(self.update, ema_ramp_up=None))


def shared_batch(recipe: Recipe, ranks: int) -> int:
    """Pictures of an iteration that each of `ranks` processes takes.

    Raises:
        InputError: the batch does not divide among them, or their parts not into turns or groups.
    """
    batch, at_once = recipe.update.batch, recipe.update.batch_at_once
    if batch % ranks:
        raise InputError(
            f"A batch of {batch} does not divide among {ranks} processes. Choose a multiple of "
            f"{ranks}."
        )
    share = batch // ranks
    turn = min(at_once, share)
    group = min(recipe.network.mbstd_group, turn)
    if share % turn or turn % group:
        raise InputError(
            f"{share} pictures a process do not divide into turns of {turn} in groups of {group}. "
            "Choose another batch, batch_at_once or mbstd_group."
        )
    shrink = recipe.loss.pl_batch_shrink if recipe.loss.pl_weight else 1
    if turn % shrink:
        raise InputError(
            f"{turn} pictures at once do not divide by pl_batch_shrink {shrink}. Choose another."
        )
    return share
