"""How much Kraken puts up with: counters that rise with each request and decay with time.

Source: Kraken API documentation, spot REST rate limits and spot trading rate limits.
"""

from collections.abc import Callable

import msgspec

from bot.domain.units import NANOS_PER_S, Nanos
from bot.sandbox.exchange.kraken_words import KrakenError
from bot.sandbox.exchange.request_meter import RequestLimits

_CEILING_S = 20  # the counter holds what decays in so many seconds: 20 at 1 a second, tier "pro"
_ORDER_CEILING_S = 48  # 180 at 3.75 a second
_HISTORY = frozenset({"ClosedOrders", "TradesHistory", "QueryTrades"})
_FREE = frozenset(
    {"AddOrder", "CancelOrder", "CancelAll", "CancelAllOrdersAfter", "CancelOrderBatch"}
)
_CANCEL_COSTS = ((5, 8), (10, 6), (15, 5), (45, 4), (90, 2), (300, 1))  # seconds of rest, cost


class _Counter(msgspec.Struct):
    value: float = 0.0
    at: int = 0


class KrakenLimits:
    """`weight_per_minute` decays each minute; 60 makes it the tier "pro" of the documentation."""

    def __init__(self, limits: RequestLimits, now: Callable[[], Nanos]) -> None:
        self._now = now
        self._decay_per_s = limits.weight_per_minute / 60
        self._orders_per_s = limits.orders_per_ten_s / 10
        self._counters: dict[tuple[str, str], _Counter] = {}

    def charge_public(self, client: str) -> None:
        """Count a request without key.

        Raises:
            KrakenError: it is one too many.
        """
        self._charge((client, ""), 1, self._decay_per_s, _CEILING_S)

    def charge(self, account: str, method: str) -> None:
        """Count a private request; orders are counted by market instead.

        Raises:
            KrakenError: it is one too many.
        """
        if method not in _FREE:
            cost = 2 if method in _HISTORY else 1
            self._charge((account, ""), cost, self._decay_per_s, _CEILING_S)

    def charge_order(self, account: str, pair: str) -> None:
        """Count a new order.

        Raises:
            KrakenError: it is one too many.
        """
        self._charge((account, pair), 1, self._orders_per_s, _ORDER_CEILING_S, "EOrder")

    def charge_cancel(self, account: str, pair: str, rested_s: float) -> None:
        """Count a cancellation: the shorter the order has rested, the dearer. Never refused."""
        cost = next((cost for most_s, cost in _CANCEL_COSTS if rested_s < most_s), 0)
        self._count((account, pair), cost, self._orders_per_s)

    def _charge(
        self, who: tuple[str, str], cost: int, per_s: float, ceiling_s: int, kind: str = "EAPI"
    ) -> None:
        counter = self._count(who, cost, per_s)
        if counter.value > per_s * ceiling_s:
            counter.value -= cost
            raise KrakenError(f"{kind}:Rate limit exceeded")

    def _count(self, who: tuple[str, str], cost: int, per_s: float) -> _Counter:
        counter, now = self._counters.setdefault(who, _Counter()), self._now()
        passed_s = max(0, now - counter.at) / NANOS_PER_S
        counter.value = max(0.0, counter.value - passed_s * per_s) + cost
        counter.at = now
        return counter
