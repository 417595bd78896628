"""How much each client has asked of a venue, by the minute, and who is banned."""

from collections.abc import Callable

import msgspec

from bot.domain.units import NANOS_PER_S, Nanos

_MINUTE_NS = 60 * NANOS_PER_S


class RequestLimits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a venue puts up with."""

    weight_per_minute: int = 6_000
    orders_per_ten_s: int = 100
    refusals_before_ban: int = 10  # requests beyond the limit, in the minute that it was reached
    ban_s: int = 120


class Charge(msgspec.Struct, frozen=True, kw_only=True):
    """What one request came to."""

    used: int  # weight in this minute, this request included
    wait_s: int = 0  # 0: it may be served
    banned: bool = False


class _Use(msgspec.Struct):
    minute: int = 0
    used: int = 0
    refused: int = 0
    banned_until: int = 0
    ten_s: int = 0
    orders: int = 0


class RequestMeter:
    """Counts weights in whole minutes of the venue's clock, as Binance does."""

    def __init__(self, limits: RequestLimits, now: Callable[[], Nanos]) -> None:
        self.limits, self._now = limits, now
        self._uses: dict[str, _Use] = {}

    def charge(self, client: str, weight: int) -> Charge:
        """Count one request, and say whether it is one too many."""
        now, use = self._now(), self._uses.setdefault(client, _Use())
        minute = now // _MINUTE_NS
        if now < use.banned_until:
            return Charge(used=use.used, wait_s=_seconds(use.banned_until - now), banned=True)
        if minute != use.minute:
            use.minute, use.used, use.refused = minute, 0, 0
        use.used += weight
        if use.used <= self.limits.weight_per_minute:
            return Charge(used=use.used)
        use.refused += 1
        if use.refused > self.limits.refusals_before_ban:
            use.banned_until = now + self.limits.ban_s * NANOS_PER_S
            return Charge(used=use.used, wait_s=self.limits.ban_s, banned=True)
        return Charge(used=use.used, wait_s=_seconds((minute + 1) * _MINUTE_NS - now))

    def charge_order(self, client: str) -> Charge:
        """Count one order; `used` is the number of orders in these ten seconds."""
        now, use = self._now(), self._uses.setdefault(client, _Use())
        ten_s = now // (10 * NANOS_PER_S)
        if ten_s != use.ten_s:
            use.ten_s, use.orders = ten_s, 0
        use.orders += 1
        if use.orders <= self.limits.orders_per_ten_s:
            return Charge(used=use.orders)
        return Charge(used=use.orders, wait_s=_seconds((ten_s + 1) * 10 * NANOS_PER_S - now))


def _seconds(nanos: int) -> int:
    return -(-nanos // NANOS_PER_S)
