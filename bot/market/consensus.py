"""What all sources together say: a price per coin that no single source can make.

Cross rates are solved together: the dollar is worth a dollar, everything else is worth what books,
oracles and redemption make it, and no coin is taken for a dollar. Pure: the time is passed in.
"""

from math import exp

from bot.domain.coins import coin_of
from bot.domain.ticks import Fault, Message, Redemption, Restored, SourceKind, Tick
from bot.domain.units import WAD, Nanos, Wad
from bot.domain.views import AssetView, Excluded, NoView, VenueView
from bot.market.consensus_kernel import Columns, solve_prices
from bot.market.consensus_parameters import ConsensusParameters
from bot.market.consensus_sources import Source, SourceTable

_GRID = 10**12  # prices are told to a millionth: finer is noise


class Consensus:
    """The newest word of every source, and what follows from all of them."""

    def __init__(self, parameters: ConsensusParameters | None = None) -> None:
        self._parameters = parameters or ConsensusParameters()
        self._table = SourceTable(self._parameters)
        self._solved_at: Nanos | None = None

    @property
    def assets(self) -> tuple[str, ...]:
        """Every coin that was ever heard of."""
        return tuple(n for n in self._table.nodes if self._parameters.is_viewed(n))

    def hear(self, message: Message) -> frozenset[str]:
        """Take a message; returns the coins whose view it may have changed."""
        match message:
            case Tick():
                changed = self._table.hear_tick(message) is not None
            case Redemption():
                changed = self._table.hear_redemption(message) is not None
            case Fault():
                changed = bool(self._table.hear_fault(message))
            case Restored():
                changed = bool(self._table.hear_restored(message))
            case _:
                changed = False
        if not changed:
            return frozenset()
        self._solved_at = None
        return frozenset(self.assets)

    def view(self, asset: str, now: Nanos) -> AssetView | NoView:
        """Return what is known of a coin at `now`, by the clock of `seen_at`."""
        node = self._table.nodes.get(asset)
        if node is None:
            return NoView(asset=asset, reason="no source ever spoke of it", at=now)
        self._solve(now)
        par = coin_of(asset).par
        sources = [s for s in self._table.sources if asset in (s.base, s.quote)]
        reasons = [(s, s.why_not(now)) for s in sources]
        used = [s for s, reason in reasons if reason is None]
        excluded = tuple(
            Excluded(venue=s.venue, kind=s.kind, reason=reason, off_bps=None, at=s.at)
            for s, reason in reasons
            if reason is not None
        )
        home = self._table.nodes.get(par.currency)
        if not used or home is None or home not in self._reached(node):
            why = f"nothing ties it to {par.currency}" if used else "no source of it can be used"
            return NoView(asset=asset, reason=why, at=max(s.at for s in sources))
        price = _on_grid(exp(self._prices[node] - self._prices[home]))
        total = sum(s.votes for s in used)
        venues = tuple(self._venue_view(asset, s, home, total) for s in used)
        return AssetView(
            asset=asset,
            at=max(s.at for s in used),
            price=price,
            off_bps=par.off_bps(price),
            average=_average(venues, price),
            depth=Wad(sum(v.depth for v in venues)),
            venues=venues,
            excluded=excluded,
        )

    def _venue_view(self, asset: str, source: Source, home: int, total: float) -> VenueView:
        other = source.quote if asset == source.base else source.base
        worth = _on_grid(exp(self._prices[self._table.nodes[other]] - self._prices[home]))
        if asset == source.base:
            price = Wad(worth * source.mid // WAD)
        else:
            price = Wad(worth * WAD // source.mid)
        return VenueView(
            venue=source.venue,
            kind=source.kind,
            price=price,
            off_bps=coin_of(asset).par.off_bps(price),
            depth=source.depth,
            weight=source.votes / total,
            at=source.at,
        )

    def _solve(self, now: Nanos) -> None:
        if self._solved_at == now:
            return
        table = self._table
        self._votes = table.usable_votes(now)
        self._prices, _ = solve_prices(
            Columns(table.base, table.quote, table.said, self._votes, table.hub, table.hubs)
        )
        self._solved_at = now

    def _reached(self, start: int) -> set[int]:
        found, frontier = {start}, {start}
        table = self._table
        while frontier:
            meet = set()
            for row in range(len(table.sources)):
                if self._votes[row] > 0:
                    ends = {int(table.base[row]), int(table.quote[row])}
                    if ends & frontier:
                        meet |= ends
            frontier = meet - found
            found |= frontier
        return found


def _on_grid(price: float) -> Wad:
    grid = _GRID if price > 0.01 else 1
    return Wad(max(round(price * WAD / grid), 1) * grid)


def _average(venues: tuple[VenueView, ...], otherwise: Wad) -> Wad:
    books = [v for v in venues if v.kind in (SourceKind.CEX, SourceKind.DEX)]
    depth = sum(v.depth for v in books)
    if depth:
        return Wad(sum(v.price * v.depth for v in books) // depth)
    return Wad(sum(v.price for v in books) // len(books)) if books else otherwise
