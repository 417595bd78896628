"""How much may be asked with one key, shared by all that use it; orders go before questions.

A bucket that fills at a steady rate: it never gives out more in any minute than the venue grants,
for bucket and rate together stay below that. When the venue says that it was too much, nothing
leaves any more for as long as it says, and half as much afterwards.
"""

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable, Mapping
from enum import Enum

import msgspec

_RESERVE = 0.3  # of the bucket: for orders alone
_SHORTEST_S = 0.002
_FIRST_REST_S = 2.0  # where the venue does not say how long
_LONGEST_REST_S = 120.0
_RECOVERY_S = 60.0  # until the full rate is back


class Quota(msgspec.Struct, frozen=True, kw_only=True):
    """What a venue grants one key."""

    burst: float  # at once, after a rest
    per_s: float
    order_burst: float  # new orders, counted apart
    orders_per_s: float


QUOTAS: Mapping[str, Quota] = {  # each below what the least of clients is granted
    "binance": Quota(burst=1_000, per_s=80, order_burst=30, orders_per_s=2),
    "kraken": Quota(burst=14, per_s=0.3, order_burst=40, orders_per_s=0.9),
    "coinbase": Quota(burst=12, per_s=15, order_burst=12, orders_per_s=15),
}
LOCAL_QUOTA = Quota(burst=1_000, per_s=60, order_burst=60, orders_per_s=4)


class Use(Enum):
    """What a request is for."""

    QUESTION = "it can wait"
    URGENT = "cancelling, or finding out what became of an order: before any question"
    ORDER = "a new order: before any question, and counted apart"


class BudgetSpent(Exception):
    """It would not be this one's turn soon enough; nothing was sent."""

    def __init__(self, wait_s: float) -> None:
        super().__init__(f"the venue's limit is used up for {wait_s:.1f} s")
        self.wait_s = wait_s


class _Bucket:
    def __init__(self, size: float, per_s: float, now: float) -> None:
        self.size, self.per_s, self.level, self.at = size, per_s, size, now

    def fill(self, now: float, share: float) -> None:
        grown = max(0.0, now - self.at) * self.per_s * share
        self.level, self.at = min(self.size, self.level + grown), max(now, self.at)

    def wait_s(self, needed: float, share: float) -> float:
        missing = min(needed, self.size) - self.level
        return max(0.0, missing) / (self.per_s * share)


class RateBudget:
    """Of one key. Lives on one event loop; its clock only goes forward."""

    def __init__(
        self,
        quota: Quota,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self.quota = quota
        self._monotonic, self._sleep = monotonic, sleep
        now = monotonic()
        self._requests = _Bucket(quota.burst, quota.per_s, now)
        self._orders = _Bucket(quota.order_burst, quota.orders_per_s, now)
        self._urgent_waiting = 0
        self._closed_until = self._slow_until = now
        self._next_rest_s = _FIRST_REST_S

    async def take(self, cost: float, use: Use, *, patience_s: float) -> None:
        """Wait until a request of this cost may leave.

        Raises:
            BudgetSpent: that would take longer than `patience_s`.
        """
        give_up_at = self._monotonic() + patience_s
        is_first = use is not Use.QUESTION
        self._urgent_waiting += is_first
        try:
            while wait_s := self._wait_s(cost, use):
                if self._monotonic() + wait_s > give_up_at:
                    raise BudgetSpent(wait_s)
                await self._sleep(max(wait_s, _SHORTEST_S))
        finally:
            self._urgent_waiting -= is_first
        self._requests.level -= cost
        self._orders.level -= use is Use.ORDER

    def hold_off(self, wait_s: float | None) -> float:
        """Let nothing leave for so long: the venue said so; returns how long that is."""
        rest_s = self._next_rest_s if wait_s is None else max(wait_s, 0.0)
        if wait_s is None:
            self._next_rest_s = min(2 * self._next_rest_s, _LONGEST_REST_S)
        now = self._monotonic()
        self._closed_until = max(self._closed_until, now + rest_s)
        self._slow_until = self._closed_until + _RECOVERY_S
        self._requests.level, self._requests.at = 0.0, self._closed_until  # fills from then on
        return self._closed_until - now

    def praise(self) -> None:
        """Something was answered: the next rest is a short one again."""
        if self._monotonic() > self._slow_until:
            self._next_rest_s = _FIRST_REST_S

    def _wait_s(self, cost: float, use: Use) -> float:
        now = self._monotonic()
        if now < self._closed_until:
            return self._closed_until - now
        share = 0.5 if now < self._slow_until else 1.0
        self._requests.fill(now, share)
        self._orders.fill(now, share)
        if use is Use.QUESTION:
            least_s = _SHORTEST_S if self._urgent_waiting else 0.0
            reserve = self._requests.size * _RESERVE
            return least_s + self._requests.wait_s(cost + reserve, share)
        wait_s = self._requests.wait_s(cost, share) if cost else 0.0
        return max(wait_s, self._orders.wait_s(1, share)) if use is Use.ORDER else wait_s


_BUDGETS: dict[tuple[str, str], RateBudget] = {}


def shared_budget(place: str, key: str, quota: Quota) -> RateBudget:
    """Return the budget of a key at a place: the same one for all of this process."""
    name = place, hashlib.sha256(key.encode()).hexdigest()
    found = _BUDGETS.get(name)
    if found is None or found.quota != quota:
        found = _BUDGETS[name] = RateBudget(quota)
    return found
