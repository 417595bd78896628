"""One key's budget: never more than the venue grants, orders first, and quiet when told to be."""

import asyncio
from collections.abc import Awaitable, Callable
from random import Random

import pytest

from bot.execution.rate_budget import BudgetSpent, Quota, RateBudget, Use, shared_budget

QUOTA = Quota(burst=20, per_s=2, order_burst=5, orders_per_s=1)


class Time:
    """A clock that sleepers move."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s

    async def sleep(self, seconds: float) -> None:
        self.now_s += seconds
        await asyncio.sleep(0)


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def budget(time: Time) -> RateBudget:
    return RateBudget(QUOTA, time, time.sleep)


def run(act: Callable[[], Awaitable[None]]) -> None:
    async def running() -> None:
        await act()

    asyncio.run(running())


def test_ten_minutes_at_ten_times_the_quota_never_go_beyond_it(
    budget: RateBudget, time: Time
) -> None:
    left: list[tuple[float, int]] = []
    random = Random(6)  # noqa: S311 - a test's

    async def ask() -> None:
        while time.now_s < 600:
            cost = random.choice((1, 1, 2))
            use = random.choice((Use.QUESTION, Use.QUESTION, Use.URGENT))
            await budget.take(cost, use, patience_s=10_000)
            left.append((time.now_s, cost))

    async def all_of_them() -> None:
        await asyncio.gather(*(ask() for _ in range(10)))

    run(all_of_them)
    assert len(left) > 500
    for second in range(600):
        window = [cost for at, cost in left if second <= at < second + 60]
        assert sum(window) <= QUOTA.burst + 60 * QUOTA.per_s + 1e-6


def test_questions_leave_a_reserve_that_orders_may_use(budget: RateBudget, time: Time) -> None:
    async def script() -> None:
        for _ in range(14):
            await budget.take(1, Use.QUESTION, patience_s=0)
        with pytest.raises(BudgetSpent):
            await budget.take(1, Use.QUESTION, patience_s=0)
        for _ in range(5):
            await budget.take(1, Use.ORDER, patience_s=0)
        await budget.take(1, Use.URGENT, patience_s=0)
        with pytest.raises(BudgetSpent) as spent:
            await budget.take(1, Use.ORDER, patience_s=0)
        assert spent.value.wait_s == pytest.approx(1.0)  # their own count is used up

    run(script)
    assert time.now_s == 0


def test_an_order_goes_before_questions_that_wait_already() -> None:
    order_of_leaving: list[str] = []
    budget = RateBudget(Quota(burst=20, per_s=100, order_burst=5, orders_per_s=100))

    async def ask(name: str, use: Use) -> None:
        await budget.take(1, use, patience_s=60)
        order_of_leaving.append(name)

    async def script() -> None:
        for _ in range(20):
            await budget.take(1, Use.URGENT, patience_s=0)
        questions = [asyncio.create_task(ask("question", Use.QUESTION)) for _ in range(3)]
        await asyncio.sleep(0)
        await ask("order", Use.ORDER)
        await asyncio.gather(*questions)

    run(script)
    assert order_of_leaving[0] == "order"


@pytest.mark.parametrize("wait_s", [None, 5.0, 120.0])
def test_nothing_leaves_from_the_moment_the_venue_says_so(
    budget: RateBudget, time: Time, wait_s: float | None
) -> None:
    async def script() -> None:
        held_s = budget.hold_off(wait_s)
        assert held_s == (2.0 if wait_s is None else wait_s)
        for use in Use:
            with pytest.raises(BudgetSpent) as spent:
                await budget.take(1, use, patience_s=1.0)
            assert spent.value.wait_s == pytest.approx(held_s)
        time.now_s += held_s
        await budget.take(1, Use.ORDER, patience_s=2.0)  # the bucket was emptied
        assert time.now_s > held_s

    run(script)


def test_rests_without_a_told_length_double_until_all_is_well(
    budget: RateBudget, time: Time
) -> None:
    rests = []
    for _ in range(8):
        rests.append(budget.hold_off(None))
        time.now_s += rests[-1]
    assert rests == [2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 120.0, 120.0]
    time.now_s += 61
    budget.praise()
    assert budget.hold_off(None) == 2.0


def test_after_a_rest_it_goes_on_at_half_the_pace(budget: RateBudget, time: Time) -> None:
    async def script() -> None:
        budget.hold_off(1.0)
        time.now_s += 1.0
        start = time.now_s
        for _ in range(10):
            await budget.take(1, Use.URGENT, patience_s=60)
        assert time.now_s - start >= 10 / QUOTA.per_s * 1.99

    run(script)


def test_all_uses_of_a_key_share_one_budget_and_another_key_does_not() -> None:
    one = shared_budget("kraken", "key", QUOTA)
    assert shared_budget("kraken", "key", QUOTA) is one
    assert shared_budget("kraken", "other", QUOTA) is not one
    assert shared_budget("binance", "key", QUOTA) is not one
