"""Faces under a token: for a while, a few, never more than the latent."""

import re
import time

import pytest
import torch

from mbtiface.errors import InputError
from mbtiface.faces.kept_faces import LIFETIME_S, KeptFaces

W = torch.arange(6.0).reshape(2, 3)


def keeper(**values: float) -> tuple[KeptFaces, list[str]]:
    dropped: list[str] = []
    return KeptFaces(dropped.append, **values), dropped


def test_a_face_is_given_back_under_a_secret_token() -> None:
    faces, dropped = keeper()
    tokens = {faces.keep(W) for _ in range(20)}
    assert len(tokens) == len(faces) == 20
    assert all(re.fullmatch("[0-9a-f]{32}", token) for token in tokens)
    assert torch.equal(faces.get(tokens.pop()), W)
    assert not dropped


def test_what_is_kept_is_a_copy() -> None:
    faces, _ = keeper()
    mine = W.clone()
    token = faces.keep(mine)
    mine += 1
    assert torch.equal(faces.get(token), W)


def test_a_forgotten_face_is_gone_and_its_token_stays_secret() -> None:
    faces, dropped = keeper()
    token = faces.keep(W)
    assert faces.forget(token)
    assert not faces.forget(token)
    assert dropped == [token]
    with pytest.raises(InputError, match="no longer kept") as caught:
        faces.get(token)
    assert token not in str(caught.value)


def test_the_face_used_longest_ago_makes_room() -> None:
    faces, dropped = keeper(limit=2)
    first, second = faces.keep(W), faces.keep(W)
    faces.get(first)
    third = faces.keep(W)
    assert dropped == [second]
    assert first in faces
    assert third in faces


def test_a_face_nobody_uses_goes_by_itself() -> None:
    faces, dropped = keeper(lifetime_s=0.1)
    token = faces.keep(W)
    deadline = time.monotonic() + 10
    while not dropped and time.monotonic() < deadline:
        time.sleep(0.01)
    assert dropped == [token]
    assert len(faces) == 0


def test_a_face_in_use_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr("mbtiface.faces.kept_faces.time.monotonic", lambda: now)
    faces, dropped = keeper()
    token = faces.keep(W)
    for _ in range(3):
        now += LIFETIME_S * 0.9
        faces.get(token)
    now += LIFETIME_S
    with pytest.raises(InputError):
        faces.get(token)
    assert dropped == [token]


@pytest.mark.parametrize("jump_s", [86400.0, -86400.0])
def test_a_clock_that_is_set_moves_no_face(monkeypatch: pytest.MonkeyPatch, jump_s: float) -> None:
    faces, dropped = keeper()
    token, before = faces.keep(W), time.time()
    monkeypatch.setattr(time, "time", lambda: before + jump_s)
    faces.keep(W)
    assert (token in faces, dropped) == (True, [])


def test_closing_drops_every_face_and_its_timer() -> None:
    faces, dropped = keeper()
    tokens = [faces.keep(W), faces.keep(W)]
    faces.close()
    assert sorted(dropped) == sorted(tokens)
    assert len(faces) == 0


def test_a_face_is_kept_for_an_hour() -> None:
    assert LIFETIME_S == 3600
