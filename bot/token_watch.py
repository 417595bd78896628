"""Whether a coin's issuer has stopped it: asked of its contract, where there is a node.

Without a node nobody can say, and nobody is asked. With one, what is not known is not traded.
"""

import asyncio
from collections.abc import Callable, Collection

import structlog

from bot.domain.errors import RetryableError, SkipError
from bot.domain.units import NANOS_PER_S, Nanos
from bot.feeds.feed import Clock

log = structlog.get_logger()
_EVERY_S = 30.0
_KNOWN_S = 120.0  # so long an answer counts


class TokenWatch:
    """Asks in a thread, one coin after the other."""

    def __init__(
        self, coins: Collection[str], ask: Callable[[str], bool | None], clock: Clock
    ) -> None:
        """`coins`: those that can be stopped. `ask` blocks; None: the contract did not say."""
        self._coins, self._ask, self._clock = coins, ask, clock
        self._stopped: dict[str, tuple[bool | None, Nanos]] = {}

    def is_stopped(self, coin: str) -> bool | None:
        """Return whether it is; None: its contract did not say, or not lately."""
        if coin not in self._coins:
            return False
        if coin not in self._stopped:
            return None
        stopped, at = self._stopped[coin]
        return stopped if self._clock.monotonic() - at <= _KNOWN_S * NANOS_PER_S else None

    async def run(self) -> None:
        """Ask for ever."""
        while True:
            for coin in self._coins:
                await self._look(coin)
            await asyncio.sleep(_EVERY_S)

    async def _look(self, coin: str) -> None:
        try:
            stopped = await asyncio.to_thread(self._ask, coin)
        except (RetryableError, SkipError) as error:
            log.warning("token_not_asked", coin=coin, reason=str(error))
            return
        if stopped and not (coin in self._stopped and self._stopped[coin][0]):
            log.error("token_stopped", coin=coin)
        self._stopped[coin] = stopped, self._clock.monotonic()
