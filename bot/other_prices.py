"""Prices of what fees are taken in and nobody watches: asked of the markets of our own accounts.

For adding up what was paid, never for an order, a cap or equity: one book of one venue says them.
"""

from collections.abc import Iterator

from bot.coin_prices import CoinPrices
from bot.domain.errors import RepegError
from bot.domain.orders import VenueBook
from bot.domain.units import NANOS_PER_S, WAD, Nanos, Wad
from bot.feeds.feed import Clock
from bot.strategy.ledger import Ledger
from bot.venue_markets import Account, VenueMarkets

LOOK_S = 1.0
_KNOWN_S = 60.0  # until a price is asked for again
_UNKNOWN_S = 600.0  # until it is tried again where no venue knew it
_QUOTES = ("USDT", "USDC", "USD")


class OtherPrices:
    """Looks at the currencies of all fees; tells `CoinPrices` what a venue says."""

    def __init__(
        self, ledger: Ledger, markets: VenueMarkets, prices: CoinPrices, clock: Clock
    ) -> None:
        self._ledger, self._markets = ledger, markets
        self._prices, self._clock = prices, clock
        self._not_before: dict[str, Nanos] = {}  # monotonic, by currency

    async def look(self) -> None:
        """Ask for the price of every currency of fees that the consensus has none of."""
        now = self._clock.monotonic()
        for currency in sorted({fill.fee_currency for fill in self._ledger.fills.values()}):
            is_known = self._prices.now(currency) is not None
            if is_known or now < self._not_before.get(currency, now):
                continue
            price = await self._price(currency)
            if price is not None:
                self._prices.note(currency, price)
            later_s = _UNKNOWN_S if price is None else _KNOWN_S
            self._not_before[currency] = Nanos(now + int(later_s * NANOS_PER_S))

    async def _price(self, currency: str) -> Wad | None:
        for account in self._markets.accounts.values():
            for pair, dollar in self._pairs(account, currency):
                try:
                    book = await account.desk.book(pair, 1)
                except RepegError:
                    continue  # it is not listed there, or nobody answers: the next one may
                if book.bids and book.asks:
                    return Wad(_middle(book) * dollar // WAD)
        return None

    def _pairs(self, account: Account, currency: str) -> Iterator[tuple[str, Wad]]:
        """Yield markets that may be there, and dollars per 1.0 of what they are quoted in."""
        own = (pair.partition("/")[2] for pair in account.pairs)
        for quote in dict.fromkeys((*own, *_QUOTES)):
            dollar = self._prices.now(quote)
            if account.is_here() and quote != currency and dollar is not None:
                yield f"{currency}/{quote}", dollar


def _middle(book: VenueBook) -> int:
    return (book.bids[0].price + book.asks[0].price) // 2
