"""Turns are fair between keys, bounded, and never lost."""

import asyncio
from contextlib import suppress

import pytest

from creator.lib.fair_turns import FairTurns


class Room:
    """Notes who is inside, and how many at most."""

    def __init__(self, places: int, each: int) -> None:
        self.turns, self.order, self.inside, self.most = FairTurns(places, each), [], 0, 0

    async def enter(self, key: str) -> None:
        async with self.turns.turn(key):
            self.order.append(key)
            self.inside += 1
            self.most = max(self.most, self.inside)
            await asyncio.sleep(0)
            self.inside -= 1


@pytest.mark.parametrize(("places", "each"), [(1, 1), (4, 1), (4, 2), (4, 4)])
async def test_keys_take_turns_however_many_one_sends(places, each):
    room = Room(places, each)
    crowd = [asyncio.create_task(room.enter("a")) for _ in range(100)]
    await asyncio.sleep(0)
    await asyncio.gather(*(room.enter(key) for key in "bcd"))
    assert room.order.count("a") <= 4 * places
    await asyncio.gather(*crowd)
    assert len(room.order) == 103
    assert room.most <= places


async def test_one_key_gets_no_more_than_its_share():
    room = Room(4, 2)
    await asyncio.gather(*(room.enter("a") for _ in range(20)))
    assert room.most == 2


async def test_who_gives_up_takes_nothing_along():
    room = Room(2, 1)
    gate = asyncio.Event()

    async def hold(key):
        async with room.turns.turn(key):
            await gate.wait()

    holders = [asyncio.create_task(hold(key)) for key in "ab"]
    waiting = [asyncio.create_task(room.enter(key)) for key in "abcc"]
    await asyncio.sleep(0)
    for each in waiting[:3]:
        each.cancel()
    gate.set()
    for each in [*holders, *waiting]:
        with suppress(asyncio.CancelledError):
            await each
    assert room.order == ["c"]
    await asyncio.gather(*(room.enter(key) for key in "abcd"))
    assert room.turns._free == 2
    assert not room.turns._taken
    assert not room.turns._waiting


async def test_a_turn_that_comes_together_with_its_cancellation_is_given_on():
    turns = FairTurns(1, 1)
    inside = turns.turn("a")
    await inside.__aenter__()
    waiting = asyncio.create_task(turns.turn("b").__aenter__())
    await asyncio.sleep(0)
    await inside.__aexit__(None, None, None)
    waiting.cancel()
    with suppress(asyncio.CancelledError):
        await waiting
    async with asyncio.timeout(5), turns.turn("c"):
        pass
