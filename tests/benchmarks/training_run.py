"""One run of the training benchmark: every variant at every size, phase by phase in turn."""

import gc
import logging
import os
import platform
import tempfile
from collections.abc import Callable
from pathlib import Path

import torch

from mbtiface.errors import InputError
from tests.benchmarks.devices import chosen, peak_memory, peak_speeds, waiting
from tests.benchmarks.gan_phases import Phases, reading
from tests.benchmarks.gan_variants import VARIANTS, Variant, Widths, build
from tests.benchmarks.operations import count_operations
from tests.benchmarks.timing import Times, measure, measure_in_turn
from tests.benchmarks.training_options import TrainingOptions
from tests.benchmarks.training_report import Measured, SideReport, TrainingReport
from train.stylegan2.augment import AugmentPipe
from train.stylegan2.losses import Augment, unchanged
from train.stylegan2.presets import make_recipe

log = logging.getLogger(__name__)

Call = Callable[[], object]
AUGMENT_P = 0.5
BATCHES = 20
"""Batches read from the set of pictures."""
HOW = (
    "Seconds for a thousand real pictures, of the least disturbed update; regularisation counts as "
    "often as it comes (Greg every 4th, Dreg every 16th iteration). `plain` is plain_gan.py, the "
    "same network formula by formula in float32. Shares are those of the fastest matrix product "
    "in the same number format; operations are counted in `eager`, for all variants alike. "
    "Regularisation stays float32 under bf16 and eager under compile. MB are the most in use "
    "during an update beyond networks and Adam's state. `data` reads batches one after the other; "
    "in training the next one is read while a step computes."
)


def run(options: TrainingOptions) -> TrainingReport:
    """Measure everything.

    Raises:
        InputError: a variant or a device that this machine does not have.
    """
    device = chosen(options.device)
    variants = _variants(options, device)
    before = os.getloadavg()[0]
    peaks = peak_speeds(device)
    sides = tuple(_at(options, side, variants, device) for side in options.sides)
    return TrainingReport(
        machine=_machine(device),
        load=(before, os.getloadavg()[0]),
        peaks=peaks,
        sides=sides,
        notes=(HOW,),
    )


def _variants(options: TrainingOptions, device: torch.device) -> list[Variant]:
    names = options.variants or tuple(VARIANTS)
    if device.type == "cpu":
        if "fp16" in options.variants:
            raise InputError("The variant fp16 needs a GPU: float16 blocks are for CUDA only.")
        names = tuple(name for name in names if name != "fp16")
    return [VARIANTS[name] for name in names]


def _sizes(options: TrainingOptions, side: int) -> tuple[int, Widths]:
    """Batch and widths at a size."""
    if options.preset is None:
        return options.batch, Widths(options.channel_base, options.channel_max)
    recipe = make_recipe(options.preset, side)
    network = recipe.network
    widths = Widths(network.channel_base, network.channel_max, network.mapping_layers)
    return recipe.update.batch, widths


def _at(
    options: TrainingOptions, side: int, variants: list[Variant], device: torch.device
) -> SideReport:
    batch, widths = _sizes(options, side)
    augment: Augment = unchanged
    if options.augment is not None:
        augment = AugmentPipe.preset(options.augment).to(device)
        augment.p.fill_(AUGMENT_P)

    def phases(variant: Variant) -> Phases:
        networks = build(variant, side, widths, device)
        return Phases(variant, *networks, batch, side, device, augment)

    log.info("%d px: counting operations", side)
    flops = {
        name: count_operations(call) for name, call in phases(VARIANTS["eager"]).calls().items()
    }
    calls: dict[tuple[str, str], Call] = {}
    memory: dict[tuple[str, str], int | None] = {}
    refused: dict[str, str] = {}
    for variant in variants:
        log.info("%d px: trying %s", side, variant.name)
        gc.collect()
        for phase, call in phases(variant).calls().items():
            try:
                call()  # compiles, chooses kernels, makes Adam's state
                memory[variant.name, phase] = peak_memory(call, device)
            except RuntimeError as error:  # of torch.compile, or of a full GPU
                refused[f"{variant.name}, {phase}"] = _first_line(error)
                continue
            calls[variant.name, phase] = waiting(call, device)
    log.info("%d px: timing %d phases, %d rounds", side, len(calls), options.rounds)
    measured: dict[str, dict[str, Measured]] = {variant.name: {} for variant in variants}
    for (name, phase), times in measure_in_turn(calls, options.rounds).items():
        measured[name][phase] = Measured(times, memory[name, phase])
    return SideReport(
        side=side,
        batch=batch,
        channels=(widths.channel_base, widths.channel_max),
        flops=flops,
        measured=measured,
        data=_reading(side, batch, device),
        refused=refused,
    )


def _reading(side: int, batch: int, device: torch.device) -> Times:
    """Times of batches of pictures, one after the other."""
    with (
        tempfile.TemporaryDirectory() as scratch,
        reading(Path(scratch) / "pictures", side, batch, device) as read,
    ):
        return measure(waiting(read, device), BATCHES, warm_ups=2)


def _first_line(error: RuntimeError) -> str:
    lines = [line for line in str(error).splitlines() if line.strip()]
    return lines[0].strip() if lines else type(error).__name__


def _machine(device: torch.device) -> str:
    if device.type == "cuda":
        return f"{torch.cuda.get_device_name(device)}; {_libraries()}"
    info = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.split(":", 1)[1].strip() for line in info if line.startswith("model name")]
    processor = names[0] if names else platform.machine()
    return f"{processor}, threads: {torch.get_num_threads()}; {_libraries()}"


def _libraries() -> str:
    return f"Python {platform.python_version()}, torch {torch.__version__}"
