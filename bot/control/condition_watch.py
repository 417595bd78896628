"""Turns what is seen once a second into emergencies that begin, last and end."""

from collections.abc import Callable

from bot.control.conditions import Condition, Emergency
from bot.control.emergency import EmergencyProtocol
from bot.domain.units import NANOS_PER_S, Nanos


class ConditionWatch:
    """Remembers since when each condition holds, by a monotonic clock."""

    def __init__(
        self,
        protocol: EmergencyProtocol,
        now: Callable[[], Nanos],
        monotonic: Callable[[], Nanos],
    ) -> None:
        """`now` is the wall clock, for people; what lasts is measured by `monotonic`."""
        self._protocol, self._now, self._monotonic = protocol, now, monotonic
        self._since: dict[tuple[Condition, str, str], tuple[Nanos, Nanos]] = {}

    async def see(
        self, condition: Condition, *, coin: str = "", venue: str = "", detail: str | None
    ) -> None:
        """Take one look at one condition: `detail` in words where it holds, None where not.

        Where it holds, what it asks for has been done, or told, when this returns.
        """
        key = (condition, coin, venue)
        if detail is None:
            if self._since.pop(key, None) is not None:
                self._protocol.over(condition, coin, venue)
            return
        monotonic = self._monotonic()
        since, began = self._since.setdefault(key, (self._now(), monotonic))
        await self._protocol.declare(
            Emergency(
                condition=condition,
                coin=coin,
                venue=venue,
                detail=detail,
                since=since,
                lasting_s=(monotonic - began) / NANOS_PER_S,
            )
        )
