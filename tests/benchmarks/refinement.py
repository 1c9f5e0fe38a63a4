"""Coming closer to a photo after the encoder, in this process: whole and step by step."""

import time
from dataclasses import dataclass

from PIL import Image

from mbtiface.faces.studio import Studio
from tests.benchmarks.peaks import count_flops
from tests.benchmarks.timing import Times, measure


@dataclass(frozen=True)
class Refinement:
    """How long coming closer to a photo takes."""

    steps: int
    whole: Times
    """Encoder, all steps and the last picture."""
    step: Times
    step_flops: float


def refine(studio: Studio, aligned: Image.Image, steps: int, runs: int) -> Refinement:
    """Time the refinement of an aligned face, whole and step by step.

    Raises:
        MissingPartError: the bundle has no perceptual features.
    """
    gaps: list[tuple[float, float]] = []
    last = (0.0, 0.0)

    def on_step(done: int, total: int) -> None:
        nonlocal last
        now = time.perf_counter(), time.process_time()
        if done > 1:  # the first step also waits for what comes before it
            gaps.append((now[0] - last[0], now[1] - last[1]))
        last = now

    def invert(count: int) -> None:
        studio.invert(aligned, aligned=True, refine_steps=count, on_step=on_step)

    invert(1)  # The first one ever also looks how w spreads.
    one, two = count_flops(lambda: invert(1)), count_flops(lambda: invert(2))
    gaps.clear()
    whole = measure(lambda: invert(steps), runs)
    return Refinement(steps, whole, Times(*zip(*gaps, strict=True)), two - one)
