"""The newest word of every source, by name and in the kernels' columns."""

from math import log
from typing import Any

import numpy as np

from bot.domain.coins import coin_of
from bot.domain.ticks import Fault, Redemption, Restored, SourceKind, Tick
from bot.domain.units import NANOS_PER_S, WAD, Nanos, Wad
from bot.market.consensus_parameters import ConsensusParameters
from bot.market.kernels.source_columns import (
    CEX,
    DEX,
    ORACLE,
    PAR,
    REDEMPTION,
    Columns,
    columns_in,
    sheets_of,
)

DOLLAR = "USD"
_KINDS = {
    SourceKind.CEX: CEX,
    SourceKind.DEX: DEX,
    SourceKind.ORACLE: ORACLE,
    SourceKind.REDEMPTION: REDEMPTION,
}
_BPS = 1e4
_FEW_VENUES = 3  # a coin of fewer is also judged by what is quoted in it
_PAR_VOTE = 0.001  # decides between even halves, and nothing else
_NEVER = 2**63 - 1
Key = tuple[str, str, str, SourceKind]  # base, quote, venue, kind


class Source:
    """One pair at one venue; changes in place, because every message changes one."""

    def __init__(self, key: Key, limit: Nanos) -> None:
        self.base, self.quote, self.venue, self.kind = key
        self.limit = limit
        self.middle = 0  # wads; 0: it says no price now
        self.votes = 0.0
        self.depth = Wad(0)
        self.at = self.seen_at = self.moved_at = Nanos(0)
        self.fault: Fault | None = None
        self.has_spoken = False  # since the last fault
        self.row = 0
        self.count = 0  # of what it said
        self.is_shown = False  # it also says something about its quote
        self.told: dict[str, Any] = {}  # by coin; the views' own

    @property
    def pair(self) -> str:
        """The pair as exchanges write it."""
        return f"{self.base}/{self.quote}"

    @property
    def is_ready(self) -> bool:
        """Whether it says a price that nothing but its age is held against."""
        return self.fault is None and self.has_spoken and self.middle > 0

    def depth_of(self, asset: str) -> Wad:
        """Return the depth in units of one of the two; 0: not told."""
        if asset == self.base or self.middle == 0:
            return self.depth
        return Wad(self.depth * self.middle // WAD)

    def why_not(self) -> str:
        """Return why it is not ready, or else that it is too old."""
        if self.fault is not None:
            return self.fault.what.value
        if not self.has_spoken:
            return "nothing came since it was restored"
        if self.middle == 0:
            return "redemption is suspended"
        return f"nothing came for more than {self.limit / NANOS_PER_S:g} s"


class SourceTable:
    """All sources, sorted, so that the order in which they were met is nothing."""

    def __init__(self, parameters: ConsensusParameters) -> None:
        self._parameters = parameters
        self._by_key: dict[Key, Source] = {}
        self._faults: dict[tuple[str, str], Fault] = {}
        self._holds_until = _NEVER
        self._lay_out()

    def solved(self, until: int) -> None:
        """Take note that all of it has been solved; without news that holds `until`."""
        self.has_news, self._holds_until = False, until

    def hear_tick(self, tick: Tick) -> list[Source]:
        """Take a price; returns the source, or nothing where it is not the newest."""
        source = self._source((tick.asset, tick.currency, tick.venue, tick.kind))
        middle = (tick.bid + tick.ask) // 2
        spread_bps = (tick.ask - tick.bid) * _BPS / middle
        votes = self._parameters.votes(tick.kind, depth=tick.depth, spread_bps=spread_bps)
        return self._hear(source, tick, middle, votes, tick.depth)

    def hear_redemption(self, paid: Redemption) -> list[Source]:
        """Take what a rail pays; returns the source, or nothing where it is not the newest."""
        source = self._source((paid.asset, paid.currency, paid.venue, SourceKind.REDEMPTION))
        middle = paid.value if paid.is_open else 0
        votes = self._parameters.redemption_votes(paid.asset)
        return self._hear(source, paid, middle, votes, paid.capacity or Wad(0))

    def hear_fault(self, fault: Fault) -> list[Source]:
        """Trust a venue or a pair no more; returns what that touches."""
        self._faults[fault.venue, fault.pair] = fault
        self.has_news = True
        touched = self._matching(fault.venue, fault.pair)
        for source in touched:
            source.has_spoken = False
            self._judge(source)
        return touched

    def hear_restored(self, restored: Restored) -> list[Source]:
        """Trust a venue or a pair again, by what it said since its fault or says next."""
        for venue, pair in list(self._faults):
            if venue == restored.venue and restored.pair in ("", pair):
                del self._faults[venue, pair]
        self.has_news = True
        touched = self._matching(restored.venue, restored.pair)
        for source in touched:
            self._judge(source)
        return touched

    def _hear(
        self, source: Source, said: Tick | Redemption, middle: int, votes: float, depth: Wad
    ) -> list[Source]:
        at = min(said.at, said.seen_at)  # a clock ahead of ours dates nothing
        if at < source.at:
            return []
        row, columns = source.row, self.columns
        self.has_news |= (
            not source.is_ready
            or (middle, votes) != (source.middle, source.votes)
            or min(source.seen_at, said.seen_at) + source.limit < self._holds_until  # the first
        )
        if middle != source.middle:
            source.middle, source.moved_at = middle, said.seen_at
            columns.moved[row] = said.seen_at
            columns.said[row] = log(middle / WAD) if middle else 0.0
        if votes != source.votes:
            source.votes = votes
            columns.votes[row] = votes
        source.depth, source.at, source.seen_at = depth, at, said.seen_at
        source.has_spoken = True
        source.count += 1
        columns.seen[row] = said.seen_at
        columns.ready[row] = source.is_ready
        return [source]

    def _source(self, key: Key) -> Source:
        source = self._by_key.get(key)
        if source is None:
            base, quote, venue, kind = key
            limit = self._parameters.max_age(kind, venue, f"{base}/{quote}")
            source = self._by_key[key] = Source(key, limit)
            self._lay_out()
            self._judge(source)
        return source

    def _judge(self, source: Source) -> None:
        found = self._faults.get((source.venue, ""))
        source.fault = found or self._faults.get((source.venue, source.pair))
        self.columns.ready[source.row] = source.is_ready

    def _matching(self, venue: str, pair: str) -> list[Source]:
        return [s for s in self.sources if s.venue == venue and pair in ("", s.pair)]

    def _lay_out(self) -> None:
        """Number currencies and sources afresh: a new source came."""
        self.has_news = True  # since all of it was solved: what would change the solution
        names = {name for key in self._by_key for name in key[:2]} - {DOLLAR}
        self.nodes = {name: node for node, name in enumerate([DOLLAR, *sorted(names)])}
        self.names = tuple(self.nodes)
        self.viewed = frozenset(filter(self._parameters.is_viewed, self.names))
        self.sources = sorted(
            self._by_key.values(),
            key=lambda s: (self.nodes[s.base], s.quote, s.venue, s.kind.value),
        )
        for row, source in enumerate(self.sources):
            source.row = row
        self.sheets = sheets_of(_columns(self.sources, self.nodes, self._parameters))
        self.columns = columns_in(self.sheets)
        for source in self.sources:
            source.is_shown = bool(self.columns.shown[source.row])
        self.rows_of = {name: _rows_of(name, self.sources, self.columns) for name in self.nodes}


def _rows_of(name: str, sources: list[Source], columns: Columns) -> list[Source]:
    return [
        source
        for source in sources
        if source.base == name or (source.quote == name and columns.shown[source.row])
    ]


def _columns(
    sources: list[Source], nodes: dict[str, int], parameters: ConsensusParameters
) -> Columns:
    homes = [
        nodes.get(coin_of(name).par.currency, -1) if parameters.is_viewed(name) else -1
        for name in nodes
    ]
    hubs = sorted({0, *(nodes[s.quote] for s in sources), *(home for home in homes if home >= 0)})
    hub = np.full(len(nodes), -1, dtype=np.int64)
    hub[hubs] = np.arange(len(hubs))
    pars = [
        (node, homes[node], coin_of(name).par.low)
        for name, node in nodes.items()
        if homes[node] >= 0 and coin_of(name).par.low == coin_of(name).par.high
    ]
    venues = {venue: i for i, venue in enumerate(sorted({s.venue for s in sources}))}
    direct = {name: {s.venue for s in sources if s.base == name} for name in nodes}
    shown = [hub[nodes[s.base]] >= 0 or len(direct[s.quote]) < _FEW_VENUES for s in sources]
    count = len(pars)
    return Columns(
        base=_ints([nodes[s.base] for s in sources] + [p[0] for p in pars]),
        quote=_ints([nodes[s.quote] for s in sources] + [p[1] for p in pars]),
        venue=_ints([venues[s.venue] for s in sources] + [-1] * count),
        kind=_ints([_KINDS[s.kind] for s in sources] + [PAR] * count),
        said=_floats([_log(s.middle) for s in sources] + [_log(p[2]) for p in pars]),
        votes=_floats([s.votes for s in sources] + [_PAR_VOTE] * count),
        ready=_ints([s.is_ready for s in sources] + [1] * count),
        seen=_ints([s.seen_at for s in sources] + [0] * count),
        limit=_ints([s.limit for s in sources] + [_NEVER] * count),
        moved=_ints([s.moved_at for s in sources] + [0] * count),
        shown=_ints([*shown, *[False] * count]),
        low=_ints([int(hub[nodes[s.quote]]) for s in sources] + [int(hub[p[1]]) for p in pars]),
        hub=hub,
        home=_ints(homes),
    )


def _log(middle: int) -> float:
    return log(middle / WAD) if middle else 0.0


def _ints(values: list[int] | list[bool]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array(values, dtype=np.int64)


def _floats(values: list[float]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.array(values, dtype=np.float64)
