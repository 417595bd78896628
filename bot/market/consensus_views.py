"""The solution of the consensus, told per coin and venue in exact integers."""

from math import isnan
from typing import NamedTuple

from bot.domain.coins import Par, coin_of
from bot.domain.ticks import FaultKind, SourceKind
from bot.domain.units import WAD, Nanos, Wad
from bot.domain.views import AssetView, Excluded, NoView, VenueView
from bot.market.consensus_sources import Source, SourceTable
from bot.market.kernels.source_columns import FROZEN, OUTLIER, USED, Answer

_BOOKS = (SourceKind.CEX, SourceKind.DEX)
_DOUBTS = {OUTLIER: "far from what others agree on", FROZEN: FaultKind.FROZEN.value}
_FINE_BELOW = 0.05  # prices below keep four more digits, as in the solution


class Told:
    """What a source says of a coin, if the other currency is worth `other`; changes in place."""

    __slots__ = ("count", "other", "source", "view", "weight")

    def __init__(self, source: Source, other: float, weight: float) -> None:
        self.source, self.other, self.weight = source, other, weight
        self.count = -1  # of the source's words, when `view` was made
        self.view: VenueView

    def again(self, asset: str, par: Par) -> VenueView:
        """Return the view by the source's newest word."""
        source = self.source
        price = _price_at(asset, source, self.other)
        self.count = source.count
        self.view = VenueView(
            venue=source.venue,
            kind=source.kind,
            price=price,
            off_bps=par.off_bps(price),
            depth=source.depth_of(asset),
            weight=self.weight,
            at=source.at,
        )
        return self.view


class _Shares(NamedTuple):
    """What a solution makes of one coin: the part of its view that no depth and no time changes."""

    par: Par
    worth: float  # not a number: nothing ties it to its par currency
    price: Wad
    used: list[Told]
    left_out: list[tuple[Source, float, int]]  # the same, and the state


class Solution:
    """One answer of the kernels, told per coin."""

    def __init__(self, table: SourceTable, answer: Answer) -> None:
        """Read `answer` as it is now, about the sources of `table`."""
        self._table = table
        self._price, self._used = answer.price.tolist(), answer.used.tolist()
        self._state: list[int] = answer.state.tolist()
        self._of_quote, self._of_base = answer.of_quote.tolist(), answer.of_base.tolist()
        self._shares: dict[str, _Shares] = {}

    def view_of(self, asset: str) -> AssetView | NoView:
        """Return what it says of a coin, with all depths and times that were heard since."""
        shares = self._shares.get(asset)
        if shares is None:
            shares = self._shares[asset] = self._shares_of(asset)
        excluded = [_excluded(asset, shares, *one) for one in shares.left_out]
        if not shares.used or isnan(shares.worth):
            sources = self._table.rows_of[asset]
            at = max((source.at for source in sources), default=Nanos(0))
            reasons = sorted({f"{e.venue}: {e.reason}" for e in excluded})
            return NoView(asset=asset, reason="; ".join(reasons) or "no source of its own", at=at)
        venues = [
            told.view if told.count == told.source.count else told.again(asset, shares.par)
            for told in shares.used
        ]
        books = [venue for venue in venues if venue.kind in _BOOKS]
        depth = Wad(sum([book.depth for book in books]))
        return AssetView(
            asset=asset,
            at=max([venue.at for venue in venues]),
            price=shares.price,
            off_bps=shares.par.off_bps(shares.price),
            average=_average(books, depth) or shares.price,
            depth=depth,
            venues=tuple(venues),
            excluded=tuple(excluded),
        )

    def _shares_of(self, asset: str) -> _Shares:
        used, left_out, total = [], [], 0.0
        for source in self._table.rows_of[asset]:
            row = source.row
            other = (self._of_quote if asset == source.base else self._of_base)[row]
            if self._state[row] == USED and not isnan(other):
                used.append((source, other, self._used[row]))
                total += self._used[row]
            else:
                left_out.append((source, other, self._state[row]))
        worth = self._price[self._table.nodes[asset]]
        return _Shares(
            par=coin_of(asset).par,
            worth=worth,
            price=Wad(0) if isnan(worth) else _wad(worth),
            used=[_told(asset, source, other, votes / total) for source, other, votes in used],
            left_out=left_out,
        )


def _told(asset: str, source: Source, other: float, weight: float) -> Told:
    """Return what a source was last found to say, where a new solution changes nothing in it."""
    told = source.told.get(asset)
    if told is None or told.other != other or told.weight != weight:
        told = source.told[asset] = Told(source, other, weight)
    return told


def _price_at(asset: str, source: Source, other: float) -> Wad:
    """Return the coin's price there in its par currency, if the other currency is worth `other`."""
    worth = _wad(other)
    if asset == source.base:
        return Wad(max(worth * source.middle // WAD, 1))
    return Wad(max(worth * WAD // source.middle, 1))


def _excluded(asset: str, shares: _Shares, source: Source, other: float, state: int) -> Excluded:
    par = shares.par
    off_bps, reason = None, source.why_not()
    if state == USED:
        currency = source.quote if asset == source.base else source.base
        reason = f"nothing else ties {currency} to {par.currency}"
    elif state in (OUTLIER, FROZEN):
        reason = _DOUBTS[state]
        if not isnan(other):
            price = _price_at(asset, source, other)
            off_bps = par.off_bps(price)
            reason = f"{reason} ({(price / WAD / shares.worth - 1) * 1e4:+.0f} bps)"
    return Excluded(
        venue=source.venue, kind=source.kind, reason=reason, off_bps=off_bps, at=source.at
    )


def _wad(price: float) -> Wad:
    if price >= _FINE_BELOW:
        return Wad(round(price * 1e6) * 10**12)
    return Wad(max(round(price * 1e10), 1) * 10**8)


def _average(books: list[VenueView], depth: Wad) -> Wad | None:
    """Return the average by depth, the plain one where no depth is told; None without books."""
    if depth:
        return Wad(sum([book.price * book.depth for book in books]) // depth)
    return Wad(sum([book.price for book in books]) // len(books)) if books else None
