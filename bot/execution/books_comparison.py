"""Compares the books with what venues say, and takes over what was missed."""

import asyncio
from collections.abc import Mapping

import msgspec

from bot.domain.client_ids import is_ours
from bot.domain.errors import BooksDisagree, VenueRefused, VenueUnavailable
from bot.domain.ledger_events import Decided
from bot.domain.orders import ClientId, OrderReport
from bot.domain.units import NANOS_PER_S, WAD, Nanos
from bot.execution.book_differences import order_differences, shortages
from bot.execution.ledger_books import LedgerBooks
from bot.execution.lost_orders import adoption, question_about
from bot.execution.order_inquiry import OrderInquiry
from bot.execution.order_ports import OrderOptions, TradingAccount
from bot.feeds.feed import Clock
from bot.strategy.order_claims import Place, place_of

_FOREIGN = "foreign"  # the sort of decision that says that an order is somebody else's


class Reconciled(msgspec.Struct, frozen=True, kw_only=True):
    """What a comparison found; the books agree."""

    trades: int  # that were not in the journal
    adopted: tuple[ClientId, ...]  # orders of ours that were not in the journal
    foreign: tuple[str, ...]  # open orders of others on the account, in words
    in_flight: tuple[ClientId, ...]  # what became of them is still not known


class BooksComparison:
    """One for all accounts of a process; only what shows every time it is looked at counts."""

    def __init__(
        self,
        books: LedgerBooks,
        accounts: Mapping[str, TradingAccount],
        inquiry: OrderInquiry,
        clock: Clock,
        options: OrderOptions,
    ) -> None:
        self._books, self._accounts, self._inquiry = books, accounts, inquiry
        self._clock, self._options = clock, options
        self._asked_at: dict[tuple[str, str], Nanos] = {}
        self._foreign: dict[str, dict[Place, str]] = {}
        self._agreed: frozenset[str] = frozenset()
        self._unheard: set[str] | None = None  # venues not asked once yet; None: none was

    @property
    def agreed(self) -> frozenset[str]:
        """Venues that the books agree with, by their last comparison that was one.

        None before every venue that is here was asked once: what a torn journal lost may have left
        a position at any of them, and must not be left a second time at another.
        """
        return frozenset() if self._unheard is None or self._unheard else self._agreed

    async def compare(self) -> Reconciled:
        """Ask every venue for orders, trades and balances; take over what is missing.

        All at once: `agreed` changes with each that is done, whatever the others say.

        Raises:
            BooksDisagree: what nothing explains, `asks` times in a row.
            VenueUnavailable: a venue cannot be asked, and no other disagrees.
            VenueRefused: the same.
            JournalUnusable: what was missed could not be written down.
        """
        ledger = self._books.ledger
        trades, orders = len(ledger.fills), set(ledger.orders)
        here = [venue for venue, account in self._accounts.items() if account.is_here()]
        if self._unheard is None:
            self._unheard = set(here)
        found = await asyncio.gather(*map(self._compare, here), return_exceptions=True)
        failed = [one for one in found if isinstance(one, BaseException)]
        for error in failed:
            if not isinstance(error, VenueUnavailable | VenueRefused):
                raise error
        told = zip(here, found, strict=True)
        if differing := {v: tuple(said) for v, said in told if isinstance(said, list) and said}:
            raise BooksDisagree(differing)
        if failed:
            raise failed[0]
        unsettled = (ledger.orders[name] for name in ledger.unsettled)
        return Reconciled(
            trades=len(ledger.fills) - trades,
            adopted=tuple(name for name in ledger.orders if name not in orders),
            foreign=tuple(said for there in self._foreign.values() for said in there.values()),
            in_flight=tuple(one.client_id for one in unsettled if not one.state.is_certain),
        )

    async def _compare(self, venue: str) -> list[str]:
        """Return how a venue and the books differ every time that they are compared."""
        differences: list[str] = []
        for attempt in range(self._options.asks):
            if attempt:
                await asyncio.sleep(self._options.pause_s * 2 ** (attempt - 1))
            self._foreign[venue] = {}
            try:
                differences = await self._at(venue, attempt)
            finally:
                self._heard(venue)
            if not differences:
                self._agreed |= {venue}
                return differences
        self._agreed -= {venue}
        return differences

    def _heard(self, venue: str) -> None:
        if self._unheard:
            self._unheard.discard(venue)

    async def _at(self, venue: str, attempt: int) -> list[str]:
        """Return how a venue and the books differ, after taking over what can be."""
        before = self._unsettled(venue)  # what is sent while we ask is for the next time
        listed: set[ClientId] = set()
        for pair in self._pairs(venue):
            listed |= await self._take_open_orders(venue, pair)
            await self._take_trades(venue, pair, attempt)
        await self._identify(venue)
        still = set(self._unsettled(venue))
        answers = dict.fromkeys(listed, True)
        for name in before:
            if name in still and (name not in listed or self._books.ledger.orders[name].missing):
                answers[name] = await self._inquiry.ask(name)
        differences = order_differences(self._books.ledger, venue, answers)
        money = self._accounts[venue].money
        if money is not None:
            dust = int(self._options.dust * WAD)
            differences += shortages(self._books.ledger, await money.balances(), (venue, dust))
        return differences

    def _unsettled(self, venue: str) -> list[ClientId]:
        ledger, sending = self._books.ledger, self._inquiry.sending
        here = (name for name in ledger.unsettled if ledger.orders[name].order.venue == venue)
        return [name for name in here if name not in sending]

    def _pairs(self, venue: str) -> list[str]:
        orders = (record.order for record in self._books.ledger.orders.values())
        traded = (order.pair for order in orders if order.venue == venue)
        return [*dict.fromkeys((*self._accounts[venue].pairs, *traded))]

    async def _take_open_orders(self, venue: str, pair: str) -> set[ClientId]:
        reports = await self._accounts[venue].orders.open_orders(pair)
        for report in reports:
            if is_ours(report.client_id):
                self._take_or_adopt(report)
            elif not self._inquiry.hear(report):
                words = f"{venue} {pair} order {report.order_id}, client id {report.client_id}"
                self._foreign[venue][place_of(report)] = words
        return {report.client_id for report in reports if report.client_id is not None}

    async def _take_trades(self, venue: str, pair: str, attempt: int) -> None:
        """Ask for trades since the last time, or else since the newest known one."""
        now = self._clock.now()
        known = self._books.ledger.fills.values()
        times = [fill.at for fill in known if (fill.venue, fill.pair) == (venue, pair)]
        blind = Nanos(now - int(self._options.look_back_s * NANOS_PER_S))
        since = self._asked_at.get((venue, pair), max(times, default=blind))
        await self._inquiry.hear_trades(venue, pair, since, wider=attempt)
        self._asked_at[venue, pair] = now

    async def _identify(self, venue: str) -> None:
        """Ask whose the trades are that belong to no order in the books, once for each order."""
        foreign = {said.subject for said in self._books.ledger.decided(_FOREIGN)}
        for fill in self._books.ledger.unclaimed_fills():
            name = " ".join(place_of(fill))
            if fill.venue != venue or name in foreign:
                continue
            desk = self._accounts[venue].orders
            report = await desk.find(question_about(fill), fill.order_id)
            if report is not None and is_ours(report.client_id):
                self._take_or_adopt(report)
            elif report is not None:
                foreign.add(name)
                at, words = self._clock.now(), f"a trade by client id {report.client_id}"
                self._books.write(Decided(what=_FOREIGN, subject=name, detail=words, at=at))

    def _take_or_adopt(self, report: OrderReport) -> None:
        ledger = self._books.ledger
        if report.client_id not in ledger.orders:
            loose, place = ledger.unclaimed_fills(), place_of(report)
            fills = tuple(fill for fill in loose if place_of(fill) == place)
            self._books.write(*adoption(ledger, report, fills, self._clock.now()))
        self._inquiry.hear(report)
