"""What renders: OpenVINO and torch give the same pictures; compiled networks are kept."""

import copy
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
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
    picture_sizes,
)
from mbtiface.faces.openvino_network import OpenVinoNetwork
from mbtiface.faces.pixels import to_bytes
from mbtiface.networks import MobileGenerator
from mbtiface.networks.mobile import MobileSynthesis
from tests.program_files import ROOT
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


@pytest.fixture(scope="module")
def engine(synthesis: MobileSynthesis) -> OpenVinoEngine:
    return OpenVinoEngine(synthesis, KEY, None)


@pytest.fixture(scope="module")
def kept(
    synthesis: MobileSynthesis, ws: torch.Tensor, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, np.ndarray]:
    """A folder with a kept network, and what it rendered; only copied."""
    folder = tmp_path_factory.mktemp("kept")
    return folder, OpenVinoEngine(synthesis, KEY, folder).render(ws, RESOLUTION)


def assert_levels(actual: np.ndarray, expected: np.ndarray, most: int, mean: float) -> None:
    assert actual.dtype == np.uint8
    assert actual.shape == expected.shape
    difference = np.abs(actual.astype(int) - expected.astype(int))
    assert difference.max() <= most, f"{difference.max()} levels"
    assert difference.mean() <= mean, f"{difference.mean():.3g} levels on average"


def test_torch_renders_the_network(
    synthesis: MobileSynthesis, ws: torch.Tensor, expected: np.ndarray
) -> None:
    assert expected.std() > 20  # The toy network makes a picture, not one grey.
    assert ((expected > 0) & (expected < 255)).mean() > 0.6
    engine = TorchEngine(synthesis, CPU)
    assert_levels(engine.render(ws, RESOLUTION), expected, most=1, mean=0.01)
    assert engine.sizes == (RESOLUTION,)
    assert engine.name.endswith("(cpu)")


def test_openvino_in_float32_gives_the_same_bytes(
    synthesis: MobileSynthesis, ws: torch.Tensor, expected: np.ndarray
) -> None:
    engine = OpenVinoEngine(synthesis, KEY, None)
    engine.networks[RESOLUTION].options["INFERENCE_PRECISION_HINT"] = "f32"
    assert_levels(engine.render(ws, RESOLUTION), expected, most=1, mean=0.01)


def test_openvino_as_it_is_used_gives_nearly_the_same(
    engine: OpenVinoEngine, ws: torch.Tensor, expected: np.ndarray
) -> None:
    assert_levels(engine.render(ws, RESOLUTION), expected, most=6, mean=0.3)
    assert engine.name.startswith("openvino 20")
    assert engine.sizes == (RESOLUTION,)


def test_one_picture_does_not_overwrite_another(engine: OpenVinoEngine, ws: torch.Tensor) -> None:
    together = engine.render(ws, RESOLUTION)
    alone = [engine.render(w[None], RESOLUTION)[0] for w in ws]
    assert np.array_equal(together, np.stack(alone))
    assert not np.array_equal(alone[0], alone[1])


def test_a_rested_engine_renders_the_same(engine: OpenVinoEngine, ws: torch.Tensor) -> None:
    before = engine.render(ws, RESOLUTION)
    engine.rest()
    assert np.array_equal(engine.render(ws, RESOLUTION), before)


def test_small_heads_have_graphs_of_their_own(ws: torch.Tensor) -> None:
    torch.manual_seed(0)
    network = MobileGenerator(
        z_dim=16, w_dim=16, img_resolution=32, channels=(16, 8), num_layers=2, head_sizes=(16,)
    )
    synthesis = network.eval().requires_grad_(False).synthesis
    assert picture_sizes(synthesis) == (16, 32)
    engine = OpenVinoEngine(synthesis, KEY, None)
    engine.networks[16].options["INFERENCE_PRECISION_HINT"] = "f32"
    pictures = to_bytes(synthesis(ws, 16)).numpy()
    assert_levels(engine.render(ws, 16), pictures, most=2, mean=0.05)


class TestKeptNetworks:
    """Compiled networks in a folder."""

    @staticmethod
    def graph(cache: Path) -> Path:
        (path,) = cache.rglob(f"{RESOLUTION}.xml")
        return path

    def test_read_again_without_conversion(
        self,
        synthesis: MobileSynthesis,
        ws: torch.Tensor,
        kept: tuple[Path, np.ndarray],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        folder, first = kept
        assert self.graph(folder).with_suffix(".bin").is_file()
        assert not list(folder.rglob("partial-*"))

        def refuse(self: OpenVinoNetwork) -> None:
            raise AssertionError("converted although it was kept")

        monkeypatch.setattr(OpenVinoNetwork, "_convert", refuse)
        again = OpenVinoEngine(synthesis, KEY, folder).render(ws, RESOLUTION)
        assert np.array_equal(first, again)
        # Other weights do not take this one.
        with pytest.raises(AssertionError, match="converted"):
            OpenVinoEngine(synthesis, "f" * 20, folder).render(ws, RESOLUTION)

    @pytest.mark.parametrize("damage", ["graph", "weights"])
    def test_made_again_where_damaged(
        self,
        synthesis: MobileSynthesis,
        ws: torch.Tensor,
        kept: tuple[Path, np.ndarray],
        tmp_path: Path,
        damage: str,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        folder = shutil.copytree(kept[0], tmp_path / "copy")
        graph = self.graph(folder)
        weights = graph.with_suffix(".bin")
        if damage == "graph":
            graph.write_bytes(graph.read_bytes()[:2000])
        else:
            weights.write_bytes(weights.read_bytes()[:100])
        again = OpenVinoEngine(synthesis, KEY, folder).render(ws, RESOLUTION)
        assert np.array_equal(kept[1], again)
        assert f"The kept network {graph} cannot be read; it is made again." in caplog.text
        caplog.clear()
        OpenVinoEngine(synthesis, KEY, folder).render(ws, RESOLUTION)
        assert not caplog.records

    def test_a_damaged_compiled_form(
        self,
        synthesis: MobileSynthesis,
        ws: torch.Tensor,
        kept: tuple[Path, np.ndarray],
        tmp_path: Path,
    ) -> None:
        folder = shutil.copytree(kept[0], tmp_path / "copy")
        OpenVinoEngine(synthesis, KEY, folder).render(ws, RESOLUTION)
        blobs = list(folder.rglob("*.blob"))
        assert blobs
        for blob in blobs:
            blob.write_bytes(b"no network")
        assert np.array_equal(
            kept[1], OpenVinoEngine(synthesis, KEY, folder).render(ws, RESOLUTION)
        )

    def test_a_folder_that_cannot_be_made(
        self,
        synthesis: MobileSynthesis,
        ws: torch.Tensor,
        expected: np.ndarray,
        tmp_path: Path,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        (tmp_path / "file").write_text("in the way")
        pictures = OpenVinoEngine(synthesis, KEY, tmp_path / "file").render(ws, RESOLUTION)
        assert_levels(pictures, expected, most=6, mean=0.3)
        assert "The compiled network cannot be kept in" in caplog.text


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
    assert_levels(engine.render(ws, RESOLUTION), expected, most=1, mean=0.01)
    assert "Rendering by OpenVINO failed and is switched off; torch takes over." in caplog.text
    assert engine.name.startswith("torch")
    engine.rest()
    caplog.clear()
    engine.render(ws, RESOLUTION)
    assert not caplog.records


def test_the_converter_tells_nobody_of_its_use(tmp_path: Path) -> None:
    code = (
        "import sys, torch; from mbtiface.faces.engine import OpenVinoEngine;"
        "from tests.toy_bundle import RESOLUTION, toy_generator;"
        "network = toy_generator();"
        "w = torch.zeros(1, network.num_ws, network.w_dim);"
        "OpenVinoEngine(network.synthesis, '0' * 20, None).render(w, RESOLUTION);"
        "sys.exit('openvino.tools.ovc.telemetry_stub' not in sys.modules)"
    )
    home = os.environ | {"HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=home, check=True)
    assert not list(tmp_path.iterdir())
