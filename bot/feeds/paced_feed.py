"""Messages of a recording, each at its own time by a clock that plays it."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import msgspec

from bot.domain.ticks import Redemption, Tick
from bot.feeds.feed import Clock

_STEP_S = 0.02


class PacedFeed:
    """A feed: what exchanges do not say of a recorded day, rails and oracles, while they play."""

    def __init__(self, messages: Sequence[Tick | Redemption], clock: Clock) -> None:
        """Take them in the order of time."""
        self._messages, self._clock = messages, clock

    async def __aiter__(self) -> AsyncIterator[Tick | Redemption]:
        """Yield each when its time has come, and never end: what was said holds."""
        for message in self._messages:
            while (now := self._clock.now()) < message.at:  # noqa: ASYNC110 - it is time that is waited for
                await asyncio.sleep(_STEP_S)
            yield msgspec.structs.replace(message, seen_at=now)
        await asyncio.Event().wait()
