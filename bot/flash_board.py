"""What the atomic engine beside could send: heard block by block, asked about before entries."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from bot.domain.units import NANOS_PER_S, SLOT_S, Nanos, Wad
from bot.feeds.feed import Clock
from bot.strategy.flash_viability import FlashOffer, flash_offer_of

if TYPE_CHECKING:  # as `run_sides` says
    from bot.strategy.offers import Offer

_FRESH_S = 2 * SLOT_S
_MEASURED_S = 60.0  # until it is measured again how often bundles land

Dollars = Callable[[str], Wad | None]  # per 1.0 of a currency


class _Heard(msgspec.Struct, frozen=True):
    offer: "Offer | None"
    at: Nanos  # monotonic


class FlashBoard:
    """The newest offer; another thread puts it there."""

    def __init__(self, clock: Clock, landing: Callable[[], float] = lambda: 0.5) -> None:
        """`landing` measures the chance of one bundle to land as planned, 0 to 1."""
        self._clock, self._measure = clock, landing
        self._heard: _Heard | None = None
        self._landing: tuple[float, Nanos] | None = None  # and when it was measured

    def hear(self, offer: "Offer | None") -> None:
        """Take the best offer of a block; None: there was none."""
        self._heard = _Heard(offer, self._clock.monotonic())

    def offer_for(self, coin: str, dollars: Dollars) -> FlashOffer | None:
        """Return the offer that trades a coin; None: there is none, or it is of an old block.

        Without a price of USDC, in which the atomic engine counts, there is none either.

        Raises:
            JournalUnusable: how often bundles land cannot be read.
        """
        heard, price = self._heard, dollars("USDC")
        if heard is None or heard.offer is None or price is None:
            return None
        if self._clock.monotonic() - heard.at > _FRESH_S * NANOS_PER_S:
            return None
        traded = {token.symbol for leg in heard.offer.legs for token in leg.pool.tokens}
        if coin not in traded:
            return None
        return flash_offer_of(heard.offer, price, self._chance())

    def _chance(self) -> float:
        now, known = self._clock.monotonic(), self._landing
        if known is None or now - known[1] > _MEASURED_S * NANOS_PER_S:
            known = self._landing = self._measure(), now
        return known[0]
