"""Batches of a dataset, fetched ahead by a thread, so that a training step never waits for them."""

from collections import deque
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import torch

from train.data.endless import EndlessSampler
from train.data.picture_dataset import PictureDataset

AHEAD = 2
"""Batches that are ready or on their way before they are asked for."""


@dataclass(frozen=True)
class Batch:
    """Real pictures of one step."""

    pictures: torch.Tensor
    """uint8 `[n, 3, size, size]`, on the device."""
    labels: torch.Tensor
    """float32 `[n, c_dim]`, on the device."""


class Batches:
    """An endless row of batches; close it, or use it as a context."""

    def __init__(
        self,
        dataset: PictureDataset,  # What is shown.
        sampler: EndlessSampler,  # In which order; belongs to this object from now on.
        batch: int,  # Pictures of this process in a batch.
        device: torch.device | str = "cpu",  # Where batches go.
        ahead: int = AHEAD,  # Batches fetched before they are asked for; 0 = none.
    ) -> None:
        self._dataset, self._sampler = dataset, sampler
        self._batch, self._device, self._ahead = batch, torch.device(device), ahead
        self._thread = ThreadPoolExecutor(1, "mbtiface-batches")
        self._coming: deque[tuple[dict[str, Any], Future[Batch]]] = deque()

    def next(self) -> Batch:
        """The next batch; what went wrong while it was fetched is raised here."""
        while len(self._coming) <= self._ahead:
            state = self._sampler.state()
            indices = self._sampler.next(self._batch)
            self._coming.append((state, self._thread.submit(self._fetch, indices)))
        return self._coming.popleft()[1].result()

    def _fetch(self, indices: Any) -> Batch:
        pictures, labels = self._dataset.pictures(indices), self._dataset.labels(indices)
        if self._device.type == "cuda":  # Pinned memory is copied while the device computes.
            pictures, labels = pictures.pin_memory(), labels.pin_memory()
        return Batch(
            pictures.to(self._device, non_blocking=True), labels.to(self._device, non_blocking=True)
        )

    def state(self) -> dict[str, Any]:
        """The order's state after the batches that were taken; those fetched ahead do not count."""
        return self._coming[0][0] if self._coming else self._sampler.state()

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Go on where `state()` was taken; see `EndlessSampler.load_state`."""
        self._sampler.load_state(state)
        self._coming.clear()

    def close(self) -> None:
        """Let the thread end."""
        self._coming.clear()
        self._thread.shutdown(cancel_futures=True)

    def __enter__(self) -> "Batches":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
