"""Depegs and what is known of them, as a test wants them."""

from datetime import UTC, datetime

from support.asset_views import moment, price_at

from bot.domain.coins import coin_of
from bot.domain.depegs import Breadth, Depeg, Severity, Side, Status
from bot.domain.units import WAD, Nanos, Wad
from bot.strategy.evidence import Evidence, Rail

HOUR_S = 3_600


def utc(text: str) -> Nanos:
    """Return the moment of an ISO text such as ``2023-03-11T07:15``, in UTC."""
    return Nanos(int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 10**9)


def depeg_of(
    off_bps: float,
    *,
    asset: str = "USDC",
    breadth: Breadth = Breadth.EVERYWHERE,
    confirmed: bool = True,
    status: Status = Status.ACTIVE,
) -> Depeg:
    """Return a depeg whose trough is now."""
    severity = Severity.of(abs(off_bps))
    assert severity is not None
    return Depeg(
        asset=asset,
        side=Side.DISCOUNT if off_bps < 0 else Side.PREMIUM,
        start=moment(0),
        confirmed_at=moment(60) if confirmed else None,
        off_bps=off_bps,
        trough_bps=abs(off_bps),
        trough_price=price_at(off_bps),
        trough_at=moment(60),
        severity=severity,
        breadth=breadth,
        status=status,
        venues=("kraken", "binance"),
    )


def rail(value: float, *, venue: str = "issuer", pays_in: str = "USD") -> Rail:
    """Return a rail that pays `value` for one coin."""
    return Rail(venue=venue, pays_in=pays_in, worth=Wad(round(value * WAD)), at=moment(0))


def evidence_of(
    *rails: Rail,
    asset: str = "USDC",
    hit_share: float | None = None,
    supply_jump_bps: float | None = None,
    hours_until_banks: int = 0,
) -> Evidence:
    """Return what is known besides the price."""
    return Evidence(
        coin=coin_of(asset),
        at=moment(60),
        rails=rails,
        hit_share=hit_share,
        supply_jump_bps=supply_jump_bps,
        banks_closed=hours_until_banks > 0,
        hours_until_banks=hours_until_banks,
    )
