import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from mbtiface.errors import SourceError
from mbtiface.networks.mobile import MobileGenerator, block_of
from mbtiface.networks.small_head import SmallHead
from mbtiface.networks.wavelet import inverse_haar
from train.commands import mobile as command
from train.mobile import head_data, heads
from train.mobile.head_crops import CROPS, MARGIN, CropMaker, CropSource, Features
from train.mobile.head_report import count_mac
from train.runs.config import keep_config

SIZE = 32
SOURCE = CropSource("toy", 1, (SIZE,), (0.5, 1.0))
OPTIONS = heads.FitOptions(steps=20, batch=8, learning_rate=1e-2, seed=3)


@pytest.fixture(scope="module", autouse=True)
def small_chunks():
    patch = pytest.MonkeyPatch()
    patch.setattr(head_data, "CHUNK", 4)
    patch.setattr(heads, "HELD_OUT", 4)
    yield
    patch.undo()


@pytest.fixture(scope="module")
def generator() -> MobileGenerator:
    torch.manual_seed(0)
    network = MobileGenerator(
        z_dim=16, w_dim=16, img_resolution=64, channels=(16, 16, 8), num_layers=2
    )
    for block in network.synthesis.blocks:
        block.conv0.noise_const.normal_(std=0.1)
    return network.eval().requires_grad_(False)


@pytest.fixture(scope="module")
def cache(generator, tmp_path_factory) -> head_data.CropCache:
    made = head_data.CropCache(tmp_path_factory.mktemp("crops"), SOURCE)
    made.fill(generator, 16)
    return made


def fit(generator, cache, folder: Path, options=OPTIONS) -> heads.HeadFit:
    folder.mkdir(exist_ok=True)
    return heads.HeadFit(generator, cache, SIZE, 16, options, folder)


def test_crops_are_the_features_and_pictures_of_the_network(generator):
    torch.manual_seed(1)
    big = MobileGenerator(
        z_dim=16, w_dim=16, img_resolution=256, channels=(16, 16, 16, 16, 8), num_layers=2
    )
    for block in big.synthesis.blocks:
        block.conv0.noise_const.normal_(std=0.3)
        block.conv1.noise_const.normal_(std=0.3)
    sizes = (64, 128)
    made = CropMaker(big, CropSource("toy", 1, sizes, (1.0, 1.0))).make(5)
    random = torch.Generator().manual_seed(1 * 1_000_003 + 5)
    z = torch.randn(2, 16, generator=random)
    torch.rand(2, 1, generator=random)  # the truncation, here always 1
    w = big.mapping(z)[0, 0]
    torch.rand(1, generator=random)
    corners = torch.randint(0, 32 - 16 + 1, (CROPS, 2), generator=random).tolist()
    ws = w.expand(1, big.num_ws, -1)
    picture = big.synthesis(ws)
    for size, scale, start in ((64, 1, 0), (128, 2, 8)):
        features = big.synthesis.features(ws, block_of(size))[0]
        small = torch.nn.functional.avg_pool2d(picture, 256 // size)[0]
        y, x = (corner * scale + start for corner in corners[0])
        inside = slice(MARGIN, 16 - MARGIN)  # a deeper crop's edge is not exact
        expected = features[:, y : y + 16, x : x + 16][:, inside, inside].numpy()
        given = made[f"features{size}"][0][:, inside, inside]
        np.testing.assert_allclose(given, expected, atol=4e-3 * np.abs(expected).max())
        top, left = 2 * (y + MARGIN), 2 * (x + MARGIN)
        expected = small[:, top : top + 24, left : left + 24].numpy()
        np.testing.assert_allclose(
            made[f"pictures{size}"][0], expected, atol=4e-3 * np.abs(expected).max()
        )


def test_a_cache_goes_on_where_it_was_stopped(generator, cache):
    files = [cache.folder / f"00003.{name}.npy" for name in ("w", "features32", "pictures32")]
    before = [np.load(file) for file in files]
    files[0].unlink()  # written last: the chunk does not count without it
    again = head_data.CropCache(cache.folder, SOURCE)
    assert again.missing(16) == [3]
    again.fill(generator, 16)
    assert again.missing(16) == []
    for file, values in zip(files, before, strict=True):
        np.testing.assert_array_equal(np.load(file), values)


def test_a_cache_of_another_generator_is_refused(cache):
    with pytest.raises(SourceError, match="not of"):
        head_data.CropCache(cache.folder, replace(SOURCE, generator="other"))


def test_the_loss_falls_and_the_course_is_logged(generator, cache, tmp_path):
    steps = 150
    run = fit(generator, cache, tmp_path, replace(OPTIONS, steps=steps))
    losses = [run.advance() for _ in range(steps - 1)]
    assert np.mean(losses[-20:]) < 0.6 * np.mean(losses[:20])
    assert run.run()
    (line,) = (tmp_path / f"log.{SIZE}.jsonl").read_text().splitlines()
    logged = json.loads(line)
    assert logged["step"] == steps
    assert logged["l1"] == pytest.approx(run.held_out()["l1"], rel=1e-3)


def test_an_interrupted_fit_ends_as_an_uninterrupted_one(generator, cache, tmp_path):
    whole = fit(generator, cache, tmp_path / "whole")
    whole.run()
    first = fit(generator, cache, tmp_path / "parts")
    for _ in range(13):
        first.advance()
    first.save()
    second = fit(generator, cache, tmp_path / "parts")
    assert second.step == 13
    second.run()
    for name, value in whole.head.state_dict().items():
        torch.testing.assert_close(second.head.state_dict()[name], value, rtol=0, atol=0)


def test_a_fit_stops_at_its_deadline_with_the_state_saved(generator, cache, tmp_path):
    run = fit(generator, cache, tmp_path)
    run.advance()
    assert not run.run(deadline=0.0)
    assert fit(generator, cache, tmp_path).step == 1


def test_too_few_pictures_are_refused(generator, cache, tmp_path):
    with pytest.raises(SourceError, match="3 pictures are too few"):
        heads.HeadFit(generator, cache, SIZE, 3, OPTIONS, tmp_path)


def test_the_head_takes_the_styles_of_the_next_block(generator):
    head = heads.start_head(generator, SIZE)
    w = torch.randn(2, 16)
    following = generator.synthesis.blocks[2]
    torch.testing.assert_close(head.up(w), following.up(w)[:, :, 0, 0])
    x = torch.randn(2, 16, 4, 4)
    # Style before the up-sampling is style after it.
    after = inverse_haar(x * following.up(w)) * head.conv(w)[:, :, None, None]
    torch.testing.assert_close(inverse_haar(x * head.style(w)), after)


def test_a_head_of_the_real_size_costs_at_most_a_tenth():
    class Alone(torch.nn.Module):
        def __init__(self, channels: int, resolution: int) -> None:
            super().__init__()
            self.head = SmallHead(512, channels)
            self.x = torch.zeros(1, channels, resolution, resolution)

        def forward(self, w):
            return self.head(self.x, w)

    real = MobileGenerator()
    ws = torch.zeros(1, real.num_ws, 512)
    for size, channels in ((256, 256), (512, 128)):
        before = count_mac(Features(real.synthesis, block_of(size)), ws)
        assert 0 < count_mac(Alone(channels, size // 2), ws[:, 0]) < 0.1 * before


def test_the_command_writes_heads_that_fit_the_network(generator, tmp_path):
    config = command.Config(
        bundle="toy", out=tmp_path, heads=True, sizes=(SIZE,), count=8, steps=4, batch=4,
        report_pictures=2, workers=1,
    )  # fmt: skip
    command.run(config, generator)
    tensors = load_file(tmp_path / "heads.safetensors")
    assert all(name.startswith("synthesis.small_heads.32.") for name in tensors)
    whole = command.with_heads(generator, tensors, (SIZE,))
    assert whole(torch.randn(1, 16), size=SIZE).shape == (1, 3, SIZE, SIZE)
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["32.plain"]["pictures"] == 2
    assert report["32.mixed_8"]["pictures"] == command.MIXED_PICTURES
    assert 0 < report["32.plain"]["colour_mean"] <= report["32.plain"]["colour_max"]
    assert (tmp_path / "grid.jpg").stat().st_size < 300_000


def test_the_command_without_heads_says_what_it_can_do(tmp_path):
    with pytest.raises(SourceError, match="--heads"):
        command.main(command.Config(bundle="toy", out=tmp_path))


def test_a_run_folder_of_another_config_is_refused(tmp_path):
    config = command.Config(bundle="toy", out=tmp_path, heads=True)
    ignored = command.NOT_COMPARED
    keep_config(tmp_path, config, ignored)
    keep_config(tmp_path, replace(config, budget_minutes=3.0, workers=1), ignored)
    with pytest.raises(SourceError, match="another steps"):
        keep_config(tmp_path, replace(config, steps=5), ignored)
