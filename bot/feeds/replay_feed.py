"""Recorded prices: what a file says, in the order of event time."""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from bot.domain.coins import coin_of
from bot.domain.errors import BadPriceFile
from bot.domain.ticks import Redemption, SourceKind, Tick
from bot.domain.units import WAD, Nanos, Wad
from bot.feeds.price_table import PriceRow, read_rows

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = 9 * 10**18  # of nanoseconds: in 2255
_MICROSECOND = timedelta(microseconds=1)
_NANOS_PER_MICRO = 1_000
_SINCE_EPOCH = re.compile(r"(\d{10}|\d{13}|\d{16}|\d{19})(?:\.(\d+))?", re.ASCII)
_EPOCH_SCALES = {10: 10**9, 13: 10**6, 16: 10**3, 19: 1}  # by digits, nanoseconds per unit
_PLACES = 9  # of a fraction: the rest is less than a nanosecond
_ASSET = re.compile(r"[A-Za-z0-9.$+-]{1,20}")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
_MOST = Decimal(10**12)  # dearer than anything that has a peg: a number gone wrong


def read_prices(path: Path) -> tuple[Tick | Redemption, ...]:
    """Return what a CSV or Parquet file says, by time; equal times stay in the file's order.

    Raises:
        BadPriceFile: the file, a row or a cell cannot be used; it says which, and nothing of the
            file is returned.
    """
    rows = ((row.number, _message(path, row)) for row in read_rows(path))
    told = tuple(_without_contradictions(path, sorted(rows, key=lambda row: row[1].at)))
    if not told:
        raise BadPriceFile(path, "has no rows")
    return told


def _without_contradictions(
    path: Path, rows: Iterable[tuple[int, Tick | Redemption]]
) -> Iterator[Tick | Redemption]:
    """Yield what rows in order of time say; of one source and one time there is one price."""
    at = Nanos(0)
    said: dict[tuple[str, str, str, SourceKind], tuple[int, Tick | Redemption]] = {}
    for number, message in rows:
        if message.at != at:
            at = message.at
            said.clear()
        kind = message.kind if isinstance(message, Tick) else SourceKind.REDEMPTION
        source = (message.venue, message.asset, message.currency, kind)
        first, other = said.setdefault(source, (number, message))
        if other != message:
            reason = f"says otherwise than row {first}, of the same venue, asset and time"
            raise BadPriceFile(path, reason, row=number)
        yield message


def _message(path: Path, row: PriceRow) -> Tick | Redemption:
    at = _moment(path, row)
    if not row.venue:
        raise BadPriceFile(path, "is empty", row=row.number, column="venue")
    asset, currency = _pair(path, row)
    if row.kind == SourceKind.REDEMPTION.value:
        value, capacity = _redeemed(path, row)
        return Redemption(
            venue=row.venue,
            asset=asset,
            currency=currency,
            value=value,
            capacity=capacity,
            at=at,
            seen_at=at,
        )
    bid, ask = _book(path, row)
    depth = _amount(path, row, "depth", least=Decimal(0)) if row.depth else Wad(0)
    return Tick(
        venue=row.venue,
        kind=_kind(path, row),
        asset=asset,
        currency=currency,
        bid=bid,
        ask=ask,
        depth=depth,
        at=at,
        seen_at=at,
    )


def _moment(path: Path, row: PriceRow) -> Nanos:
    text = row.time
    if since := _SINCE_EPOCH.fullmatch(text):
        whole, fraction = since[1], (since[2] or "")[:_PLACES].ljust(_PLACES, "0")
        scale = _EPOCH_SCALES[len(whole)]
        return _in_range(path, row, int(whole) * scale + int(fraction) * scale // 10**_PLACES)
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        reason = f"{text!r} is no time such as 2023-03-11T07:04:00Z, nor epoch seconds"
        raise BadPriceFile(path, reason, row=row.number, column="time") from error
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    return _in_range(path, row, (at - _EPOCH) // _MICROSECOND * _NANOS_PER_MICRO)


def _in_range(path: Path, row: PriceRow, nanos: int) -> Nanos:
    """Return a time that 64 bits hold, with room for ages."""
    if not 0 < nanos < _LATEST:
        raise BadPriceFile(
            path, f"{row.time!r} is not between 1970 and 2255", row=row.number, column="time"
        )
    return Nanos(nanos)


def _pair(path: Path, row: PriceRow) -> tuple[str, str]:
    base, slash, quote = row.asset.partition("/")
    names = (base, quote) if slash else (base,)
    if not all(_ASSET.fullmatch(name) for name in names) or base == quote:
        reason = f"{row.asset!r} is neither a coin nor a pair such as USDC/USDT"
        raise BadPriceFile(path, reason, row=row.number, column="asset")
    coin = coin_of(base)
    return coin.symbol, coin_of(quote).symbol if slash else coin.par.currency


def _kind(path: Path, row: PriceRow) -> SourceKind:
    try:
        return SourceKind(row.kind or SourceKind.CEX.value)
    except ValueError as error:
        kinds = ", ".join(kind.value for kind in SourceKind)
        reason = f"{row.kind!r} is none of {kinds}"
        raise BadPriceFile(path, reason, row=row.number, column="kind") from error


def _redeemed(path: Path, row: PriceRow) -> tuple[Wad, Wad | None]:
    """Nothing in the cell, or zero, is a redemption that is suspended."""
    column = "price" if row.price or not row.bid else "bid"
    paid = getattr(row, column)
    value = _amount(path, row, column, least=Decimal(0)) if paid else Wad(0)
    capacity = _amount(path, row, "depth", least=Decimal(0)) if row.depth else None
    return value, capacity


def _book(path: Path, row: PriceRow) -> tuple[Wad, Wad]:
    if row.price and not row.bid and not row.ask:
        price = _amount(path, row, "price")
        return price, price
    if row.has_price and not row.bid and not row.ask:
        raise BadPriceFile(path, "is empty", row=row.number, column="price")
    bid, ask = _amount(path, row, "bid"), _amount(path, row, "ask")
    if bid > ask:
        reason = f"{row.bid} is above the ask, {row.ask}"
        raise BadPriceFile(path, reason, row=row.number, column="bid")
    return bid, ask


def _amount(path: Path, row: PriceRow, column: str, *, least: Decimal | None = None) -> Wad:
    """Return a number of the row, to the eighteenth digit; above zero where no least is given."""
    text = getattr(row, column)
    if not _NUMBER.fullmatch(text):
        reason = f"{text!r} is not a number" if text else "is empty"
        raise BadPriceFile(path, reason, row=row.number, column=column)
    number = Decimal(text)
    if number > _MOST:
        raise BadPriceFile(path, f"{text} is no price", row=row.number, column=column)
    amount = int(number * WAD)
    if amount <= 0 if least is None else number < least:
        limit = "above zero" if least is None else f"at least {least}"
        raise BadPriceFile(path, f"{text} is not {limit}", row=row.number, column=column)
    return Wad(amount)
