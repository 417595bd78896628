"""On chain neither coin of an order may be stopped, or unknown; elsewhere the coin itself."""

import asyncio
from pathlib import Path

import pytest
from fakes.trading_room import TradingRoom
from msgspec.structs import replace
from support.order_world import order_of


@pytest.mark.parametrize(
    ("venue", "told", "found"),
    [
        ("ethereum", {"USDC": False, "USDT": False}, False),
        ("ethereum", {"USDC": True, "USDT": False}, True),
        ("ethereum", {"USDC": False, "USDT": True}, True),
        ("ethereum", {"USDC": None, "USDT": True}, True),
        ("ethereum", {"USDC": False, "USDT": None}, None),
        ("ethereum", {"USDC": None, "USDT": False}, None),
        ("binance", {"USDC": False, "USDT": True}, False),
        ("binance", {"USDC": True, "USDT": False}, True),
        ("binance", {"USDC": None, "USDT": False}, None),
    ],
)
def test_a_stopped_coin_is_told_on_either_side_of_an_order_on_chain(
    tmp_path: Path, venue: str, told: dict[str, bool | None], *, found: bool | None
) -> None:
    room = TradingRoom(tmp_path)
    facts = room.engine._parts.entries._parts.desks._facts
    facts._standing = replace(facts._standing, is_frozen_token=told.get)
    order = replace(order_of(0), venue=venue, pair="USDC/USDT")
    assert asyncio.run(facts(order)).is_frozen_token is found
    room.journal.close()
