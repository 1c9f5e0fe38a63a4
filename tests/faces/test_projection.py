"""Projection at toy size: it finds faces that the generator drew, by the rows that act."""

from dataclasses import replace

import pytest
import torch

from mbtiface.errors import InputError
from mbtiface.faces import projection
from mbtiface.faces.projection import Projection, acting_rows, project, render_at
from mbtiface.faces.projection_options import ProjectionOptions, ramp
from mbtiface.faces.whitening import Whitening, sample_whitening
from mbtiface.networks import Generator, MobileGenerator
from mbtiface.networks.perceptual import PerceptualFeatures
from tests.toy_bundle import ACTING, NUM_WS, RESOLUTION, W_DIM, toy_generator

OPTIONS = ProjectionOptions(steps=40, size=RESOLUTION, perceptual_weight=0.1)


@pytest.fixture(scope="module")
def network() -> MobileGenerator:
    return toy_generator()


@pytest.fixture(scope="module")
def statistics(network: MobileGenerator) -> Whitening:
    return sample_whitening(network.mapping)


@pytest.fixture(scope="module")
def perceptual() -> PerceptualFeatures:
    torch.manual_seed(0)
    return PerceptualFeatures(stages=2)


@pytest.fixture(scope="module")
def targets(network: MobileGenerator) -> torch.Tensor:
    z = torch.randn(2, W_DIM, generator=torch.Generator().manual_seed(3))
    return network(z)


@pytest.fixture
def find(network, statistics, perceptual, targets):
    def run(options: ProjectionOptions = OPTIONS, target=targets, **more) -> Projection:
        start = network.mapping.w_avg.expand(len(target), NUM_WS, W_DIM)
        return project(network.synthesis, perceptual, target, start, statistics, options, **more)

    return run


def error(network: MobileGenerator, w: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    return (network.synthesis(w) - targets).abs().mean((1, 2, 3))


@pytest.mark.parametrize("w_plus", [True, False])
def test_it_finds_what_the_generator_drew(find, network, targets, w_plus: bool) -> None:
    found = find(replace(OPTIONS, w_plus=w_plus))
    start = network.mapping.w_avg.expand(2, NUM_WS, W_DIM)
    assert (error(network, found.w, targets) < 0.5 * error(network, start, targets)).all()
    assert found.w.shape == (2, NUM_WS, W_DIM)
    assert found.losses.shape == (40, 2)
    assert (found.losses[-1] < 0.5 * found.losses[0]).all()


def test_half_precision_comes_as_close(find, network, targets, monkeypatch) -> None:
    errors = []
    for half in (False, True):
        monkeypatch.setattr(projection, "has_bfloat16", lambda device, half=half: half)
        found = find()
        assert found.w.dtype == torch.float32
        errors.append(error(network, found.w, targets))
    assert not torch.equal(*errors)  # else one of them was not what it says
    torch.testing.assert_close(*errors, rtol=0.2, atol=0.01)


def test_rows_that_do_not_act_follow(find) -> None:
    w = find(replace(OPTIONS, steps=3)).w
    assert torch.equal(w[:, ACTING:], w[:, ACTING - 1 : ACTING].expand(-1, NUM_WS - ACTING, -1))
    assert not torch.allclose(w[:, 0], w[:, 1])


def test_in_w_all_rows_are_one(find) -> None:
    w = find(replace(OPTIONS, steps=3, w_plus=False)).w
    assert torch.equal(w, w[:, :1].expand_as(w))


def test_the_delta_term_keeps_rows_together(find) -> None:
    def spread(delta: float) -> torch.Tensor:
        return find(replace(OPTIONS, delta=delta)).w[:, :ACTING].std(1).mean()

    assert spread(10.0) < 0.5 * spread(0.0)


def test_the_pull_keeps_near_the_middle(find, statistics) -> None:
    def far(pull: float) -> torch.Tensor:
        return statistics.to_v(find(replace(OPTIONS, w_plus=False, pull=pull)).w).square().mean()

    assert far(10.0) < 0.5 * far(0.0)


def test_faces_of_a_batch_do_not_influence_each_other(find, targets, monkeypatch) -> None:
    # In bf16 rounding differs with the batch, and Adam turns the sign of tiny gradients into steps.
    monkeypatch.setattr(projection, "has_bfloat16", lambda device: False)
    options = replace(OPTIONS, steps=5)
    alone = find(options, targets[:1]).w
    torch.testing.assert_close(find(options).w[:1], alone, atol=1e-4, rtol=1e-4)


def test_steps_are_told_and_may_be_stopped(find) -> None:
    told: list[tuple[int, int]] = []

    class StopError(Exception):
        pass

    def on_step(step: int, total: int, loss: float) -> None:
        told.append((step, total))
        assert loss > 0
        if step == 3:
            raise StopError

    with pytest.raises(StopError):
        find(on_step=on_step)
    assert told == [(1, 40), (2, 40), (3, 40)]


def test_no_steps_give_the_start(find, network) -> None:
    found = find(replace(OPTIONS, steps=0))
    start = network.mapping.w_avg.expand(2, NUM_WS, W_DIM)
    torch.testing.assert_close(found.w, start, atol=1e-4, rtol=1e-4)
    assert found.losses.shape == (0, 2)


def test_works_where_the_caller_wants_no_gradients(find, network) -> None:
    options = replace(OPTIONS, steps=2)
    expected = find(options).w
    with torch.inference_mode():
        found = find(options)
        assert not sample_whitening(network.mapping).basis.is_inference()
    torch.testing.assert_close(found.w, expected)
    assert not found.w.requires_grad


def test_larger_pictures_are_compared_at_the_working_size(find, targets) -> None:
    larger = targets.repeat_interleave(2, 2).repeat_interleave(2, 3)
    options = replace(OPTIONS, steps=2)
    torch.testing.assert_close(find(options, larger).w, find(options).w)


def test_small_generators_and_small_pictures_are_compared_at_their_size(find, targets) -> None:
    options = replace(OPTIONS, steps=2)
    torch.testing.assert_close(find(replace(options, size=256)).w, find(options).w)
    small = targets.unflatten(2, (16, 2)).unflatten(4, (16, 2)).mean((3, 5))
    expected = find(replace(options, size=16))
    torch.testing.assert_close(find(options, small).w, expected.w)


def test_a_stylegan2_generator_with_noise_maps(perceptual) -> None:
    torch.manual_seed(0)
    tiny = {"channel_base": 128, "channel_max": 8}
    network = Generator(8, 0, 8, 32, 3, {"num_layers": 2}, tiny).eval().requires_grad_(False)
    target = network.synthesis(network.mapping(torch.randn(1, 8)), noise_mode="const")
    start = network.mapping(torch.zeros(1, 8))
    before = {name: value.clone() for name, value in network.state_dict().items()}
    options = ProjectionOptions(steps=20, size=32, noise_weight=1.0, jitter=0.05)
    statistics = sample_whitening(network.mapping)
    found = project(network.synthesis, perceptual, target, start, statistics, options)
    assert found.losses[-1] < 0.8 * found.losses[0]
    assert acting_rows(network.synthesis, 32) == network.num_ws
    for name, value in network.state_dict().items():
        assert torch.equal(value, before[name]), name


def test_a_mobile_generator_draws_the_smallest_size_that_will_do() -> None:
    torch.manual_seed(0)
    network = MobileGenerator(8, 8, 64, (8, 8, 8), 2, head_sizes=(32,)).eval()
    ws = torch.randn(1, network.num_ws, 8)
    assert acting_rows(network.synthesis, 64) == 8
    assert acting_rows(network.synthesis, 32) == acting_rows(network.synthesis, 16) == 6
    small = network.synthesis(ws, 32)
    assert torch.equal(render_at(network.synthesis, ws, 32), small)
    halved = small.unflatten(2, (16, 2)).unflatten(4, (16, 2)).mean((3, 5))
    torch.testing.assert_close(render_at(network.synthesis, ws, 16), halved)
    changed = ws.clone()
    changed[:, 6:] += 1.0
    assert torch.equal(render_at(network.synthesis, changed, 32), small)


def test_the_ramps() -> None:
    options = ProjectionOptions(ramp_up=0.1, ramp_down=0.5)
    factors = [ramp(part, options) for part in (0.0, 0.05, 0.3, 0.5, 0.75, 1.0)]
    assert factors == pytest.approx([0.5, 1.0, 1.0, 1.0, 0.5, 0.0])


def test_what_does_not_fit_is_named(find, targets, network, perceptual, statistics) -> None:
    with pytest.raises(InputError, match=r"Target pictures are \[2, 3, 16, 32\], .*\[2, 3, s, s\]"):
        find(target=targets[..., :16, :])
    with pytest.raises(InputError, match=r"Latents are \[2, 3, 16\], but must be \[batch, 8, 16\]"):
        project(network.synthesis, perceptual, targets, torch.zeros(2, 3, 16), statistics, OPTIONS)
    with pytest.raises(InputError, match="-1 steps at 256 px"):
        ProjectionOptions(steps=-1)
    with pytest.raises(InputError, match=r"ramp_up 0.6 and ramp_down 0.5"):
        ProjectionOptions(ramp_up=0.6, ramp_down=0.5)
