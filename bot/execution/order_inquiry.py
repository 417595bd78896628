"""Asks venues what became of orders, and writes down what they say. Never sends anything."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress

import msgspec

from bot.domain.client_ids import is_ours
from bot.domain.errors import VenueRefused, VenueUnavailable
from bot.domain.ledger_events import FillHeard, OrderAnswered, OrderReported
from bot.domain.orders import ClientId, Fill, OrderReport, OrderState
from bot.domain.units import NANOS_PER_S, Nanos
from bot.execution.ledger_books import LedgerBooks
from bot.execution.order_ports import OrderOptions, TradingAccount
from bot.feeds.feed import Clock
from bot.strategy.order_records import OrderRecord


class OrderInquiry:
    """One for all accounts of a process."""

    def __init__(
        self,
        books: LedgerBooks,
        accounts: Mapping[str, TradingAccount],
        clock: Clock,
        options: OrderOptions,
    ) -> None:
        self.sending: set[ClientId] = set()  # in the middle of it: not to be asked for yet
        self._books, self._accounts = books, accounts
        self._clock, self._options = clock, options
        self._quiet_since: dict[ClientId, Nanos] = {}

    def sent(self, name: ClientId) -> None:
        """Note that nothing more of an order is on its way from here: proof is counted from now."""
        self.sending.discard(name)
        self._quiet_since[name] = self._clock.monotonic()

    def hear(self, news: OrderReport | Fill) -> bool:
        """Write down what a venue says, if it is about an order of ours; return whether it is.

        A trade without a client id may be ours before we are told the order's id: it is kept.

        Raises:
            JournalUnusable: it was not written.
        """
        ledger, at = self._books.ledger, self._clock.now()
        name = news.client_id
        is_known = is_ours(name) or ledger.owner_of(news) in ledger.orders
        may_be_ours = isinstance(news, Fill) and name is None
        if not is_known and not may_be_ours:
            return False
        if isinstance(news, Fill):
            self._books.write(FillHeard(fill=news, at=at))
        else:
            self._books.write(OrderReported(report=news, at=at))
        return True

    async def ask(self, name: ClientId) -> bool:
        """Ask what became of an order; return whether the venue knows it.

        Not found is taken for "never accepted" only after the venue's time of proof without
        anything on its way, by a clock that does not jump, and if neither open orders nor trades
        show it either.

        Raises:
            VenueUnavailable: no answer, or not on everything.
            VenueRefused: an answer that says nothing.
            JournalUnusable: the answer was not written.
        """
        record = self._books.ledger.orders[name]
        asked_at = self._clock.monotonic()
        quiet_s = (asked_at - self._quiet_since.setdefault(name, asked_at)) / NANOS_PER_S
        if record.state is OrderState.INTENDED and name not in self.sending:
            self._answer(name, OrderState.UNKNOWN, "no answer was written down")
        order, desk = record.order, self._accounts[record.order.venue].orders
        report = await desk.find(order, record.order_id)
        if report is None:
            listed = await desk.open_orders(order.pair)
            report = next((one for one in listed if one.client_id == name), None)
        if report is not None:
            self.hear(_named(report, name))
        if report is None or self._books.ledger.orders[name].missing:
            await self.hear_trades(order.venue, order.pair, order.made_at)
        now_known = self._books.ledger.orders[name].state.is_certain
        is_quiet = quiet_s >= self._options.proof_of(order.venue) and name not in self.sending
        if is_quiet and not now_known:
            self._answer(name, OrderState.REJECTED, f"not found there after {quiet_s:.0f} s")
        return report is not None

    async def follow(self, name: ClientId) -> OrderRecord:
        """Ask until an order is final and its trades are known, a few times; return what is known.

        A venue that does not answer is asked again: the order stays what it was.
        """
        for attempt in range(self._options.follow_asks):
            if attempt:
                await asyncio.sleep(self._options.pause_s * 2 ** (attempt - 1))
            with suppress(VenueUnavailable, VenueRefused):
                await self.ask(name)
            record = self._books.ledger.orders[name]
            if record.state.is_final and not record.missing:
                break
        return self._books.ledger.orders[name]

    async def hear_trades(
        self, venue: str, pair: str, since: Nanos, *, wider: int = 0
    ) -> tuple[Fill, ...]:
        """Ask for all trades since then, and before by an overlap that `wider` makes longer.

        `since` is not trusted where it lies in the future: a clock may have jumped.
        """
        overlap = int(self._options.overlap_s * NANOS_PER_S) * 4**wider
        start = Nanos(max(0, min(since, self._clock.now()) - overlap))
        trades = await self._accounts[venue].orders.fills(pair, start)
        for fill in trades:
            self.hear(fill)
        return trades

    def _answer(self, name: ClientId, state: OrderState, note: str) -> None:
        at = self._clock.now()
        self._books.write(OrderAnswered(client_id=name, state=state, note=note, at=at))


def _named(report: OrderReport, name: ClientId) -> OrderReport:
    """Return what was told of the order that was asked for, by our name.

    Raises:
        VenueRefused: it is about another order.
    """
    if report.client_id not in (None, name):
        raise VenueRefused(report.venue, f"asked for {name}, it tells of {report.client_id}")
    return msgspec.structs.replace(report, client_id=name)
