"""The report of a generator: every file is there and says what was measured."""

import json
from pathlib import Path

import pytest
import torch
from PIL import Image

from mbtiface.errors import InputError
from mbtiface.networks import Generator
from tests.train.metrics.toy_pictures import SIDE, ToyExtractor, ToySet, toy_pictures
from train.metrics.generator_report import ReportOptions, pairs_picture, report_generator
from train.metrics.samples import SampleOptions, samples

SAMPLES = SampleOptions(count=40, batch=16, keywords={"fused_modconv": False})


@pytest.fixture
def generator() -> Generator:
    torch.manual_seed(0)
    sizes = {"channel_base": 128, "channel_max": 8}
    return Generator(8, 0, 8, SIDE, 3, {"num_layers": 2}, sizes)


def test_everything_is_written(
    generator: Generator, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    training = ToySet(toy_pictures(30))
    options = ReportOptions(SAMPLES, droplet_samples=8, pairs=6)
    with caplog.at_level("INFO"):
        found = report_generator(
            generator,
            training,
            ToyExtractor(),
            tmp_path / "report",
            options,
            held_out=ToySet(toy_pictures(10, seed=1), "held"),
            features=tmp_path / "kept",
        )
    folder = tmp_path / "report"
    names = {path.name for path in folder.iterdir()}
    assert names == {"quality.json", "droplets.md", "droplets.png", "nearest.png"}
    assert len(list((tmp_path / "kept").iterdir())) == 2
    assert json.loads((folder / "quality.json").read_text()) == json.loads(json.dumps(found))
    assert found["quality"]["frechet_name"] == "FD-Toy"
    assert found["quality"]["generated"] == 40
    assert [layer["layer"] for layer in found["droplets"]["layers"]] == [
        "b4.conv1",
        *("b8.conv0", "b8.conv1", "b16.conv0", "b16.conv1"),
    ]
    assert (folder / "droplets.md").read_text().count("\n") == 7
    assert "FD-Toy " in caplog.text
    assert "(40 samples, 30 real pictures)" in caplog.text
    # The first pair: the first sample and the training picture with the nearest features.
    first = next(samples(generator, SAMPLES))[:1]
    distances = torch.cdist(ToyExtractor()(first), ToyExtractor()(training.content))
    expected = pairs_picture(first, training.content[distances.argmin()][None])
    sheet = Image.open(folder / "nearest.png")
    assert sheet.crop((0, 0, *expected.size)).tobytes()[: 3 * 34] == expected.tobytes()[: 3 * 34]
    corner = (2, 2, 2 + 2 * SIDE, 2 + SIDE)
    assert sheet.crop(corner).tobytes() == expected.crop(corner).tobytes()


def test_parts_can_be_left_out(generator: Generator, tmp_path: Path) -> None:
    options = ReportOptions(SAMPLES, droplet_samples=0, pairs=0)
    found = report_generator(
        generator, ToySet(toy_pictures(30)), ToyExtractor(), tmp_path / "report", options
    )
    names = [path.name for path in (tmp_path / "report").iterdir()]
    assert sorted(names)[1:] == ["quality.json"]
    assert sorted(names)[0].startswith("features-")
    assert list(found) == ["quality"]
    assert found["quality"]["memory"] is None


def test_pairs_stand_side_by_side() -> None:
    left, right = torch.zeros(5, 3, 8, 8).byte(), torch.full((5, 3, 8, 8), 200).byte()
    sheet = pairs_picture(left, right, columns=2)
    assert sheet.size == (2 + 2 * 18, 2 + 3 * 10)
    assert sheet.getpixel((2, 2)) == (0, 0, 0)
    assert sheet.getpixel((2 + 8, 2)) == (200, 200, 200)
    assert sheet.getpixel((2 + 18, 12)) == (0, 0, 0)
    assert sheet.getpixel((2 + 18, 22)) == (255, 255, 255)  # there is no sixth
    with pytest.raises(InputError, match="two sets of the same shape"):
        pairs_picture(left, right[:4])
