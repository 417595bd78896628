"""What the atomic engine beside could send: heard block by block, asked about before entries."""

from collections.abc import Callable

import msgspec

from bot.domain.units import NANOS_PER_S, SLOT_S, Nanos, Wad
from bot.feeds.feed import Clock
from bot.strategy.flash_viability import FlashOffer, flash_offer_of
from bot.strategy.offers import Offer

_FRESH_S = 2 * SLOT_S
_LANDING = 0.5  # chance of one bundle; not measured

Dollars = Callable[[str], Wad | None]  # per 1.0 of a currency


class _Heard(msgspec.Struct, frozen=True):
    offer: Offer | None
    at: Nanos  # monotonic


class FlashBoard:
    """The newest offer; another thread puts it there."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._heard: _Heard | None = None

    def hear(self, offer: Offer | None) -> None:
        """Take the best offer of a block; None: there was none."""
        self._heard = _Heard(offer, self._clock.monotonic())

    def offer_for(self, coin: str, dollars: Dollars) -> FlashOffer | None:
        """Return the offer that trades a coin; None: there is none, or it is of an old block.

        Without a price of USDC, in which the atomic engine counts, there is none either.
        """
        heard, price = self._heard, dollars("USDC")
        if heard is None or heard.offer is None or price is None:
            return None
        if self._clock.monotonic() - heard.at > _FRESH_S * NANOS_PER_S:
            return None
        traded = {token.symbol for leg in heard.offer.legs for token in leg.pool.tokens}
        return flash_offer_of(heard.offer, price, _LANDING) if coin in traded else None
