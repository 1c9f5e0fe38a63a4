"""Journeys of toy networks on one thread, with a toy extractor."""

from collections.abc import Iterator

import pytest
import torch

from tests.train.metrics.toy_pictures import ToyExtractor
from train.stylegan2 import watching


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(autouse=True, scope="module")
def toy_extractor() -> Iterator[None]:
    """The published network looks at a picture longer than a toy generator takes to train."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(watching, "open_extractor", lambda *_: ToyExtractor())
        yield
