"""The catalogue of past depegs that comes with this version (`catalogue/`)."""

import csv
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from importlib.resources import files

from bot.domain.coins import Backing, coin_of
from bot.domain.depegs import Breadth, Side
from bot.domain.past_depegs import Ending, Facts, Origin, PastDepeg, Redeemable
from bot.domain.units import NANOS_PER_S, WAD, Nanos, Wad

NANOS_PER_HOUR = 3600 * NANOS_PER_S

_TO_THE_MINUTE = "%Y-%m-%dT%H:%MZ"
_PRECISIONS = (_TO_THE_MINUTE, "%Y-%m-%d", "%Y-%m", "%Y")
_SHARE = re.compile(r"(?:about )?(\d+(?:\.\d+)?)\b")
_SECOND_HALF = re.compile(r"(\d{4})-H2")
_BACKINGS = {"synthetic/delta-neutral": Backing.SYNTHETIC}
_BOUNDS = {
    "min_lt_0995": "0.995",
    "min_lt_099": "0.99",
    "min_lt_098": "0.98",
    "min_lt_095": "0.95",
    "min_lt_090": "0.90",
}
_YES_NO = {"yes": True, "no": False}


def catalogue_text() -> str:
    """Return the catalogue as it is carried."""
    return (files("bot.history") / "catalogue" / "depegs.csv").read_text(encoding="utf-8")


def read_catalogue() -> tuple[PastDepeg, ...]:
    """Return every depeg of the catalogue, in its order."""
    return tuple(_depegs(catalogue_text()))


def _depegs(text: str) -> Iterator[PastDepeg]:
    for row in csv.DictReader(text.splitlines()):
        price = Wad(int(Decimal(row["trough_price"]) * WAD)) if row["trough_price"] else None
        asset = row["coin"].partition(" ")[0]
        start, end = moment_of(row["start_utc"]), moment_of(row["end_utc"])
        yield PastDepeg(
            id=row["id"],
            asset=asset,
            name=row["coin"],
            backing=_BACKINGS.get(row["issuer_class"]) or Backing(row["issuer_class"]),
            side=Side(row["direction"]),
            breadth=Breadth(row["breadth"]),
            start=start,
            trough_at=moment_of(row["trough_utc"]),
            trough_price=price,
            magnitude_bps=_magnitude(asset, price, Side(row["direction"])),
            end=end,
            hours=_hours(row),
            ending=Ending(row["outcome"] or "unknown"),
            cause=row["cause"],
            redeemable=Redeemable(row["redemption_open"]),
            hit_share=_share(row["backing_hit_share"]),
            reflexive=_YES_NO.get(row["reflexive_backing"]),
            rails_closed=_YES_NO.get(row["fiat_rails_closed"]),
            minutes_below=_minutes_below(row),
            origin=Origin.CATALOGUE,
            facts=_facts(row),
        )


def moment_of(text: str) -> Nanos | None:
    """Return the earliest moment that a text such as ``2022-06`` allows; None: it tells none."""
    halves = _SECOND_HALF.fullmatch(text)
    text = f"{halves[1]}-07" if halves else text
    for precision in _PRECISIONS:
        try:
            parsed = datetime.strptime(text, precision).replace(tzinfo=UTC)
        except ValueError:
            continue
        return Nanos(int(parsed.timestamp()) * NANOS_PER_S)
    return None


def _magnitude(asset: str, price: Wad | None, side: Side) -> float | None:
    """Return how far the trough was from par; prices are in dollars, so only of dollar coins."""
    par = coin_of(asset).par
    if price is None or par.currency != "USD":
        return None
    off_bps = par.off_bps(price)
    return max(0.0, off_bps if side is Side.PREMIUM else -off_bps)


def _hours(row: dict[str, str]) -> float | None:
    if row["hours_to_repeg"]:
        return float(row["hours_to_repeg"])
    start, end = row["start_utc"], row["end_utc"]
    if "T" not in start or "T" not in end:
        return None
    return ((moment_of(end) or 0) - (moment_of(start) or 0)) / NANOS_PER_HOUR


def _minutes_below(row: dict[str, str]) -> tuple[tuple[str, int], ...]:
    return tuple((price, int(row[column])) for column, price in _BOUNDS.items() if row[column])


def _share(text: str) -> float | None:
    found = _SHARE.match(text)
    return float(found[1]) if found else None


def _facts(row: dict[str, str]) -> Facts:
    return Facts(
        start=row["start_utc"],
        trough=row["trough_utc"],
        end=row["end_utc"],
        hit=row["backing_hit_share"],
        trough_venue=row["trough_venue"],
        minutes_basis=row["minutes_basis"],
        mechanics=row["mechanics"],
        sources=row["sources"],
        confidence=row["confidence"],
    )
