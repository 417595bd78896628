"""A breaker of every venue, and one of all together."""

from msgspec.structs import replace

from bot.control.breaker import Breaker, BreakerParameters, BreakerState
from bot.domain.units import Nanos


class Breakers:
    """What is told of a venue counts for it and for all; either may stop its entries."""

    def __init__(self, parameters: BreakerParameters) -> None:
        """That of all opens after twice as many as a venue's: one venue alone does not stop all."""
        self._parameters = parameters
        self._venues: dict[str, Breaker] = {}
        self.overall = Breaker(
            replace(
                parameters,
                failures=2 * parameters.failures,
                window=2 * parameters.window,
                slippage_orders=2 * parameters.slippage_orders,
            )
        )

    def of(self, venue: str) -> Breaker:
        """Return a venue's own."""
        return self._venues.setdefault(venue, Breaker(self._parameters))

    def why_stopped(self, venue: str, now: Nanos) -> str:
        """Return why there are no entries at a venue now, empty if there may be."""
        reason = self.of(venue).why_stopped(now)
        if reason:
            return f"breaker of {venue}: {reason}"
        reason = self.overall.why_stopped(now)
        return f"breaker of everything: {reason}" if reason else ""

    def began(self, venue: str, now: Nanos) -> None:
        """An entry was sent."""
        self.of(venue).began(now)
        self.overall.began(now)

    def succeeded(self, venue: str, now: Nanos) -> None:
        """A venue answered as it should."""
        self.of(venue).succeeded(now)
        self.overall.succeeded(now)

    def failed(self, venue: str, what: str, now: Nanos) -> None:
        """A venue did not answer as it should; while its own is open that is no news for all."""
        own = self.of(venue)
        if own.state(now) is not BreakerState.OPEN:
            self.overall.failed(f"{venue}: {what}", now)
        own.failed(what, now)

    def slipped(self, venue: str, beyond_bps: float, now: Nanos) -> None:
        """An order was filled so much worse than estimated."""
        self.of(venue).slipped(beyond_bps, now)
        self.overall.slipped(beyond_bps, now)

    def lost(self, reason: str, now: Nanos, *, rest_of_day_s: float) -> None:
        """The day's loss is reached: no entries anywhere for the rest of the UTC day."""
        self.overall.trip(reason, now, for_s=max(rest_of_day_s, 1.0))
