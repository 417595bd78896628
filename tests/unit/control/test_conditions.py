"""What each emergency asks for, and when a market is too thin to leave."""

import pytest
from support.plan_cases import a_holding
from support.risk_cases import NOW, usd

from bot.control.alert import Severity
from bot.control.conditions import (
    Condition,
    Emergency,
    EmergencyParameters,
    Response,
    depth_to_leave,
    is_thin,
    response,
)
from bot.domain.orders import Level, VenueBook
from bot.domain.units import Wad

PARAMETERS = EmergencyParameters()
AT_KRAKEN = a_holding("aaaaaaaaaa", kraken=100)
AT_BINANCE = a_holding("bbbbbbbbbb", binance=100)


def asked(
    condition: Condition, *, coin: str = "", venue: str = "", lasting_s: float = 0.0
) -> Response:
    """Return what is asked for while both positions are held."""
    emergency = Emergency(
        condition=condition, coin=coin, venue=venue, since=NOW, lasting_s=lasting_s
    )
    return response(emergency, [AT_KRAKEN, AT_BINANCE], PARAMETERS)


@pytest.mark.parametrize("condition", Condition)
def test_every_condition_has_a_response(condition: Condition) -> None:
    assert asked(condition).severity is not Severity.INFO


@pytest.mark.parametrize(
    ("condition", "limit_s"),
    [(Condition.FEED_FAILURE, 600.0), (Condition.LIQUIDITY_CRISIS, 30.0)],
)
def test_blindness_and_thin_markets_are_left_when_they_last(
    condition: Condition, limit_s: float
) -> None:
    assert asked(condition, coin="USDC", lasting_s=limit_s - 0.1).leave == ()
    late = asked(condition, coin="USDC", lasting_s=limit_s)
    assert late.leave == ("aaaaaaaaaa", "bbbbbbbbbb")
    assert asked(condition, coin="USDT", lasting_s=limit_s).leave == ()


def test_only_positions_at_the_venue_are_touched_by_what_is_wrong_there() -> None:
    thin = asked(Condition.LIQUIDITY_CRISIS, venue="kraken", lasting_s=60)
    assert thin.leave == ("aaaaaaaaaa",)


def test_an_outage_waits_and_is_urgent_where_something_is_held() -> None:
    held, empty = (asked(Condition.EXCHANGE_OUTAGE, venue=v) for v in ("kraken", "coinbase"))
    assert (held.severity, empty.severity) == (Severity.CRITICAL, Severity.WARNING)
    assert not held.leave
    assert not held.freeze


def test_books_that_disagree_pause_for_exits_elsewhere_must_go_on() -> None:
    found = asked(Condition.BOOKS_DISAGREE, venue="kraken")
    assert (found.freeze, found.pause, found.leave) == (False, True, ())
    assert found.severity is Severity.CRITICAL


def test_what_was_not_foreseen_freezes_and_the_kill_switch_also_leaves() -> None:
    found = asked(Condition.ENGINE_FAULT)
    assert (found.freeze, found.leave) == (True, ())
    kill = asked(Condition.KILL_SWITCH)
    assert (kill.freeze, kill.leave) == (True, ("aaaaaaaaaa", "bbbbbbbbbb"))


def a_book(*bids: tuple[float, float]) -> VenueBook:
    """Return a book of these prices and amounts, asks mirrored a little higher."""
    levels = tuple(Level(price=usd(price), amount=usd(amount)) for price, amount in bids)
    asks = tuple(Level(price=Wad(2 * usd(0.97) - one.price), amount=one.amount) for one in levels)
    return VenueBook(venue="kraken", pair="USDC/USD", bids=levels, asks=asks, at=NOW)


def test_depth_is_what_the_book_takes_within_the_band_and_not_a_tick_further() -> None:
    book = a_book((0.96, 100), (0.936, 50), (0.935999, 1_000))
    assert depth_to_leave(book, 250) == usd(150)
    assert depth_to_leave(a_book(), 250) == 0


def test_what_was_sold_is_bought_back_from_the_asks() -> None:
    book = a_book((0.96, 100), (0.956, 50), (0.90, 1_000))
    assert depth_to_leave(book, 250, buys_back=True) == usd(150)


@pytest.mark.parametrize(("amount", "thin"), [(300, False), (300.000001, True)])
def test_a_market_is_thin_when_it_takes_less_than_half_of_a_position(
    *, amount: float, thin: bool
) -> None:
    books = [a_book((0.96, 100)), a_book((0.95, 50))]
    assert is_thin(usd(amount), books, PARAMETERS, buys_back=False) is thin
