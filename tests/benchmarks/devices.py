"""A processor or a GPU as the training benchmark sees it: its name, clock, memory and peak."""

import ctypes
import os
from collections.abc import Callable
from pathlib import Path

import torch

from mbtiface.errors import InputError
from tests.benchmarks.memory import PROC, peak_bytes
from tests.benchmarks.timing import measure

FORMATS = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}
SIDES = {"cpu": 1024, "cuda": 8192}
"""Rows and columns of the matrices whose product is the peak."""
PRODUCTS = 10
RESET_PEAK = "5"
"""Written to clear_refs, it makes Linux count the peak of resident memory anew."""


def chosen(name: str) -> torch.device:
    """The device of a name; `auto` is the GPU if there is one.

    Raises:
        InputError: a GPU was asked for, but there is none.
    """
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if name == "cuda" and not torch.cuda.is_available():
        raise InputError("A GPU was asked for (--device cuda), but torch finds none here.")
    return torch.device(name)


def waiting(call: Callable[[], object], device: torch.device) -> Callable[[], None]:
    """The same call, which returns only when the device has done it."""

    def done() -> None:
        call()
        if device.type == "cuda":
            torch.cuda.synchronize(device)

    return done


def peak_memory(call: Callable[[], object], device: torch.device, proc: Path = PROC) -> int | None:
    """Bytes that a call had in use at most, beyond what was in use before.

    Resident memory of this process, or memory that torch took on the GPU; None where Linux does
    not let a process reset its peak.
    """
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
        before = torch.cuda.memory_allocated(device)
        waiting(call, device)()
        return torch.cuda.max_memory_allocated(device) - before
    pid = os.getpid()
    _give_back_freed_memory()
    try:
        (proc / str(pid) / "clear_refs").write_text(RESET_PEAK)
    except OSError:
        call()
        return None
    before = peak_bytes(pid, proc)
    call()
    return peak_bytes(pid, proc) - before


def _give_back_freed_memory() -> None:
    """Freed memory that the C library keeps would hide what a call takes."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc has it
    if trim is not None:
        trim(0)


def peak_speeds(device: torch.device) -> dict[str, float]:
    """Floating-point operations a second of the fastest matrix product in each number format."""
    side = SIDES[device.type]
    formats = FORMATS if device.type == "cuda" else {k: FORMATS[k] for k in ("fp32", "bf16")}
    speeds = {}
    for name, dtype in formats.items():
        one, other = (torch.randn(side, side, device=device).to(dtype) for _ in range(2))
        out = torch.empty_like(one)
        product = waiting(lambda a=one, b=other, y=out: torch.mm(a, b, out=y), device)
        speeds[name] = 2.0 * side**3 / measure(product, PRODUCTS, warm_ups=3).least
    return speeds
