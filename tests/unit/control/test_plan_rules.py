"""A plan passes when all of its orders would, one on top of the other."""

from math import nan

import pytest
from msgspec.structs import replace
from support.plan_cases import a_plan, leveraged
from support.risk_cases import LIMITS, an_order, some_facts, usd

from bot.control.plan_rules import judge_plan
from bot.domain.risk import Approved, Breach, Denied
from bot.domain.trade_plans import Style
from bot.domain.units import Wad

TWO = a_plan(an_order(), an_order(venue="binance", pair="USDC/USDT"))


def test_a_plan_is_worth_the_sum_of_its_orders() -> None:
    verdict = judge_plan(TWO, [some_facts(), some_facts()], LIMITS)
    assert isinstance(verdict, Approved)
    assert (verdict.client_id, verdict.usd) == (TWO.position, usd(776))


@pytest.mark.parametrize(
    ("fact", "limit", "breach"),
    [
        ("coin_usd", 100_000, Breach.COIN_CAP),
        ("issuer_usd", 150_000, Breach.ISSUER_CAP),
        ("day_entries_usd", 250_000, Breach.DAY_CAP),
        ("at_risk_usd", 20_000, Breach.TERMINAL_LOSS),
    ],
)
def test_the_orders_of_a_plan_count_together(fact: str, limit: float, breach: Breach) -> None:
    edge = usd(limit) - usd(776)
    fits, too_much = some_facts(**{fact: Wad(edge)}), some_facts(**{fact: Wad(edge + 1)})
    assert isinstance(judge_plan(TWO, [fits, fits], LIMITS), Approved)
    verdict = judge_plan(TWO, [too_much, too_much], LIMITS)
    assert isinstance(verdict, Denied)
    assert verdict.breach is breach


def test_a_venues_cap_and_its_money_are_shared_by_the_orders_there_alone() -> None:
    apart = some_facts(venue_usd=usd(100_000 - 388), free=usd(388))
    assert isinstance(judge_plan(TWO, [apart, apart], LIMITS), Approved)
    together = a_plan(an_order(), an_order())
    verdict = judge_plan(together, [apart, apart], LIMITS)
    assert isinstance(verdict, Denied)
    assert verdict.breach is Breach.VENUE_CAP
    poor = some_facts(free=usd(700))
    verdict = judge_plan(together, [poor, poor], LIMITS)
    assert isinstance(verdict, Denied)
    assert verdict.breach is Breach.NO_FUNDS


def test_orders_of_a_staged_plan_are_open_one_at_a_time() -> None:
    limits = replace(LIMITS, max_open_legs=1)
    verdict = judge_plan(TWO, [some_facts(), some_facts()], limits)
    assert isinstance(verdict, Denied)
    assert verdict.breach is Breach.OPEN_LEGS
    staged = replace(TWO, style=Style.STAGED)
    assert isinstance(judge_plan(staged, [some_facts(), some_facts()], limits), Approved)


@pytest.mark.parametrize(("leverage", "passes"), [(1.0, True), (1.01, False), (0.9, False)])
def test_leverage_is_off_unless_it_is_allowed(*, leverage: float, passes: bool) -> None:
    verdict = judge_plan(leveraged(a_plan(), leverage), [some_facts()], LIMITS)
    assert isinstance(verdict, Approved) is passes
    assert passes or (isinstance(verdict, Denied) and verdict.breach is Breach.LEVERAGE)


def test_leverage_that_is_no_number_is_refused() -> None:
    verdict = judge_plan(leveraged(a_plan(), nan), [some_facts()], LIMITS)
    assert isinstance(verdict, Denied)


def test_a_plan_without_orders_or_with_other_facts_than_orders_is_refused() -> None:
    empty = replace(a_plan(), orders=())
    for plan, facts in ((empty, []), (empty, [some_facts()]), (TWO, [some_facts()])):
        verdict = judge_plan(plan, facts, LIMITS)
        assert isinstance(verdict, Denied)
        assert verdict.breach is Breach.UNKNOWN
