"""What a person is shown of a block is what the planner works with."""

import pytest
from fakes.markets import book_of, curve_pool, lender, peg_module, v3_pool

from bot.amm.pool import Pool
from bot.domain.assets import DAI, USDC, USDT
from bot.domain.errors import VenueUnavailable
from bot.domain.venues import CURVE_SUSD, V3_USDC_USDT, Lender
from bot.market.book import MarketBook
from bot.operations.market_view import (
    BlockView,
    Price,
    exchange_price,
    pool_prices,
    view_of,
    widest_cycle,
)
from bot.operations.telling import tell_view
from bot.strategy.parameters import StrategyParameters
from bot.strategy.planning import ExecutionPlanner

LENDERS = (lender(Lender.MORPHO, USDT, 50_000_000), lender(Lender.MORPHO, USDC, 50_000_000))


def seen(book: MarketBook) -> BlockView:
    return view_of(book, ExecutionPlanner(tuple(book.pools), StrategyParameters()), ())


def depegged(*more: Pool) -> MarketBook:
    skewed = curve_pool((15_000_000, 24_000_000, 8_000_000, 15_000_000))
    return book_of([skewed, v3_pool(10**17), *more], LENDERS)


def balanced() -> MarketBook:
    even = curve_pool((15_000_000,) * 4)
    return book_of([even, v3_pool(10**17)], LENDERS)


def test_a_price_is_below_par_to_sell_and_above_par_to_buy_where_fees_are_all_there_is() -> None:
    prices = {(p.venue, p.asset, p.currency): p for p in pool_prices(balanced())}
    curve = prices[CURVE_SUSD.name, "DAI", "USDC"]
    assert curve.bid == pytest.approx(0.9996)
    assert curve.ask == pytest.approx(1 / 0.9996)
    assert (V3_USDC_USDT.name, "USDC", "USDT") in prices
    assert len(prices) == 6 + 1


def test_a_way_that_a_pool_has_closed_shows_no_price() -> None:
    closed = 2**256 - 1
    book = book_of([peg_module(1_000_000, 1_000_000, tin=closed)])
    (price,) = pool_prices(book)
    assert (price.asset, price.currency) == (USDC.symbol, DAI.symbol)
    assert price.bid is None
    assert price.ask == pytest.approx(1.0)


def test_a_quiet_market_has_a_negative_gap_and_does_not_pay() -> None:
    view = seen(balanced())
    assert view.gap_bps is not None
    assert view.gap_bps < 0
    assert (view.pays, view.stake_raw) == (False, None)
    assert "no cycle pays" in view.verdict


def test_a_depeg_shows_the_widest_cycle_and_the_loan_that_would_use_it() -> None:
    book = depegged()
    view = seen(book)
    assert view.gap_bps is not None
    assert view.gap_bps > 10
    assert view.pays
    assert view.funding == f"the {V3_USDC_USDT.name} pool itself"
    assert (view.stake_raw or 0) > 0
    assert (view.profit_raw or 0) > (view.cost_raw or 0) > 0


def test_no_cycle_is_wider_than_the_widest() -> None:
    book = depegged()
    cycles = ExecutionPlanner(tuple(book.pools), StrategyParameters()).cycles
    widest = widest_cycle(book, cycles)
    assert widest is not None
    assert all((widest_cycle(book, [one]) or (one, 0.0))[1] <= widest[1] for one in cycles)
    assert widest_cycle(book_of([]), ()) is None


def test_an_exchange_that_fails_is_shown_with_its_reason() -> None:
    price = exchange_price(VenueUnavailable("kraken", "RequestTimeout"), "kraken", "USDC/USD")
    assert (price.asset, price.currency, price.bid, price.ask) == ("USDC", "USD", None, None)
    assert "RequestTimeout" in price.problem


def test_people_see_every_price_and_the_verdict() -> None:
    problem = Price(venue="kraken", asset="A", currency="B", bid=None, ask=None, problem="is down")
    book = depegged()
    planner = ExecutionPlanner(tuple(book.pools), StrategyParameters())
    told = "\n".join(tell_view(view_of(book, planner, [problem])))
    for words in (CURVE_SUSD.name, V3_USDC_USDT.name, "is down", "best round trip", "block "):
        assert words in told
