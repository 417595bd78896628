"""What the local exchange tells of its customers, beyond what venues tell."""

import asyncio
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from support.local_ccxt import rest_client

from bot.sandbox.exchange.exchange_options import BINANCE, LocalExchangeOptions
from bot.sandbox.exchange.local_exchange import LocalExchange, start_exchange
from bot.sandbox.exchange.orders import OrderState

PAIR = "USDC/USDT"


@pytest.fixture
def exchange() -> Iterator[LocalExchange]:
    with start_exchange(LocalExchangeOptions(venues=(BINANCE,), breath_s=None)) as running:
        yield running


def buy(exchange: LocalExchange, size: int, price: float) -> None:
    async def run() -> None:
        client: Any = rest_client(exchange, "binance")
        try:
            await client.create_order(
                PAIR, "limit", "buy", size, price, {"newClientOrderId": "mine"}
            )
        finally:
            await client.close()

    asyncio.run(run())


def test_an_account_is_told_with_every_fill_and_balance(exchange: LocalExchange) -> None:
    before = exchange.account("binance")
    assert before.orders == ()
    buy(exchange, 11_000, 1.0001)
    after = exchange.account("binance")
    (order,) = after.orders
    assert (order.client_id, order.state, order.filled) == ("mine", OrderState.OPEN, 10_000)
    (fill,) = order.fills
    paid = before.totals["USDT"] - after.totals["USDT"]
    assert paid == fill.price * fill.size
    assert after.totals["USDC"] - before.totals["USDC"] == fill.size - fill.fee
    assert after.held == {"USDT": Decimal("1.0001") * 1_000}


def test_acts_are_told_as_they_happen_and_waited_for_no_longer_than_asked(
    exchange: LocalExchange,
) -> None:
    assert exchange.acts(0, wait_s=0.05) == []
    buy(exchange, 100, 1.0001)
    acts = exchange.acts(0, wait_s=5)
    assert [(act.state, act.is_fill) for act in acts] == [
        (OrderState.OPEN, False),
        (OrderState.FILLED, True),
    ]
    assert exchange.acts(acts[0].number) == acts[1:]
