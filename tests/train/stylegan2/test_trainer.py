"""One iteration: what moves and what stays, turns, labels, precision."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from mbtiface.errors import SourceError
from tests.train.stylegan2.toy_gan import (
    ALONE,
    differences,
    toy_batch,
    toy_recipe,
    toy_trainer,
)
from train.runs.distributed import Ranks
from train.stylegan2.augment import AugmentPipe
from train.stylegan2.config import FreezeOptions, LossOptions, NetworkOptions, UpdateOptions
from train.stylegan2.step_draws import StepDraws
from train.stylegan2.trainer import Trainer


def copied(network: torch.nn.Module) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in network.state_dict().items()}


def steps(trainer: Trainer, count: int, c_dim: int = 0) -> None:
    for _ in range(count):
        trainer.step(toy_batch(trainer.iteration, c_dim=c_dim))


def check_moved(
    network: torch.nn.Module, before: dict[str, torch.Tensor], frozen: tuple[str, ...]
) -> None:
    trained = {name for name, _ in network.named_parameters()} - set(frozen)
    assert trained
    for name, value in network.state_dict().items():
        if name in trained:
            assert not torch.equal(value, before[name]), f"{name} is trained but did not move"
        elif name in frozen:
            assert torch.equal(value, before[name]), f"{name} is frozen but moved"


@pytest.mark.parametrize(
    "freeze",
    [
        FreezeOptions(),
        FreezeOptions(freeze_d=3),
        FreezeOptions(freeze_g=2),
        FreezeOptions(freeze_d=4, freeze_g=2, freeze_mapping=True),
    ],
    ids=["nothing", "FreezeD", "FreezeG", "both and the mapping"],
)
@pytest.mark.parametrize("augmented", [False, True], ids=["plain", "ADA"])
def test_frozen_tensors_stay_and_all_others_move(freeze: FreezeOptions, augmented: bool) -> None:
    pipe = AugmentPipe.preset("bgc") if augmented else None
    trainer = toy_trainer(toy_recipe(freeze=freeze), pipe=pipe, p=0.5 * augmented)
    networks = (trainer.generator, trainer.discriminator, trainer.average)
    before = [copied(network) for network in networks]
    steps(trainer, 3)
    for network, states, frozen in zip(
        networks,
        before,
        (trainer.frozen_g, trainer.frozen_d, trainer.frozen_g),
        strict=True,
    ):
        check_moved(network, states, frozen)
    w_avg = trainer.generator.mapping.w_avg
    assert torch.equal(w_avg, before[0]["mapping.w_avg"]) == freeze.freeze_mapping
    kept = bool(freeze.freeze_d), bool(freeze.freeze_g)
    assert (bool(trainer.frozen_d), bool(trainer.frozen_g)) == kept


def test_the_discriminator_may_learn_alone_first() -> None:
    update = replace(toy_recipe().update, d_first_kimg=2.5 * toy_recipe().update.batch / 1000)
    trainer = toy_trainer(replace(toy_recipe(), update=update))
    generator, discriminator = copied(trainer.generator), copied(trainer.discriminator)
    steps(trainer, 3)  # the third begins before the pictures are seen, the fourth after
    check_moved(trainer.discriminator, discriminator, ())
    for name, value in trainer.generator.named_parameters():
        assert torch.equal(value, generator[name]), f"{name} moved"
    steps(trainer, 1)
    check_moved(trainer.generator, generator, ())


def test_the_first_stylegan_is_trained_and_frozen_too() -> None:
    recipe = toy_recipe(
        network=replace(toy_recipe().network, method="stylegan"),
        loss=LossOptions(pl_weight=0.0, d_reg_interval=2),
        freeze=FreezeOptions(freeze_d=2, freeze_g=1),
    )
    trainer = toy_trainer(recipe)
    assert [phase.name for phase in trainer.phases] == ["Gmain", "Dmain", "Dreg"]
    before = copied(trainer.generator)
    steps(trainer, 3)
    # What the first layers give is the shift alone, as long as their maps are constant.
    check_moved(trainer.generator, before, trainer.frozen_g)


def test_labels_reach_both_networks() -> None:
    trainer = toy_trainer(toy_recipe(), c_dim=2)
    before = copied(trainer.generator), copied(trainer.discriminator)
    steps(trainer, 3, c_dim=2)
    check_moved(trainer.generator, before[0], ())
    check_moved(trainer.discriminator, before[1], ())


def test_p_follows_the_signs_of_the_real_scores() -> None:
    pipe = AugmentPipe.preset("bgc")
    trainer = toy_trainer(toy_recipe(), pipe=pipe, p=0.5)
    assert pipe.p.item() == 0.5
    steps(trainer, 4)
    moved = 4 * 8 / 100  # interval * batch / (kimg * 1000), up or down
    up = trainer.controller.mean_sign > 0.6
    assert trainer.controller.p == pytest.approx(0.5 + (moved if up else -moved))
    assert pipe.p.item() == pytest.approx(trainer.controller.p)


def test_the_average_of_a_first_step_with_ramp_up_is_a_copy() -> None:
    recipe = toy_recipe(update=UpdateOptions(batch=8, ema_ramp_up=0.05))
    trainer = toy_trainer(recipe)
    steps(trainer, 1)
    assert not differences(trainer.average.state_dict(), trainer.generator.state_dict())


def without_noise(trainer: Trainer) -> Trainer:
    """Noise maps are drawn a process and turn: comparisons of those leave them out."""
    for module in trainer.generator.modules():
        if hasattr(module, "use_noise"):
            module.use_noise = False
    return trainer


def recorded(trainer: Trainer, batch_size: int = 8) -> list[torch.Tensor]:
    """Gradients of every update of iteration 0, in a row each."""
    found = []
    for optimizer in trainer.optimizers.values():
        optimizer.register_step_pre_hook(
            lambda opt, *_: found.append(
                torch.cat(
                    [
                        p.grad.flatten()
                        for group in opt.param_groups
                        for p in group["params"]
                        if p.grad is not None
                    ]
                )
            )
        )
    trainer.step(toy_batch(0, batch_size))
    return found


def test_turns_give_the_gradients_of_the_whole_batch() -> None:
    """All but the path length, whose running mean each turn moves."""
    found = []
    for at_once in (8, 4):
        update = UpdateOptions(batch=8, batch_at_once=at_once, g_rate=1e-9, d_rate=1e-9)
        network = replace(toy_recipe().network, mbstd_group=4)
        loss = LossOptions(r1_gamma=1.0, pl_weight=0.0)
        recipe = toy_recipe(update=update, network=network, loss=loss)
        found.append(recorded(without_noise(toy_trainer(recipe))))
    assert len(found[0]) == 3
    for whole, turns in zip(*found, strict=True):
        assert (whole - turns).norm() / whole.norm() < 1e-4


def test_half_of_the_digits_give_nearly_the_same_step() -> None:
    """In the median of some draws: one sign that flips moves a toy network's gradient far."""
    errors = []
    for seed in range(5):
        found = []
        for precision in ("float32", "bfloat16"):
            update = UpdateOptions(batch=8, g_rate=1e-9, d_rate=1e-9)
            recipe = toy_recipe(update=update, precision=precision)
            trainer = without_noise(toy_trainer(recipe))
            trainer.seed = seed
            found.append(recorded(trainer))
        errors.append([(f - h).norm() / f.norm() for f, h in zip(*found, strict=True)])
    middle = torch.tensor(errors).median(dim=0).values  # [phases]
    assert middle.max() < 0.1
    # Second derivatives are taken in float32.
    assert [bool(error < 1e-4) for error in middle] == [False, True, False, True]


def test_processes_share_what_one_would_draw() -> None:
    whole = StepDraws(5, 7, ALONE)
    parts = [StepDraws(5, 7, Ranks(rank, 2, torch.device("cpu"))) for rank in range(2)]
    for name, call in {
        "z": lambda draws: draws.latents(10, 6, 4, 8, 1.0).z,
        "other_z": lambda draws: draws.latents(10, 6, 4, 8, 1.0).other_z,
        "noise": lambda draws: draws.noise(10, [6, 3]),
        "rows": lambda draws: torch.from_numpy(draws.rows(10, 6, 9)),
    }.items():
        expected = call(whole)
        assert torch.equal(expected[0::2], call(parts[0])), name
        assert torch.equal(expected[1::2], call(parts[1])), name
    cutoffs = {draws.latents(10, 6, 4, 8, 1.0).cutoff for draws in (whole, *parts)}
    assert len(cutoffs) == 1
    assert not torch.equal(whole.latents(10, 6, 4, 8, 1.0).z, whole.latents(20, 6, 4, 8, 1.0).z)


def test_cutoffs_are_uniform_and_mixing_has_its_chance() -> None:
    found = [StepDraws(0, k, ALONE).latents(0, 1, 1, 4, 0.75).cutoff for k in range(2000)]
    mixed = [cutoff for cutoff in found if cutoff is not None]
    assert len(mixed) == pytest.approx(1500, abs=100)
    counts = np.bincount(mixed, minlength=4)
    assert counts[0] == 0
    assert counts[1:] == pytest.approx(len(mixed) / 3, abs=80)


def test_label_rows_follow_their_weights() -> None:
    weights = np.array([0.0, 0.9, 0.1])
    rows = StepDraws(0, 0, ALONE).rows(0, 1000, 3, weights)
    assert np.bincount(rows, minlength=3) == pytest.approx([0, 900, 100], abs=40)


def test_a_state_of_other_networks_is_refused() -> None:
    state = toy_trainer(toy_recipe()).state_dict()
    other = NetworkOptions(z_dim=8, w_dim=8, mapping_layers=3, channel_base=64, channel_max=8)
    with pytest.raises(SourceError, match="another generator.*--resume"):
        toy_trainer(toy_recipe(network=other)).load_state_dict(state)
