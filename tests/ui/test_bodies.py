from collections.abc import AsyncIterator

import anyio
import pytest

from mbtiface.errors import BusyError, PhotoError
from mbtiface.ui.bodies import AT_ONCE, Bodies


async def parts(*sizes: int, taken: list[int] | None = None) -> AsyncIterator[bytes]:
    for size in sizes:
        if taken is not None:
            taken.append(size)
        yield bytes(size)


def test_a_body_is_put_together() -> None:
    assert anyio.run(Bodies(100).read, parts(40, 0, 60), None) == bytes(100)


def test_a_body_over_the_limit_is_refused_as_soon_as_that_is_known() -> None:
    taken: list[int] = []
    for announced in ("101", None):
        with pytest.raises(PhotoError) as caught:
            anyio.run(Bodies(100).read, parts(60, 60, 60, taken=taken), announced)
        assert caught.value.key == "too_large"
    # Announced: nothing was read. Unannounced: no more than went over.
    assert taken == [60, 60]


@pytest.mark.parametrize("announced", ["9" * 400, "-1", "many", "²"])
def test_an_odd_announcement_is_no_way_around(announced: str) -> None:
    with pytest.raises(PhotoError):
        anyio.run(Bodies(100).read, parts(101), announced)


def test_all_bodies_together_are_bounded_and_the_room_comes_back() -> None:
    async def crowd() -> tuple[int, bytes]:
        bodies, refused = Bodies(100), 0
        hold = anyio.Event()

        async def slow() -> AsyncIterator[bytes]:
            yield bytes(100)
            await hold.wait()

        async def one() -> None:
            nonlocal refused
            try:
                await bodies.read(slow(), None)
            except BusyError:
                refused += 1

        async with anyio.create_task_group() as group:
            for _ in range(AT_ONCE + 2):
                group.start_soon(one)
            await anyio.sleep(0.05)
            hold.set()
        return refused, await bodies.read(parts(100), None)

    assert anyio.run(crowd) == (2, bytes(100))


def test_a_body_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mbtiface.ui.bodies.PATIENCE_S", 0.05)

    async def endless() -> AsyncIterator[bytes]:
        yield b"x"
        await anyio.sleep(10)

    with pytest.raises(BusyError, match="too long"):
        anyio.run(Bodies(100).read, endless(), None)
