"""Messages of feeds, written short: prices as decimal text, times in seconds."""

from decimal import Decimal

from bot.domain.ticks import Fault, FaultKind, Redemption, Restored, SourceKind, Tick
from bot.domain.units import WAD, Nanos, Wad

SECOND = 10**9


def wads(text: str | float) -> Wad:
    return Wad(int(Decimal(str(text)) * WAD))


def seconds(at: float) -> Nanos:
    return Nanos(int(at * SECOND))


def tick(
    where: str,
    price: str | float,
    at: float = 1,
    *,
    kind: SourceKind = SourceKind.CEX,
    depth: float = 0,
    ask: str | float | None = None,
    seen: float | None = None,
) -> Tick:
    """A price; `where` is "venue ASSET/CURRENCY"."""
    venue, pair = where.split()
    asset, currency = pair.split("/")
    return Tick(
        venue=venue,
        kind=kind,
        asset=asset,
        currency=currency,
        bid=wads(price),
        ask=wads(price if ask is None else ask),
        depth=wads(depth),
        at=seconds(at),
        seen_at=seconds(at if seen is None else seen),
    )


def oracle(where: str, price: str | float, at: float = 1) -> Tick:
    return tick(where, price, at, kind=SourceKind.ORACLE)


def redemption(where: str, value: str | float, at: float = 1) -> Redemption:
    """What a rail pays; 0 is suspended."""
    venue, pair = where.split()
    asset, currency = pair.split("/")
    return Redemption(
        venue=venue,
        asset=asset,
        currency=currency,
        value=wads(value),
        at=seconds(at),
        seen_at=seconds(at),
    )


def fault(venue: str, pair: str = "", what: FaultKind = FaultKind.STALLED, at: float = 1) -> Fault:
    return Fault(venue=venue, pair=pair, what=what, at=seconds(at))


def restored(venue: str, pair: str = "", at: float = 1) -> Restored:
    return Restored(venue=venue, pair=pair, at=seconds(at))
