"""A cache of crops on disk: made once by all cores, read at random while heads are fitted."""

import json
import logging
import multiprocessing
import os
from concurrent.futures import FIRST_EXCEPTION, ProcessPoolExecutor, wait
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch

from mbtiface.errors import SourceError
from mbtiface.networks.mobile import MobileGenerator
from train.mobile.head_crops import CropMaker, CropSource
from train.runs.config import write_json

log = logging.getLogger(__name__)

CHUNK = 64
"""Pictures in one group of files: what an interruption can cost."""
LOG_SECONDS = 30


@dataclass(frozen=True)
class CropBatch:
    """Crops of one head's features with their pictures."""

    features: torch.Tensor  # [batch, channels, crop, crop]
    w: torch.Tensor  # [batch, w_dim], the head's row of w+
    pictures: torch.Tensor  # [batch, 3, 2 * (crop - 2 * MARGIN), the same], -1..1


class CropCache:
    """A growing folder of crops; pictures are drawn by index, so any part can be made again."""

    def __init__(self, folder: Path, source: CropSource) -> None:
        """Open or create `folder`.

        Raises:
            SourceError: the folder holds crops of another source.
        """
        self.folder = folder
        self.source = source
        self._chunks: dict[int, dict[str, np.ndarray]] = {}
        folder.mkdir(parents=True, exist_ok=True)
        record = folder / "source.json"
        described = json.loads(json.dumps(asdict(source)))
        if not record.exists():
            write_json(record, described)
        earlier = json.loads(record.read_text("utf-8"))
        if earlier != described:
            raise SourceError(
                f"{folder} holds crops of {earlier}, not of {described}. "
                "Delete it or name another folder."
            )

    def missing(self, count: int) -> list[int]:
        """Chunks that are not on disk, of those that hold the first `count` pictures."""
        chunks = range(-(-count // CHUNK))
        return [index for index in chunks if not self._file(index, "w").exists()]

    def fill(self, generator: MobileGenerator, count: int, workers: int = 1) -> None:
        """Make those of the first `count` pictures that are missing.

        `workers` processes of one thread each make far more than one process of many threads:
        the layers are too small to be shared out.
        """
        missing = self.missing(count)
        lanes = [missing[lane::workers] for lane in range(workers)]
        if workers == 1:
            _fill_lane(self.folder, self.source, generator, missing)
            return
        spawn = multiprocessing.get_context("spawn")  # a forked torch may hang
        with ProcessPoolExecutor(workers, mp_context=spawn) as pool:
            share = partial(_fill_lane, self.folder, self.source, generator)
            waiting = {pool.submit(share, lane) for lane in lanes if lane}
            while waiting:
                done, waiting = wait(waiting, timeout=LOG_SECONDS, return_when=FIRST_EXCEPTION)
                for job in done:
                    job.result()  # an error of a worker is ours
                log.info("crops: %d pictures to go", CHUNK * len(self.missing(count)))

    def batch(self, size: int, pictures: np.ndarray, crops: np.ndarray) -> CropBatch:
        """Read the crops with these picture and crop indices, each `[batch]`, as float32."""
        rows = [
            (self._chunk(int(picture) // CHUNK), int(picture) % CHUNK, int(crop))
            for picture, crop in zip(pictures, crops, strict=True)
        ]

        def read(name: str) -> torch.Tensor:
            values = np.stack([chunk[name][picture, crop] for chunk, picture, crop in rows])
            return torch.from_numpy(values).float()

        return CropBatch(read(f"features{size}"), read("w"), read(f"pictures{size}"))

    def _file(self, index: int, name: str) -> Path:
        return self.folder / f"{index:05d}.{name}.npy"

    def write_chunk(self, index: int, maker: CropMaker) -> None:
        """Make and write one chunk, whole or not at all."""
        made = [maker.make(CHUNK * index + k) for k in range(CHUNK)]
        for name in sorted(made[0]):  # "w" is last: a chunk without it is not complete
            path = self._file(index, name)
            unfinished = path.with_suffix(f".{os.getpid()}.partial")
            with unfinished.open("wb") as opened:
                np.save(opened, np.stack([arrays[name] for arrays in made]))
            unfinished.replace(path)

    def _chunk(self, index: int) -> dict[str, np.ndarray]:
        if index not in self._chunks:
            parts = [f"{part}{s}" for s in self.source.sizes for part in ("features", "pictures")]
            self._chunks[index] = {
                name: np.load(self._file(index, name), mmap_mode="r") for name in ["w", *parts]
            }
        return self._chunks[index]


def _fill_lane(
    folder: Path, source: CropSource, generator: MobileGenerator, chunks: list[int]
) -> None:
    """One worker's share of the chunks."""
    if not chunks:
        return
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    cache = CropCache(folder, source)
    maker = CropMaker(generator, source, threads=1)
    parent = multiprocessing.parent_process()
    for index in chunks:
        if parent is not None and not parent.is_alive():
            return  # the run was killed: leave no worker behind
        cache.write_chunk(index, maker)
    torch.set_num_threads(threads)
