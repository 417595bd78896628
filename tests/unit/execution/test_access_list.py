"""What is named in advance, and what that saves."""

import pytest
from fakes.tickets import PLAN
from msgspec.structs import replace

from bot.domain.plans import Plan
from bot.domain.units import Address
from bot.execution.access_list import (
    AccessLists,
    Touched,
    gas_saved,
    listed,
    spelled_out,
    touched_by,
)

POOL, TOKEN, OTHER = (Address("0x" + digit * 40) for digit in "abc")
TOUCHED: Touched = {POOL: frozenset({0, 1, 2}), TOKEN: frozenset({7})}


def test_what_is_named_and_touched_saves_a_hundred_each() -> None:
    assert gas_saved(listed(TOUCHED), TOUCHED) == 2 * 100 + 4 * 100
    assert gas_saved((), TOUCHED) == 0


@pytest.mark.parametrize(
    ("named", "saved"),
    [
        (((POOL, (0, 9)),), 100 + 100 - 1_900),
        (((OTHER, ()),), -2_400),
        (((OTHER, (0,)),), -2_400 - 1_900),
        (((POOL, ()),), 100),
    ],
)
def test_what_is_named_for_nothing_costs_its_whole_price(
    named: tuple[tuple[Address, tuple[int, ...]], ...], saved: int
) -> None:
    assert gas_saved(named, TOUCHED) == saved


def test_a_route_is_named_from_its_second_plan_on() -> None:
    lists = AccessLists()
    assert lists.of(PLAN) == ()
    lists.learn(PLAN, TOUCHED)
    assert lists.of(PLAN) == listed(TOUCHED)


def test_a_route_that_touches_something_else_is_named_again_by_what_stays() -> None:
    lists = AccessLists()
    lists.learn(PLAN, TOUCHED)
    lists.learn(PLAN, {POOL: frozenset({0, 2, 5}), OTHER: frozenset({1})})
    assert lists.of(PLAN) == ((POOL, (0, 2)),)


def through_another_pool() -> Plan:
    first, last = PLAN.legs
    pool = replace(first.pool, name="another one")
    return replace(PLAN, legs=(replace(first, pool=pool), last))


def test_a_new_route_is_named_by_what_its_swaps_always_touched_in_many_plans() -> None:
    lists = AccessLists()
    for at in range(18):
        assert lists.of(through_another_pool()) == ()
        lists.learn(PLAN, {POOL: frozenset({0, 1}), OTHER: frozenset({100 + at})})
    assert lists.of(through_another_pool()) == ((POOL, (0, 1)), (OTHER, ()))


def test_the_executor_is_never_named() -> None:
    executor = Address("0x" + "D" * 40)
    storages = {POOL: [1], Address(executor.lower()): [0, 1]}
    assert touched_by(storages, executor) == {POOL: frozenset({1})}


def test_a_list_is_spelled_out_in_whole_words() -> None:
    (entry,) = spelled_out(((POOL, (0, 2**256 - 1)),))
    assert entry == {"address": POOL, "storageKeys": ["0x" + "0" * 64, "0x" + "f" * 64]}
