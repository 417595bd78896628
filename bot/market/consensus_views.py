"""The solution of the consensus, told per coin and venue in exact integers."""

from math import isnan

from bot.domain.coins import Par, coin_of
from bot.domain.ticks import FaultKind, SourceKind
from bot.domain.units import WAD, Nanos, Wad
from bot.domain.views import AssetView, Excluded, NoView, VenueView
from bot.market.consensus_sources import Source, SourceTable
from bot.market.kernels.source_columns import FROZEN, OUTLIER, USED, Answer

_BOOKS = (SourceKind.CEX, SourceKind.DEX)
_DOUBTS = {OUTLIER: "far from what others agree on", FROZEN: FaultKind.FROZEN.value}
_FINE_BELOW = 0.05  # prices below keep four more digits, as in the solution


def view_of(asset: str, table: SourceTable, answer: Answer) -> AssetView | NoView:
    """Return what a solution says of one coin."""
    par = coin_of(asset).par
    sources = table.rows_of[asset]
    worth = float(answer.price[table.nodes[asset]])
    used: list[tuple[Source, float]] = []
    excluded: list[Excluded] = []
    total = 0.0
    for source in sources:
        row = source.row
        other = float((answer.of_quote if asset == source.base else answer.of_base)[row])
        if answer.state[row] == USED and not isnan(other):
            used.append((source, other))
            total += answer.used[row]
        else:
            excluded.append(_excluded(asset, source, other, worth, answer))
    if not used or isnan(worth):
        at = max((source.at for source in sources), default=Nanos(0))
        reasons = sorted({f"{e.venue}: {e.reason}" for e in excluded})
        return NoView(asset=asset, reason="; ".join(reasons) or "no source of its own", at=at)
    venues = tuple(
        _venue_view(asset, par, source, other, float(answer.used[source.row] / total))
        for source, other in used
    )
    price = _wad(worth)
    return AssetView(
        asset=asset,
        at=max(venue.at for venue in venues),
        price=price,
        off_bps=par.off_bps(price),
        average=_average(venues) or price,
        depth=Wad(sum(v.depth for v in venues if v.kind in _BOOKS)),
        venues=venues,
        excluded=tuple(excluded),
    )


def _venue_view(asset: str, par: Par, source: Source, other: float, weight: float) -> VenueView:
    """Return what a source says; the last answer where nothing in it is new."""
    question = (asset, other, weight, source.count)
    if source.told is not None and source.told[0] == question:
        return source.told[1]
    price = _price_at(asset, source, other)
    view = VenueView(
        venue=source.venue,
        kind=source.kind,
        price=price,
        off_bps=par.off_bps(price),
        depth=source.depth_of(asset),
        weight=weight,
        at=source.at,
    )
    source.told = question, view
    return view


def _price_at(asset: str, source: Source, other: float) -> Wad:
    """Return the coin's price there in its par currency, if the other currency is worth `other`."""
    worth = _wad(other)
    if asset == source.base:
        return Wad(max(worth * source.middle // WAD, 1))
    return Wad(max(worth * WAD // source.middle, 1))


def _excluded(asset: str, source: Source, other: float, worth: float, answer: Answer) -> Excluded:
    state, par = answer.state[source.row], coin_of(asset).par
    off_bps, reason = None, source.why_not()
    if state == USED:
        currency = source.quote if asset == source.base else source.base
        reason = f"nothing else ties {currency} to {par.currency}"
    elif state in (OUTLIER, FROZEN):
        reason = _DOUBTS[int(state)]
        if not isnan(other):
            price = _price_at(asset, source, other)
            off_bps = par.off_bps(price)
            reason = f"{reason} ({(price / WAD / worth - 1) * 1e4:+.0f} bps)"
    return Excluded(
        venue=source.venue, kind=source.kind, reason=reason, off_bps=off_bps, at=source.at
    )


def _wad(price: float) -> Wad:
    if price >= _FINE_BELOW:
        return Wad(round(price * 1e6) * 10**12)
    return Wad(max(round(price * 1e10), 1) * 10**8)


def _average(venues: tuple[VenueView, ...]) -> Wad | None:
    """Return the average by depth, the plain one where no depth is told; None without books."""
    books = [v for v in venues if v.kind in _BOOKS]
    depth = sum(v.depth for v in books)
    if depth:
        return Wad(sum(v.price * v.depth for v in books) // depth)
    return Wad(sum(v.price for v in books) // len(books)) if books else None
