"""The engine in its slot: nothing late, nothing old, and a slot without a block is planned again.

The relay, the market and the wall clock are stand-ins; engine, planner and journal are real.
"""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from fakes.engine_parts import OPERATOR, World, head_of, world_of

from bot.amm.vault import VaultPool
from bot.domain.errors import NodeUnreachable
from bot.domain.mainnet_pools import SAVINGS_DAI_VAULT
from bot.domain.messages import Head, NoPlan, Refusal, Ticket
from bot.domain.units import NANOS_PER_MS, NANOS_PER_S, Raw
from bot.engine import AtomicEngine
from bot.execution.bundle_sender import BundleSender
from bot.execution.bundles import BundleReceipt
from bot.execution.send_times import SendTimes
from bot.execution.slot_clock import MAINNET_GENESIS_S, SlotClock, TimingOptions
from bot.market.book import MarketBook

STARTED_S = MAINNET_GENESIS_S + 12 * 9_000_000


class Timed:
    """A world whose engine goes by mainnet's slots, at a time of a test's choice."""

    def __init__(self, world: World) -> None:
        self.world, self.into_ms, self.runs_from = world, 1_000, 0
        options = TimingOptions(genesis_s=MAINNET_GENESIS_S)
        self.clock = SlotClock(options, wall=self._now, monotonic=self._now)
        times = SendTimes(options, self.clock)
        self.orders = BundleSender(world.relay, OPERATOR, times)
        parts = msgspec.structs.replace(world.engine._parts, times=times, orders=self.orders)
        self.engine = AtomicEngine(parts)
        self.books: list[MarketBook] = []
        self._plan = parts.planner.plan
        parts.planner.plan = self._planned  # to see its book

    def _now(self) -> int:
        ran = time.monotonic_ns() - self.runs_from if self.runs_from else 0
        return STARTED_S * NANOS_PER_S + self.into_ms * NANOS_PER_MS + ran

    def run_from(self, into_ms: int) -> None:
        """Let time pass from there on."""
        self.into_ms, self.runs_from = into_ms, time.monotonic_ns()

    def _planned(self, book: MarketBook) -> object:
        self.books.append(book)
        return self._plan(book)

    def look(self, number: int = 100) -> Ticket | NoPlan:
        return self.engine.on_head(at_slot(number)).decision


def at_slot(number: int) -> Head:
    return msgspec.structs.replace(head_of(number), timestamp_s=STARTED_S + 12 * (number - 100))


@pytest.fixture
def timed(tmp_path: Path) -> Iterator[Timed]:
    with world_of(tmp_path / "journal.sqlite") as world:
        yield Timed(world)


def test_after_the_deadline_nothing_is_planned_or_sent_and_the_report_says_why(
    timed: Timed,
) -> None:
    timed.into_ms = 11_250
    found = timed.look()
    assert isinstance(found, NoPlan)
    assert found.refusal is Refusal.TOO_LATE
    assert found.detail == "11250 ms into the slot: after 11000 ms nothing is sent"
    assert (timed.world.relay.sent, timed.books) == ([], [])
    assert [verdict for _, verdict, _ in timed.world.journal.decisions()] == ["too_late"]


def test_a_plan_that_took_too_long_is_not_sent(timed: Timed) -> None:
    timed.world.check.check = slow(timed, timed.world.check.check)
    report = timed.engine.on_head(at_slot(100))
    assert isinstance(report.decision, Ticket)
    assert "not asked: 11500 ms into the slot" in report.problem
    assert timed.world.relay.sent == []
    assert [fate for _, fate in timed.world.journal.bundles()] == ["refused"]


def slow(timed: Timed, check: object) -> object:
    def later(*arguments: object) -> object:
        timed.into_ms = 11_500
        return check(*arguments)  # whatever a check is

    return later


def test_after_a_slot_without_a_block_the_same_block_is_planned_for_at_its_later_time(
    timed: Timed,
) -> None:
    first = timed.look()
    timed.into_ms = 17_000
    second = timed.look()
    assert isinstance(first, Ticket)
    assert [book.next_timestamp_s - book.timestamp_s for book in timed.books] == [12, 24]
    assert {book.next_base_fee for book in timed.books} == {timed.books[0].next_base_fee}
    assert isinstance(second, NoPlan)
    assert second.detail == "the very same is out already", "nothing moves with time here"


def test_a_bundle_stays_where_no_time_is_left_to_replace_it(timed: Timed) -> None:
    timed.look()
    timed.into_ms, timed.world.pools.gap = 11_500, False
    found = timed.look()
    assert isinstance(found, NoPlan)
    assert found.refusal is Refusal.TOO_LATE
    assert timed.world.relay.cancelled == []


def test_an_old_head_is_not_sent_on(timed: Timed) -> None:
    timed.into_ms = 12_000 * 40
    found = timed.look()
    assert isinstance(found, NoPlan)
    assert "39 slots went by" in found.detail


def test_a_vault_read_for_the_slot_that_was_missed_is_in_no_plan() -> None:
    vault = VaultPool(
        spec=SAVINGS_DAI_VAULT,
        block=100,
        assets=11,
        shares=10,
        max_deposit=Raw(10**24),
        max_redeem=Raw(10**24),
    )
    book = MarketBook(
        chain_id=1,
        block=100,
        block_hash="0x01",
        timestamp_s=STARTED_S,
        next_base_fee=7,
        pools={SAVINGS_DAI_VAULT: vault},
        lenders=(),
        gas_pools=(),
    )
    assert book.after_missed(0) is book
    missed = book.after_missed(2)
    assert missed.pools == {}
    assert missed.next_timestamp_s == STARTED_S + 36
    assert missed.next_base_fee == 7


def test_the_engine_wakes_up_by_itself_when_the_block_that_is_due_does_not_come(
    timed: Timed,
) -> None:
    async def run() -> list[int]:
        timed.world.heads.items.put_nowait(at_slot(100))
        seen = []
        async for report in timed.engine.reports():
            seen.append(report.book.missed_slots)
            timed.run_from(12_000 * len(seen) + 3_900)
            if len(seen) == 3:
                return seen
        return seen

    assert asyncio.run(asyncio.wait_for(run(), 30)) == [0, 1, 2]


def test_what_leaves_later_stays_an_intent_and_counts_as_on_its_way(timed: Timed) -> None:
    class Patient:
        """A relay that sends later: in memory."""

        def send(self, raw: bytes, target: int, uuid: str | None = None) -> BundleReceipt:
            del raw, uuid
            return BundleReceipt(
                bundle_hash="0x", transaction_hash="0x", target_block=target, is_postponed=True
            )

    timed.orders._relay = Patient()  # sends and nothing else
    report = timed.engine.on_head(at_slot(100))
    assert isinstance(report.decision, Ticket)
    assert (report.out, report.problem) == (0, "")
    assert [fate for _, fate in timed.world.journal.bundles()] == ["intended"]
    again = timed.look()
    assert isinstance(again, NoPlan)
    assert again.refusal is Refusal.BUNDLE_PENDING


def test_a_head_that_cannot_be_read_leaves_nothing_to_be_sent_later(timed: Timed) -> None:
    why: list[str] = []
    clear = timed.engine._parts.times.clear
    timed.engine._parts.times.clear = lambda text: (why.append(text), clear(text))  # to hear it
    timed.world.pools.failure = NodeUnreachable("http://node", "gone")
    with pytest.raises(NodeUnreachable):
        timed.engine.on_head(at_slot(100))
    assert why == ["nothing could be decided at the newest head"]
