"""What the venues know, in the units of our own books: the side that is right by definition."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import cache

import msgspec

from bot.sandbox.exchange.account_truth import TrueAccount, TrueOrder
from bot.sandbox.exchange.coinbase_words import named_id
from bot.sandbox.exchange.local_exchange import LocalExchange

_WAD = 10**18
_MOST_TRADES = 100_000
_KRAKEN_ORDER_DIGITS = 6  # of the eleven after the dash of a trade's id; the others are the trade's

Flows = dict[tuple[str, str], Decimal]  # by venue and currency: received less paid, fees included
TradeKey = tuple[str, str, int]  # venue, pair, the engine's number of the trade


class TradeFacts(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about a trade that must not differ; exact wads."""

    client_id: str
    side: str
    amount: int
    price: int
    fee: int
    fee_currency: str


class TrueBooks(msgspec.Struct, frozen=True, kw_only=True):
    """All customers' accounts at one instant, by venue."""

    accounts: Mapping[str, TrueAccount]

    def orders(self) -> Iterable[tuple[str, TrueOrder]]:
        """Yield every order with its venue."""
        for venue, account in self.accounts.items():
            for order in account.orders:
                yield venue, order

    def trades(self) -> dict[TradeKey, TradeFacts]:
        """Return every trade."""
        return {
            (venue, order.pair, fill.trade_id): TradeFacts(
                client_id=order.client_id,
                side=order.side.value,
                amount=wad(fill.size),
                price=wad(fill.price),
                fee=wad(fill.fee),
                fee_currency=fill.fee_currency,
            )
            for venue, order in self.orders()
            for fill in order.fills
        }

    def totals(self) -> Flows:
        """Return what is owned."""
        return {
            (venue, currency): total
            for venue, account in self.accounts.items()
            for currency, total in account.totals.items()
        }


def read_true_books(exchange: LocalExchange) -> TrueBooks:
    """Return what all venues of the exchange know of the customer who trades there."""
    venues = (options.venue for options in exchange.options.venues if options.logins)
    return TrueBooks(accounts={venue: exchange.account(venue) for venue in venues})


def wad(number: Decimal) -> int:
    """Return a venue's number as a wad; it must have no more digits than one."""
    scaled = number * _WAD
    if scaled != int(scaled):
        raise ValueError(f"{number} is no whole number of wads")
    return int(scaled)


def trade_number(venue: str, order_id: str, trade_id: str) -> int:
    """Return the engine's number of a trade from the ids that the venue gives it and its order.

    Below zero: no trade of that order.
    """
    if venue == "kraken":
        _, middle, end = trade_id.split("-")
        return int((middle + end)[_KRAKEN_ORDER_DIGITS:], 36)
    return _named(order_id, trade_id) if venue == "coinbase" else int(trade_id)


@cache
def _named(order_id: str, trade_id: str) -> int:
    """Coinbase's ids are one-way: look for the number that has this one."""
    found = (n for n in range(1, _MOST_TRADES) if named_id(order_id, n) == trade_id)
    return next(found, -int(trade_id.replace("-", ""), 16))
