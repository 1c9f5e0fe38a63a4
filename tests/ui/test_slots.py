"""As many at once as there are slots, and each slot is free again however its work ends."""

import pytest

from mbtiface.errors import BusyError
from mbtiface.ui.slots import Slots


def test_whoever_finds_no_slot_is_told_so_at_once() -> None:
    slots = Slots(2, "Two are at work.")
    with slots.one(), slots.one():
        with pytest.raises(BusyError, match=r"Two are at work\."), slots.one():
            pytest.fail("a third one came in")
        # The one sent away has taken no slot with it.
        with pytest.raises(BusyError), slots.one():
            pytest.fail("a fourth one came in")
    with slots.one(), slots.one():
        pass


def test_a_slot_is_free_again_after_an_error() -> None:
    slots = Slots(1, "One is at work.")
    for _ in range(3):
        with pytest.raises(ValueError, match="broken"), slots.one():
            raise ValueError("broken")
    with slots.one():
        pass


def test_without_slots_nobody_comes_in() -> None:
    with pytest.raises(BusyError), Slots(0, "Closed.").one():
        pytest.fail("somebody came in")
