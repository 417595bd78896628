"""The solution of the consensus, told per coin and venue in exact integers."""

from math import isnan

from bot.domain.coins import Par, coin_of
from bot.domain.ticks import FaultKind, SourceKind
from bot.domain.units import WAD, Nanos, Wad
from bot.domain.views import AssetView, Excluded, NoView, VenueView
from bot.market.consensus_sources import Source, SourceTable
from bot.market.kernels.source_columns import FROZEN, OUTLIER, USED, Answer

_BOOKS = (SourceKind.CEX, SourceKind.DEX)
_FINE_BELOW = 0.05  # prices below keep four more digits, as in the solution


def view_of(asset: str, table: SourceTable, answer: Answer) -> AssetView | NoView:
    """Return what a solution says of one coin."""
    par = coin_of(asset).par
    sources = table.rows_of[asset]
    worth = float(answer.price[table.nodes[asset]])
    used: list[tuple[Source, Wad]] = []
    excluded: list[Excluded] = []
    for source in sources:
        price = _price_at(asset, source, answer)
        if price is not None and answer.state[source.row] == USED:
            used.append((source, price))
        else:
            excluded.append(_excluded(asset, source, price, worth, answer))
    if not used or isnan(worth):
        at = max((source.at for source in sources), default=Nanos(0))
        reasons = sorted({f"{e.venue}: {e.reason}" for e in excluded})
        return NoView(asset=asset, reason="; ".join(reasons) or "no source of its own", at=at)
    venues = _venue_views(asset, par, used, answer)
    price = _wad(worth)
    return AssetView(
        asset=asset,
        at=max(source.at for source, _ in used),
        price=price,
        off_bps=par.off_bps(price),
        average=_average(venues) or price,
        depth=Wad(sum(v.depth for v in venues if v.kind in _BOOKS)),
        venues=venues,
        excluded=tuple(excluded),
    )


def _venue_views(
    asset: str, par: Par, used: list[tuple[Source, Wad]], answer: Answer
) -> tuple[VenueView, ...]:
    total = sum(float(answer.used[source.row]) for source, _ in used)
    return tuple(
        VenueView(
            venue=source.venue,
            kind=source.kind,
            price=price,
            off_bps=par.off_bps(price),
            depth=source.depth_of(asset),
            weight=float(answer.used[source.row]) / total,
            at=source.at,
        )
        for source, price in used
    )


def _price_at(asset: str, source: Source, answer: Answer) -> Wad | None:
    """Return the coin's price there in its par currency, None where it says none."""
    if source.middle == 0:
        return None
    is_base = asset == source.base
    worth = float((answer.of_quote if is_base else answer.of_base)[source.row])
    if isnan(worth):
        return None
    other = _wad(worth)
    if is_base:
        return Wad(max(other * source.middle // WAD, 1))
    return Wad(max(other * WAD // source.middle, 1))


def _excluded(
    asset: str, source: Source, price: Wad | None, worth: float, answer: Answer
) -> Excluded:
    state, par = answer.state[source.row], coin_of(asset).par
    off_bps = None
    if state == OUTLIER and price is not None:
        off_bps = par.off_bps(price)
        gap = (price / WAD / worth - 1) * 1e4
        reason = f"outlier: {gap:+.0f} bps from what others agree on"
    elif state == FROZEN and price is not None:
        off_bps = par.off_bps(price)
        reason = FaultKind.FROZEN.value
    elif state == USED:
        other = source.quote if asset == source.base else source.base
        reason = f"nothing else ties {other} to {par.currency}"
    else:
        reason = source.why_not()
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
