"""Samples of an encoder's training: numbered, mixed from made faces and photos, never held out."""

from pathlib import Path

import numpy as np
import pytest
import torch

from mbtiface.errors import SourceError
from tests.toy_bundle import NUM_WS
from tests.train.psp.drawn_faces import write_faces
from train.data.made_faces import PART, MadeFaces, to_rows
from train.psp.face_samples import HELD_OUT, FaceSamples, batches
from train.psp.pictures import read_rgb


def samples(made: MadeFaces, photos: list[Path] | None = None, share: float = 0.0) -> FaceSamples:
    return FaceSamples(made, PART, photos or [], share, 16, 32, seed=1)


def test_a_sample_follows_from_its_number(toy_made: MadeFaces) -> None:
    one, other = samples(toy_made)[7], samples(toy_made)[7]
    assert np.array_equal(one[0], other[0])
    assert one[0].shape == (16, 16, 3)
    assert one[1].shape == (32, 32, 3)
    assert np.array_equal(one[1], read_rgb(toy_made.picture(one[2])))


def test_held_out_faces_are_never_drawn(toy_made: MadeFaces) -> None:
    drawn = {samples(toy_made)[number][2] for number in range(300)}
    assert min(drawn) >= HELD_OUT
    assert len(drawn) > 100


def test_photos_have_no_latents(toy_made: MadeFaces, tmp_path: Path) -> None:
    photos = [tmp_path / f"{k}.png" for k in range(3)]
    write_faces(photos, 32)
    given = samples(toy_made, photos, 0.5)
    w, crossover = toy_made.latents(NUM_WS)
    (batch,) = batches(given, w, crossover, NUM_WS, 0, 64, 64, workers=0)
    assert 0.3 < batch.known.float().mean() < 0.7
    assert not batch.ws[~batch.known].any()
    assert batch.ws[batch.known].any(2).all()
    index = [given[number][2] for number in range(64)]
    row = int(batch.known.nonzero()[0])
    expected = to_rows(
        w[index[row] : index[row] + 1], crossover[index[row] : index[row] + 1], NUM_WS
    )
    assert torch.equal(batch.ws[row], expected[0])


def test_a_run_that_goes_on_sees_the_same(toy_made: MadeFaces) -> None:
    w, crossover = toy_made.latents(NUM_WS)
    given = samples(toy_made)
    whole = list(batches(given, w, crossover, NUM_WS, 0, 12, 4, workers=0))
    later = list(batches(given, w, crossover, NUM_WS, 4, 12, 4, workers=0))
    assert len(whole) == 3
    assert torch.equal(whole[1].pictures, later[0].pictures)
    assert torch.equal(whole[2].ws, later[1].ws)
    assert whole[0].pictures.min() >= -1
    assert whole[0].pictures.max() <= 1


def test_processes_share_the_samples(toy_made: MadeFaces) -> None:
    w, crossover = toy_made.latents(NUM_WS)
    given = samples(toy_made)
    (whole,) = batches(given, w, crossover, NUM_WS, 0, 8, 8, workers=0)
    halves = [
        next(iter(batches(given, w, crossover, NUM_WS, 0, 8, 4, rank, 2, workers=0)))
        for rank in range(2)
    ]
    assert torch.equal(whole.ws[0::2], halves[0].ws)
    assert torch.equal(whole.ws[1::2], halves[1].ws)


def test_too_few_faces_are_refused(toy_made: MadeFaces) -> None:
    with pytest.raises(SourceError, match="256 made faces are too few"):
        FaceSamples(toy_made, HELD_OUT, [], 0.0, 16, 32, 1)
