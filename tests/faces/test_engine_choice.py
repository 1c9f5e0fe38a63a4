"""Which engine renders: chosen, asked for, or switched off once it has failed."""

import copy
import importlib.util
from typing import Any

import numpy as np
import pytest
import torch

from mbtiface.errors import InputError
from mbtiface.faces.engine import (
    OpenVinoEngine,
    SafeEngine,
    TorchEngine,
    choose_engine,
)
from mbtiface.faces.openvino_network import OpenVinoNetwork
from mbtiface.faces.pixels import to_bytes
from mbtiface.networks.mobile import MobileSynthesis
from tests.toy_bundle import NUM_WS, RESOLUTION, W_DIM, toy_generator

CPU = torch.device("cpu")
KEY = "0123456789abcdef0123"


@pytest.fixture(scope="module")
def synthesis() -> MobileSynthesis:
    return toy_generator().synthesis


@pytest.fixture(scope="module")
def ws() -> torch.Tensor:
    random = torch.Generator().manual_seed(2)
    return torch.randn(3, NUM_WS, W_DIM, generator=random) * 0.5


@pytest.fixture(scope="module")
def expected(synthesis: MobileSynthesis, ws: torch.Tensor) -> np.ndarray:
    with torch.inference_mode():
        return to_bytes(synthesis(ws)).numpy()


def test_openvino_is_chosen_on_a_cpu(synthesis: MobileSynthesis) -> None:
    chosen = choose_engine(synthesis, CPU, KEY)
    assert isinstance(chosen, SafeEngine)
    assert isinstance(chosen.current, OpenVinoEngine)
    assert chosen.name == chosen.current.name
    # Any other device; a copy, as an engine takes the network with it.
    elsewhere = choose_engine(copy.deepcopy(synthesis), torch.device("meta"), KEY)
    assert isinstance(elsewhere, TorchEngine)


def hide_openvino(monkeypatch: pytest.MonkeyPatch) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "openvino" else found(name)
    )


def test_torch_where_openvino_is_not_installed(
    synthesis: MobileSynthesis,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    hide_openvino(monkeypatch)
    assert isinstance(choose_engine(synthesis, CPU, KEY), TorchEngine)
    assert "OpenVINO is not installed: pictures come from torch" in caplog.text


def test_an_engine_can_be_asked_for(
    synthesis: MobileSynthesis,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert isinstance(choose_engine(synthesis, CPU, KEY, engine="torch"), TorchEngine)
    assert isinstance(choose_engine(synthesis, CPU, KEY, engine="openvino"), SafeEngine)
    hide_openvino(monkeypatch)
    assert isinstance(choose_engine(synthesis, CPU, KEY, engine="torch"), TorchEngine)
    assert not caplog.records  # what was asked for needs no warning
    with pytest.raises(InputError, match="'openvino' was asked for, but it is not installed"):
        choose_engine(synthesis, CPU, KEY, engine="openvino")
    with pytest.raises(InputError, match="'onnx' is unknown. Use auto, openvino, torch."):
        choose_engine(synthesis, CPU, KEY, engine="onnx")


@pytest.mark.parametrize("moment", ["converted", "run"])
def test_an_engine_that_fails_is_switched_off_and_the_picture_comes(
    synthesis: MobileSynthesis,
    ws: torch.Tensor,
    expected: np.ndarray,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    moment: str,
) -> None:
    engine = choose_engine(synthesis, CPU, KEY)
    if moment == "run":
        engine.render(ws, RESOLUTION)

    def fail(self: OpenVinoNetwork, *args: Any) -> None:
        raise RuntimeError("could not create a primitive")

    monkeypatch.setattr(OpenVinoNetwork, "__call__" if moment == "run" else "_convert", fail)
    off = np.abs(engine.render(ws, RESOLUTION).astype(int) - expected.astype(int))
    assert off.max() <= 1
    assert "Rendering by OpenVINO failed and is switched off; torch takes over." in caplog.text
    assert engine.name.startswith("torch")
    engine.rest()
    caplog.clear()
    engine.render(ws, RESOLUTION)
    assert not caplog.records
