"""The engine settles first, acts once, writes everything down, and never acts on a guess."""

import asyncio
import threading
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from eth_utils.crypto import keccak
from fakes.engine_parts import EXECUTOR, OPERATOR, TREASURY_WORD, World, head_of, world_of
from fakes.tickets import ticket_of

from bot.domain.assets import USDC, USDT
from bot.domain.errors import (
    HaltError,
    JournalUnusable,
    NodeRefused,
    NodeUnreachable,
    OutcomeUnknown,
    RelayRefused,
    RelayUnavailable,
    RepegError,
    SimulationFailed,
)
from bot.domain.messages import Fate, Head, NoPlan, Refusal, Ticket

TRANSFER = "0x" + keccak(text="Transfer(address,address,uint256)").hex()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with world_of(tmp_path / "journal.sqlite") as found:
        yield found


def receipt_of(block: int, *, profit: int | None = None) -> dict[str, Any]:
    sent = [
        {
            "address": token.address,
            "topics": [TRANSFER, f"0x{int(EXECUTOR, 16):064x}", TREASURY_WORD],
            "data": f"0x{profit or 0:064x}",
        }
        for token in (USDC, USDT)  # whichever the plan makes its profit in
    ]
    return {
        "blockNumber": hex(block),
        "to": EXECUTOR,
        "status": "0x0" if profit is None else "0x1",
        "gasUsed": hex(400_000),
        "effectiveGasPrice": hex(2 * 10**9),
        "logs": [] if profit is None else sent,
    }


def sent_by(world: World, number: int) -> Ticket:
    decision = world.engine.on_head(head_of(number)).decision
    assert isinstance(decision, Ticket)
    return decision


def refused_by(world: World, number: int) -> NoPlan:
    decision = world.engine.on_head(head_of(number)).decision
    assert isinstance(decision, NoPlan)
    return decision


def fates(world: World) -> list[str]:
    return [fate for _, fate in world.journal.bundles()]


def test_a_quiet_block_sends_nothing_and_is_written_down_with_its_reason(world: World) -> None:
    world.pools.gap = False
    assert refused_by(world, 100).refusal is Refusal.NO_GAP
    assert world.relay.sent == []
    assert [(block, verdict) for block, verdict, _ in world.journal.decisions()] == [
        (100, "no_gap")
    ]


def test_a_gap_is_sent_once_for_the_next_block_signed_by_the_operator(world: World) -> None:
    ticket = sent_by(world, 100)
    ((raw, target, _),) = world.relay.sent
    assert (raw, target) == (ticket.transaction, 101)
    assert ticket.transaction_hash == "0x" + keccak(raw).hex()
    assert Account.recover_transaction(raw) == OPERATOR.address
    assert bytes.fromhex(EXECUTOR[2:]) in raw
    assert fates(world) == ["accepted"]


def test_what_can_wait_is_done_when_the_bundle_is_out(world: World) -> None:
    sent_before: list[tuple[int, int]] = []
    world.on_afterwards = lambda head: sent_before.append((head.number, len(world.relay.sent)))
    sent_by(world, 100)
    assert sent_before == [(100, 1)]


@pytest.mark.parametrize(
    "failure", [NodeUnreachable("http://node", "gone"), NodeRefused("eth_call", 3, "unknown")]
)
def test_what_could_not_be_done_afterwards_changes_nothing(
    world: World, failure: RepegError
) -> None:
    def fail(_: Head) -> None:
        raise failure

    world.on_afterwards = fail
    ticket = sent_by(world, 100)
    assert [sent.transaction_hash for sent in world.journal.unsettled()] == [
        ticket.transaction_hash
    ]


def test_the_intent_is_on_disk_when_the_relay_is_called(world: World) -> None:
    seen: list[list[str]] = []
    send = world.relay.send

    def watching(*arguments: Any) -> Any:
        seen.append(fates(world))
        return send(*arguments)

    world.relay.send = watching
    sent_by(world, 100)
    assert seen == [["intended"]]


def test_nothing_is_sent_when_the_intent_cannot_be_written(world: World) -> None:
    with world.journal.transaction() as connection:
        connection.execute("DROP TABLE bundles")
        connection.execute("CREATE TABLE bundles (fate TEXT, target_block INTEGER)")
    with pytest.raises(JournalUnusable):
        world.engine.on_head(head_of(100))
    assert world.relay.sent == []


def test_no_second_bundle_goes_out_while_one_may_still_land(world: World) -> None:
    sent_by(world, 100)
    again = refused_by(world, 100)  # the same height once more, as after a reorganisation
    assert again.refusal is Refusal.BUNDLE_PENDING
    assert len(world.relay.sent) == 1


def test_a_fate_is_known_before_the_next_bundle_and_written_down_after_it(world: World) -> None:
    first = sent_by(world, 100)
    world.receipts[first.transaction_hash] = receipt_of(101, profit=5_000_000)
    at_read: list[list[str]] = []
    world.pools.on_read = lambda _: at_read.append(fates(world))
    report = world.engine.on_head(head_of(101))
    assert at_read == [["accepted"]]
    assert isinstance(report.decision, Ticket)
    assert fates(world) == ["included", "accepted"]
    (outcome,) = report.settled
    assert (outcome.fate, outcome.block, outcome.profit) == (Fate.INCLUDED, 101, 5_000_000)
    assert (outcome.gas_used, outcome.fee_wei) == (400_000, 400_000 * 2 * 10**9)


def test_a_fate_is_written_down_even_where_the_head_cannot_be_read(world: World) -> None:
    first = sent_by(world, 100)
    world.receipts[first.transaction_hash] = receipt_of(101, profit=5_000_000)
    world.pools.failure = NodeUnreachable("http://node", "no answer")
    with pytest.raises(NodeUnreachable):
        world.engine.on_head(head_of(101))
    assert fates(world) == ["included"]


def test_a_bundle_that_did_not_make_its_block_is_missed_and_the_next_one_may_go(
    world: World,
) -> None:
    sent_by(world, 100)
    sent_by(world, 101)
    assert fates(world) == ["missed", "accepted"]


def test_a_reverted_transaction_earned_nothing_and_cost_its_gas(world: World) -> None:
    first = sent_by(world, 100)
    world.receipts[first.transaction_hash] = receipt_of(101)
    (outcome,) = world.engine.on_head(head_of(101)).settled
    assert (outcome.fate, outcome.profit) == (Fate.REVERTED, 0)
    assert outcome.fee_wei > 0


def test_a_success_that_paid_nothing_stops_everything(world: World) -> None:
    first = sent_by(world, 100)
    world.receipts[first.transaction_hash] = {**receipt_of(101, profit=1), "logs": []}
    with pytest.raises(HaltError, match="another contract"):
        world.engine.on_head(head_of(101))
    assert fates(world) == ["accepted"]


def test_what_a_dead_process_left_behind_is_settled_first(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    left = ticket_of(90)
    with world_of(path) as before:
        before.journal.intend(left)
    with world_of(path) as after:
        after.receipts[left.transaction_hash] = receipt_of(91, profit=7)
        report = after.engine.on_head(head_of(100))
    assert [(one.transaction_hash, one.profit) for one in report.settled] == [
        (left.transaction_hash, 7)
    ]


def test_an_unknown_outcome_is_asked_of_the_chain_before_the_next_act(world: World) -> None:
    world.relay.failure = OutcomeUnknown("http://relay", "timed out")
    report = world.engine.on_head(head_of(100))
    assert fates(world) == ["unknown"]
    assert "timed out" in report.problem
    world.relay.failure = None
    assert refused_by(world, 100).refusal is Refusal.BUNDLE_PENDING
    assert isinstance(report.decision, Ticket)
    world.receipts[report.decision.transaction_hash] = receipt_of(101, profit=3)
    world.pools.gap = False
    refused_by(world, 101)
    assert fates(world) == ["included"]


def test_a_relay_that_did_not_take_it_is_tried_again_at_the_next_head(world: World) -> None:
    world.relay.failure = RelayUnavailable("http://relay", "HTTP 429")
    report = world.engine.on_head(head_of(100))
    assert "HTTP 429" in report.problem
    assert fates(world) == ["refused"]
    world.relay.failure = None
    sent_by(world, 101)
    assert fates(world) == ["refused", "accepted"]


def test_a_relay_that_refuses_us_stops_everything(world: World) -> None:
    world.relay.failure = RelayRefused("http://relay", "HTTP 403: signature")
    with pytest.raises(RelayRefused, match="signature"):
        world.engine.on_head(head_of(100))
    assert fates(world) == ["refused"]


def test_a_failed_simulation_ends_the_plan(world: World) -> None:
    world.check.failure = SimulationFailed("the node", "ProfitBelowMinimum")
    refusal = refused_by(world, 100)
    assert refusal.refusal is Refusal.SIMULATION
    assert "ProfitBelowMinimum" in refusal.detail
    assert world.relay.sent == []
    assert world.journal.bundles() == []


def test_after_a_failed_simulation_another_plan_is_made_of_pools_the_first_did_not_use(
    world: World,
) -> None:
    world.check.failure = SimulationFailed("the node", "ProfitBelowMinimum")
    world.engine.on_head(head_of(100))
    used = [{leg.pool for leg in plan.swaps} for plan in world.check.plans]
    assert all(first.isdisjoint(second) for first, second in pairwise(used))
    assert world.pools.doubted[0] == (used[0], 100)
    assert [specs for specs, _ in world.pools.doubted] == used


def test_a_simulation_that_no_pool_made_fail_neither_doubts_pools_nor_tries_again(
    world: World,
) -> None:
    world.check.failure = SimulationFailed("the node", "IsPaused", by_pools=False)
    assert "IsPaused" in refused_by(world, 100).detail
    assert len(world.check.plans) == 1
    assert world.pools.doubted == []


def reports(world: World, heads: list[Head | RepegError | None]) -> tuple[list[int], str]:
    """Run the engine over `heads`; return the heads it worked on, and how it ended."""

    async def run() -> tuple[list[int], str]:
        worked: list[int] = []
        for head in heads:
            world.heads.items.put_nowait(head)
        try:
            async for report in world.engine.reports():
                worked.append(report.head.number)  # noqa: PERF401  what came before the end counts
        except RepegError as error:
            return worked, str(error)
        return worked, "no error"

    return asyncio.run(run())


def test_of_heads_that_wait_only_the_newest_is_worked_on(world: World) -> None:
    world.pools.gap = False
    worked, _ = reports(world, [head_of(100), head_of(101), head_of(102), None])
    assert worked == [102]


def test_a_head_that_comes_during_work_replaces_the_one_before_it(world: World) -> None:
    world.pools.gap = False
    released = threading.Event()

    def hold(head: Head) -> None:
        if head.number == 100:
            released.wait(10)

    world.pools.on_read = hold

    async def run() -> list[int]:
        worked: list[int] = []
        world.heads.items.put_nowait(head_of(100))
        async for report in world.engine.reports():
            worked.append(report.head.number)
            if report.head.number == 103:
                return worked
        return worked

    async def later() -> list[int]:
        running = asyncio.create_task(run())
        await asyncio.sleep(0.05)
        for number in (101, 102, 103):
            world.heads.items.put_nowait(head_of(number))
        await asyncio.sleep(0.05)
        released.set()
        return await running

    assert asyncio.run(later()) == [100, 103]


@pytest.mark.parametrize(
    "failure",
    [NodeUnreachable("http://node", "timed out"), NodeRefused("eth_call", -32000, "unknown block")],
)
def test_a_head_that_cannot_be_read_is_left_out_and_the_next_one_is_not(
    world: World, failure: RepegError
) -> None:
    world.pools.gap = False

    def fail_at_100(head: Head) -> None:
        world.pools.failure = failure if head.number == 100 else None

    world.pools.on_read = fail_at_100

    async def run() -> list[int]:
        world.heads.items.put_nowait(head_of(100))
        found = world.engine.reports()
        first = asyncio.ensure_future(anext(found))
        await asyncio.sleep(0.1)
        world.heads.items.put_nowait(head_of(101))
        report = await first
        await found.aclose()
        return [report.head.number]

    assert asyncio.run(run()) == [101]
    assert [block for block, _, _ in world.journal.decisions()] == [101]


def test_the_end_of_the_heads_is_an_error_and_not_the_end_of_the_work(world: World) -> None:
    assert reports(world, [None]) == (
        [],
        "node ws://fake cannot be reached: the head feed ended; is it running?",
    )
    assert "timed out" in reports(world, [NodeUnreachable("ws://fake", "timed out")])[1]


def test_a_refusing_relay_ends_the_run(world: World) -> None:
    world.relay.failure = RelayRefused("http://relay", "HTTP 403")
    worked, why = reports(world, [head_of(100)])
    assert worked == []
    assert "HTTP 403" in why
