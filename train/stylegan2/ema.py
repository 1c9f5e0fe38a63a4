"""The averaged generator: half-life in thousands of pictures, shorter at the start."""


def ema_beta(
    images: int,  # seen before this batch
    batch: int,  # pictures in it, over all processes
    half_life_kimg: float,  # thousands of pictures after which half of the old weights is left
    ramp_up: float | None = 0.05,  # half-life at most this part of the pictures seen; None = no
) -> float:
    """Share of the old average that stays at this step (Progressive GAN, arXiv 1710.10196, 4).

    With a ramp-up the very first step gives 0: the average starts as a copy.
    """
    half_life = half_life_kimg * 1000
    if ramp_up is not None:
        half_life = min(half_life, images * ramp_up)
    return 0.0 if half_life <= 0 else float(0.5 ** (batch / half_life))
