from pathlib import Path

import numpy as np
import pytest
import torch

from mbtiface.networks import Generator
from tests.benchmarks import drawing
from tests.benchmarks.drawing import Case, cases, difference, latents, run
from tests.benchmarks.drawing_table import drawing_table
from tests.benchmarks.options import Options
from tests.benchmarks.rivals import (
    ONNX_OPENVINO,
    ONNX_RUNTIME,
    OURS,
    OURS_TORCH,
    PLAIN,
    plainly,
)
from tests.toy_bundle import write_toy_bundle


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> list[drawing.Row]:
    folder = tmp_path_factory.mktemp("drawing")
    bundle = write_toy_bundle(folder / "toy")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(drawing, "CASE_S", 0.05)
        chosen = [Case(drawing.EMBEDDED, 32, 1, 1), Case(drawing.EMBEDDED, 32, 3, 1)]
        return list(run(str(bundle), chosen, 5.0, folder))


def test_every_way_is_timed_in_every_case(rows: list[drawing.Row]) -> None:
    roles = {PLAIN, OURS, OURS_TORCH, ONNX_RUNTIME, ONNX_OPENVINO}
    for batch in (1, 3):
        assert {row.role for row in rows if row.case.batch == batch} == roles
    assert all(len(row.times.wall) >= drawing.MIN_ROUNDS for row in rows)
    assert {row.case.batch for row in rows} == {1, 3}
    flops = {row.case.batch: row.flops for row in rows}
    assert flops[3] == 3 * flops[1] > 0


def test_every_way_draws_the_plain_picture(rows: list[drawing.Row]) -> None:
    for row in rows:
        off = row.difference
        assert off.mean < 0.5, row.name
        assert off.most <= 6, row.name
    assert rows[0].difference.most == 0


def test_the_table_holds_a_line_a_way(rows: list[drawing.Row]) -> None:
    lines = drawing_table(rows).splitlines()
    assert len(lines) == 2 + len(rows)
    assert [cell.strip() for cell in lines[2].split("|")[1:5]] == ["embedded", "32", "1", "1"]


def test_no_case_begins_when_the_time_is_up(tmp_path: Path) -> None:
    assert list(run("embedded", [Case(drawing.EMBEDDED, 256, 1, 1)], -1.0, tmp_path)) == []


def test_threads_are_as_before(rows: list[drawing.Row], tmp_path: Path) -> None:
    before = torch.get_num_threads()
    list(run("embedded", [Case(drawing.EMBEDDED, 256, 1, before + 1)], -1.0, tmp_path))
    assert torch.get_num_threads() == before


def test_quick_leaves_out_what_takes_long() -> None:
    quick, whole = cases(True, 2), cases(False, 2)
    assert set(quick) < set(whole)
    assert {case.batch for case in quick} == {1}
    assert {(case.batch, case.threads) for case in whole} == {(1, 2), (1, 1), (4, 2), (16, 2)}
    assert len(set(whole)) == len(whole)
    assert {case.threads for case in cases(False, 1)} == {1}


def test_quick_options_take_less_but_never_more() -> None:
    assert Options(quick=True).app_photos == 0
    assert Options(quick=True).rounds < Options().rounds
    assert Options(quick=True, rounds=3).rounds == 3


def test_a_difference_is_in_levels() -> None:
    one = np.zeros((1, 10, 10, 3), np.uint8)
    other = one.copy()
    other[0, 0, 0, 0] = 255
    found = difference(one, other)
    assert (found.most, found.mean) == (255, pytest.approx(255 / 300))
    assert difference(other, one) == found  # unsigned numbers must not wrap around


def test_the_plain_stylegan2_is_the_programs_own() -> None:
    torch.manual_seed(0)
    small = {"channel_base": 128, "channel_max": 8}
    network = Generator(8, 0, 8, 16, 3, mapping_kwargs={"num_layers": 1}, synthesis_kwargs=small)
    network.eval().requires_grad_(False)
    ws = latents(network, 2)
    assert torch.equal(ws, latents(network, 2))
    expected = network.synthesis(ws, noise_mode="const")
    drawn = plainly(network, 16)(ws)
    levels = np.abs(drawn.transpose(0, 3, 1, 2) - (expected * 127.5 + 128).clamp(0, 255).numpy())
    assert levels.max() < 1.01
