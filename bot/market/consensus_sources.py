"""The newest word of every source, in columns for the kernel and in names for people."""

from math import log

import numpy as np

from bot.domain.ticks import Fault, Redemption, Restored, SourceKind, Tick
from bot.domain.units import WAD, Nanos, Wad
from bot.market.consensus_kernel import Floats
from bot.market.consensus_parameters import ConsensusParameters

_DOLLAR = "USD"
_BPS = 1e4
Key = tuple[str, str, str, SourceKind]  # base, quote, venue, kind


class Source:
    """One pair at one venue; changes in place, because every message changes one."""

    def __init__(self, key: Key, limit: Nanos) -> None:
        self.base, self.quote, self.venue, self.kind = key
        self.limit = limit
        self.mid = 0  # wads; 0: it says no price now
        self.votes = 0.0
        self.depth = Wad(0)
        self.at = self.seen_at = Nanos(0)
        self.fault: Fault | None = None
        self.heard = False  # since it was restored
        self.row = -1

    @property
    def key(self) -> Key:
        """What tells it from others."""
        return self.base, self.quote, self.venue, self.kind

    def why_not(self, now: Nanos) -> str | None:
        """Return why it cannot be used at `now`, None where it can."""
        if self.fault is not None:
            return self.fault.what.value
        if not self.heard:
            return "it was restored, and says nothing yet"
        if self.mid == 0:
            return "redemption is suspended"
        if now - self.seen_at > self.limit:
            return f"stale: nothing for {(now - self.seen_at) // 10**9} s"
        return None


class SourceTable:
    """All sources, sorted, so that the order in which they were met is nothing."""

    def __init__(self, parameters: ConsensusParameters) -> None:
        self._parameters = parameters
        self._by_key: dict[Key, Source] = {}
        self._faults: dict[tuple[str, str], Fault] = {}
        self.sources: list[Source] = []
        self.nodes: dict[str, int] = {_DOLLAR: 0}
        self._lay_out()

    def hear_tick(self, tick: Tick) -> Source | None:
        """Take a price; None where it is older than what is known."""
        source = self._source((tick.asset, tick.currency, tick.venue, tick.kind))
        if tick.at < source.at:
            return None
        source.mid = (tick.bid + tick.ask) // 2
        spread_bps = (tick.ask - tick.bid) * _BPS / source.mid
        source.votes = self._parameters.votes(tick.kind, depth=tick.depth, spread_bps=spread_bps)
        source.depth = tick.depth
        self._hear(source, tick.at, tick.seen_at)
        return source

    def hear_redemption(self, paid: Redemption) -> Source | None:
        """Take what a rail pays; None where it is older than what is known."""
        source = self._source((paid.asset, paid.currency, paid.venue, SourceKind.REDEMPTION))
        if paid.at < source.at:
            return None
        source.mid = paid.value if paid.is_open else 0
        source.votes = self._parameters.redemption_vote
        self._hear(source, paid.at, paid.seen_at)
        return source

    def hear_fault(self, fault: Fault) -> list[Source]:
        """Trust a venue or a pair no more; returns what that touches."""
        self._faults[fault.venue, fault.pair] = fault
        touched = self._matching(fault.venue, fault.pair)
        for source in touched:
            source.fault = self._fault_of(source)
            source.heard = False
        return touched

    def hear_restored(self, restored: Restored) -> list[Source]:
        """Trust a venue or a pair again, from its next word or one heard since the fault."""
        if restored.pair:
            self._faults.pop((restored.venue, restored.pair), None)
        else:
            for key in [key for key in self._faults if key[0] == restored.venue]:
                del self._faults[key]
        touched = self._matching(restored.venue, restored.pair)
        for source in touched:
            source.fault = self._fault_of(source)
        return touched

    def usable_votes(self, now: Nanos) -> Floats:
        """Return the votes of all sources at `now`, 0 of those that cannot be used."""
        votes = [s.votes if s.why_not(now) is None else 0.0 for s in self.sources]
        return np.array(votes, dtype=np.float64)

    def _hear(self, source: Source, at: Nanos, seen_at: Nanos) -> None:
        source.at, source.seen_at = at, seen_at
        source.heard = True
        self.said[source.row] = log(source.mid / WAD) if source.mid else 0.0

    def _source(self, key: Key) -> Source:
        source = self._by_key.get(key)
        if source is None:
            source = self._by_key[key] = Source(key, self._parameters.max_age(key[3]))
            source.fault = self._fault_of(source)
            self._lay_out()
        return source

    def _fault_of(self, source: Source) -> Fault | None:
        pair = f"{source.base}/{source.quote}"
        return self._faults.get((source.venue, "")) or self._faults.get((source.venue, pair))

    def _matching(self, venue: str, pair: str) -> list[Source]:
        return [
            s
            for s in self.sources
            if s.venue == venue and (not pair or pair == f"{s.base}/{s.quote}")
        ]

    def _lay_out(self) -> None:
        def order(key: Key) -> tuple[str, str, str, str]:
            return key[0], key[1], key[2], key[3].value

        self.sources = [self._by_key[key] for key in sorted(self._by_key, key=order)]
        names = {s.base for s in self.sources} | {s.quote for s in self.sources}
        self.nodes = {n: i for i, n in enumerate([_DOLLAR, *sorted(names - {_DOLLAR})])}
        quotes = sorted({self.nodes[s.quote] for s in self.sources} | {0})
        self.hub = np.full(len(self.nodes), -1, dtype=np.int64)
        self.hub[quotes] = np.arange(len(quotes))
        self.hubs = len(quotes)
        self.base = np.array([self.nodes[s.base] for s in self.sources], dtype=np.int64)
        self.quote = np.array([self.nodes[s.quote] for s in self.sources], dtype=np.int64)
        self.said = np.zeros(len(self.sources))
        for row, source in enumerate(self.sources):
            source.row = row
            self.said[row] = log(source.mid / WAD) if source.mid else 0.0
