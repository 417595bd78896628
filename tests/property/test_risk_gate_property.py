"""No approved order breaks a limit, whatever is asked, and tighter limits allow nothing new."""

from collections import Counter
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from support.limits_again import Ceilings, broken
from support.random_risks import random_questions

from bot.control.risk_rules import judge_order
from bot.domain.orders import Purpose
from bot.domain.risk import Approved, Breach, Denied, RiskLimits

_TIGHTER = [name for name in RiskLimits.__struct_fields__ if name.startswith(("max_", "flatten_"))]
_OF_ORDERS = set(Breach) - {Breach.LEVERAGE, Breach.REPEATED, Breach.GATE_FAILED}


def counted(seed: int, count: int) -> Counter[Any]:
    """Judge so many random orders twice, and count answers by purpose and by breach.

    The second opinion must be the same one both ways: nothing is approved that breaks a limit, and
    nothing refused that breaks none.
    """
    found: Counter[Any] = Counter()
    ceilings = Ceilings(RiskLimits())
    for order, facts, limits in random_questions(seed, count):
        if limits is not ceilings.limits:
            ceilings = Ceilings(limits)
        verdict = judge_order(order, facts, limits)
        wrong = broken(order, facts, ceilings)
        if isinstance(verdict, Approved):
            assert not wrong, (wrong, order, facts, limits)
            found[order.purpose] += 1
        else:
            assert wrong, (verdict, order, facts, limits)
            found[verdict.breach] += 1
    return found


def test_of_50_000_random_orders_none_is_approved_that_breaks_a_limit() -> None:
    found = counted(seed=1, count=50_000)
    assert set(found) == _OF_ORDERS | set(Purpose)
    assert found[Purpose.ENTRY] > 5_000
    assert min(found[name] for name in _OF_ORDERS) > 50


@pytest.mark.deep
def test_of_a_million_random_orders_none_is_approved_that_breaks_a_limit() -> None:
    found = counted(seed=2, count=1_000_000)
    assert sum(found.values()) == 1_000_000
    assert found[Purpose.ENTRY] > 100_000
    assert min(found[name] for name in _OF_ORDERS) > 1_000


def tightened(limits: RiskLimits, name: str, by: float) -> RiskLimits:
    """Return the limits with one of them a part of what it was."""
    value = getattr(limits, name)
    return replace(limits, **{name: int(value * by) if isinstance(value, int) else value * by})


def test_tightening_any_limit_never_lets_a_refused_order_pass() -> None:
    random = Random(3)  # noqa: S311 - to be asked again
    refused = dict.fromkeys(_TIGHTER, 0)
    for order, facts, limits in random_questions(seed=4, count=2_000):
        before = judge_order(order, facts, limits)
        for name in _TIGHTER:
            after = judge_order(order, facts, tightened(limits, name, random.random()))
            assert isinstance(before, Approved) or isinstance(after, Denied), (name, order, facts)
            refused[name] += isinstance(before, Approved) and isinstance(after, Denied)
    assert all(refused.values()), refused


@given(st.integers(0, 10**9), st.sampled_from(_TIGHTER), st.floats(0, 1))
def test_no_single_question_is_answered_better_under_a_tighter_limit(
    seed: int, name: str, by: float
) -> None:
    for order, facts, limits in random_questions(seed, 1):
        if isinstance(judge_order(order, facts, limits), Denied):
            assert isinstance(judge_order(order, facts, tightened(limits, name, by)), Denied)
