"""Snapshots on disk, alarms, and lines of the journal."""

import json
from pathlib import Path

import pytest
import torch

from mbtiface.errors import SourceError
from train.stylegan2.alarms import SURE_TICKS, Alarms, collapsed
from train.stylegan2.drawings import grid
from train.stylegan2.journal import forget_after
from train.stylegan2.state import Snapshots


def save(snapshots: Snapshots, images: int) -> Path:
    return snapshots.save({"images": images, "w": torch.full((3,), float(images))})


def test_the_newest_and_the_best_stay(tmp_path: Path) -> None:
    snapshots = Snapshots(tmp_path, keep=2)
    assert snapshots.newest() is None
    assert snapshots.best() is None
    first = save(snapshots, 100)
    snapshots.keep_best(first, {"value": 5.0})
    for images in (900, 1000, 20000):
        save(snapshots, images)
    assert [path.name for path in snapshots.numbered()] == ["0000001000.pt", "0000020000.pt"]
    assert snapshots.newest()["images"] == 20000
    assert snapshots.best()["images"] == 100
    assert snapshots.best_note() == {"value": 5.0}
    snapshots.keep_best(snapshots.numbered()[0], {"value": 4.0})
    assert snapshots.best()["images"] == 1000
    assert not list(snapshots.folder.glob("*.partial"))


def test_without_a_best_the_newest_counts(tmp_path: Path) -> None:
    snapshots = Snapshots(tmp_path)
    save(snapshots, 10)
    assert snapshots.best()["images"] == 10


def test_file_systems_without_links_get_a_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError("no links here")

    monkeypatch.setattr("os.link", refuse)
    snapshots = Snapshots(tmp_path)
    snapshots.keep_as("kept.pt", save(snapshots, 7))
    assert torch.load(snapshots.folder / "kept.pt", weights_only=True)["images"] == 7


def test_a_damaged_snapshot_is_passed_over(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    snapshots = Snapshots(tmp_path)
    save(snapshots, 1)
    save(snapshots, 2).write_bytes(b"half")
    assert snapshots.newest()["images"] == 1
    assert "damaged" in caplog.text
    snapshots.numbered()[0].write_bytes(b"half")
    with pytest.raises(SourceError, match="is damaged"):
        snapshots.newest()


def test_a_full_disk_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    snapshots = Snapshots(tmp_path, keep=1)
    save(snapshots, 1)

    def full(state: object, partial: Path) -> None:
        partial.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(torch, "save", full)
    with pytest.raises(SourceError, match="No space left on device.*make room"):
        save(snapshots, 2)
    assert snapshots.newest()["images"] == 1
    assert [path.name for path in snapshots.folder.iterdir()] == ["0000000001.pt"]


FINE = {"sign_real": 0.5, "sign_generated": -0.5, "variance_real": 1.0, "variance_generated": 0.8}


def test_no_alarm_without_need() -> None:
    alarms = Alarms()
    assert not any(alarms.look(FINE) for _ in range(5))


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_what_is_no_number_ends_a_run(bad: float) -> None:
    (alarm,) = Alarms().look(FINE | {"loss_real": bad})
    assert alarm.fatal
    assert alarm.message.startswith("loss_real are no finite numbers")


def test_a_sure_discriminator_is_reported_once() -> None:
    alarms = Alarms()
    sure = FINE | {"sign_real": 0.99, "sign_generated": -1.0}
    found = [alarms.look(sure) for _ in range(SURE_TICKS + 2)]
    assert [len(each) for each in found] == [0] * (SURE_TICKS - 1) + [1, 0, 0]
    (alarm,) = found[SURE_TICKS - 1]
    assert (alarm.kind, alarm.fatal) == ("discriminator saturated", False)
    # Chance in between starts the count anew, and an alarm that ended may begin again.
    assert alarms.look(FINE) == []
    assert [len(alarms.look(sure)) for _ in range(SURE_TICKS)] == [0] * (SURE_TICKS - 1) + [1]


def test_samples_that_are_all_alike_are_reported() -> None:
    alarms = Alarms()
    (alarm,) = alarms.look(FINE | {"variance_generated": 0.02})
    assert alarm.kind == "variance gone"
    assert "vary 2.0% as much" in alarm.message
    assert alarms.begin(collapsed("Alike.")) == []
    assert [each.kind for each in Alarms().begin(collapsed("Alike."))] == ["variance gone"]


def test_alarms_go_on_from_their_state() -> None:
    sure = FINE | {"sign_real": 0.99, "sign_generated": -1.0}
    first, second = Alarms(), Alarms()
    for _ in range(SURE_TICKS - 1):
        first.look(sure)
    second.load_state(json.loads(json.dumps(first.state())))
    assert len(second.look(sure)) == 1


def test_lines_after_the_last_snapshot_are_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    lines = ['{"step": 100}', '{"kimg": 0.2}', '{"step": 201}', '{"step": 30']
    path.write_text("\n".join(lines))
    forget_after(path, 200)
    assert path.read_text().splitlines() == lines[:2]
    forget_after(tmp_path / "none.jsonl", 0)
    assert [each.name for each in tmp_path.iterdir()] == ["log.jsonl"]


def test_a_grid_goes_row_by_row() -> None:
    pictures = torch.arange(5, dtype=torch.uint8)[:, None, None, None].expand(5, 3, 2, 2)
    sheet = grid(pictures, 3)
    assert sheet.shape == (4, 6, 3)
    assert sheet[::2, ::2, 0].tolist() == [[0, 1, 2], [3, 4, 255]]
