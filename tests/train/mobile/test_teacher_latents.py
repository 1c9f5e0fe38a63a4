from dataclasses import replace

import torch

from tests.train.mobile.toy_teacher import ACTING, NUM_WS, W_DIM, toy_teacher
from train.mobile.teacher_latents import HELD_OUT_STREAM, LatentDraw, draw_ws

DRAW = LatentDraw(seed=1, psi=(0.5, 1.0), mixing=0.5, acting=ACTING)


def test_a_step_draws_the_same_latents_whoever_takes_which_part() -> None:
    mapping = toy_teacher().mapping
    whole, labels = draw_ws(mapping, DRAW, 7, 6)
    assert whole.shape == (6, NUM_WS, W_DIM)
    assert labels is None
    parts = [draw_ws(mapping, DRAW, 7, 6, slice(k, k + 2))[0] for k in (0, 2, 4)]
    torch.testing.assert_close(torch.cat(parts), whole)
    for step in (8, HELD_OUT_STREAM):
        assert not torch.allclose(draw_ws(mapping, DRAW, step, 6)[0], whole)


def test_idle_rows_repeat_the_last_acting_one() -> None:
    ws, _ = draw_ws(toy_teacher().mapping, replace(DRAW, mixing=1.0), 0, 32)
    idle = ws[:, ACTING:]
    assert torch.equal(idle, ws[:, ACTING - 1 : ACTING].expand_as(idle))
    assert all(len({tuple(row) for row in each.tolist()}) == 2 for each in ws)


def test_without_mixing_all_rows_are_one_w_near_the_average() -> None:
    mapping = toy_teacher().mapping
    narrow, _ = draw_ws(mapping, replace(DRAW, mixing=0.0, psi=(0.5, 0.5)), 0, 8)
    wide, _ = draw_ws(mapping, replace(DRAW, mixing=0.0, psi=(1.0, 1.0)), 0, 8)
    assert torch.equal(narrow, narrow[:, :1].expand_as(narrow))
    torch.testing.assert_close(narrow, mapping.w_avg + 0.5 * (wide - mapping.w_avg))


def test_some_are_mixed_and_some_are_not() -> None:
    ws, _ = draw_ws(toy_teacher().mapping, DRAW, 0, 64)
    mixed = sum(not torch.equal(each[0], each[ACTING - 1]) for each in ws)
    assert 16 < mixed < 48


def test_labels_are_classes_that_the_latents_follow() -> None:
    mapping = toy_teacher(c_dim=3).mapping
    ws, labels = draw_ws(mapping, replace(DRAW, psi=(1.0, 1.0), mixing=0.0), 0, 60)
    assert labels is not None
    assert labels.sum(1).eq(1).all()
    assert labels.sum(0).min() > 8
    random_z, _ = draw_ws(mapping, replace(DRAW, psi=(1.0, 1.0), mixing=0.0), 0, 60, slice(0, 1))
    torch.testing.assert_close(random_z, ws[:1])
    assert mapping.w_avg.eq(toy_teacher(c_dim=3).mapping.w_avg).all()  # not moved by drawing
