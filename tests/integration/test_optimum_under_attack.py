"""A competitor who is first, a relay that misbehaves: nothing is lost and nothing half-written."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.desk import Desk, undone

from bot.domain.assets import USDC, USDT
from bot.domain.errors import NodeUnreachable, RelayRefused
from bot.domain.messages import Fate, Refusal
from bot.domain.units import Raw
from bot.domain.venues import CURVE_SUSD, V2_USDC_USDT
from bot.sandbox.bundle_pool import Fate as BundleFate
from bot.sandbox.faucet import shock
from bot.sandbox.relay_options import FaultKind, Faults
from bot.sandbox.world import World

pytestmark = pytest.mark.anvil

DUMPED = Raw(9_000_000 * 10**6)
PUSHED = Raw(1_000_000 * 10**6)
NOT_TAKEN = [FaultKind.TOO_MANY_REQUESTS, FaultKind.UNAVAILABLE]
LEFT_OPEN = [FaultKind.INTERNAL_ERROR, FaultKind.HANG, FaultKind.HTML, FaultKind.CLOSE]
TAKEN = [
    Faults(kind=FaultKind.HANG, takes_first=True),
    Faults(kind=FaultKind.INTERNAL_ERROR, takes_first=True),
    Faults(kind=FaultKind.CLOSE, takes_first=True),
    Faults(kind=FaultKind.WRONG_ID),
    Faults(kind=FaultKind.NULL_RESULT),
]


@pytest.fixture
def desk(world: World, tmp_path: Path) -> Iterator[Desk]:
    """A bot that is about to see nine million USDC dumped into Curve."""
    with undone(world):
        found = Desk(world, tmp_path / "journal.sqlite")
        found.hit(CURVE_SUSD, USDC, DUMPED)
        yield found


def compete(desk: Desk, share: float) -> None:
    """Buy back `share` of the shock in a public transaction that waits for the next block."""
    amount = Raw(int(DUMPED * share))
    shock(desk.world.rpc, CURVE_SUSD, USDT, amount, into=USDC)


def require_a_landed_bundle(desk: Desk) -> None:
    """The gap is still there: the next head closes it."""
    _, ticket = desk.send()
    before = desk.holdings()["treasury", ticket.plan.token.symbol]
    (outcome,) = desk.build()
    assert outcome.fate is BundleFate.INCLUDED
    assert desk.holdings()["treasury", ticket.plan.token.symbol] == before + ticket.plan.profit
    (settled,) = desk.look().settled
    assert settled.fate is Fate.INCLUDED


def test_a_plan_whose_gap_was_taken_is_dropped_and_costs_nothing(desk: Desk) -> None:
    before = desk.holdings(), desk.wealth()
    _, ticket = desk.send()
    compete(desk, 1.0)
    (outcome,) = desk.build()
    assert outcome.fate is BundleFate.REVERTED_IN_SIMULATION
    assert (desk.holdings(), desk.wealth()) == before
    assert desk.world.rpc.call("eth_getTransactionByHash", ticket.transaction_hash) is None
    (settled,) = desk.look().settled
    assert (settled.fate, settled.profit, settled.fee_wei) == (Fate.MISSED, 0, 0)
    assert desk.fates()[0] == "missed"


def test_a_plan_through_curve_whose_gap_was_half_taken_lands_for_what_is_left(
    desk: Desk,
) -> None:
    """Its last leg takes all there is, so only the profit shrinks, down to the least one."""
    _, ticket = desk.send()
    plan = ticket.plan
    assert CURVE_SUSD in {leg.pool for leg in plan.swaps}
    before = desk.holdings()["treasury", plan.token.symbol]
    compete(desk, 0.2)
    (outcome,) = desk.build()
    assert outcome.fate is BundleFate.INCLUDED
    gain = desk.holdings()["treasury", plan.token.symbol] - before
    assert plan.min_profit <= gain < plan.profit


def test_a_plan_through_uniswap_whose_gap_was_half_taken_lands_for_what_is_left(
    world: World, tmp_path: Path
) -> None:
    with undone(world):
        desk = Desk(world, tmp_path / "journal.sqlite")
        desk.hit(V2_USDC_USDT, USDC, PUSHED)
        require_less_than_planned(desk)


def require_less_than_planned(desk: Desk) -> None:
    """A competitor is first, and the plan lands for less, at least its minimum."""
    _, ticket = desk.send()
    token = ticket.plan.token
    before = desk.holdings()["treasury", token.symbol]
    shock(desk.world.rpc, V2_USDC_USDT, USDT, Raw(PUSHED // 5), into=USDC)
    (outcome,) = desk.build()
    assert outcome.fate is BundleFate.INCLUDED
    (settled,) = desk.look().settled
    gain = desk.holdings()["treasury", token.symbol] - before
    assert ticket.plan.min_profit <= settled.profit == gain < ticket.plan.profit


def test_a_bundle_never_lands_after_its_block(desk: Desk) -> None:
    _, ticket = desk.send()
    compete(desk, 1.0)
    desk.build()
    compete_back = shock(desk.world.rpc, CURVE_SUSD, USDC, DUMPED, into=USDT)
    desk.world.mined(compete_back)  # the gap is there again, and the old bundle is not
    assert desk.world.rpc.call("eth_getTransactionByHash", ticket.transaction_hash) is None
    raw = "0x" + ticket.transaction.hex()
    call = desk.world.rpc.call
    replayed = call("eth_sendRawTransaction", raw)  # somebody who saw it sends it in public
    desk.build()
    receipt = call("eth_getTransactionReceipt", replayed)
    assert receipt["status"] == "0x0"  # TooLate
    assert {value for (who, _), value in desk.holdings().items() if who == "executor"} == {0}


def test_a_refused_signature_stops_the_bot_with_nothing_sent(desk: Desk) -> None:
    before = desk.holdings(), desk.wealth()
    desk.world.relay.misbehave(Faults(kind=FaultKind.SIGNATURE_REFUSED))
    with pytest.raises(RelayRefused, match="403"):
        desk.look()
    assert desk.build() == ()
    assert (desk.holdings(), desk.wealth()) == before
    assert desk.fates() == ["refused"]


@pytest.mark.parametrize("kind", NOT_TAKEN)
def test_a_busy_relay_is_asked_again_at_the_next_head(desk: Desk, kind: FaultKind) -> None:
    before = desk.holdings(), desk.wealth()
    desk.world.relay.misbehave(Faults(kind=kind, times=1, retry_after_s=0))
    report, _ = desk.send()
    assert report.problem
    assert desk.fates() == ["refused"]
    assert desk.build() == ()
    assert (desk.holdings(), desk.wealth()) == before
    require_a_landed_bundle(desk)
    assert desk.fates() == ["refused", "included"]


@pytest.mark.parametrize("kind", LEFT_OPEN)
def test_an_open_answer_is_settled_by_its_block_and_the_next_one_is_tried(
    desk: Desk, kind: FaultKind
) -> None:
    before = desk.holdings(), desk.wealth()
    desk.world.relay.misbehave(Faults(kind=kind, times=1))
    report, _ = desk.send()
    assert report.problem
    assert desk.fates() == ["unknown"]
    assert desk.decline().refusal is Refusal.BUNDLE_PENDING
    assert desk.build() == ()
    assert (desk.holdings(), desk.wealth()) == before
    require_a_landed_bundle(desk)
    assert desk.fates() == ["missed", "included"]


@pytest.mark.parametrize("faults", TAKEN, ids=lambda faults: faults.kind.value)
def test_a_bundle_that_was_taken_without_a_word_is_found_on_chain(
    desk: Desk, faults: Faults
) -> None:
    desk.world.relay.misbehave(faults)
    _, ticket = desk.send()
    assert desk.fates() == ["unknown"]
    (outcome,) = desk.build()
    assert outcome.fate is BundleFate.INCLUDED
    (settled,) = desk.look().settled
    assert (settled.fate, settled.profit) == (Fate.INCLUDED, ticket.plan.profit)
    assert desk.fates() == ["included"]


def test_a_relay_that_is_gone_is_said_to_be_gone(desk: Desk, tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}"
        lost = Desk(desk.world, tmp_path / "lost.sqlite", relay_url=url)
        report, _ = lost.send()
    assert url in report.problem
    assert lost.fates() == ["refused"]
    assert desk.build() == ()


def test_the_next_process_settles_what_the_last_one_sent(desk: Desk) -> None:
    _, ticket = desk.send()
    desk.build()
    reborn = Desk(desk.world, desk.journal_path)
    (settled,) = reborn.look().settled
    assert (settled.fate, settled.profit) == (Fate.INCLUDED, ticket.plan.profit)


def test_two_bundles_for_one_block_land_as_one(desk: Desk, tmp_path: Path) -> None:
    """Two bots with one key, as after a botched fail-over: the second transaction is invalid."""
    twin = Desk(desk.world, tmp_path / "twin.sqlite")
    _, ticket = desk.send()
    _, other = twin.send()
    assert other.nonce == ticket.nonce
    before = desk.holdings()["treasury", ticket.plan.token.symbol]
    desk.build()
    gain = desk.holdings()["treasury", ticket.plan.token.symbol] - before
    assert gain == ticket.plan.profit


def test_a_node_that_dies_leaves_the_journal_as_it_was(desk: Desk) -> None:
    rpc = desk.engine._parts.rpc
    rpc.close()
    rpc._poster, rpc.url = None, "http://127.0.0.1:9"  # the next question opens a connection
    with pytest.raises(NodeUnreachable):
        desk.look()
    assert desk.fates() == []
