"""What the benchmark times of averages is what it says: real joins, real files."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from mbtiface.contributing import Contributions
from mbtiface.faces.kept_pictures import GALLERY
from mbtiface.services import Services
from mbtiface.settings import Settings
from tests.benchmarks import joining
from tests.benchmarks.averages_way import gallery_calls
from tests.fakes import FakeStudio

COUNT = 40
PRIOR = 200
"""Faces that the bundle's own average counts as."""


@pytest.fixture
def faces() -> torch.Tensor:
    return joining.spread_faces(FakeStudio(), COUNT)


@pytest.fixture
def contributions(tmp_path: Path, faces: torch.Tensor) -> Iterator[Contributions]:
    opened = joining.open_joined(FakeStudio(), faces, tmp_path)
    yield opened
    opened.close()


def test_faces_lie_around_the_type_as_far_as_all_faces_do(faces: torch.Tensor) -> None:
    away = (faces - FakeStudio().type_mean(joining.CODE, joining.GENDER)) / 0.5
    assert away.square().mean().sqrt().item() == pytest.approx(1, abs=0.01)
    assert away.mean().item() == pytest.approx(0, abs=0.01)


def test_each_call_is_a_join_of_another_face(
    contributions: Contributions, faces: torch.Tensor
) -> None:
    drawn: list[torch.Tensor] = []
    calls = joining.calls(contributions, faces, drawn.append, drawn.append)
    join, anew, join_drawn, anew_drawn = calls.values()
    cell = joining.CODE, joining.GENDER
    base, total = FakeStudio().type_mean(*cell), faces.double().sum(0)
    for count in (1, 2):
        after = join() if count == 1 else (join_drawn(), drawn[0])[1]
        assert isinstance(after, torch.Tensor)
        summed = PRIOR * base + total + faces[:count].double().sum(0)
        assert torch.allclose(after.double(), summed / (PRIOR + COUNT + count), atol=1e-5)
        assert contributions.counts() == {cell: COUNT + count}
    anew_drawn()
    mean = anew()
    assert isinstance(mean, torch.Tensor)
    assert torch.equal(drawn[1], mean)
    assert torch.allclose(mean.double(), total / COUNT, atol=1e-5)


def test_the_gallery_comes_from_its_files_alone(tmp_path: Path) -> None:
    studio = FakeStudio()
    services = Services(Settings(state_dir=tmp_path), studio)
    read, draw = gallery_calls(services, tmp_path).values()
    once = studio.rendered
    read()
    assert once == studio.rendered == len(GALLERY)
    draw()
    assert studio.rendered == 2 * len(GALLERY)
    next(tmp_path.rglob("type-ENTP-female.jpg")).unlink()
    with pytest.raises(RuntimeError, match="type:ENTP:female"):
        read()
    services.close()
