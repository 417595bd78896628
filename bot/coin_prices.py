"""Dollars per coin by the consensus, and how old that is by a clock that never jumps."""

from bot.domain.coins import coin_of
from bot.domain.ticks import Message, SourceKind, Tick
from bot.domain.units import NANOS_PER_S, WAD, Nanos, Wad
from bot.domain.views import AssetView
from bot.feeds.feed import Clock
from bot.strategy.price_watch import PriceWatch

_DOLLAR = "USD"


class CoinPrices:
    """Listens beside the watch: views say what, messages say when."""

    def __init__(self, watch: PriceWatch, clock: Clock) -> None:
        self._watch, self._clock = watch, clock
        self._heard: dict[str, Nanos] = {}  # monotonic, by coin
        self._last: dict[str, Wad] = {}

    def hear(self, message: Message) -> None:
        """Note when a coin was last priced anywhere."""
        if isinstance(message, Tick) and message.kind is not SourceKind.ORACLE:
            self._heard[message.asset] = self._clock.monotonic()

    def now(self, currency: str) -> Wad | None:
        """Return dollars per 1.0 by the consensus of now; None: there is none."""
        if currency == _DOLLAR:
            return Wad(WAD)
        view = self._watch.views.get(currency)
        if not isinstance(view, AssetView) or coin_of(currency).par.currency != _DOLLAR:
            return None  # of a coin with another par nobody says what that is in dollars
        self._last[currency] = view.price
        return view.price

    def last(self, currency: str) -> Wad | None:
        """Return the newest price that there ever was: for adding up, not for orders."""
        return self.now(currency) or self._last.get(currency)

    def note(self, currency: str, price: Wad) -> None:
        """Take the price of a currency that no view is of: `last` tells it, `now` does not."""
        self._last[currency] = price

    def age_s(self, *currencies: str) -> float | None:
        """Return how long ago the one heard of longest ago was priced; None: one never was."""
        coins = [name for name in currencies if name != _DOLLAR]
        if any(name not in self._heard for name in coins):
            return None
        oldest = min((self._heard[name] for name in coins), default=self._clock.monotonic())
        return (self._clock.monotonic() - oldest) / NANOS_PER_S
