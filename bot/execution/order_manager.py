"""Sends orders, each at most once, and keeps track of what became of them."""

from collections.abc import Mapping
from contextlib import suppress

import msgspec

from bot.domain.client_ids import read_client_id
from bot.domain.errors import (
    BooksDisagree,
    JournalUnusable,
    OrderRejected,
    OutcomeUnknown,
    RetryableError,
    SkipError,
    VenueRefused,
    VenueUnavailable,
)
from bot.domain.ledger_events import (
    Decided,
    LedgerEvent,
    OrderAnswered,
    OrderIntended,
    OrderReported,
    PositionClosed,
    PositionOpened,
)
from bot.domain.orders import (
    ClientId,
    Fill,
    Order,
    OrderKind,
    OrderReport,
    OrderState,
    TimeInForce,
)
from bot.domain.risk import Breach, Denied
from bot.domain.trade_plans import EntryPlan
from bot.domain.units import Wad
from bot.execution.books_comparison import BooksComparison, Reconciled
from bot.execution.ledger_books import LedgerBooks
from bot.execution.order_inquiry import OrderInquiry
from bot.execution.order_ports import Gate, OrderOptions, TradingAccount
from bot.feeds.feed import Clock
from bot.strategy.ledger import Ledger
from bot.strategy.order_records import OrderRecord

_AT_ONCE = (TimeInForce.IOC, TimeInForce.FOK)


class OrderManager:
    """The only one who places orders. Nothing is sent that is not on disk, and nothing twice."""

    def __init__(
        self,
        books: LedgerBooks,
        accounts: Mapping[str, TradingAccount],
        gate: Gate,
        clock: Clock,
        options: OrderOptions = OrderOptions(),  # noqa: B008  # frozen
    ) -> None:
        self._books, self._accounts, self._gate, self._clock = books, accounts, gate, clock
        self._refused: set[tuple[str, Breach]] = set()
        self._inquiry = OrderInquiry(books, accounts, clock, options)
        self._comparison = BooksComparison(books, accounts, self._inquiry, clock, options)

    @property
    def agreed(self) -> frozenset[str]:
        """Venues that the books agree with: nothing is sent to others, but for cancelling."""
        return self._comparison.agreed

    @property
    def ledger(self) -> Ledger:
        """What all events say."""
        return self._books.ledger

    async def open_position(self, plan: EntryPlan) -> None:
        """Write a plan down; its orders can be submitted then. Again: nothing.

        Raises:
            JournalUnusable: it was not written. All methods raise it.
        """
        self._books.write(PositionOpened(plan=plan, at=self._clock.now()))

    async def close_position(self, position: str, reason: str) -> None:
        """Write down that a position is over. A late trade opens it again."""
        self._books.write(PositionClosed(position=position, reason=reason, at=self._clock.now()))

    async def submit(self, order: Order) -> OrderRecord | Denied:
        """Have an order judged, write it down, send it once, and write down what came back.

        Orders are judged side by side: counting what it approved and nobody wrote down yet is the
        gate's affair.
        An id that was submitted before sends nothing: its record is returned. A record that is not
        certain must be left alone: `resolve_unknown` finds out.

        Raises:
            ValueError: its position was never opened, or the id is another position's.
        """
        self._require_position(order)
        known = self.ledger.orders.get(order.client_id)
        if known is not None:
            return known
        self._books.refresh()  # a command may have come
        denied = await self._denial(order)  # nobody waits for another order's judgement
        known = self.ledger.orders.get(order.client_id)
        if known is not None:
            return known
        if denied is not None:
            return self._refuse(denied)
        self._intend(order)
        self._inquiry.sending.add(order.client_id)
        await self._send(order)
        return await self._settled(order)

    async def cancel(self, name: ClientId) -> OrderRecord:
        """Cancel the rest of an order and find out what became of it.

        What is returned may still not be final: then the venue did not say.

        Raises:
            VenueUnavailable: not done; safe to try again.
        """
        record = self.ledger.orders[name]
        if record.state.is_final:
            return record
        desk = self._accounts[record.order.venue].orders
        with suppress(OrderRejected, OutcomeUnknown):  # either way it is asked
            await desk.cancel(record.order, record.order_id)
        return await self._inquiry.follow(name)

    async def replace(self, name: ClientId, order: Order) -> OrderRecord | Denied:
        """Cancel an order, then submit another for at most what is left of it.

        Returns the old record where nothing is left.
        """
        old = await self.cancel(name)
        if not old.state.is_final or old.missing:
            return self._refuse(
                self._no(order, f"{name} is {old.state.value}, not certainly over: not replaced")
            )
        rest = Wad(min(order.amount, old.order.amount - old.filled))
        if rest <= 0:
            return old
        return await self.submit(msgspec.structs.replace(order, amount=rest))

    async def resolve_unknown(self) -> tuple[ClientId, ...]:
        """Ask for every order of which nobody knows what became; return those still unknown."""
        for name in self.in_flight:
            if name not in self._inquiry.sending:
                with suppress(VenueUnavailable, VenueRefused):
                    await self._inquiry.ask(name)
        return self.in_flight

    @property
    def in_flight(self) -> tuple[ClientId, ...]:
        """Orders of which it is not known whether the venue has them."""
        names = self.ledger.unsettled
        return tuple(name for name in names if not self.ledger.orders[name].state.is_certain)

    async def take(self, news: OrderReport | Fill) -> None:
        """Write down what a stream or a poll says; foreign orders are left out."""
        self._inquiry.hear(news)

    async def reconcile(self) -> Reconciled:
        """Compare the books with every venue, and take over what they missed.

        Raises:
            BooksDisagree: differences that nothing explains; nothing more is sent to those venues.
            VenueUnavailable: a venue cannot be asked; what was reconciled before stays so.
            VenueRefused: the same.
        """
        try:
            return await self._comparison.compare()
        except BooksDisagree as error:
            at, words = self._clock.now(), str(error)
            self._books.write(Decided(what="alert", subject="books", detail=words, at=at))
            raise

    def _require_position(self, order: Order) -> None:
        name = read_client_id(order.client_id)
        if name is None or name.position != order.position:
            raise ValueError(f"{order.client_id} is not an id for position {order.position}")
        if order.position not in self.ledger.positions:
            raise ValueError(f"{order.client_id}: position {order.position} was never opened")
        if order.venue not in self._accounts:
            raise ValueError(f"{order.client_id}: no account at {order.venue}")

    async def _denial(self, order: Order) -> Denied | None:
        """Return why an order may not be sent; an error of the gate is a no."""
        if order.venue not in self.agreed:
            return self._no(order, f"the books were not found to agree with {order.venue}")
        try:
            verdict = await self._gate.judge(order)
        except (RetryableError, SkipError, OutcomeUnknown) as error:
            return self._no(order, str(error), Breach.GATE_FAILED)
        if isinstance(verdict, Denied):
            return verdict
        if verdict.client_id != order.client_id:
            return self._no(order, f"approved was {verdict.client_id}", Breach.GATE_FAILED)
        return None

    def _intend(self, order: Order) -> None:
        try:
            self._books.write(OrderIntended(order=order, at=self._clock.now()))
        except JournalUnusable:
            self._gate.release(order.client_id)
            raise

    def _no(self, order: Order, detail: str, breach: Breach = Breach.UNKNOWN) -> Denied:
        return Denied(client_id=order.client_id, breach=breach, detail=detail, at=self._clock.now())

    def _refuse(self, denied: Denied) -> Denied:
        """Write a refusal down, each sort of it once: who must leave asks at every look."""
        if (name := (denied.client_id, denied.breach)) not in self._refused:
            self._refused.add(name)
            told, at = f"{denied.breach.value}: {denied.detail}", denied.at
            self._books.write(Decided(what="refused", subject=name[0], detail=told, at=at))
        return denied

    async def _send(self, order: Order) -> None:
        """Place an order, once; whatever happens, what came back is written down."""
        name = order.client_id
        answers = self._answers(name, OrderState.UNKNOWN, "interrupted while it was sent")
        try:
            report = await self._accounts[order.venue].orders.place(order)
            told = OrderReported(
                report=msgspec.structs.replace(report, client_id=name), at=self._clock.now()
            )
            answers = (*self._answers(name, OrderState.OPEN), told)
        except (VenueUnavailable, OrderRejected) as error:
            answers = self._answers(name, OrderState.REJECTED, str(error))
        except OutcomeUnknown as error:
            answers = self._answers(name, OrderState.UNKNOWN, str(error))
        finally:
            self._inquiry.sent(name)
            self._books.write(*answers)

    def _answers(
        self, name: ClientId, state: OrderState, note: str = ""
    ) -> tuple[LedgerEvent, ...]:
        return (OrderAnswered(client_id=name, state=state, note=note, at=self._clock.now()),)

    async def _settled(self, order: Order) -> OrderRecord:
        """Return the record; of an order that cannot rest, what became of it is asked at once."""
        record = self.ledger.orders[order.client_id]
        is_quick = order.kind is OrderKind.MARKET or order.time_in_force in _AT_ONCE
        if (record.state is OrderState.OPEN and is_quick) or record.missing:
            return await self._inquiry.follow(order.client_id)
        return record
