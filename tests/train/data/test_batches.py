"""Batches fetched ahead: in order, counted only when taken, errors where they are asked for."""

import threading
from pathlib import Path

import numpy as np
import pytest
import torch

from mbtiface.errors import SourceError
from tests.train.data.picture_files import write_pictures, write_typed
from train.data import picture_dataset
from train.data.batches import Batches
from train.data.decoded import OnDemand
from train.data.endless import EndlessSampler
from train.data.picture_dataset import PictureDataset

NAMES = [f"{at:02d}.png" for at in range(10)]


@pytest.fixture
def dataset(tmp_path: Path) -> PictureDataset:
    write_pictures(tmp_path / "set", NAMES)
    table = write_typed(tmp_path / "t.csv", NAMES)
    return PictureDataset.open(tmp_path / "set", labels="gender", xflip=True, table=table)


@pytest.mark.parametrize("ahead", [0, 1, 5])
def test_batches_follow_the_order(dataset: PictureDataset, ahead: int) -> None:
    order = EndlessSampler(len(dataset), 4)
    with Batches(dataset, EndlessSampler(len(dataset), 4), 3, ahead=ahead) as batches:
        for _ in range(12):
            indices, batch = order.next(3), batches.next()
            assert torch.equal(batch.pictures, dataset.pictures(indices))
            assert torch.equal(batch.labels, dataset.labels(indices))


def test_a_state_counts_what_was_taken(dataset: PictureDataset) -> None:
    with Batches(dataset, EndlessSampler(20, 4), 3) as batches:
        assert batches.state()["position"] == 0
        for _ in range(7):
            batches.next()
        state = batches.state()
        assert state["position"] == 21
        expected = [batches.next().pictures for _ in range(9)]
    with Batches(dataset, EndlessSampler(20, 99), 3) as again:
        again.next()
        again.load_state(state)
        for pictures in expected:
            assert torch.equal(again.next().pictures, pictures)


def test_pictures_are_fetched_before_they_are_asked_for(dataset: PictureDataset) -> None:
    fetched = threading.Semaphore(0)
    plain = dataset.pictures

    def counted(indices: np.ndarray) -> torch.Tensor:
        fetched.release()
        return plain(indices)

    dataset.pictures = counted  # type: ignore[method-assign]
    with Batches(dataset, EndlessSampler(20, 4), 3, ahead=2) as batches:
        batches.next()
        for _ in range(3):  # one taken, two more by themselves
            assert fetched.acquire(timeout=10)
        assert not fetched.acquire(blocking=False)


def test_what_goes_wrong_is_told_where_the_batch_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_pictures(tmp_path, NAMES)
    monkeypatch.setattr(picture_dataset, "decoded", lambda source, size, _: OnDemand(source, size))
    dataset = PictureDataset.open(tmp_path)
    (tmp_path / "07.png").unlink()
    with (
        Batches(dataset, EndlessSampler(10, 0), 40) as batches,
        pytest.raises(SourceError, match="07.png of .* cannot be read"),
    ):
        batches.next()
