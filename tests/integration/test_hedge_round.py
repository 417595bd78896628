"""Two legs between the real pools of the local mainnet, through the real relay, and an exchange."""

import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from support.chain_room import ChainRoom
from support.desk import undone

from bot.domain.assets import USDC
from bot.domain.orders import OrderState, Purpose
from bot.domain.units import WAD, Wad
from bot.sandbox.exchange.exchange_options import BINANCE, LocalExchangeOptions
from bot.sandbox.exchange.ladder import LadderShape
from bot.sandbox.exchange.local_exchange import LocalExchange, start_exchange
from bot.sandbox.exchange.mishap import MishapKind
from bot.sandbox.world import World
from bot.strategy.exposure import result_usd
from bot.strategy.hedge_books import hedge_of, legs_of
from bot.strategy.hedge_finding import Hedge
from bot.strategy.ledger import Ledger

pytestmark = pytest.mark.anvil
DEAR, PAR, CHEAP = "1.0300", "1.0000", "0.9700"
_THIN = LadderShape(levels=150, size=Decimal(30), growth=Decimal(1))


@pytest.fixture
def exchange() -> Iterator[LocalExchange]:
    options = LocalExchangeOptions(venues=(BINANCE,), shape=_THIN, breath_s=None)
    with start_exchange(options) as found:
        quote(found, DEAR)
        yield found


@pytest.fixture
def room(
    world: World, exchange: LocalExchange, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[ChainRoom]:
    with undone(world):
        yield ChainRoom(world, exchange, tmp_path, monkeypatch)


def quote(exchange: LocalExchange, price: str) -> None:
    exchange.set_price("binance", "USDC/USDT", price)


def worth(currency: str) -> Wad | None:
    return Wad(WAD) if currency in ("USDC", "USDT", "DAI") else None


def begun(room: ChainRoom) -> Hedge:
    hedge = hedge_of(room.ledger, room.position)
    assert hedge is not None
    return hedge


async def until_sent_alone(room: ChainRoom) -> None:
    """Wait for the first leg; paused, no other begins, and this one goes on all the same."""
    await room.until_sent()
    room.command("pause")


def closed_by(room: ChainRoom, purpose: Purpose, venue: str) -> Wad:
    found = [r for r in room.orders(purpose) if r.order.venue == venue]
    return Wad(sum(record.filled for record in found))


def require_within_what_was_set_aside(room: ChainRoom) -> None:
    """Play the journal again: at no event more stands alone, or is lost, than was set aside."""
    hedge, ledger = begun(room), Ledger()
    first = hedge.plan.first
    for event in room.events():
        ledger.apply(event)
        if room.position not in ledger.positions:
            continue
        legs = legs_of(ledger, room.position)
        assert 0 <= legs.alone <= first.amount
        assert legs.alone * first.price // WAD <= hedge.plan.exposure_usd
    assert result_usd(ledger.held(room.position), worth) >= -hedge.reserved_usd
    assert room.set_aside == {}


@pytest.mark.parametrize(("price", "way"), [(DEAR, 1), (CHEAP, -1)])
def test_a_leg_that_lands_is_hedged_whole(room: ChainRoom, price: str, way: int) -> None:
    quote(room.exchange, price)
    before = room.at_exchange("USDC"), room.held(USDC)

    async def story(room: ChainRoom) -> None:
        await until_sent_alone(room)
        assert room.set_aside == {room.position: begun(room).reserved_usd}
        assert room.at_exchange("USDC") == before[0]  # nothing there before something is filled
        room.build()
        await room.until_closed()
        held = room.ledger.held(room.position)
        assert result_usd(held, worth) > 0
        require_within_what_was_set_aside(room)

    room.play(story)
    taken = way * (room.held(USDC) - before[1])
    assert taken == begun(room).plan.first.amount // 10**12
    closed = closed_by(room, Purpose.HEDGE, "binance")
    assert taken * 10**12 <= closed <= taken * 10**12 * 1_002 // 1_000  # a fee in the coin too
    if way == 1:
        assert (before[0] - room.at_exchange("USDC")) * 10**6 == taken


def test_of_a_leg_that_misses_its_block_nothing_goes_to_the_exchange(room: ChainRoom) -> None:
    async def story(room: ChainRoom) -> None:
        await until_sent_alone(room)
        for _ in range(2):
            room.world.rpc.call("evm_mine")  # blocks of somebody who has no bundle of ours
        await room.until_closed()
        require_within_what_was_set_aside(room)

    room.play(story)
    assert [r.state for r in room.orders(Purpose.ENTRY)] == [OrderState.EXPIRED]
    assert room.exchange.account("binance").orders == room.orders_before
    assert room.ledger.held(room.position).bought == 0


@pytest.mark.parametrize("levels", [1, 10, 50, 99])
def test_what_the_exchange_takes_in_part_is_flattened_after_the_deadline(
    room: ChainRoom, levels: int
) -> None:
    """The leg takes a hundred levels of 30 coins; so many are left within its price."""

    async def story(room: ChainRoom) -> None:
        await until_sent_alone(room)
        limit = Decimal(begun(room).plan.hedge.price) / WAD
        quote(room.exchange, f"{limit + levels * Decimal('0.0001'):.4f}")
        room.build()
        await room.until_closed()
        require_within_what_was_set_aside(room)

    room.play(story)
    amount = begun(room).plan.first.amount
    hedged = closed_by(room, Purpose.HEDGE, "binance")
    assert amount * (levels - 1) // 100 <= hedged <= amount * (levels + 1) // 100
    assert hedged + closed_by(room, Purpose.FLATTEN, "binance") == amount
    assert room.ledger.held(room.position).left == 0


def test_what_the_exchange_refuses_until_the_deadlines_is_taken_back_on_chain(
    room: ChainRoom,
) -> None:
    before = room.held(USDC)

    async def story(room: ChainRoom) -> None:
        await until_sent_alone(room)
        room.refuse_orders(MishapKind.LIMITED)
        room.build()
        began = time.monotonic()
        await room.until_closed(building=True)
        assert time.monotonic() - began >= 6.0  # both deadlines passed first
        require_within_what_was_set_aside(room)

    room.play(story)
    assert room.held(USDC) == before
    assert closed_by(room, Purpose.FLATTEN, "ethereum") == begun(room).plan.first.amount
    assert room.exchange.account("binance").orders == room.orders_before


def test_a_second_leg_whose_answer_is_lost_is_not_sent_again(room: ChainRoom) -> None:
    async def story(room: ChainRoom) -> None:
        await until_sent_alone(room)
        room.refuse_orders(MishapKind.DONE_THEN_CLOSE)
        room.build()
        await room.until_closed()
        require_within_what_was_set_aside(room)

    room.play(story)
    there = [order.client_id for order in room.exchange.account("binance").orders]
    assert there == [record.client_id for record in room.orders(Purpose.HEDGE)]
    assert closed_by(room, Purpose.HEDGE, "binance") == begun(room).plan.first.amount


def test_told_to_leave_the_other_leg_waits_for_no_good_price(room: ChainRoom) -> None:
    async def story(room: ChainRoom) -> None:
        await until_sent_alone(room)
        quote(room.exchange, "1.0150")  # below the planned price, within that of flattening
        room.command("freeze")
        room.command("flatten")
        room.build()
        await room.until_closed()

    room.play(story)
    assert closed_by(room, Purpose.FLATTEN, "binance") == begun(room).plan.first.amount
    assert not room.orders(Purpose.HEDGE)


def test_a_process_that_ended_between_the_legs_is_followed_by_one_that_hedges(
    room: ChainRoom,
) -> None:
    """Nothing is told to end in order: the next one has the journal alone."""

    async def first(room: ChainRoom) -> None:
        await until_sent_alone(room)

    async def second(room: ChainRoom) -> None:
        await room.until_closed()
        require_within_what_was_set_aside(room)

    room.play(first)
    position = room.position
    room.build()  # it lands while nobody looks
    room.play(second)
    assert room.ledger.positions == (position,)
    assert closed_by(room, Purpose.HEDGE, "binance") == begun(room).plan.first.amount
