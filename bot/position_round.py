"""Entries: from the depegs that are judged worth holding to orders that the gate let pass."""

import re
from collections.abc import Callable, Iterator, Sequence

import msgspec
import structlog

from bot.control.risk_gate import RiskGate
from bot.domain.client_ids import position_id
from bot.domain.depegs import Depeg
from bot.domain.ledger_events import Decided
from bot.domain.opportunities import Opportunity, Way
from bot.domain.orders import Purpose
from bot.domain.risk import Denied
from bot.domain.trade_plans import EntryPlan, Held, NoEntry, PlannedOrder, Style
from bot.domain.units import NANOS_PER_S, WAD, Nanos
from bot.domain.views import AssetView
from bot.execution.ledger_books import LedgerBooks
from bot.execution.order_manager import OrderManager
from bot.feeds.feed import Clock
from bot.strategy.classification import OpportunityClassifier, ranked
from bot.strategy.detection_agreement import DetectionParameters
from bot.strategy.entry_memory import EntryMemory
from bot.strategy.entry_planning import EntryPlanner
from bot.strategy.flash_viability import FlashOffer
from bot.strategy.judged_watch import JudgedWatch
from bot.strategy.position_notes import FUNDING, order_note
from bot.strategy.trade_ways import Case
from bot.trading_desks import TradingDesks
from bot.trading_options import TradingOptions

log = structlog.get_logger()
_HELD = (Way.POSITION, Way.REDEMPTION)
_ENDED = "entry ended"
_FIGURES = re.compile(r"[\d.,+-]+")


class _Choice(msgspec.Struct, frozen=True):
    """One way of holding through one depeg."""

    case: Case
    way: Opportunity


class EntryParts(msgspec.Struct, frozen=True, kw_only=True):
    """What entries are decided and made with."""

    watch: JudgedWatch
    classifier: OpportunityClassifier
    desks: TradingDesks
    planner: EntryPlanner
    gate: RiskGate
    books: LedgerBooks
    detection: DetectionParameters
    manager: OrderManager
    clock: Clock
    options: TradingOptions
    flash: Callable[[str], FlashOffer | None] = lambda _: None  # of a coin, where it runs beside


class EntryRound:
    """Looks at all depegs each time it is run; what it began it continues from the ledger."""

    def __init__(self, parts: EntryParts) -> None:
        self._parts = parts
        self._memory = EntryMemory(parts.books.ledger, parts.detection)
        self._told: dict[str, str] = {}
        self._not_before: dict[str, Nanos] = {}  # monotonic, by depeg
        self._ended = {said.subject for said in parts.books.ledger.decided(_ENDED)}

    async def run(self) -> None:
        """Continue what was begun, then enter what is worth it, the best first."""
        commands = self._parts.books.ledger.commands
        now = self._parts.clock.now()
        self._parts.books.write(*self._memory.look(self._parts.watch.watch, now))
        wanted = self._wanted()
        for held in self._unfinished():
            await self._continue(held, is_wanted=held.plan.depeg_id in wanted)
        if commands.is_paused or commands.is_frozen:
            return
        best = ranked(found[0].way for found in wanted.values())
        for judged in best:
            if self._may_enter(wanted[judged.depeg_id][0].case.depeg):
                await self._enter(wanted[judged.depeg_id])

    def _wanted(self) -> dict[str, list[_Choice]]:
        """Return by depeg every way of holding it that is worth it, the best first."""
        watch, classifier = self._parts.watch.watch, self._parts.classifier
        found: dict[str, list[_Choice]] = {}
        for depeg in watch.active:
            view = watch.views.get(depeg.asset)
            if not isinstance(view, AssetView):
                continue
            evidence = watch.evidence(depeg.asset)
            case = classifier.case(depeg, view, evidence, evidence.at)
            for judged in classifier.judge(case):
                if isinstance(judged, Opportunity) and judged.way in _HELD:
                    found.setdefault(depeg.id, []).append(_Choice(case, judged))
        return found

    def _unfinished(self) -> Iterator[Held]:
        """Yield positions with orders of their plan still to come, once the last is done."""
        ledger = self._parts.books.ledger
        for name in ledger.open_positions:
            held, records = ledger.held(name), ledger.orders_of(name)
            if name in self._ended or held.plan.style is Style.HEDGED:
                continue
            entries = [r for r in records if r.order.purpose is Purpose.ENTRY]
            if any(r.order.purpose is not Purpose.ENTRY for r in records):
                self._end(name, "it is being left")
            elif len(entries) >= len(held.plan.orders):
                self._end(name, "all orders of the plan were given")
            elif all(record.state.is_final for record in entries):
                yield held

    async def _continue(self, held: Held, *, is_wanted: bool) -> None:
        ledger, name = self._parts.books.ledger, held.plan.position
        if not is_wanted or name in ledger.flatten_requests or ledger.commands.is_paused:
            self._end(name, "not wanted any more")
            return
        given = sum(r.order.purpose is Purpose.ENTRY for r in ledger.orders_of(name))
        await self._give(held.plan, held.plan.orders[given])

    def _may_enter(self, depeg: Depeg) -> bool:
        """One position at a time, and none again where waiting was not worth it."""
        if self._parts.clock.monotonic() < self._not_before.get(depeg.id, 0):
            return False
        before = self._memory.entries_of(depeg)
        if any(held.closed_at is None for held in before):
            return False
        entered = sum(held.bought > 0 for held in before)
        if entered > self._parts.options.reentries:
            return False
        return not any(map(self._memory.is_given_up, before))

    async def _enter(self, choices: Sequence[_Choice]) -> None:
        """Begin the best way that can be planned and that the gate lets pass."""
        parts, case = self._parts, choices[0].case
        means = await parts.desks.means(case.depeg.asset, case.now)
        if isinstance(means, str):
            self._refuse(case.depeg.id, means)
            return
        position = position_id(case.depeg.id, self._entered(case.depeg.id))
        why, flash = [], parts.flash(case.depeg.asset)
        for choice in choices:
            found = parts.planner.consider(
                choice.case, choice.way, means, position=position, flash=flash
            )
            plan = found.decision
            told = await self._objection(plan)
            if not told and isinstance(plan, EntryPlan):
                if flash is not None:
                    self._note_funding(position, found.flash.reason)
                await self._begin(plan)
                return
            why.append(f"{choice.way.way.value}: {told}")
        self._refuse(case.depeg.id, "; ".join(why))

    def _entered(self, depeg: str) -> int:
        ledger = self._parts.books.ledger
        return sum(ledger.held(name).plan.depeg_id == depeg for name in ledger.positions)

    async def _objection(self, plan: EntryPlan | NoEntry) -> str:
        """Return why a plan is not begun, empty if it may be."""
        if isinstance(plan, NoEntry):
            return plan.reason
        if plan.style is Style.FLASH:
            self._note_funding(plan.depeg_id, plan.size.bound_by)
            return f"left to the atomic engine: {plan.size.bound_by}"
        verdict = await self._parts.gate.judge_plan(plan)
        return f"{verdict.breach.value}: {verdict.detail}" if isinstance(verdict, Denied) else ""

    def _note_funding(self, subject: str, reason: str) -> None:
        at = self._parts.clock.now()
        self._parts.books.write(Decided(what=FUNDING, subject=subject, detail=reason, at=at))

    async def _begin(self, plan: EntryPlan) -> None:
        self._told.pop(plan.depeg_id, None)
        await self._parts.manager.open_position(plan)
        log.info(
            "position_opened",
            position=plan.position,
            asset=plan.asset,
            side=plan.side.value,
            way=plan.way.value,
            usd=plan.size.usd // WAD,
            bound_by=plan.size.bound_by,
            orders=len(plan.orders),
            expected_usd=round(plan.expected_usd / WAD, 2),
            worst_case_usd=round(plan.size.risk.worst_case_usd / WAD, 2),
        )
        if plan.style is Style.STAGED:
            await self._give(plan, plan.orders[0])
            return
        for planned in plan.orders:
            if not await self._give(plan, planned):
                return

    async def _give(self, plan: EntryPlan, planned: PlannedOrder) -> bool:
        """Send one order of a plan; returns whether the gate let it pass."""
        parts = self._parts
        name = parts.books.ledger.next_id(plan.position, Purpose.ENTRY)
        order = planned.named(name, plan.position, Purpose.ENTRY, parts.clock.now())
        answer = await parts.manager.submit(order)
        if not isinstance(answer, Denied):
            parts.books.write(order_note(order.client_id, planned, parts.clock.now()))
            return True
        log.warning("entry_refused", order=order.client_id, breach=answer.breach.value)
        self._end(plan.position, f"{answer.breach.value}: {answer.detail}")
        return False

    def _end(self, position: str, why: str) -> None:
        """Give no more orders of a plan; said once, and for every process after this one."""
        parts = self._parts
        self._ended.add(position)
        now = parts.clock.now()
        parts.books.write(Decided(what=_ENDED, subject=position, detail=why, at=now))
        depeg = parts.books.ledger.held(position).plan.depeg_id
        self._pause(depeg)

    def _refuse(self, depeg: str, why: str) -> None:
        """Say why a depeg is not entered, once for each sort of reason."""
        self._pause(depeg)
        sort = _FIGURES.sub("", why)
        if self._told.get(depeg) == sort:
            return
        self._told[depeg] = sort
        log.info("no_entry", depeg=depeg, reason=why)
        at = self._parts.clock.now()
        self._parts.books.write(Decided(what="no entry", subject=depeg, detail=why, at=at))

    def _pause(self, depeg: str) -> None:
        after = int(self._parts.options.pause_s * NANOS_PER_S)
        self._not_before[depeg] = Nanos(self._parts.clock.monotonic() + after)
