"""Books as sockets tell them: whole and proven ones, so that venues need not be asked for them."""

from collections.abc import Iterable

from bot.domain.orders import Level, VenueBook
from bot.domain.units import NANOS_PER_S, Wad
from bot.feeds.exchange_stream import ExchangeStream
from bot.feeds.feed import Clock

_LEVELS = 100
_FRESH_S = 1.0  # a socket that said nothing for longer is not relied on: the venue is asked


class HeardBooks:
    """Looks into the streams that the monitor listens to."""

    def __init__(self, streams: Iterable[ExchangeStream], clock: Clock) -> None:
        self._streams = {stream.venue: stream for stream in streams}
        self._clock = clock

    def book(self, venue: str, pair: str) -> tuple[VenueBook, float] | None:
        """Return the book and its age in seconds; None: it cannot be relied on now."""
        stream = self._streams.get(venue)
        watch = None if stream is None else stream.pairs.get(pair)
        if watch is None or not watch.streams:
            return None
        age_s = (self._clock.monotonic() - watch.heard_at) / NANOS_PER_S
        bids, asks = watch.guard.book.levels(_LEVELS)
        if age_s > _FRESH_S or not bids or not asks:
            return None
        told = VenueBook(
            venue=venue,
            pair=pair,
            bids=tuple(Level(price=Wad(price), amount=Wad(size)) for price, size in bids),
            asks=tuple(Level(price=Wad(price), amount=Wad(size)) for price, size in asks),
            at=self._clock.now(),
        )
        return told, age_s
