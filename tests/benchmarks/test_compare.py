import json
from pathlib import Path
from typing import Any

import pytest

from mbtiface.errors import SourceError
from tests.benchmarks.compare import changes, markdown, named_times, read


def a_run(machine: str, **walls: list[float]) -> dict[str, Any]:
    parts = [{"name": name, "times": {"wall": wall}} for name, wall in walls.items()]
    return {"machine": machine, "load": [0.5, 1.0], "parts": parts}


def test_only_what_moved_more_than_its_noise_is_marked() -> None:
    old = a_run("a", calm=[1.0, 1.0, 1.0], wild=[1.0, 2.0, 3.0], same=[2.0], gone=[1.0])
    new = a_run("a", calm=[0.5, 0.5, 0.5], wild=[1.5, 2.6, 3.5], same=[2.08], came=[1.0])
    found = {change.name: change for change in changes(old, new)}
    assert list(found) == ["calm", "wild", "same"]
    assert (found["calm"].ratio, found["calm"].mark) == (0.5, "faster")
    assert found["wild"].ratio == pytest.approx(1.3)
    assert found["wild"].mark == ""  # either run alone spreads over more
    assert found["same"].mark == ""  # 4 per cent
    slower = changes(new, old)[0]
    assert (slower.ratio, slower.mark) == (2.0, "slower")


def test_rows_that_one_run_lacks_and_other_machines_are_told() -> None:
    old, new = a_run("two cores", both=[1.0], gone=[1.0]), a_run("four", both=[1.0], came=[1.0])
    text = markdown(old, new)
    assert "- old: two cores; load 0.5 to 1.0" in text
    assert "- new: four; load 0.5 to 1.0" in text
    assert "The machines differ" in text
    assert "only in the old run: gone" in text
    assert "only in the new run: came" in text
    assert "| both | " in text
    assert "The machines differ" not in markdown(old, old)


def test_a_librarys_version_does_not_part_two_runs() -> None:
    old = a_run("a", **{"encode (openvino 2026.4.1 (bfloat16))": [1.0]})
    new = a_run("a", **{"encode (openvino 2027.1.0 (bfloat16))": [1.0]})
    assert [change.name for change in changes(old, new)] == ["encode"]


def test_every_kind_of_row_has_a_name_of_its_own() -> None:
    case = {"network": "embedded", "size": 256, "batch": 1, "threads": 2}
    times = {"wall": [1.0]}
    run = {
        "parts": [{"name": "decode", "times": times}],
        "comparisons": [{"name": "kept", "times": times, "plain_name": "anew", "plain": times}],
        "drawing": [{"case": case, "role": "this app", "times": times}],
        "peaks": {"bf16": times},
    }
    names = [name for name, _ in named_times(run)]
    assert names == [
        "decode",
        "kept",
        "anew",
        "embedded 256 px, batch 1, threads 2: this app",
        "matrix product bf16",
    ]


@pytest.mark.parametrize("content", [None, "no json", "[]", "{}"])
def test_a_file_that_is_no_run_is_refused(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "run.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(SourceError, match=r"run\.json"):
        read(path)
    path.write_text(json.dumps(a_run("a", x=[1.0])))
    assert read(path)["machine"] == "a"
