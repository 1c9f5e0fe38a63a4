"""What networks make while they are built is counted before it is made."""

import subprocess
import sys
from collections.abc import Callable

import pytest
import torch
from torch import nn

from mbtiface.weights.bounded import Bounded

MAKERS: tuple[Callable[[], object], ...] = (
    lambda: torch.empty(10, 10),
    lambda: torch.zeros([10, 10]),
    lambda: torch.ones(size=(10, 10)),
    lambda: torch.rand(torch.Size([100])),
    lambda: torch.randn(10, 10, dtype=torch.float64),
    lambda: torch.full((10, 10), 3.0),
    lambda: torch.full(size=[100], fill_value=1),
    lambda: torch.eye(10),
    lambda: torch.eye(20, 5),
    lambda: torch.arange(100),
    lambda: nn.Linear(9, 10),
    lambda: nn.Conv2d(10, 10, 1, bias=False),
)


@pytest.mark.parametrize("number", range(len(MAKERS)))
def test_numbers_are_counted(number: int) -> None:
    with Bounded(100) as bound:
        MAKERS[number]()
    assert bound.left == 0
    with Bounded(99), pytest.raises(MemoryError, match="more numbers than its files hold"):
        MAKERS[number]()


def test_scalars_and_sums_cost_nothing_more() -> None:
    with Bounded(5) as bound:
        kept = torch.zeros([]) + torch.ones(4) * 2
    assert bound.left == 0
    assert torch.equal(kept, torch.full([4], 2.0))


def test_opening_the_embedded_bundle_loads_nothing_of_torchs_compiler() -> None:
    """It would be 150 MB and two seconds at each start."""
    code = (
        "import sys, mbtiface; mbtiface.load('embedded').sample(1); "
        "print({'sympy', 'torch._dynamo', 'triton'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=300, check=False
    )
    assert (done.returncode, done.stdout) == (0, "set()\n"), done.stderr
