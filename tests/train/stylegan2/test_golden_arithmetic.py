"""Controller of p, averaged weights, lazy regularisation and `auto` against the reference."""

from typing import Any

import pytest
import torch
from torch import nn

from mbtiface.errors import InputError
from tests.golden_files import golden_names, read_golden
from train.runs.ema import update_average
from train.stylegan2.ada import AdaController, AdaOptions, adjusted
from train.stylegan2.ema import ema_beta
from train.stylegan2.phases import lazy_adam, make_phases
from train.stylegan2.presets import make_recipe

TOLERANCE = 1e-6
NAME = golden_names("07b_*")[0]
GOLDEN = read_golden(NAME)


def rows(table: str) -> list[Any]:
    return [pytest.param(row, id=str(k)) for k, row in enumerate(GOLDEN.config[table])]


@pytest.mark.parametrize("row", rows("ada"))
def test_golden_p_over_time(row: dict[str, Any]) -> None:
    prefix = f"ada/{row['id']}"
    options = AdaOptions(
        row["ada_target"], row["ada_kimg"], row["ada_interval"], start=row["p_initial"]
    )
    controller = AdaController(options)
    for iteration in range(row["iterations"]):
        controller.report(GOLDEN[f"{prefix}/signs_main"][iteration])
        if iteration % row["D_reg_interval"] == 0:
            controller.report(GOLDEN[f"{prefix}/signs_r1"][iteration])
        if controller.due(iteration):
            controller.adjust(controller.take_tally(), row["batch_size"])
            used = GOLDEN[f"{prefix}/mean_sign_used"][iteration].item()
            assert controller.mean_sign == pytest.approx(used, abs=TOLERANCE)
        after = GOLDEN[f"{prefix}/p_after_iteration"][iteration].item()
        assert controller.p == pytest.approx(after, abs=TOLERANCE), iteration


def test_p_goes_on_from_its_state() -> None:
    whole, first = (AdaController(AdaOptions(kimg=1.0)) for _ in range(2))
    for controller in (whole, first):
        controller.report(torch.tensor([2.0, -1.0, 3.0]))
    second = AdaController(AdaOptions(kimg=1.0))
    second.load_state_dict(first.state_dict())
    for controller in (whole, second):
        controller.report(torch.tensor([1.0, 1.0]))
        controller.adjust(controller.take_tally(), 32)
    assert (second.p, second.mean_sign) == (whole.p, whole.mean_sign) == (0.0, 0.6)


def test_a_fixed_p_stays() -> None:
    controller = AdaController(AdaOptions(start=0.3, fixed=True))
    controller.report(torch.ones(8))
    controller.adjust(controller.take_tally(), 8)
    assert (controller.p, controller.mean_sign) == (0.3, 1.0)
    controller.load_state_dict({"p": 0.9, "mean_sign": 0.0, "tally": torch.zeros(2)})
    assert controller.p == 0.3


def test_p_without_reports_or_on_the_target_does_not_move() -> None:
    controller = AdaController(AdaOptions(start=0.5))
    controller.adjust(controller.take_tally(), 8)
    assert controller.p == 0.5
    assert adjusted(0.5, 0.6, 0.6, 1000, 1.0) == 0.5
    assert adjusted(0.5, 0.7, 0.6, 1000, 1.0) == 1.5  # not held at 1
    assert adjusted(0.5, 0.5, 0.6, 1000, 1.0) == 0.0
    with pytest.raises(InputError, match="p starts at 0 or above"):
        AdaOptions(start=-0.1)


@pytest.mark.parametrize("row", rows("ema"))
def test_golden_averaged_weights(row: dict[str, Any]) -> None:
    beta = ema_beta(row["cur_nimg"], row["batch_size"], row["ema_kimg"], row["ema_rampup"])
    assert beta == pytest.approx(row["ema_beta"], abs=TOLERANCE)
    prefix = f"ema/{row['id']}"

    def module(weights: str) -> nn.Module:
        holder = nn.Module()
        holder.weights = nn.Parameter(GOLDEN[f"{prefix}/{weights}"].clone())
        holder.register_buffer("b", GOLDEN[f"{prefix}/b"].clone())
        return holder

    average, network = module("p_ema_before"), module("p")
    average.b.zero_()
    update_average(average, network, beta)
    expected = GOLDEN[f"{prefix}/p_ema_after"]
    torch.testing.assert_close(average.weights.detach(), expected, atol=TOLERANCE, rtol=0)
    assert torch.equal(average.b, GOLDEN[f"{prefix}/b_ema_after"])


@pytest.mark.parametrize("row", rows("lazy_reg"))
def test_golden_lazy_rates(row: dict[str, Any]) -> None:
    rate, betas = lazy_adam(row["lr"], tuple(row["betas"]), row["reg_interval"])
    assert rate == pytest.approx(row["lr_adjusted"], abs=TOLERANCE)
    assert betas == pytest.approx(row["betas_adjusted"], abs=TOLERANCE)


def test_no_regularisation_leaves_adam_alone() -> None:
    assert lazy_adam(0.002, (0.0, 0.99), None) == (0.002, (0.0, 0.99))


def test_phases_follow_their_intervals() -> None:
    phases = make_phases(4, 16)
    assert [phase.name for phase in phases] == ["Gmain", "Greg", "Dmain", "Dreg"]
    assert [phase.gain for phase in phases] == [1, 4, 1, 16]
    counts = {phase.name: sum(phase.due(i) for i in range(32)) for phase in phases}
    assert counts == {"Gmain": 32, "Greg": 8, "Dmain": 32, "Dreg": 2}
    assert [phase.name for phase in make_phases(None, 1)] == ["Gmain", "Dmain", "Dreg"]
    with pytest.raises(InputError, match="at least 1, but is 0"):
        make_phases(0, 16)


@pytest.mark.parametrize("row", rows("auto_config"))
def test_golden_automatic_recipe(row: dict[str, Any]) -> None:
    recipe = make_recipe("auto", row["resolution"], row["gpus"])
    network, loss, update = recipe.network, recipe.loss, recipe.update
    found = {
        "batch_size": update.batch,
        "batch_gpu": update.batch_at_once,
        "mbstd_group_size": network.mbstd_group,
        "channel_base": network.channel_base,
        "learning_rate": update.g_rate,
        "r1_gamma": loss.r1_gamma,
        "ema_kimg": update.ema_kimg,
        "ema_rampup": update.ema_ramp_up,
        "mapping_layers": network.mapping_layers,
        "total_kimg": recipe.kimg,
    }
    expected = {name: row[name] for name in found}
    assert found == pytest.approx(expected, abs=TOLERANCE)
    assert update.d_rate == update.g_rate
