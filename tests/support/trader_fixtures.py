"""Fixtures of tests that trade at the local exchange: every venue in turn, at 1.0000."""

from collections.abc import Iterator

import pytest
from support.trading_accounts import OPTIONS, PAIRS, Trader

from bot.sandbox.exchange.local_exchange import LocalExchange, start_exchange


@pytest.fixture(scope="module")
def exchange() -> Iterator[LocalExchange]:
    with start_exchange(OPTIONS) as running:
        yield running


@pytest.fixture(params=sorted(PAIRS))
def trader(exchange: LocalExchange, request: pytest.FixtureRequest) -> Iterator[Trader]:
    one = Trader(exchange, request.param)
    exchange.set_price(one.venue, one.pair, "1.0000")
    yield one
    exchange.mend()
    exchange.set_market(one.venue, one.market)
    for currency, networks in one.floor.networks.items():
        exchange.set_networks(one.venue, currency, networks)
