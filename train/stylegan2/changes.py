"""What of a preset a maker changes, one option a field; None keeps the preset's value."""

from dataclasses import dataclass, fields, replace

from train.stylegan2.config import FreezeOptions, Recipe


@dataclass(frozen=True)
class Changes:
    """Values other than the preset's; their meaning as in train/stylegan2/config.py."""

    z_dim: int | None = None
    """Size of the input latent."""
    w_dim: int | None = None
    """Size of the intermediate latent."""
    mapping_layers: int | None = None
    """Fully connected layers from z to w."""
    channel_base: int | None = None
    """Feature maps times side in px, for wide blocks, of both networks."""
    channel_max: int | None = None
    """Most feature maps of a block."""
    mbstd_group: int | None = None
    """Pictures in a group of the minibatch deviation."""
    r1_gamma: float | None = None
    """Weight of the R1 penalty; 0 = none."""
    d_reg_interval: int | None = None
    """Iterations from one R1 update to the next."""
    pl_weight: float | None = None
    """Weight of the path length penalty; 0 = none."""
    g_reg_interval: int | None = None
    """Iterations from one path length update to the next."""
    style_mixing: float | None = None
    """Chance that later layers follow another latent."""
    batch: int | None = None
    """Pictures in an iteration, over all processes. R1 and `ema_kimg` stay the preset's."""
    batch_at_once: int | None = None
    """Pictures that one process holds at a time; more are done in turns."""
    g_rate: float | None = None
    """Learning rate of the generator."""
    d_rate: float | None = None
    """Learning rate of the discriminator."""
    ema_kimg: float | None = None
    """Half-life of the averaged generator in thousands of pictures."""
    d_first_kimg: float | None = None
    """Thousands of pictures in which the discriminator learns alone."""

    def of(self, recipe: Recipe, freeze: FreezeOptions, kimg: float | None) -> Recipe:
        """The recipe with these changes, what is frozen, and its length.

        Raises:
            InputError: values that do not fit together.
        """
        given = {f.name: getattr(self, f.name) for f in fields(self)}
        given = {name: value for name, value in given.items() if value is not None}
        if "batch" in given and "batch_at_once" not in given:
            given["batch_at_once"] = given["batch"]
        parts = {
            name: replace(part, **{key: given[key] for key in given if hasattr(part, key)})
            for name, part in (
                ("network", recipe.network),
                ("loss", recipe.loss),
                ("update", recipe.update),
            )
        }
        length = recipe.kimg if kimg is None else kimg
        return replace(recipe, **parts, freeze=freeze, kimg=length)  # type: ignore[arg-type]
