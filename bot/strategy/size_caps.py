"""Every limit that a size is cut to, in dollars and in words."""

from collections.abc import Iterator

import msgspec

from bot.domain.issuers import issuer_of
from bot.domain.risk import RiskLimits
from bot.domain.units import WAD, Wad, human
from bot.strategy.trading_means import Means, exactly_down


class Cap(msgspec.Struct, frozen=True, kw_only=True):
    """How much more there may be, and who says so."""

    usd: Wad  # 0: nothing
    name: str


def caps_of(asset: str, means: Means, limits: RiskLimits) -> tuple[Cap, ...]:
    """Return every cap on a new position in a coin, but for those of single venues."""
    return tuple(
        Cap(usd=Wad(max(0, room)), name=name) for name, room in _rooms(asset, means, limits)
    )


def _rooms(asset: str, means: Means, limits: RiskLimits) -> Iterator[tuple[str, int]]:
    issuer = issuer_of(asset)
    coin, same = means.coin_usd.get(asset, 0), means.issuer_usd.get(issuer, 0)
    yield f"cap of the coin {asset}", exactly_down(limits.max_coin_usd) - coin
    yield f"cap of the issuer {issuer}", exactly_down(limits.max_issuer_usd) - same
    yield "cap of the day", exactly_down(limits.max_day_usd) - means.day_entries_usd
    yield "terminal cap", terminal_room(means, limits)
    yield "size ramp", means.ramp_usd
    yield "loss of the day", _until_stopped(means, limits)


def terminal_room(means: Means, limits: RiskLimits) -> Wad:
    """Return how much more may be put at risk if every coin that is held may go to nothing.

    No probability enters. What was lost today is taken off as well, so that failures one after the
    other cost no more than all at once.
    """
    most = means.equity_usd * exactly_down(limits.max_terminal_loss) // WAD
    return Wad(most - means.at_risk_usd - max(0, -means.day_result_usd))


def venue_room(venue: str, means: Means, limits: RiskLimits) -> Wad:
    """Return how much more there may be at a venue."""
    held = means.venue_usd.get(venue, 0)
    return Wad(max(0, exactly_down(limits.max_venue_usd) - held))


def tightest(wanted: Cap, caps: tuple[Cap, ...]) -> Cap:
    """Return the smallest of all; of equal ones the first, and what was wanted before all."""
    return min((wanted, *caps), key=lambda cap: cap.usd)


def told(cap: Cap) -> str:
    """Return a cap for people."""
    return f"{cap.name}: {human(cap.usd, 18)} usd"


def _until_stopped(means: Means, limits: RiskLimits) -> int:
    """Nothing once the day's loss is reached; before that it is no limit to a size."""
    is_reached = -means.day_result_usd >= exactly_down(limits.max_daily_loss_usd)
    return 0 if is_reached else exactly_down(limits.max_day_usd)
