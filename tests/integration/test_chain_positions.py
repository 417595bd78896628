"""A position on chain by the whole engine: bought in a pool, handed in at a rail."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from support.chain_room import ChainRoom
from support.desk import undone
from support.price_messages import redemption

from bot.domain.assets import DAI, USDC, USDT
from bot.domain.orders import Purpose
from bot.domain.units import WAD, Nanos, Raw
from bot.domain.venues import CURVE_SUSD
from bot.execution import token_state
from bot.history.position_report import report_of
from bot.report_keeper import dollars_of
from bot.sandbox.exchange.exchange_options import BINANCE, LocalExchangeOptions
from bot.sandbox.exchange.local_exchange import LocalExchange, start_exchange
from bot.sandbox.faucet import shock
from bot.sandbox.world import World
from bot.wallet_app import open_wallet

pytestmark = pytest.mark.anvil
RAIL = "LitePSM USDC/DAI"
SETTINGS: dict[str, Any] = {
    "hedge": {"enabled": False},
    "exits": {"rails": {RAIL: "ethereum"}},
    "costs": {"loss_if_never_bps": 200.0},
    "evidence": {"hit_shares": {"USDC": 0.0}},
    "risk": {"max_terminal_loss": 0.2, "ramp_usd": [5_000.0]},
}


@pytest.fixture(scope="module")
def exchange() -> Iterator[LocalExchange]:
    with start_exchange(LocalExchangeOptions(venues=(BINANCE,))) as found:
        yield found


@pytest.fixture
def room(
    world: World, exchange: LocalExchange, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[ChainRoom]:
    with undone(world):
        room = ChainRoom(world, exchange, tmp_path, monkeypatch, **SETTINGS)
        cheapen(room)
        yield room


def cheapen(room: ChainRoom) -> None:
    """USDC falls to 0.97 dollars everywhere, but for the exchange: there it is dear."""
    rpc = room.world.rpc
    desk = open_wallet(room.config)
    for spec in desk._wallet.look().pools:  # one pool is left, so that no two disagree
        if USDC in spec.tokens and USDT in spec.tokens and spec != CURVE_SUSD:
            rpc.call("anvil_setCode", spec.address, "0x")
    for _ in range(80):
        room.world.mined(shock(rpc, CURVE_SUSD, USDC, Raw(250_000 * 10**6), into=USDT))
        if asyncio.run(desk.book("USDC/USDT", 1)).asks[0].price < 0.972 * WAD:
            break
    room.exchange.set_price("binance", "USDC/USDT", "1.0500")
    for pair in (("kraken", "USDC/USD"), ("binance", "USDC/USDT")):
        room.prices[pair] = "0.9700"


def test_a_coin_whose_contract_does_not_say_that_it_moves_is_not_paid_with_on_chain(
    room: ChainRoom,
) -> None:
    """The local mainnet's Tether is a stand-in that knows no `paused()`."""

    async def story(room: ChainRoom) -> None:
        await room.until(lambda: bool(room.ledger.decided("no entry")))
        await asyncio.sleep(2.0)

    room.play(story)
    assert room.ledger.positions == ()
    assert "is_frozen_token" in room.ledger.decided("no entry")[-1].detail


def test_what_was_bought_in_a_pool_is_handed_in_at_the_rail_and_the_position_closes(
    room: ChainRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(token_state._BLACKLISTS, "USDT")  # its stand-in does not say
    before = room.held(USDC), room.held(DAI)

    async def story(room: ChainRoom) -> None:
        await room.until_sent()
        room.build()
        await room.until(lambda: room.ledger.held(room.position).left > 0)
        assert room.held(USDC) > before[0]
        assert room.side is not None
        assert room.side.engine is not None
        prices = room.side.engine._parts.prices
        await room.until(lambda: prices.last("ETH") is not None)  # of the gas that was paid
        room.rails.append(replace(redemption("rail USDC/DAI", "1.0"), venue=RAIL))
        await room.until_closed(building=True)

    room.play(story)
    (entry,), exits = room.orders(Purpose.ENTRY), room.orders(Purpose.EXIT)
    assert (entry.order.venue, entry.order.pair) == ("ethereum", "USDC/USDT")
    assert {r.order.pair for r in exits if r.filled} == {"USDC/DAI"}
    assert room.held(USDC) == before[0]
    assert room.held(DAI) - before[1] == entry.filled  # the rail pays one for one
    assert room.ledger.held(room.position).left == 0
    dollars = dollars_of(room.ledger, room.position)
    report = report_of(room.ledger, room.position, dollars, Nanos(time.time_ns()))
    assert report.unpriced_fees == {}
    assert report.fees_usd is not None
    assert report.fees_usd > 0
