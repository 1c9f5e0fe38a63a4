import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from mbtiface.errors import SourceError
from train.data.latents import read_projected

NAMES = ["0003.jpg", "0001.jpg", "0002.jpg"]
ACTING = 4


@pytest.fixture
def run(tmp_path: Path) -> Path:
    w = torch.arange(3.0)[:, None, None] + torch.arange(6.0)[:, None] + torch.zeros(3, 6, 5)
    save_file({"w": w}, tmp_path / "latents.safetensors")
    (tmp_path / "files.json").write_text(json.dumps(NAMES))
    return tmp_path


def test_faces_are_found_by_name_and_their_acting_rows_averaged(run: Path) -> None:
    w = read_projected(run, ["faces/0001.jpg", "faces/0002.jpg", "faces/0003.jpg"], ACTING)
    assert w.dtype == np.float64
    np.testing.assert_array_equal(w, np.repeat([[2.5], [3.5], [1.5]], 5, axis=1))


def test_a_face_without_latent_is_named(run: Path) -> None:
    with pytest.raises(SourceError, match=r"no latent of 2 faces, the first 0009\.jpg"):
        read_projected(run, ["0001.jpg", "0009.jpg", "0010.jpg"], ACTING)


@pytest.mark.parametrize("names", ['["0001.jpg"]', "{", '{"0001.jpg": 1}', "3"])
def test_names_that_do_not_fit(run: Path, names: str) -> None:
    (run / "files.json").write_text(names)
    with pytest.raises(SourceError, match=r"train project|does not name|list of names"):
        read_projected(run, ["0001.jpg"], ACTING)


def test_no_run(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="holds no latents"):
        read_projected(tmp_path, ["0001.jpg"], ACTING)
