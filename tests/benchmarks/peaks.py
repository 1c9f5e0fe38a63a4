"""What this machine can do: the fastest matrix product. And what networks ask of it."""

from collections.abc import Callable

import torch
from torch.utils.flop_counter import FlopCounterMode

from tests.benchmarks.timing import Times, measure

MATMUL_SIDE = 1024
"""Rows and columns of the matrices; large enough that memory does not hold the product up."""
MATMUL_FLOPS = 2.0 * MATMUL_SIDE**3
FORMATS = {"fp32": torch.float32, "bf16": torch.bfloat16}


def matmul_times(runs: int) -> dict[str, Times]:
    """Time products of square matrices in each number format, on torch's threads."""
    return {name: _product(dtype, runs) for name, dtype in FORMATS.items()}


def _product(dtype: torch.dtype, runs: int) -> Times:
    generator = torch.Generator().manual_seed(0)
    one, other = (
        torch.randn(MATMUL_SIDE, MATMUL_SIDE, generator=generator).to(dtype) for _ in range(2)
    )
    out = torch.empty_like(one)
    return measure(lambda: torch.mm(one, other, out=out), runs, warm_ups=2)


def count_flops(call: Callable[[], object]) -> float:
    """Floating-point operations of the products and convolutions that torch makes in a call.

    A multiplication and an addition count as two. What OpenVINO runs is not seen.
    """
    with FlopCounterMode(display=False) as counter:
        call()
    return float(counter.get_total_flops())
