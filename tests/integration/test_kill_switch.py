"""From twenty positions on three venues to flat and frozen, within a second."""

import asyncio
import time
from pathlib import Path

import pytest
import structlog
from fakes.order_desk import START, Trouble
from support.kill_room import POSITIONS, KillRoom
from support.order_world import order_of, wad

from bot.control.conditions import Condition, Emergency
from bot.domain.orders import OrderSide, Purpose
from bot.domain.risk import Breach, Denied

KILL = Emergency(condition=Condition.KILL_SWITCH, detail="by hand", since=START)


@pytest.fixture
def room(tmp_path: Path) -> KillRoom:
    return KillRoom(tmp_path / "orders.sqlite")


async def finished(room: KillRoom) -> None:
    while room.protocol._acting:
        await asyncio.wait(tuple(room.protocol._acting.values()))


def pulled(room: KillRoom) -> float:
    """Enter, pull the kill switch, and return when."""

    async def pull() -> float:
        await room.enter()
        began = time.monotonic()
        with structlog.testing.capture_logs():
            await room.protocol.declare(KILL)
            await finished(room)
        return began

    return asyncio.run(pull())


def test_all_cancels_and_flattening_orders_are_out_within_a_second(room: KillRoom) -> None:
    began = pulled(room)
    cancels = [at for desk in room.desks.values() for at in desk.cancelled_at.values()]
    flattens = [
        at for desk in room.desks.values() for name, at in desk.placed_at.items() if name[12] == "f"
    ]
    assert (len(cancels), len(flattens)) == (len(POSITIONS), len(POSITIONS))
    assert max(cancels + flattens) - began < 1.0


def test_what_is_left_is_nothing_and_nothing_rests(room: KillRoom) -> None:
    pulled(room)
    assert room.ledger.is_frozen
    assert [room.ledger.held(position).left for position in POSITIONS] == [0] * len(POSITIONS)
    assert all(record.state.is_final for record in room.ledger.orders.values())
    resting = [one for desk in room.desks.values() for one in desk.orders if not one.state.is_final]
    assert not resting


def test_nothing_can_be_entered_afterwards_nor_left_but_by_flattening(room: KillRoom) -> None:
    pulled(room)
    entry = order_of(7, position=POSITIONS[0])
    sale = order_of(8, position=POSITIONS[0], purpose=Purpose.EXIT, side=OrderSide.SELL, amount=1)

    async def submit() -> list[object]:
        return [await room.manager.submit(order) for order in (entry, sale)]

    for answer in asyncio.run(submit()):
        assert isinstance(answer, Denied)
        assert answer.breach is Breach.FROZEN


def test_a_venue_that_is_out_keeps_the_other_two_from_nothing(room: KillRoom) -> None:
    async def pull() -> None:
        await room.enter()
        room.lose("kraken")
        began = time.monotonic()
        await room.protocol.declare(KILL)
        await asyncio.sleep(1.0 - (time.monotonic() - began))

    with structlog.testing.capture_logs():
        asyncio.run(pull())
    left = {position: room.ledger.held(position) for position in POSITIONS}
    elsewhere = [held for held in left.values() if "kraken" not in held.at_venues]
    assert len(elsewhere) == 13
    assert all(held.left == 0 for held in elsewhere)
    assert sum(held.left for held in left.values()) == 7 * wad(50)


def test_an_outage_cancels_the_entries_of_its_venue_alone(room: KillRoom) -> None:
    outage = Emergency(condition=Condition.EXCHANGE_OUTAGE, venue="binance", since=START)

    async def declare() -> None:
        await room.enter()
        room.desks["binance"].trouble["cancel"].append(Trouble.UNAVAILABLE)
        await room.protocol.declare(outage)
        await finished(room)

    with structlog.testing.capture_logs():
        asyncio.run(declare())
    cancelled = {venue: len(desk.cancelled_at) for venue, desk in room.desks.items()}
    assert cancelled == {"binance": 7, "kraken": 0, "coinbase": 0}
    assert "1 of 7 entries not cancelled" in room.told[-1].text
    assert not room.ledger.is_frozen
