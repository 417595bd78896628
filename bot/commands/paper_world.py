"""The world that paper trades in: a local exchange, after real prices or recorded ones."""

import asyncio
from collections.abc import Sequence
from contextlib import ExitStack
from decimal import Decimal
from typing import Self

import msgspec
import structlog

from bot.commands.paper_asked import PaperAsked
from bot.config import Config, PaperConfig, StreamConfig
from bot.domain.errors import BadConfiguration
from bot.domain.ticks import SourceKind, Tick
from bot.domain.units import Nanos
from bot.execution.account_options import AccountOptions, Credentials
from bot.feeds.feed import Clock, Feed, HeldClock
from bot.feeds.paced_feed import PacedFeed
from bot.feeds.replay_feed import read_prices
from bot.feeds.steady_clock import SteadyClock
from bot.operations.detection_run import Recorded, paced
from bot.sandbox.exchange.exchange_options import VENUES, LocalExchangeOptions
from bot.sandbox.exchange.local_exchange import LocalExchange, start_exchange
from bot.sandbox.exchange.price_mirror import mirror_all
from bot.sandbox.exchange.recorded_prices import RecordedPrice, recorded_prices
from bot.sandbox.exchange.spot_market import Market
from bot.sandbox.exchange.trading_floor import VenueOptions

log = structlog.get_logger()
_LIVE = "live"
_CONNECTING_S = 3.0  # until every socket was heard
_AFTERWARDS_S = 3.0  # after the last row
_POLL_S = 0.2


class PaperWorld:
    """A local exchange of our own; leaving the with-block ends it."""

    def __init__(self, config: Config, asked: PaperAsked) -> None:
        """Start it.

        Raises:
            BadConfiguration: both ways were asked for, or none of the venues is known here.
            BadPriceFile: the recording cannot be used.
        """
        if asked.mirror is not None and asked.prices is not None:
            raise BadConfiguration("--mirror and --prices exclude each other")
        self._asked = asked
        recorded = read_prices(asked.prices) if asked.prices else ()
        start = asked.since or (recorded[0].at if recorded else Nanos(0))
        self.before = tuple(said for said in recorded if said.at < start)
        self._played = tuple(said for said in recorded if said.at >= start)
        self._rows = recorded_prices(self._played)
        self._held = HeldClock(start) if recorded else None
        streams = _recorded_streams(self._rows) if recorded else config.streams
        venues = _venues(streams, config.paper)
        with ExitStack() as failed:
            self.exchange = start_exchange(LocalExchangeOptions(venues=venues))
            failed.callback(self.exchange.stop)
            self.config = _moved(config, streams, self.exchange, recorded)
            failed.pop_all()

    @property
    def clock(self) -> Clock:
        """Of the recording, or ours."""
        return self._held or SteadyClock()

    @property
    def feeds(self) -> tuple[Feed, ...]:
        """What the recording says besides exchanges' books."""
        others = [said for said in self._played if not _is_book(said)]
        return (PacedFeed(others, self.clock),) if others else ()

    @property
    def credentials(self) -> dict[str, Credentials]:
        """Of play money; they open nothing but this exchange."""
        return {
            venue.venue: Credentials(key=venue.logins[0].key, secret=venue.logins[0].secret)
            for venue in self.exchange.options.venues
        }

    async def prepare(self) -> None:
        """Let the first prices stand while clients connect."""
        if self._held is not None:
            await asyncio.to_thread(self.exchange.play, self._rows, 0)

    async def live(self) -> None:
        """Follow the real venues for ever, or play the recording to its end."""
        if self._held is None:
            await mirror_all(self.exchange, self._mirrored, _not_mirrored)
            raise BadConfiguration("no book can be mirrored")
        await asyncio.sleep(_CONNECTING_S)
        self._held.play(self._asked.speed)
        await asyncio.to_thread(self.exchange.play, self._rows, self._asked.speed)
        while (await asyncio.to_thread(self.exchange.state)).playing:  # noqa: ASYNC110 - another process
            await asyncio.sleep(_POLL_S)
        await asyncio.sleep(_AFTERWARDS_S)
        log.info("recording_ended", rows=len(self._rows))

    @property
    def _mirrored(self) -> str | None:
        return None if self._asked.mirror == _LIVE else self._asked.mirror

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.exchange.stop()


def _recorded_streams(rows: Sequence[RecordedPrice]) -> tuple[StreamConfig, ...]:
    """The exchanges and pairs of a recording, as far as the local exchange plays such venues."""
    known = {venue.venue for venue in VENUES}
    pairs: dict[str, dict[str, None]] = {}
    for row in rows:
        if row.venue in known:
            pairs.setdefault(row.venue, {})[row.pair] = None
    if not pairs:
        raise BadConfiguration(f"no book of {', '.join(sorted(known))} is in the recording")
    return tuple(StreamConfig(venue=venue, pairs=tuple(named)) for venue, named in pairs.items())


def _venues(streams: Sequence[StreamConfig], paper: PaperConfig) -> tuple[VenueOptions, ...]:
    """The venues of the streams, with play money; pairs that are long gone are listed again."""
    wanted = {stream.venue: stream.pairs for stream in streams}
    balances = {name: Decimal(str(amount)) for name, amount in paper.balances.items()}
    found = tuple(
        msgspec.structs.replace(
            venue, balances=balances, markets=_markets(venue, wanted[venue.venue])
        )
        for venue in VENUES
        if venue.venue in wanted
    )
    if not found:
        raise BadConfiguration(f"no local exchange is called {', '.join(sorted(wanted))}")
    return found


def _markets(venue: VenueOptions, pairs: Sequence[str]) -> tuple[Market, ...]:
    listed = {market.pair for market in venue.markets}
    more = (pair.partition("/") for pair in pairs if pair not in listed)
    return venue.markets + tuple(Market(base=base, quote=quote) for base, _, quote in more)


def _moved(
    config: Config,
    streams: Sequence[StreamConfig],
    exchange: LocalExchange,
    recorded: Sequence[Recorded],
) -> Config:
    """Return the configuration with every venue moved to the local exchange."""
    here = {venue.venue: venue for venue in exchange.options.venues}
    kept = [stream for stream in streams if stream.venue in here]
    listed = {name: {m.pair for m in venue.markets} for name, venue in here.items()}
    skew_s = 1e9 if recorded else 10.0
    moved = tuple(
        StreamConfig(
            venue=stream.venue,
            pairs=tuple(pair for pair in stream.pairs if pair in listed[stream.venue]),
            options=msgspec.structs.replace(stream.options, url=exchange.url, max_skew_s=skew_s),
        )
        for stream in kept
    )
    named = {account.venue: account.pairs for account in config.accounts}
    accounts = tuple(
        AccountOptions(
            venue=stream.venue, url=exchange.url, pairs=named.get(stream.venue) or stream.pairs
        )
        for stream in moved
        if not named or stream.venue in named
    )
    changed = msgspec.structs.replace(config, streams=moved, accounts=accounts)
    if not recorded:
        return changed
    return msgspec.structs.replace(
        changed,
        consensus=paced(recorded, config.consensus),
        evidence=msgspec.structs.replace(config.evidence, rail_age_s=None),
    )


def _is_book(said: Recorded) -> bool:
    return isinstance(said, Tick) and said.kind is SourceKind.CEX


def _not_mirrored(error: BadConfiguration) -> None:
    log.warning("not_mirrored", reason=str(error))
