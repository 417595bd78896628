"""The main job, end to end: a shock, a gap, a plan, a bundle, a profit in the owner's address."""

import asyncio
import tempfile
from pathlib import Path
from typing import Protocol

import msgspec

from bot.amm.graph import find_cycles
from bot.amm.optimum import rate_of
from bot.app import build_engine
from bot.chain.abi import encode_hex
from bot.domain.assets import Token
from bot.domain.messages import Fate, NoPlan, Outcome, Ticket
from bot.domain.plans import Plan
from bot.domain.units import BPS, Raw
from bot.domain.venues import PoolSpec
from bot.engine import Report
from bot.market.book import MarketBook
from bot.sandbox.errors import LocalChainFailed
from bot.sandbox.faucet import shock
from bot.sandbox.world import World

_PATIENCE_BLOCKS = 12
_LEGS = 3  # of the round trips that gaps are told by


class Shock(msgspec.Struct, frozen=True, kw_only=True):
    """Someone sells `amount` of `token` into `pool`."""

    token: Token
    amount: Raw
    pool: PoolSpec


class DemoResult(msgspec.Struct, frozen=True, kw_only=True):
    """What happened, in numbers; fields are null where nothing was sent."""

    included: bool
    block_seen: int
    gap_before_bps: float
    gap_after_bps: float
    head_to_bundle_ms: float | None = None
    block_included: int | None = None
    lender: str | None = None  # who advanced the loan: a flash lender, or a pool of the route
    route: str | None = None
    loan_raw: int | None = None
    profit_raw: int | None = None
    profit_token: str | None = None
    expected_profit_raw: int | None = None
    owner_gain_raw: int | None = None
    gas_used: int | None = None
    fee_wei: int | None = None
    reason: str = ""


class Narrator(Protocol):
    """Told what happens as it happens."""

    def shocked(self, shock: Shock, block: int) -> None:
        """The shock was mined."""

    def sent(self, report: Report, ticket: Ticket, gap_bps: float) -> None:
        """A bundle is with the relay."""

    def settled(self, result: DemoResult) -> None:
        """The story is over."""


async def run_demo(world: World, hit: Shock, narrator: Narrator) -> DemoResult:
    """Let a bot trade in `world`, cause the shock, and watch until it is closed or left alone.

    Raises:
        LocalChainFailed: the chain stopped, or the bundle was sent and never settled.
        HaltError: the bot had to stop.
    """
    with tempfile.TemporaryDirectory() as folder:
        config = world.config(str(Path(folder) / "journal.sqlite"))
        engine = build_engine(config, world.operator, world.identity)
        story = _Story(world, hit, narrator)
        seen = 0
        async for report in engine.reports():
            seen += 1
            result = await asyncio.to_thread(story.on_report, report)
            if result is not None:
                narrator.settled(result)
                return result
            if seen > _PATIENCE_BLOCKS:
                raise LocalChainFailed(f"nothing came of the shock in {seen} blocks")
    raise LocalChainFailed("the chain stopped sending blocks")


class _Story:
    """Follows the engine's reports from the quiet block to the closed gap."""

    def __init__(self, world: World, hit: Shock, narrator: Narrator) -> None:
        self._world, self._hit, self._narrator = world, hit, narrator
        self._shock_hash: str | None = None
        self._sent: Report | None = None
        self._treasury_before = 0

    def on_report(self, report: Report) -> DemoResult | None:
        """Return the result once there is one."""
        if self._shock_hash is None:
            hit = self._hit
            self._shock_hash = shock(self._world.rpc, hit.pool, hit.token, hit.amount)
            return None
        if self._sent is None:
            return self._after_shock(report)
        outcome = next(iter(report.settled), None)
        if outcome is None:
            return None
        if outcome.fate is Fate.INCLUDED:
            return self._included(self._sent, outcome, report)
        return self._try_again(outcome, report)

    def _after_shock(self, report: Report) -> DemoResult | None:
        receipt = self._world.rpc.call("eth_getTransactionReceipt", self._shock_hash)
        if receipt is None or int(receipt["blockNumber"], 16) > report.head.number:
            return None
        if receipt["status"] != "0x1":
            raise LocalChainFailed(f"the shock itself reverted in {self._shock_hash}")
        self._narrator.shocked(self._hit, int(receipt["blockNumber"], 16))
        return self._decided(report)

    def _decided(self, report: Report) -> DemoResult | None:
        decision = report.decision
        if isinstance(decision, NoPlan):
            gap = widest_gap_bps(report.book)
            return DemoResult(
                included=False,
                block_seen=report.head.number,
                gap_before_bps=gap,
                gap_after_bps=gap,
                reason=decision.line,
            )
        self._sent = report
        self._treasury_before = self._treasury_balance(decision.plan.token, report.head.number)
        self._narrator.sent(report, decision, gap_bps(decision.plan, report.book))
        return None

    def _try_again(self, outcome: Outcome, report: Report) -> DemoResult | None:
        if outcome.fate is Fate.REVERTED:
            raise LocalChainFailed(f"{outcome.transaction_hash} was mined and reverted")
        self._sent = None
        return self._decided(report)

    def _included(self, sent: Report, outcome: Outcome, now: Report) -> DemoResult:
        ticket = sent.decision
        if isinstance(ticket, NoPlan):
            raise LocalChainFailed("a bundle was included that was never sent")
        plan = ticket.plan
        gain = self._treasury_balance(plan.token, outcome.block) - self._treasury_before
        return DemoResult(
            included=True,
            block_seen=sent.head.number,
            block_included=outcome.block,
            lender=plan.funding,
            route=plan.route,
            loan_raw=plan.stake,
            profit_raw=outcome.profit,
            profit_token=plan.token.symbol,
            expected_profit_raw=plan.profit,
            owner_gain_raw=gain,
            gas_used=outcome.gas_used,
            fee_wei=outcome.fee_wei,
            gap_before_bps=gap_bps(plan, sent.book),
            gap_after_bps=gap_bps(plan, now.book),
            head_to_bundle_ms=round(sent.elapsed / 1e6, 3),
        )

    def _treasury_balance(self, token: Token, block: int) -> int:
        call = {
            "to": token.address,
            "data": encode_hex("balanceOf(address)", self._world.treasury),
        }
        return int(self._world.rpc.call("eth_call", call, hex(block)), 16)


def gap_bps(plan: Plan, book: MarketBook) -> float:
    """Return by how much the widest round trip through the plan's pools gains, at size zero."""
    return _widest_bps(tuple(dict.fromkeys(leg.pool for leg in plan.swaps)), book)


def widest_gap_bps(book: MarketBook) -> float:
    """Return the same of all pools; negative when no round trip is open."""
    return _widest_bps(tuple(book.pools), book)


def _widest_bps(pools: tuple[PoolSpec, ...], book: MarketBook) -> float:
    cycles = find_cycles(pools, _LEGS)
    rates = (rate_of([(book.pools[h.pool], h.i, h.j) for h in c.hops]) for c in cycles)
    return round((max(rates, default=0.0) - 1.0) * BPS, 4)
