"""Two legs, chain and exchange: begun where the prices pay for both, and never left half way.

All that is needed to go on is in the ledger: the plan before the first order, then trades. A
process that was killed between the legs goes on with the next step like any other.
"""

from collections.abc import Callable

import structlog
from msgspec.structs import replace

from bot.control.alert import Alert, Severity
from bot.domain.ledger_events import Decided
from bot.domain.orders import Order, Purpose
from bot.domain.risk import Denied
from bot.domain.trade_plans import PlannedOrder
from bot.domain.units import WAD, Nanos, human
from bot.hedge_orders import closing_order, order_back
from bot.hedge_search import HedgeParts, HedgeSearch
from bot.strategy.hedge_books import (
    HEDGE_FILLED,
    filled_at,
    hedge_note,
    hedge_of,
    hedges_open,
    legs_of,
    position_plan,
)
from bot.strategy.hedge_finding import Hedge
from bot.strategy.hedge_legs import Close, Finished, Legs, SendFirst, next_step
from bot.strategy.hedge_plans import HedgePlan
from bot.strategy.position_notes import order_note

log = structlog.get_logger()


class HedgeRound:
    """One pair of legs at a time: the account on chain swaps once a block."""

    def __init__(self, parts: HedgeParts, tell: Callable[[Alert], None]) -> None:
        """`tell` hears of what stands alone for too long."""
        self._parts, self._tell = parts, tell
        self._search = HedgeSearch(parts)
        self._set_aside: set[str] = set()  # positions whose loss the gate counts, in this process
        self._told: dict[str, str] = {}
        self._turns: dict[str, int] = {}  # tries of what is overdue, by position

    async def run(self) -> None:
        """Take the next step of what is under way; if nothing is, begin where it pays."""
        under_way = hedges_open(self._parts.books.ledger)
        for position in under_way:
            await self._step(position)
        if not under_way:
            found = await self._search.look()
            if found is not None:
                await self._begin(found)

    async def _begin(self, hedge: Hedge) -> None:
        """Have both legs judged, set the worst loss aside, write it down, send that on chain."""
        parts, name = self._parts, hedge.plan.position
        order = self._order(name, Purpose.ENTRY, hedge.plan.first)
        verdict = await parts.gate.judge_plan(position_plan(hedge))
        if not isinstance(verdict, Denied):
            second = self._order(name, Purpose.HEDGE, hedge.plan.hedge)
            verdict = await parts.gate.judge_hedge(second)
        if not isinstance(verdict, Denied):
            verdict = await parts.gate.reserve(order, hedge.reserved_usd)
        if isinstance(verdict, Denied):
            self._search.refuse(f"{verdict.breach.value}: {verdict.detail}")
            return
        self._set_aside.add(name)
        parts.books.write(hedge_note(hedge, parts.clock.now()))
        await parts.manager.open_position(position_plan(hedge))
        log.info(
            "hedge_begun",
            position=name,
            first=f"{order.side.value} {order.venue} {order.pair}",
            hedge=f"{hedge.plan.hedge.venue} {hedge.plan.hedge.pair}",
            amount=round(order.amount / WAD, 6),
            gain_usd=round(hedge.gain_usd / WAD, 2),
            reserved_usd=round(hedge.reserved_usd / WAD, 2),
        )
        if not await self._give(order, hedge.plan.first):
            await self._end(name, "the leg on chain was refused")

    async def _step(self, position: str) -> None:
        ledger, now = self._parts.books.ledger, self._parts.clock.now()
        hedge = hedge_of(ledger, position)
        if hedge is None:  # written down by an older version, or lost: nothing to go by
            self._warn(position, "its plan is not in the journal: leave it by hand")
            return
        await self._keep_aside(hedge)
        self._note_fill(position, now)
        legs = legs_of(ledger, position)
        step = next_step(self._hurried(hedge, position), legs, now)
        if isinstance(step, SendFirst):  # killed before it was sent: prices were another time's
            await self._end(position, "the leg on chain was never sent")
        elif isinstance(step, Finished):
            await self._finish(hedge, step)
        else:
            if step.is_overdue:
                told = f"{human(legs.alone, 18)} {hedge.plan.first.pair} stands alone for too long"
                self._warn(position, told)
            if isinstance(step, Close):
                await self._close(hedge, legs, step)

    async def _close(self, hedge: Hedge, legs: Legs, step: Close) -> None:
        """Send the other leg, or what is left of it; overdue, by turns there and back on chain."""
        parts, position = self._parts, hedge.plan.position
        coin = hedge.plan.first.pair.partition("/")[0]
        markets = await parts.desks.markets(coin, parts.clock.now())
        planned, purpose = closing_order(step, markets, parts.limits), step.purpose
        if step.is_overdue and self._is_turn_of_chain(position):
            back = order_back(hedge, legs, markets, parts.limits)
            if back is not None:
                planned, purpose = back, Purpose.FLATTEN
        await self._give(self._order(position, purpose, planned), planned)

    def _is_turn_of_chain(self, position: str) -> bool:
        """Whether it is tried there now: by turns, the chain first."""
        self._turns[position] = self._turns.get(position, 0) + 1
        return self._turns[position] % 2 == 1

    def _hurried(self, hedge: Hedge, position: str) -> HedgePlan:
        """Return the plan; when told to leave, or frozen, there is no time for a good price."""
        ledger = self._parts.books.ledger
        if position not in ledger.flatten_requests and not ledger.is_frozen:
            return hedge.plan
        return replace(hedge.plan, parameters=replace(hedge.plan.parameters, hedge_s=0.0))

    def _note_fill(self, position: str, now: Nanos) -> None:
        """Write down when the first leg was filled: the deadline outlives the process."""
        books = self._parts.books
        if filled_at(books.ledger, position) is None and legs_of(books.ledger, position).filled > 0:
            words = "the deadline of the other leg counts from now"
            books.write(Decided(what=HEDGE_FILLED, subject=position, detail=words, at=now))

    async def _keep_aside(self, hedge: Hedge) -> None:
        """After a restart the gate does not know of the open leg any more."""
        name = hedge.plan.position
        if name in self._set_aside:
            return
        self._set_aside.add(name)
        order = self._order(name, Purpose.ENTRY, hedge.plan.first)
        verdict = await self._parts.gate.reserve(order, hedge.reserved_usd)
        if isinstance(verdict, Denied):  # then nothing is entered anyway; what is open goes on
            log.warning("hedge_not_set_aside", position=name, reason=verdict.detail)

    async def _finish(self, hedge: Hedge, step: Finished) -> None:
        coin = hedge.plan.first.pair.partition("/")[0]
        dust = f", {human(step.dust, 18, 8)} {coin} of dust" if step.dust else ""
        await self._end(hedge.plan.position, f"{step.reason}{dust}")

    async def _end(self, position: str, reason: str) -> None:
        parts = self._parts
        await parts.manager.close_position(position, reason)
        parts.gate.settle(position)
        self._set_aside.discard(position)
        self._told.pop(position, None)
        self._turns.pop(position, None)
        self._search.pause()
        cash = parts.books.ledger.held(position).cash
        told = {currency: round(amount / WAD, 6) for currency, amount in cash.items()}
        log.info("hedge_ended", position=position, reason=reason, cash=told)

    async def _give(self, order: Order, planned: PlannedOrder) -> bool:
        """Send one order; returns whether the gate let it pass."""
        parts = self._parts
        answer = await parts.manager.submit(order)
        if isinstance(answer, Denied):
            told = f"{order.purpose.value} refused: {answer.breach.value}: {answer.detail}"
            self._say(order.position, told)
            return False
        parts.books.write(order_note(order.client_id, planned, parts.clock.now()))
        self._note_fill(order.position, parts.clock.now())
        return True

    def _order(self, position: str, purpose: Purpose, planned: PlannedOrder) -> Order:
        parts = self._parts
        name = parts.books.ledger.next_id(position, purpose)
        return planned.named(name, position, purpose, parts.clock.now())

    def _say(self, position: str, what: str) -> bool:
        if self._told.get(position) == what:
            return False
        self._told[position] = what
        log.warning("hedge_looked_at", position=position, what=what)
        return True

    def _warn(self, position: str, what: str) -> None:
        """Tell a person, once."""
        if self._say(position, what):
            subject = f"OPEN_LEG {position}"
            at = self._parts.clock.now()
            self._tell(Alert(severity=Severity.CRITICAL, subject=subject, text=what, at=at))
