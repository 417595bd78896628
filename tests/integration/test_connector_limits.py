"""Venues with narrow limits, asked for far more than they grant: no request is one too many."""

import asyncio
from collections import Counter
from typing import Any

import msgspec
import pytest
from support.trading_accounts import PAIRS, Trader

from bot.domain.errors import RetryableError, VenueUnavailable
from bot.execution.account_options import AccountOptions
from bot.execution.ccxt_connector import CcxtConnector
from bot.sandbox.exchange.exchange_options import VENUES, LocalExchangeOptions
from bot.sandbox.exchange.local_exchange import start_exchange
from bot.sandbox.exchange.mishap import Mishap, MishapKind
from bot.sandbox.exchange.request_meter import RequestLimits

NARROW = {  # what the venue grants, and what of it is used
    "binance": (RequestLimits(weight_per_minute=600, orders_per_ten_s=100), 300, 4.0),
    "kraken": (RequestLimits(weight_per_minute=60, orders_per_ten_s=100), 14, 0.9),
    "coinbase": (RequestLimits(weight_per_minute=600, orders_per_ten_s=100), 5, 4.5),
}
SOAK_S = 6.0


@pytest.mark.slow
@pytest.mark.parametrize("venue", sorted(PAIRS))
def test_ten_times_the_demand_meets_no_limit_of_the_venue_and_orders_pass(venue: str) -> None:
    limits, burst, per_s = NARROW[venue]
    narrow = next(one for one in VENUES if one.venue == venue)
    narrow = msgspec.structs.replace(narrow, limits=limits)
    said: Counter[str] = Counter()
    with start_exchange(LocalExchangeOptions(venues=(narrow,), breath_s=None)) as exchange:
        trader = Trader(exchange, venue)
        options: AccountOptions = trader.options(burst=burst, requests_per_s=per_s, timeout_s=1.0)

        async def asking(desk: CcxtConnector, until: float) -> None:
            while asyncio.get_running_loop().time() < until:
                try:
                    await desk.balances()
                    said["answered"] += 1
                except VenueUnavailable as error:
                    said["spent" if "used up" in error.reason else error.reason] += 1
                    await asyncio.sleep(0.02)

        async def script() -> None:
            async with CcxtConnector(options, trader.credentials) as desk:
                await desk.open()
                until = asyncio.get_running_loop().time() + SOAK_S
                tasks = [asyncio.create_task(asking(desk, until)) for _ in range(10)]
                for _ in range(4):
                    await asyncio.sleep(SOAK_S / 5)
                    order = trader.order()
                    placed = await desk.place(order)
                    await desk.cancel(order, placed.order_id)
                    said["orders"] += 1
                await asyncio.gather(*tasks)

        asyncio.run(script())
    assert said.pop("answered") >= 3
    assert said.pop("orders") == 4
    assert set(said) <= {"spent"}


@pytest.mark.parametrize("venue", sorted(PAIRS))
def test_within_a_second_of_a_refusal_nothing_is_sent_any_more(venue: str) -> None:
    floor = next(one for one in VENUES if one.venue == venue)
    with start_exchange(LocalExchangeOptions(venues=(floor,), breath_s=None)) as exchange:
        trader = Trader(exchange, venue)

        async def script(desk: CcxtConnector) -> list[Any]:
            exchange.misbehave(Mishap(kind=MishapKind.LIMITED, venue=venue, times=1, amount=30))
            await asyncio.gather(*(_asked(desk) for _ in range(3)))
            exchange.misbehave(Mishap(kind=MishapKind.WEB_PAGE, venue=venue))  # who asks is told
            return [await _asked(desk) for _ in range(20)]

        errors = trader.run(script, timeout_s=0.5)
    assert all("used up" in error.reason for error in errors)


async def _asked(desk: CcxtConnector) -> Any:
    try:
        return await desk.balances()
    except RetryableError as error:
        return error
