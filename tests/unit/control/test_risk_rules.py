"""Every cap and every band on each side of its limit, one step apart."""

from collections.abc import Callable
from math import inf, nan
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace
from support.risk_cases import (
    LIMITS,
    MARKET,
    ONE,
    WORTH,
    an_order,
    held_facts,
    leaving,
    network,
    some_facts,
    usd,
)

from bot.control.risk_rules import judge_order
from bot.domain.orders import Order, OrderSide, Purpose
from bot.domain.risk import Approved, Breach, Denied, Facts
from bot.domain.units import Wad


class Case(msgspec.Struct):
    """A rule's limit: what just keeps it, and what just breaks it, as changes of the facts."""

    breach: Breach
    keeps: dict[str, Any]
    breaks: dict[str, Any]
    order: dict[str, Any] = {}
    limits: dict[str, Any] = {}


def cap(breach: Breach, fact: str, limit: float) -> Case:
    """Return the case of a cap on what is there already plus this order."""
    edge = usd(limit) - WORTH
    return Case(breach, {fact: Wad(edge)}, {fact: Wad(edge + ONE)})


SHUT = network(withdrawals=False)
ENTRY_CASES = [
    Case(Breach.PAUSED, {"is_trading": True}, {"is_trading": False}),
    Case(Breach.FROZEN, {"is_frozen": False}, {"is_frozen": True}),
    Case(Breach.STOPPED, {"stopped": ""}, {"stopped": "kraken is down"}),
    Case(Breach.STALE, {"base_price_age_s": 5.0}, {"base_price_age_s": 5.001}),
    Case(Breach.STALE, {"book_age_s": 5.0}, {"book_age_s": 5.001}),
    cap(Breach.COIN_CAP, "coin_usd", 100_000),
    cap(Breach.VENUE_CAP, "venue_usd", 100_000),
    cap(Breach.ISSUER_CAP, "issuer_usd", 150_000),
    cap(Breach.DAY_CAP, "day_entries_usd", 250_000),
    cap(Breach.TERMINAL_LOSS, "at_risk_usd", 20_000),
    Case(Breach.DAILY_LOSS, {"day_result_usd": -usd(5_000) + 1}, {"day_result_usd": -usd(5_000)}),
    Case(Breach.OPEN_LEGS, {"open_legs": 3}, {"open_legs": 4}),
    Case(Breach.RAMP, {"ramp_usd": WORTH}, {"ramp_usd": WORTH - 1}),
    Case(
        Breach.ORDER_CAP,
        {},
        {},
        limits={"max_order_usd": 388.0},
    ),
    Case(Breach.NO_FUNDS, {"free": WORTH}, {"free": WORTH - 1}),
    Case(
        Breach.NO_FUNDS,
        {"free": usd(400)},
        {"free": usd(400) - 1},
        order={"side": OrderSide.SELL, "price": usd(0.97)},
    ),
    Case(Breach.COIN_STOPPED, {"is_frozen_token": False}, {"is_frozen_token": True}),
    Case(Breach.VENUE_CLOSED, {"venue_is_trading": True}, {"venue_is_trading": False}),
    Case(
        Breach.WITHDRAWALS,
        {"networks": (SHUT, network(withdrawals=True, name="SOL"))},
        {"networks": (SHUT, network(withdrawals=None, name="SOL"))},
    ),
    Case(Breach.WITHDRAWALS, {"networks": (network(withdrawals=None),)}, {"networks": (SHUT,)}),
    Case(Breach.UNKNOWN, {"venue_is_trading": True}, {"venue_is_trading": None}),
]
BAND_CASES = [
    # a purchase at most 50 bps over the best ask: 0.97 * 1.005 = 0.97485
    Case(Breach.BAND, {}, {}, order={"price": usd(0.97485)}),
    # a sale at least 50 bps under the best bid: 0.9699 * 0.995 = 0.9650505
    Case(Breach.BAND, {}, {}, order={"side": OrderSide.SELL, "price": 965_050_500_000_000_000}),
    # 150 bps over the consensus in dollars, at a quote of 0.99: 0.97 * 1.015 / 0.99
    Case(
        Breach.BAND,
        {"quote_price": usd(0.99), "best_ask": usd(1)},
        {},
        order={"price": 994_494_949_494_949_494},
    ),
]
LEAVE_CASES = [
    Case(Breach.NOT_REDUCING, {"position_amount": usd(400)}, {"position_amount": usd(400) - 1}),
    Case(
        Breach.NOT_REDUCING,
        {"position_amount": usd(500), "pending_exit": usd(100)},
        {"position_amount": usd(500), "pending_exit": usd(100) + 1},
    ),
    Case(Breach.VENUE_CLOSED, {"venue_is_trading": None}, {"venue_is_trading": False}),
]
EXIT_CASES = [
    Case(Breach.FROZEN, {"is_frozen": False}, {"is_frozen": True}),
    Case(Breach.STALE, {"base_price_age_s": 5.0}, {"base_price_age_s": 5.001}),
    Case(Breach.STALE, {"book_age_s": 5.0}, {"book_age_s": 5.001}),
    Case(Breach.UNKNOWN, {"book_age_s": 5.0}, {"book_age_s": None}),
    Case(Breach.UNKNOWN, {"base_price": usd(0.97)}, {"base_price": None}),
]
NOT_OF_FACTS = {
    Breach.LEVERAGE: "test_plan_rules.py",
    Breach.REPEATED: "test_risk_gate.py",
    Breach.GATE_FAILED: "test_risk_gate.py",
}


def names(case: Case) -> str:
    """Return how a case is called in reports."""
    return f"{case.breach.name}-{'-'.join(case.breaks)}"


def denied(order: Order, facts: Facts, **limits: Any) -> Breach | None:
    """Return the breach, None for an approval."""
    verdict = judge_order(order, facts, replace(LIMITS, **limits))
    return verdict.breach if isinstance(verdict, Denied) else None


@pytest.mark.parametrize("case", ENTRY_CASES, ids=names)
def test_an_entry_passes_at_the_limit_and_not_one_step_beyond(case: Case) -> None:
    order = an_order(**case.order)
    assert denied(order, some_facts(**case.keeps), **case.limits) is None
    if case.breaks:
        assert denied(order, some_facts(**case.breaks), **case.limits) is case.breach


def test_one_order_is_capped_by_its_worth_rounded_up() -> None:
    roomy = some_facts(ramp_usd=usd(10**6), free=usd(10**6))
    assert denied(an_order(), roomy, max_order_usd=388.0) is None
    larger = an_order(amount=usd(400) + 1)
    assert denied(larger, roomy, max_order_usd=388.0) is Breach.ORDER_CAP


@pytest.mark.parametrize("case", BAND_CASES, ids=("ask", "bid", "consensus"))
def test_a_band_holds_to_the_last_wad_and_on_the_worse_side_only(case: Case) -> None:
    facts = some_facts(**case.keeps, ramp_usd=usd(10**4))
    order = an_order(**case.order)
    buys = order.side is OrderSide.BUY
    worse, better = (1, -usd(0.5)) if buys else (-1, usd(0.5))
    assert denied(order, facts) is None
    assert denied(replace(order, price=order.price + worse), facts) is Breach.BAND
    assert denied(replace(order, price=order.price + better), facts) is None


def test_an_order_is_worth_the_more_of_its_own_price_and_the_consensus() -> None:
    cheap = judge_order(an_order(price=usd(0.5)), some_facts(), LIMITS)
    dear = judge_order(an_order(price=usd(0.9748)), some_facts(), LIMITS)
    assert isinstance(cheap, Approved)
    assert isinstance(dear, Approved)
    assert (cheap.usd, dear.usd) == (usd(388), usd(389.92))


def test_entries_and_exits_have_a_worst_price_only_flattening_may_do_without() -> None:
    assert denied(an_order(kind=MARKET), some_facts()) is Breach.BAND
    assert denied(leaving(kind=MARKET), held_facts()) is Breach.BAND
    assert denied(leaving(Purpose.FLATTEN, kind=MARKET), held_facts()) is None


LEAVERS = [
    pytest.param(purpose, case, id=f"{purpose.value}-{names(case)}")
    for purpose in (Purpose.EXIT, Purpose.HEDGE, Purpose.FLATTEN)
    for case in (LEAVE_CASES if purpose is Purpose.FLATTEN else LEAVE_CASES + EXIT_CASES)
]


@pytest.mark.parametrize(("purpose", "case"), LEAVERS)
def test_leaving_passes_at_the_limit_and_not_one_step_beyond(purpose: Purpose, case: Case) -> None:
    assert denied(leaving(purpose), held_facts(**case.keeps)) is None
    assert denied(leaving(purpose), held_facts(**case.breaks)) is case.breach


def test_every_breach_has_a_case_on_each_side() -> None:
    told = {case.breach for case in ENTRY_CASES + BAND_CASES + LEAVE_CASES + EXIT_CASES}
    assert told | set(NOT_OF_FACTS) == set(Breach)
    assert not told & set(NOT_OF_FACTS)


@pytest.mark.parametrize("purpose", [Purpose.EXIT, Purpose.HEDGE, Purpose.FLATTEN])
def test_no_cap_no_loss_and_no_pause_stands_in_the_way_of_leaving(purpose: Purpose) -> None:
    huge = usd(10**9)
    facts = held_facts(
        is_trading=False,
        stopped="everything",
        equity_usd=None,
        coin_usd=huge,
        venue_usd=huge,
        issuer_usd=huge,
        day_entries_usd=huge,
        day_result_usd=Wad(-huge),
        at_risk_usd=huge,
        open_legs=99,
        free=None,
        is_frozen_token=None,
        networks=(SHUT,),
        ramp_usd=None,
    )
    assert denied(leaving(purpose), facts, max_order_usd=0.0) is None


@pytest.mark.parametrize("purpose", [Purpose.EXIT, Purpose.HEDGE])
def test_an_exit_keeps_both_bands(purpose: Purpose) -> None:
    by_book = usd(0.9699) * 9_950 // 10_000
    assert denied(leaving(purpose, price=by_book), held_facts()) is None
    assert denied(leaving(purpose, price=by_book - 1), held_facts()) is Breach.BAND
    low_book = held_facts(best_bid=usd(0.95))
    by_consensus = usd(0.97) * 9_850 // 10_000
    assert denied(leaving(purpose, price=by_consensus), low_book) is None
    assert denied(leaving(purpose, price=by_consensus - 1), low_book) is Breach.BAND


def test_a_flatten_keeps_its_wider_band_and_leaves_a_local_crash() -> None:
    crashed = held_facts(best_bid=usd(0.80), best_ask=usd(0.81), is_frozen=True)
    edge = usd(0.80) * 9_700 // 10_000
    assert denied(leaving(Purpose.FLATTEN, price=edge), crashed) is None
    assert denied(leaving(Purpose.FLATTEN, price=edge - 1), crashed) is Breach.BAND


def test_a_flatten_goes_by_the_book_of_any_age_then_by_the_consensus_then_not_at_all() -> None:
    old = held_facts(book_age_s=None, base_price=None)
    assert denied(leaving(Purpose.FLATTEN), old) is None
    bookless = held_facts(best_bid=None, base_price_age_s=86_400.0)
    edge = usd(0.97) * 9_700 // 10_000
    assert denied(leaving(Purpose.FLATTEN, price=edge), bookless) is None
    assert denied(leaving(Purpose.FLATTEN, price=edge - 1), bookless) is Breach.BAND
    blind = held_facts(best_bid=None, quote_price=None)
    assert denied(leaving(Purpose.FLATTEN), blind) is Breach.UNKNOWN


def test_what_was_sold_short_is_left_by_buying_and_by_nothing_else() -> None:
    short = held_facts(position_amount=Wad(-usd(400)))
    back = leaving(side=OrderSide.BUY, price=usd(0.97))
    assert denied(back, short) is None
    assert denied(replace(back, amount=usd(400) + 1), short) is Breach.NOT_REDUCING
    assert denied(leaving(), short) is Breach.NOT_REDUCING
    assert denied(back, held_facts()) is Breach.NOT_REDUCING


OPTIONAL = ("equity_usd", "base_price", "base_price_age_s", "quote_price", "best_bid", "best_ask")
OPTIONAL += ("book_age_s", "free", "venue_is_trading", "is_frozen_token", "ramp_usd")
MONEY = ("equity_usd", "base_price", "quote_price", "best_bid", "best_ask", "free", "ramp_usd")
SUMS = ("coin_usd", "venue_usd", "issuer_usd", "day_entries_usd", "at_risk_usd", "open_legs")
AGES = ("base_price_age_s", "book_age_s")


@pytest.mark.parametrize("fact", OPTIONAL)
def test_a_fact_that_is_not_known_refuses_an_entry(fact: str) -> None:
    assert denied(an_order(), some_facts(**{fact: None})) is Breach.UNKNOWN


@pytest.mark.parametrize("nonsense", [nan, inf, -inf, -1, -0.5, 1.5, True, "1"], ids=str)
@pytest.mark.parametrize("fact", [*MONEY, *SUMS, "pending_exit"])
def test_an_amount_that_is_none_refuses_an_entry(fact: str, nonsense: Any) -> None:
    assert denied(an_order(), some_facts(**{fact: nonsense})) is Breach.UNKNOWN


@pytest.mark.parametrize("nonsense", [nan, inf, -inf, -0.001, "1"], ids=str)
@pytest.mark.parametrize("fact", AGES)
def test_an_age_that_is_none_refuses_entries_and_exits(fact: str, nonsense: Any) -> None:
    assert denied(an_order(), some_facts(**{fact: nonsense})) is Breach.UNKNOWN
    assert denied(leaving(), held_facts(**{fact: nonsense})) is Breach.UNKNOWN


@pytest.mark.parametrize("nonsense", [nan, inf, -inf, 0.5], ids=str)
@pytest.mark.parametrize("fact", ["day_result_usd", "position_amount"])
def test_a_signed_amount_must_still_be_a_number(fact: str, nonsense: Any) -> None:
    assert denied(an_order(), some_facts(**{fact: nonsense})) is Breach.UNKNOWN


@pytest.mark.parametrize("purpose", [Purpose.EXIT, Purpose.FLATTEN])
@pytest.mark.parametrize("nonsense", [nan, inf, -1], ids=str)
def test_nonsense_about_what_is_held_refuses_leaving(purpose: Purpose, nonsense: Any) -> None:
    pending = held_facts(pending_exit=nonsense)
    assert denied(leaving(purpose), pending) is Breach.UNKNOWN
    held = held_facts(position_amount=nonsense)
    assert denied(leaving(purpose), held) in (Breach.UNKNOWN, Breach.NOT_REDUCING)


@pytest.mark.parametrize("make", [an_order, leaving])
@pytest.mark.parametrize("nonsense", [nan, inf, 0.5], ids=str)
def test_an_order_of_nonsense_is_refused(make: Callable[..., Order], nonsense: Any) -> None:
    facts = held_facts()
    assert denied(make(price=nonsense), facts) is Breach.UNKNOWN
    assert denied(make(amount=nonsense), facts) is Breach.UNKNOWN


def test_a_crossed_book_refuses_an_entry() -> None:
    assert denied(an_order(), some_facts(best_bid=usd(0.98))) is Breach.UNKNOWN


@pytest.mark.parametrize("nonsense", [None, nan, 1, "yes"], ids=str)
def test_only_a_plain_yes_is_trading_and_only_a_plain_no_is_not_frozen(nonsense: Any) -> None:
    assert denied(an_order(), some_facts(is_trading=nonsense)) is Breach.PAUSED
    assert denied(leaving(), held_facts(is_frozen=nonsense)) is Breach.FROZEN


def test_a_refusal_tells_its_figures() -> None:
    verdict = judge_order(an_order(), some_facts(coin_usd=usd(99_900)), LIMITS)
    assert isinstance(verdict, Denied)
    assert verdict.detail == "coin 100,288.00 usd, at most 100,000.00"


def test_a_price_that_is_too_far_off_is_told_with_how_far() -> None:
    verdict = judge_order(an_order(price=usd(0.9797)), some_facts(), LIMITS)
    assert isinstance(verdict, Denied)
    assert verdict.detail == "+100.0 bps off its book, at most 50"
