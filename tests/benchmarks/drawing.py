"""Generators draw: every way in turn, at every size, batch and number of threads that time allows.

A case is one network at one size, for so many latents and threads. Its ways are timed round by
round, and each one's pictures are held against those of the plain one.
"""

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from mbtiface.networks import FaceGenerator, Generator
from mbtiface.weights.bundle import load_generator, open_bundle
from tests.benchmarks.devices import peak_memory
from tests.benchmarks.peaks import MATMUL_FLOPS, count_flops, matmul_times
from tests.benchmarks.rivals import CPU, OURS, OURS_TORCH, PLAIN, RANDOM_FACE, Rival, rivals
from tests.benchmarks.timing import Times, measure_in_turn

log = logging.getLogger(__name__)

STYLEGAN2_BASES = {256: 16384, 512: 32768, 1024: 32768}
"""Size in pixels -> channel_base of the published networks."""
EMBEDDED, STYLEGAN2 = "embedded", "StyleGAN2"
GOALS_S = {256: 0.018, 512: 0.045, 1024: 0.080}
"""Of the embedded generator, batch 1, on two cores."""
MAX_ROUNDS, MIN_ROUNDS = 30, 3
CASE_S = 6.0
"""Seconds that the rounds of a case may take, more than three of them."""
SLOWEST_S = 4.0
"""A batch of several that would take longer than this is left out."""
PSI = 0.7


@dataclass(frozen=True)
class Case:
    """One network at one size."""

    network: str
    size: int
    batch: int
    threads: int


@dataclass(frozen=True)
class Difference:
    """From the plain pictures, in levels of 0..255."""

    mean: float
    p999: float
    """What 999 of 1 000 values stay under."""
    most: float


@dataclass(frozen=True)
class Row:
    """One way in one case."""

    case: Case
    role: str
    """What it is for: the same in every run, whatever library does it."""
    name: str
    """What draws, with its library and number format."""
    times: Times
    memory: int | None
    """Bytes that making it and its first pictures took at most; None where Linux does not tell."""
    flops: float
    peak: str
    peak_flops: float
    """Floating-point operations a second of the best matrix product in that number format."""
    difference: Difference
    goal_s: float | None = None


def cases(quick: bool, cores: int) -> list[Case]:
    """What is to be measured, the most telling first; the time may not reach the last ones."""
    found = [Case(EMBEDDED, size, 1, cores) for size in GOALS_S]
    found += [Case(STYLEGAN2, size, 1, cores) for size in STYLEGAN2_BASES]
    if quick:
        return [case for case in found if case.size == 256 or case.network == EMBEDDED]
    if cores > 1:
        found += [Case(case.network, case.size, 1, 1) for case in found]
    for batch in (4, 16):
        found += [Case(EMBEDDED, size, batch, cores) for size in GOALS_S]
        found += [Case(STYLEGAN2, size, batch, cores) for size in STYLEGAN2_BASES]
    return found


def generator_of(case: Case, bundle: str) -> FaceGenerator:
    """The bundle's generator, or a StyleGAN2 with random weights."""
    if case.network == EMBEDDED:
        return load_generator(open_bundle(bundle))
    torch.manual_seed(0)
    base = {"channel_base": STYLEGAN2_BASES[case.size]}
    network = Generator(512, 0, 512, case.size, 3, synthesis_kwargs=base)
    return network.eval().requires_grad_(False)


def run(bundle: str, chosen: list[Case], minutes: float, scratch: Path) -> Iterator[Row]:
    """Measure case after case until the time is up."""
    end = time.monotonic() + 60 * minutes
    peaks: dict[int, Mapping[str, Times]] = {}
    usual = torch.get_num_threads()
    try:
        for number, case in enumerate(chosen):
            if time.monotonic() > end:
                log.info("the time is up: %d cases are left out", len(chosen) - number)
                return
            torch.set_num_threads(case.threads)
            if case.threads not in peaks:
                peaks[case.threads] = matmul_times(10)
            log.info("drawing: %s", case)
            yield from _measure(case, generator_of(case, bundle), peaks[case.threads], scratch)
    finally:
        torch.set_num_threads(usual)


def _measure(
    case: Case, generator: FaceGenerator, peaks: Mapping[str, Times], scratch: Path
) -> list[Row]:
    ws = latents(generator, case.batch)
    ready: dict[str, Rival] = {}
    memory: dict[str, int | None] = {}
    pictures: dict[str, np.ndarray] = {}
    for role, make in rivals(generator, case.size, case.threads, scratch).items():

        def first(role: str = role, make: Callable[[], Rival] = make) -> None:
            ready[role] = make()
            pictures[role] = ready[role].draw(ws[:1])

        memory[role] = peak_memory(first, CPU)
    for role, rival in list(ready.items()):
        if case.batch > 1 and case.batch * _seconds(rival, ws[:1]) > SLOWEST_S:
            log.info("%s is too slow for %s", role, case)
            del ready[role]
    if not ready:
        return []
    times = timed({role: lambda r=rival: r.draw(ws) for role, rival in ready.items()})
    with torch.no_grad():
        flops = case.batch * count_flops(lambda: plain_pictures(generator, ws[:1], case.size))
    return [
        Row(
            case=case,
            role=role,
            name=rival.name,
            times=times[role],
            memory=memory[role],
            flops=flops,
            peak=rival.peak,
            peak_flops=peak_flops(peaks[rival.peak]),
            difference=difference(pictures[role], pictures[PLAIN]),
            goal_s=_goal(case, role, times),
        )
        for role, rival in ready.items()
    ]


def latents(generator: FaceGenerator, batch: int) -> torch.Tensor:
    """Made-up w+ `[batch, num_ws, w_dim]`, the same in every run; one w for all layers."""
    z = torch.randn(batch, generator.z_dim, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        return generator.mapping(z, truncation_psi=PSI).float().clone()


def plain_pictures(generator: FaceGenerator, ws: torch.Tensor, size: int) -> torch.Tensor:
    """What the network computes, for counting."""
    if isinstance(generator, Generator):
        return generator.synthesis(ws, noise_mode="const")
    return generator.synthesis(ws, size)


def timed(calls: Mapping[str, Callable[[], object]]) -> dict[str, Times]:
    """Time calls round by round, as often as the time of a case allows."""
    once = sum(times.least for times in measure_in_turn(calls, 1, 1).values())
    rounds = max(MIN_ROUNDS, min(MAX_ROUNDS, int(CASE_S / max(once, 1e-6))))
    return measure_in_turn(calls, rounds)


def difference(pictures: np.ndarray, plain: np.ndarray) -> Difference:
    """How far two batches of pictures are apart."""
    levels = np.abs(pictures.astype(np.int16) - plain.astype(np.int16))
    return Difference(float(levels.mean()), float(np.percentile(levels, 99.9)), float(levels.max()))


def peak_flops(times: Times) -> float:
    """Of the least disturbed matrix product."""
    return MATMUL_FLOPS / times.least


def _seconds(rival: Rival, ws: torch.Tensor) -> float:
    began = time.perf_counter()
    rival.draw(ws)
    return time.perf_counter() - began


def _goal(case: Case, role: str, times: Mapping[str, Times]) -> float | None:
    """Seconds that a row should stay under: the issue's, as far as they are for this case."""
    if role == OURS and case.network == EMBEDDED:
        if RANDOM_FACE in times and case.batch * case.threads == 1:
            return times[RANDOM_FACE].p50 / 2
        return GOALS_S[case.size] if (case.batch, case.threads) == (1, 2) else None
    if case.network == STYLEGAN2 and case.batch == 1 and PLAIN in times:
        share = {(OURS, 1024): 4.0, (OURS, 256): 2.0, (OURS_TORCH, 1024): 2.5}
        factor = share.get((role, case.size))
        return None if factor is None else times[PLAIN].p50 / factor
    return None
