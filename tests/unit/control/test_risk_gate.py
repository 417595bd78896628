"""The gate fails closed, and two orders asked about at once never share the same room."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest
from support.plan_cases import a_plan
from support.risk_cases import LIMITS, an_order, held_facts, leaving, some_facts, usd

from bot.control import risk_gate
from bot.control.risk_gate import RiskGate
from bot.domain.orders import ClientId, Order, Purpose
from bot.domain.risk import Approved, Breach, Denied, Facts, RiskLimits
from bot.domain.units import Wad

Verdict = Approved | Denied


class Books:
    """Facts of one moment for all, and the orders that they show."""

    def __init__(self, facts: Any, *, wait_s: float = 0.0) -> None:
        self.facts, self.wait_s = facts, wait_s
        self.shown: set[ClientId] = set()

    async def facts_of(self, _order: Order) -> Facts:
        """Return the facts as they are when they are asked for."""
        seen = self.facts
        await asyncio.sleep(self.wait_s)
        if isinstance(seen, Exception):
            raise seen
        return seen

    def gate(self, limits: RiskLimits = LIMITS, **options: float) -> RiskGate:
        """Return a gate on them."""
        return RiskGate(limits, self.facts_of, self.shown.__contains__, **options)


def numbered(number: int, make: Callable[..., Order] = an_order, **changes: Any) -> Order:
    """Return an order with a client id of its own."""
    return make(client_id=ClientId(f"rpaaaaaaaaaae{number:05d}"), **changes)


def breach(verdict: Verdict) -> Breach | None:
    """Return the breach, None for an approval."""
    return verdict.breach if isinstance(verdict, Denied) else None


def judged(gate: RiskGate, *orders: Order) -> list[Breach | None]:
    """Ask about all orders at once."""

    async def ask() -> list[Verdict]:
        return await asyncio.gather(*(gate.judge(order) for order in orders))

    return [breach(verdict) for verdict in asyncio.run(ask())]


@pytest.mark.parametrize("facts", [OSError("no ledger"), None, 5, "nonsense", RecursionError()])
@pytest.mark.parametrize("make", [an_order, leaving])
def test_without_facts_nothing_passes(facts: Any, make: Callable[..., Order]) -> None:
    assert judged(Books(facts).gate(), make()) == [Breach.GATE_FAILED]


@pytest.mark.parametrize("purpose", Purpose)
def test_with_rules_that_fail_nothing_passes(
    purpose: Purpose, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> Verdict:
        raise ZeroDivisionError

    monkeypatch.setattr(risk_gate, "judge_order", fails)
    order = leaving(purpose)
    assert judged(Books(held_facts()).gate(), order) == [Breach.GATE_FAILED]


@pytest.mark.parametrize("answer", [None, True, "approved", 1])
def test_rules_that_answer_anything_but_a_verdict_let_nothing_pass(
    answer: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(risk_gate, "judge_order", lambda *_: answer)
    assert judged(Books(some_facts()).gate(), an_order()) == [Breach.GATE_FAILED]


@pytest.mark.parametrize("limit", [float("nan"), float("inf")])
def test_a_limit_that_is_no_number_lets_no_entry_pass(limit: float) -> None:
    gate = Books(some_facts()).gate(RiskLimits(max_coin_usd=limit))
    assert judged(gate, an_order()) == [Breach.GATE_FAILED]


def test_a_ledger_that_fails_lets_nothing_pass() -> None:
    def knows(_: ClientId) -> bool:
        raise OSError("disk")

    gate = RiskGate(LIMITS, Books(some_facts()).facts_of, knows)
    assert judged(gate, an_order()) == [Breach.GATE_FAILED]


def test_facts_that_take_too_long_let_nothing_pass() -> None:
    gate = Books(some_facts(), wait_s=5).gate(patience_s=0.01)
    assert judged(gate, an_order()) == [Breach.GATE_FAILED]


def test_a_refusal_by_failure_names_the_failure() -> None:
    verdict = asyncio.run(Books(OSError("no ledger")).gate().judge(an_order()))
    assert isinstance(verdict, Denied)
    assert verdict.detail == "OSError: no ledger"


def test_being_cancelled_is_no_verdict() -> None:
    async def ask() -> None:
        task = asyncio.create_task(Books(some_facts(), wait_s=5).gate().judge(an_order()))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(ask())


def test_an_approval_is_used_once() -> None:
    gate = Books(some_facts()).gate()
    assert judged(gate, an_order()) == [None]
    assert judged(gate, an_order()) == [Breach.REPEATED]


def test_of_one_order_asked_about_twice_at_once_one_passes() -> None:
    gate = Books(some_facts()).gate()
    assert sorted(judged(gate, an_order(), an_order()), key=str) == [Breach.REPEATED, None]


def test_an_order_that_the_ledger_knows_is_not_approved_again() -> None:
    books = Books(some_facts())
    books.shown.add(an_order().client_id)
    assert judged(books.gate(), an_order()) == [Breach.REPEATED]


EDGES = [
    ("coin_usd", 100_000, Breach.COIN_CAP),
    ("venue_usd", 100_000, Breach.VENUE_CAP),
    ("issuer_usd", 150_000, Breach.ISSUER_CAP),
    ("day_entries_usd", 250_000, Breach.DAY_CAP),
    ("at_risk_usd", 20_000, Breach.TERMINAL_LOSS),
]


@pytest.mark.parametrize(("fact", "limit", "expected"), EDGES)
def test_of_two_orders_at_the_edge_of_a_cap_one_passes(
    fact: str, limit: float, expected: Breach
) -> None:
    gate = Books(some_facts(**{fact: usd(limit - 388)})).gate()
    assert judged(gate, numbered(1), numbered(2)) == [None, expected]


def test_of_five_orders_four_legs_pass() -> None:
    gate = Books(some_facts(free=usd(10_000))).gate()
    found = judged(gate, *map(numbered, range(5)))
    assert found == [None] * 4 + [Breach.OPEN_LEGS]


def test_the_same_money_is_not_spent_twice() -> None:
    gate = Books(some_facts(free=usd(388))).gate()
    assert judged(gate, numbered(1), numbered(2)) == [None, Breach.NO_FUNDS]


def test_the_same_coins_are_not_sold_twice() -> None:
    gate = Books(held_facts(position_amount=usd(700))).gate()
    first, second = numbered(1, leaving), numbered(2, leaving)
    assert judged(gate, first, second) == [None, Breach.NOT_REDUCING]


def test_another_coin_has_its_own_cap() -> None:
    books = Books(some_facts(coin_usd=usd(100_000 - 388)))
    gate = books.gate()
    assert judged(gate, numbered(1)) == [None]
    books.facts = some_facts(coin_usd=usd(100_000 - 388), coin="USDT", issuer="Tether")
    assert judged(gate, numbered(2)) == [None]
    books.facts = some_facts(coin_usd=usd(100_000 - 388), coin="")
    assert judged(gate, numbered(3)) == [Breach.COIN_CAP]


def test_another_issuer_has_its_own_cap_unless_it_is_not_told() -> None:
    edge = usd(150_000 - 388)
    books = Books(some_facts())
    gate = books.gate()
    assert judged(gate, numbered(1)) == [None]
    books.facts = some_facts(issuer_usd=edge, coin="USDT", issuer="Tether")
    assert judged(gate, numbered(2)) == [None]
    books.facts = some_facts(issuer_usd=edge, coin="USDT", issuer="")
    assert judged(gate, numbered(3)) == [Breach.ISSUER_CAP]


def test_what_the_ledger_shows_is_not_counted_twice() -> None:
    books = Books(some_facts(coin_usd=usd(100_000 - 776)))
    gate = books.gate()
    assert judged(gate, numbered(1)) == [None]
    books.shown.add(numbered(1).client_id)
    books.facts = some_facts(coin_usd=usd(100_000 - 388))
    assert judged(gate, numbered(2)) == [None]


def test_facts_gathered_before_the_ledger_showed_an_order_count_it_all_the_same() -> None:
    books = Books(some_facts(coin_usd=usd(100_000 - 388)), wait_s=0.05)
    gate = books.gate()

    async def ask() -> list[Breach | None]:
        first = asyncio.create_task(gate.judge(numbered(1)))
        await asyncio.sleep(0.03)
        second = asyncio.create_task(gate.judge(numbered(2)))  # asks before the first is shown
        found = [breach(await first)]
        books.shown.add(numbered(1).client_id)
        books.facts = some_facts(coin_usd=usd(100_000))
        third = asyncio.create_task(gate.judge(numbered(3)))  # forgets nothing the second needs
        return [*found, breach(await second), breach(await third)]

    assert asyncio.run(ask()) == [None, Breach.COIN_CAP, Breach.COIN_CAP]


class TwoExits(Books):
    """The second one's facts come when the first is written down already, and in them."""

    async def facts_of(self, order: Order) -> Facts:
        if order.client_id == self.second:
            await self.first_is_written.wait()
        pending = sum(1 for known in self.shown) * self.each
        return msgspec.structs.replace(self.facts, pending_exit=Wad(pending))

    async def both(self, gate: RiskGate, first: Order, second: Order) -> list[Verdict]:
        self.second, self.each = second.client_id, first.amount
        self.first_is_written = asyncio.Event()
        later = asyncio.create_task(gate.judge(second))
        await asyncio.sleep(0)
        verdict = await gate.judge(first)
        self.shown.add(first.client_id)
        self.first_is_written.set()
        return [verdict, await later]


@pytest.mark.parametrize(("halves", "passes"), [(2, True), (3, False)])
def test_two_parts_of_an_exit_are_not_counted_twice_where_one_is_written_down_meanwhile(
    halves: int, *, passes: bool
) -> None:
    facts = held_facts()
    amount = Wad(facts.position_amount * halves // 4)
    orders = [numbered(n, leaving, purpose=Purpose.EXIT, amount=amount) for n in range(2)]
    books = TwoExits(facts)
    verdicts = asyncio.run(books.both(books.gate(), *orders))
    assert breach(verdicts[0]) is None
    assert breach(verdicts[1]) is (None if passes else Breach.NOT_REDUCING)


def test_an_approved_order_that_was_never_written_down_leaves_its_room_to_others() -> None:
    gate = Books(some_facts(coin_usd=usd(100_000 - 388))).gate()
    assert judged(gate, numbered(1)) == [None]
    assert judged(gate, numbered(2)) == [Breach.COIN_CAP]
    gate.release(numbered(1).client_id)
    assert judged(gate, numbered(1), numbered(3)) == [Breach.REPEATED, None]


def reserved(gate: RiskGate, order: Order, loss: Wad) -> Breach | None:
    """Set aside what an open leg may lose."""
    return breach(asyncio.run(gate.reserve(order, loss)))


def test_what_an_open_leg_may_lose_is_lost_for_every_other_position() -> None:
    gate = Books(some_facts(day_result_usd=Wad(-usd(4_000)))).gate()
    first = numbered(1)
    assert reserved(gate, first, usd(1_000)) is Breach.DAILY_LOSS
    assert reserved(gate, first, Wad(usd(1_000) - 1)) is None
    other = numbered(2, position="bbbbbbbbbb")
    assert reserved(gate, other, usd(1)) is Breach.DAILY_LOSS
    assert judged(gate, first) == [None]
    gate.settle("aaaaaaaaaa")
    assert reserved(gate, other, usd(1)) is None


def test_two_legs_that_reserve_the_last_of_the_day_are_not_both_let() -> None:
    gate = Books(some_facts(day_result_usd=Wad(-usd(4_000)))).gate()

    async def ask() -> list[Breach | None]:
        orders = numbered(1), numbered(2, position="bbbbbbbbbb")
        asked: list[Awaitable[Verdict]] = [gate.reserve(each, usd(600)) for each in orders]
        return [breach(verdict) for verdict in await asyncio.gather(*asked)]

    assert asyncio.run(ask()) == [None, Breach.DAILY_LOSS]


@pytest.mark.parametrize("loss", [-1, float("nan"), 0.5, None])
def test_a_loss_that_is_none_is_not_reserved(loss: Any) -> None:
    assert reserved(Books(some_facts()).gate(), an_order(), loss) in (
        Breach.DAILY_LOSS,
        Breach.GATE_FAILED,
    )


def test_a_plan_is_judged_on_top_of_what_is_reserved() -> None:
    gate = Books(some_facts(coin_usd=usd(100_000 - 776))).gate()
    plan = a_plan(an_order(), an_order(venue="binance", pair="USDC/USDT"))
    assert breach(asyncio.run(gate.judge_plan(plan))) is None
    assert judged(gate, numbered(1)) == [None]
    assert breach(asyncio.run(gate.judge_plan(plan))) is Breach.COIN_CAP
    failing = Books(OSError()).gate()
    assert breach(asyncio.run(failing.judge_plan(plan))) is Breach.GATE_FAILED
