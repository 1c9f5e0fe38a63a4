"""On a ZeroGPU Space large pictures are drawn in loans; everywhere else nothing changes.

No such Space and no GPU is at hand: `spaces` is a stand-in that notes what was handed to it, and
the GPU is the CPU.
"""

import importlib.util
import sys
from collections.abc import Callable
from contextvars import ContextVar
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch

from mbtiface.faces import zero_gpu
from mbtiface.faces.drawing_queue import DrawingQueue
from mbtiface.faces.engine import Pictures, TorchEngine, choose_engine
from mbtiface.faces.loading import load
from mbtiface.faces.zero_gpu import ZeroGpuEngine
from mbtiface.settings import read_zero_gpu
from tests.toy_bundle import RESOLUTION, toy_generator, write_toy_bundle

CPU = torch.device("cpu")


class StandIn(ModuleType):
    """What `spaces` offers, as far as it is used: `GPU(task, duration=...)`."""

    def __init__(self) -> None:
        super().__init__("spaces")
        self.__spec__ = ModuleSpec("spaces", None)
        self.wrapped: list[tuple[Callable[..., Any], Any]] = []
        self.loans: list[int] = []

    def GPU(self, task: Callable[..., Any], *, duration: Any = None) -> Callable[..., Any]:  # noqa: N802 - its name there
        self.wrapped.append((task, duration))

        def lent(*args: Any) -> Any:
            self.loans.append(duration(*args))
            return task(*args)

        return lent


@pytest.fixture
def spaces(monkeypatch: pytest.MonkeyPatch) -> StandIn:
    """A ZeroGPU Space."""
    module = StandIn()
    monkeypatch.setitem(sys.modules, "spaces", module)
    monkeypatch.setenv("SPACES_ZERO_GPU", "true")
    monkeypatch.setattr(zero_gpu, "_lent", None)
    monkeypatch.setattr(zero_gpu, "GPU", "cpu")
    return module


class SmallEngine:
    """Draws plain pictures up to 256 px, and counts them."""

    name, device, sizes = "small", "cpu", (64, 256, 512)

    def __init__(self) -> None:
        self.drawn = 0

    def render(self, ws: torch.Tensor, size: int) -> np.ndarray:
        self.drawn += len(ws)
        return np.zeros((len(ws), size, size, 3), np.uint8)

    def rest(self) -> None:
        """Nothing is held."""


def latents(count: int) -> torch.Tensor:
    network = toy_generator()
    return torch.randn(count, network.num_ws, network.w_dim, generator=torch.Generator())


@pytest.mark.parametrize("text", ["1", "true", "True", "t"])
def test_the_hubs_variable_says_where_one_is(text: str) -> None:
    assert read_zero_gpu({"SPACES_ZERO_GPU": text})
    assert not read_zero_gpu({"SPACES_ZERO_GPU": "false"})
    assert not read_zero_gpu({})


@pytest.mark.parametrize("variable", ["", "true"])
def test_without_the_package_or_the_variable_nothing_changes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str
) -> None:
    if importlib.util.find_spec("spaces") is not None:
        pytest.skip("spaces is installed here")
    monkeypatch.setenv("SPACES_ZERO_GPU", variable)
    zero_gpu.begin()
    assert zero_gpu._lent is None
    assert "spaces" not in sys.modules
    work = lambda: 1  # noqa: E731 - a name to compare by
    assert zero_gpu.in_this_context(work) is work
    write_toy_bundle(tmp_path / "toy")
    plain = choose_engine(toy_generator().synthesis, CPU, "0" * 20)
    assert load(tmp_path / "toy", "cpu").engine == plain.name


def test_where_the_package_is_but_no_zero_gpu_it_is_not_imported(
    spaces: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SPACES_ZERO_GPU")
    zero_gpu.begin()
    assert spaces.wrapped == []
    assert zero_gpu._lent is None


def test_the_function_is_wrapped_once_with_a_short_loan(spaces: StandIn) -> None:
    zero_gpu.begin()
    zero_gpu.begin()
    ((task, duration),) = spaces.wrapped
    assert task is zero_gpu.draw_in_loan
    assert duration("name", latents(1), 1024) == 10
    assert duration("name", latents(17), 1024) == 13


def test_a_batch_is_one_loan_and_gives_the_networks_pictures(spaces: StandIn) -> None:
    zero_gpu.begin()
    network = toy_generator().eval()
    engine = ZeroGpuEngine(Pictures(network.synthesis), "toy", (RESOLUTION,), None)
    ws = latents(3)
    drawn = engine.render(ws, RESOLUTION)
    assert (drawn.dtype, drawn.shape) == (np.uint8, (3, RESOLUTION, RESOLUTION, 3))
    assert (drawn == TorchEngine(network.synthesis, CPU).render(ws, RESOLUTION)).all()
    assert len(spaces.loans) == 1
    assert engine.device == zero_gpu.ZeroGpuEngine.device == "cuda"


def test_small_pictures_come_from_the_cpu_without_a_loan(spaces: StandIn) -> None:
    zero_gpu.begin()
    small = SmallEngine()
    network = toy_generator().eval()
    engine = ZeroGpuEngine(Pictures(network.synthesis), "toy", (1024,), small)
    assert engine.sizes == (64, 256, 1024)
    engine.render(latents(17), 256)
    assert (small.drawn, spaces.loans) == (17, [])


def test_another_bundle_is_drawn_in_loans_and_the_embedded_one_on_the_cpu(
    spaces: StandIn, tmp_path: Path
) -> None:
    write_toy_bundle(tmp_path / "toy")
    other = load(tmp_path / "toy")
    assert "ZeroGPU" in other.engine
    assert other.device == "cuda"
    assert "ZeroGPU" not in load(tmp_path / "toy", "cpu").engine
    assert "ZeroGPU" not in load("embedded").engine
    assert len(spaces.wrapped) == 1


def test_large_pictures_of_the_embedded_one_are_lent_where_a_gpu_is_asked_for(
    spaces: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mbtiface.faces.loading.GPU", "cuda")
    studio = load("embedded", "cuda")
    assert "ZeroGPU), up to 256 px" in studio.engine
    w = studio.gender_mean("female")
    studio.render(w[None].repeat(2, 1, 1), 256)
    assert spaces.loans == []
    studio.render(w, 512)
    assert spaces.loans == [10]


def test_a_drawing_thread_works_for_the_request_at_hand(spaces: StandIn) -> None:
    request: ContextVar[str] = ContextVar("request", default="nobody's")
    queue = DrawingQueue(1, 2)
    request.set("a visitor's")
    assert queue.submit(request.get).result() == "nobody's"
    zero_gpu.begin()
    assert queue.submit(request.get).result() == "a visitor's"
    queue.close(10)
