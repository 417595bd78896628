"""Orders and money of one account, over unmodified ccxt.

Amounts and prices are checked against the venue's steps before anything is sent, and are never
rounded here: who plans an order plans it on the steps. Every way in which a question can go wrong
ends in one of four errors, decided by the venue's own code (`order_errors.py`).
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Self, TypeVar

from bot.domain.errors import (
    OrderRejected,
    OutcomeUnknown,
    RepegError,
    VenueRefused,
    VenueUnavailable,
)
from bot.domain.orders import (
    Balance,
    Fill,
    MarketRules,
    NetworkStatus,
    Order,
    OrderKind,
    OrderReport,
    VenueBook,
)
from bot.domain.units import Nanos
from bot.execution.account_options import AccountOptions, Credentials
from bot.execution.binance_desk import BinanceDesk
from bot.execution.binance_money import BinanceMoney
from bot.execution.coinbase_desk import CoinbaseDesk
from bot.execution.coinbase_money import CoinbaseMoney
from bot.execution.kraken_desk import KrakenDesk
from bot.execution.kraken_money import KrakenMoney
from bot.execution.kraken_names import KrakenNames
from bot.execution.order_errors import MISSHAPEN, Meaning, VenueFault, misread
from bot.execution.venue_desk import AccountWords, OrderWords
from bot.execution.venue_line import VenueLine

_Answer = TypeVar("_Answer")


class CcxtConnector:
    """An `OrderDesk` and an `AccountDesk`. Lives on one event loop; `close` it."""

    def __init__(self, options: AccountOptions, credentials: Credentials) -> None:
        """Prepare; nothing is sent yet.

        Raises:
            BadConfiguration: orders at that venue are not spoken here.
        """
        self.venue, self.options = options.venue, options
        self.line = VenueLine(options, credentials)
        self.orders, self._money = _desks(self.line)
        self._rules: dict[str, MarketRules] = {}

    def __repr__(self) -> str:
        return f"CcxtConnector({self.venue})"

    async def open(self) -> Self:
        """Follow the venue's clock and learn its rules, so that orders wait for neither.

        Raises:
            VenueUnavailable: no answer.
            VenueRefused: it does not take the key, or does not list a pair.
        """
        await self.follow_clock()
        for pair in self.options.pairs:
            await self.rules(pair)
        return self

    async def follow_clock(self) -> float:
        """Follow the venue's clock; returns how many seconds it was ahead of what we thought.

        Raises:
            VenueUnavailable: no answer.
            VenueRefused: an answer that says nothing.
        """
        return await self._asked(self.line.synchronise)

    async def close(self) -> None:
        """Drop all connections, within seconds."""
        await self.line.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def place(self, order: Order) -> OrderReport:
        """Send an order, once; see `OrderDesk.place`.

        At Kraken and Coinbase the report says open whatever became of it: they do not tell.
        """
        refusal = await self._misfit(order)
        if refusal:
            raise OrderRejected(self.venue, order.client_id, refusal)
        return await self._done(lambda: self.orders.place(order), order)

    async def cancel(self, order: Order, order_id: str) -> None:
        """Ask for its cancellation; see `OrderDesk.cancel`."""
        await self._done(lambda: self.orders.cancel(order, order_id), order)

    async def find(self, order: Order, order_id: str) -> OrderReport | None:
        """Return what the venue says of an order; see `OrderDesk.find`."""
        return await self._asked(lambda: self.orders.find(order, order_id))

    async def open_orders(self, pair: str) -> tuple[OrderReport, ...]:
        """Return everything that rests there; see `OrderDesk.open_orders`."""
        return await self._asked(lambda: self.orders.open_orders(pair))

    async def fills(self, pair: str, since: Nanos) -> tuple[Fill, ...]:
        """Return every trade since then, oldest first; see `OrderDesk.fills`."""
        found = await self._asked(lambda: self.orders.fills(pair, since))
        return tuple(sorted(found, key=lambda fill: (fill.at, len(fill.trade_id), fill.trade_id)))

    async def fills_of(self, pair: str, asked: Mapping[str, Any]) -> tuple[Fill, ...]:
        """Return the trades of some orders, where the venue can be asked so: Coinbase.

        Raises:
            VenueUnavailable: no answer.
            VenueRefused: an answer that says nothing, or it is another venue.
        """
        desk = self.orders
        if not isinstance(desk, CoinbaseDesk):
            raise VenueRefused(self.venue, "it cannot be asked for the trades of an order")
        return await self._asked(lambda: desk.fills_of(pair, asked))

    async def balances(self) -> tuple[Balance, ...]:
        """Return every currency that is held; see `AccountDesk.balances`."""
        return await self._asked(self._money.balances)

    async def rules(self, pair: str) -> MarketRules:
        """Return what is taken there now; see `AccountDesk.rules`."""
        found = await self._asked(lambda: self._money.rules(pair))
        if not found.tick or not found.step:
            raise VenueRefused(self.venue, f"its rules of {pair} have no steps")
        self._rules[pair] = found
        return found

    async def book(self, pair: str, levels: int) -> VenueBook:
        """Return the book; see `AccountDesk.book`."""
        return await self._asked(lambda: self._money.book(pair, levels))

    async def networks(self, currency: str) -> tuple[NetworkStatus, ...]:
        """Return how a currency can be moved; see `AccountDesk.networks`."""
        return await self._asked(lambda: self._money.networks(currency))

    async def can_withdraw(self) -> bool | None:
        """Return whether the key may withdraw; see `AccountDesk.can_withdraw`."""
        return await self._asked(self._money.can_withdraw)

    async def _misfit(self, order: Order) -> str:
        """Return why an order is not on the market's steps; empty: it is.

        Raises:
            VenueUnavailable: the rules are not known, and were not told.
            OrderRejected: the market is not there.
        """
        if order.venue != self.venue:
            return f"it is meant for {order.venue}"
        if order.pair not in self._rules:
            try:
                await self.rules(order.pair)
            except VenueRefused as error:
                raise OrderRejected(self.venue, order.client_id, error.reason) from None
        rules = self._rules[order.pair]
        if order.amount % rules.step:
            return f"the amount is no multiple of {rules.step} wad"
        if order.kind is OrderKind.LIMIT and order.price % rules.tick:
            return f"the price is no multiple of {rules.tick} wad"
        return ""

    async def _asked(self, question: Callable[[], Awaitable[_Answer]]) -> _Answer:
        """Return the answer to what changes nothing.

        Raises:
            VenueUnavailable: no answer.
            VenueRefused: an answer that says nothing.
        """
        answer = await _answer(question)
        if not isinstance(answer, VenueFault):
            return answer
        if answer.meaning in {Meaning.REFUSED, Meaning.MISSING} or answer.is_misread:
            raise VenueRefused(self.venue, answer.reason)
        raise VenueUnavailable(self.venue, answer.reason, retry_after_s=answer.retry_after_s)

    async def _done(self, act: Callable[[], Awaitable[_Answer]], order: Order) -> _Answer:
        """Return the answer to what changes something, and was sent once.

        Raises:
            VenueUnavailable: certainly not done.
            OrderRejected: certainly not done, and never will be.
            OutcomeUnknown: anything else.
        """
        answer = await _answer(act)
        if not isinstance(answer, VenueFault):
            return answer
        raise self._error(answer, order)

    def _error(self, fault: VenueFault, order: Order) -> RepegError:
        if fault.meaning in {Meaning.REFUSED, Meaning.MISSING}:
            return OrderRejected(self.venue, order.client_id, fault.reason)
        if fault.meaning is Meaning.LATER:
            return VenueUnavailable(self.venue, fault.reason, retry_after_s=fault.retry_after_s)
        return OutcomeUnknown(self.venue, fault.reason)


def _desks(line: VenueLine) -> tuple[OrderWords, AccountWords]:
    if line.venue == "binance":
        return BinanceDesk(line), BinanceMoney(line)
    if line.venue == "kraken":
        names = KrakenNames(line)
        return KrakenDesk(line, names), KrakenMoney(line, names)
    return CoinbaseDesk(line), CoinbaseMoney(line)


async def _answer(question: Callable[[], Awaitable[_Answer]]) -> _Answer | VenueFault:
    """Return faults as values: an error raised from here carries nothing that ccxt wrote."""
    try:
        return await question()
    except VenueFault as fault:
        return fault
    except MISSHAPEN as error:
        return misread(error)
