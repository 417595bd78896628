"""Exits: every open position is looked at each time; whoever must leave is not kept waiting."""

import asyncio
from collections.abc import Mapping

import msgspec
import structlog

from bot.domain.client_ids import client_id, read_client_id
from bot.domain.depegs import Depeg
from bot.domain.errors import RetryableError, SkipError
from bot.domain.ledger_events import Decided, PositionClosed
from bot.domain.orders import ClientId, Order, Purpose
from bot.domain.risk import Denied, RiskLimits
from bot.domain.trade_plans import EntryPlan, Held, Leave, PlannedOrder, Stay, Style
from bot.domain.units import NANOS_PER_S, WAD, Wad
from bot.domain.venues import CHAIN_VENUE
from bot.execution.ledger_books import LedgerBooks
from bot.execution.order_manager import OrderManager
from bot.feeds.feed import Clock
from bot.order_cancelling import Cancelling
from bot.strategy.classification import OpportunityClassifier
from bot.strategy.exit_ladders import ExitMeans
from bot.strategy.exit_orders import ExitOrders, exit_orders, purpose_of
from bot.strategy.exit_progress import Progress, progress_of
from bot.strategy.exit_situation import Situation, asked_by, situation_of
from bot.strategy.exit_watch import ExitWatch
from bot.strategy.judged_watch import JudgedWatch
from bot.strategy.position_notes import BEST_NOTE, best_note, best_price, order_note
from bot.strategy.remembered_depegs import remembered_depeg
from bot.trading_desks import TradingDesks
from bot.trading_options import TradingOptions

log = structlog.get_logger()
BY_HAND = "redeem by hand"  # `Decided.what`


class ExitParts(msgspec.Struct, frozen=True, kw_only=True):
    """What exits are decided and made with."""

    watch: JudgedWatch
    classifier: OpportunityClassifier
    exits: ExitWatch
    desks: TradingDesks
    limits: RiskLimits
    books: LedgerBooks
    manager: OrderManager
    clock: Clock
    options: TradingOptions


class ExitRound:
    """One look at a time for each position, all positions at once."""

    def __init__(self, parts: ExitParts) -> None:
        self._parts = parts
        self._locks: dict[str, asyncio.Lock] = {}
        self._told: dict[str, str] = {}
        self._cancelling = Cancelling(parts.manager, self._not_cancelled)
        self._looks: dict[str, tuple[Situation, Leave | Stay]] = {}  # the last of each position
        self.blind: frozenset[str] = frozenset()  # positions without a price for too long

    async def run(self) -> None:
        """Look at every open position; one whose venue hangs does not hold up the others."""
        names = self._parts.books.ledger.open_positions
        await asyncio.gather(*map(self._try, names))

    def progress(self, held: Held, dollars: Mapping[str, Wad]) -> Progress | None:
        """Return how far a position was at the last look; None: it was not looked at yet."""
        look = self._looks.get(held.plan.position)
        return None if look is None else progress_of(held, *look, dollars)

    async def _try(self, position: str) -> None:
        try:
            await self.look(position)
        except (RetryableError, SkipError) as error:
            self._tell(position, "put off", reason=str(error))

    async def look(self, position: str) -> None:
        """Leave as much of one position as is to be left now, and close it when that was all."""
        async with self._locks.setdefault(position, asyncio.Lock()):
            await self._cancel_rested(position)
            held = self._parts.books.ledger.held(position)
            if held.closed_at is not None or held.plan.style is Style.HEDGED:
                return  # of two legs the one that stands alone is for `HedgeRound`
            if held.left <= 0:
                self._close_empty(held)
                return
            await self._decide(held)

    async def _decide(self, held: Held) -> None:
        parts, name = self._parts, held.plan.position
        situation = situation_of(
            held,
            parts.watch.watch,
            self._depeg_of(held.plan),
            parts.classifier.model,
            asked_by(parts.books.ledger.flatten_requests.get(name)),
        )
        if parts.exits.is_blind(situation):
            self.blind |= {name}
        else:
            self.blind -= {name}
        answer = parts.exits.decide(held, situation)
        self._looks[name] = situation, answer
        self._note_best(held, situation.price)
        if isinstance(answer, Leave):
            await self._leave(answer)
        else:
            self._tell(name, "held", reversion=round(answer.reversion, 3), reason=answer.reason)
            self._advise(answer)

    def _advise(self, stay: Stay) -> None:
        """Tell what a person should hand in at a rail; once, for every process after this one."""
        books, place = self._parts.books, f"{stay.position} {stay.rail}"
        if not stay.rail or any(one.subject == place for one in books.ledger.decided(BY_HAND)):
            return
        log.warning("redeem_by_hand", position=stay.position, rail=stay.rail, reason=stay.reason)
        books.write(Decided(what=BY_HAND, subject=place, detail=stay.reason, at=stay.at))

    def _note_best(self, held: Held, price: Wad | None) -> None:
        books, name = self._parts.books, held.plan.position
        if price is None:
            return
        known = best_price(books.ledger.decided(BEST_NOTE), name)
        note = best_note(held, known, price, self._parts.clock.now())
        if note is not None:
            books.write(note)

    async def _leave(self, leave: Leave) -> None:
        """Give the orders that a decision asks for; entries of the position end first."""
        name = leave.position
        records = self._parts.books.ledger.orders_of(name)
        await self._cancelling.cancel(r for r in records if r.order.purpose is Purpose.ENTRY)
        found, held = await self._planned(leave)
        if found.is_over(held) and self._is_certain(name):
            self._close(held, f"what is left cannot be sold: {found.told_dust(held.plan.asset)}")
            return
        if not found.orders:
            why = found.left_out | self._shut(held)
            self._tell(name, "cannot leave", reason=leave.reason.value, markets=why)
            return
        purpose = purpose_of(leave.reason)
        first = read_client_id(self._parts.books.ledger.next_id(name, purpose))
        number = 0 if first is None else first.number
        orders = [
            self._order(leave, planned, client_id(name, purpose, number + n))
            for n, planned in enumerate(found.orders)
        ]
        given = zip(orders, found.orders, strict=True)
        await asyncio.gather(*(self._give(leave, order, planned) for order, planned in given))

    def _shut(self, held: Held) -> dict[str, str]:
        shut = held.at_venues.keys() - self._parts.manager.agreed
        return dict.fromkeys(sorted(shut), "the books were not found to agree with it")

    async def _planned(self, leave: Leave) -> tuple[ExitOrders, Held]:
        parts = self._parts
        asset = parts.books.ledger.held(leave.position).plan.asset
        now = parts.clock.now()
        markets = await parts.desks.markets(asset, now, to_leave=True)
        markets = tuple(one for one in markets if one.venue in parts.manager.agreed)
        if leave.rail:  # handed in on chain: the desk there takes the best of pools and rails
            markets = tuple(one for one in markets if one.venue == CHAIN_VENUE)
        means = ExitMeans(
            markets=markets,
            dollars=parts.desks.dollars(asset, markets),
            limits=parts.limits,
            now=now,
        )
        held = parts.books.ledger.held(leave.position)
        return exit_orders(leave, held, means), held

    def _order(self, leave: Leave, planned: PlannedOrder, name: ClientId) -> Order:
        purpose = purpose_of(leave.reason)
        return planned.named(name, leave.position, purpose, self._parts.clock.now())

    async def _give(self, leave: Leave, order: Order, planned: PlannedOrder) -> None:
        parts, name = self._parts, leave.position
        answer = await parts.manager.submit(order)
        if isinstance(answer, Denied):
            self._tell(name, f"exit refused: {answer.breach.value}", detail=answer.detail)
            return
        parts.books.write(order_note(order.client_id, planned, parts.clock.now(), leave))
        log.info(
            "position_left",
            position=name,
            reason=leave.reason.value,
            detail=leave.detail,
            venue=order.venue,
            pair=order.pair,
            amount=round(order.amount / WAD, 6),
            price=order.price / WAD,
        )

    def _depeg_of(self, plan: EntryPlan) -> Depeg:
        for record in self._parts.watch.records:
            if record.depeg.id == plan.depeg_id:
                return record.depeg
        return remembered_depeg(plan)

    async def _cancel_rested(self, position: str) -> None:
        """Cancel what has rested for too long, and on a request to leave all that rests."""
        ledger, options = self._parts.books.ledger, self._parts.options
        hurried = position in ledger.flatten_requests
        now, over = self._parts.clock.now(), []
        for record in ledger.orders_of(position):
            entry = record.order.purpose is Purpose.ENTRY
            rest_s = options.entry_rest_s if entry else options.exit_rest_s
            rested = now - record.intended_at > rest_s * NANOS_PER_S
            if rested or (hurried and record.order.purpose is not Purpose.FLATTEN):
                over.append(record)
        await self._cancelling.cancel(over)

    def _is_certain(self, position: str) -> bool:
        records = self._parts.books.ledger.orders_of(position)
        return all(record.state.is_final and not record.missing for record in records)

    def _close_empty(self, held: Held) -> None:
        """Close what has nothing left, once nothing more can come."""
        ledger, name = self._parts.books.ledger, held.plan.position
        entries = [r for r in ledger.orders_of(name) if r.order.purpose is Purpose.ENTRY]
        ended = {said.subject for said in ledger.decided("entry ended")}
        if not self._is_certain(name) or not (name in ended or (entries and held.bought)):
            return
        self._close(held, "all of it was left" if held.bought else "nothing of it was entered")

    def _close(self, held: Held, reason: str) -> None:
        parts, name = self._parts, held.plan.position
        parts.books.write(PositionClosed(position=name, reason=reason, at=parts.clock.now()))
        cash = {coin: round(amount / WAD, 6) for coin, amount in held.cash.items()}
        self._looks.pop(name, None)
        log.info("position_closed", position=name, reason=reason, cash=cash)

    def _not_cancelled(self, position: str, why: str) -> None:
        if self._told.get(f"{position} cancel") != why:  # beside what is told of its exits
            self._told[f"{position} cancel"] = why
            log.warning("not_cancelled", position=position, reason=why)

    def _tell(self, position: str, what: str, **detail: object) -> None:
        """Log a turn of a position once, until it is another."""
        if self._told.get(position) != what:
            self._told[position] = what
            log.info("position_looked_at", position=position, what=what, **detail)
