"""How many requests a second Coinbase takes from one key, or from one address without key.

Source: Coinbase Advanced Trade API documentation, rate limits: 30 a second with a key, 10 without.
"""

from collections.abc import Callable

from bot.domain.units import NANOS_PER_S, Nanos
from bot.sandbox.exchange.request_meter import RequestLimits


class CoinbaseLimits:
    """`weight_per_minute` / 60 are taken each second of the venue's clock."""

    def __init__(self, limits: RequestLimits, now: Callable[[], Nanos]) -> None:
        self._now = now
        self._per_s = max(1, limits.weight_per_minute // 60)
        self._uses: dict[str, tuple[int, int]] = {}

    def charge(self, client: str) -> int:
        """Count one request; return how many seconds it comes too early, 0: none."""
        second = self._now() // NANOS_PER_S
        known, used = self._uses.get(client, (second, 0))
        used = used + 1 if known == second else 1
        self._uses[client] = second, used
        return 1 if used > self._per_s else 0
