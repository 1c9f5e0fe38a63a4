"""What tests of several parts of training share."""

import pytest

from tests.train.toy_made import make_toy_dataset
from train.data.made_faces import MadeFaces


@pytest.fixture(scope="session")
def toy_made(tmp_path_factory: pytest.TempPathFactory) -> MadeFaces:
    """500 samples of the toy bundle; its folder's neighbour `bundle` is that bundle. Only read."""
    return make_toy_dataset(tmp_path_factory.mktemp("toy"))
