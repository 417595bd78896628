"""The atomic side of a run: reports, one after the other, for as long as there are any."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from typing import TYPE_CHECKING, Protocol

import structlog

from bot.domain.errors import BadConfiguration, RetryableError

if TYPE_CHECKING:
    from bot.execution.node_trust_guard import Trouble
    from bot.strategy.offers import Offer

log = structlog.get_logger()
_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 30.0


class Trader(Protocol):
    """`AtomicEngine`, without loading it."""

    def reports(self) -> AsyncIterator[object]:
        """Yield a report per head."""
        ...

    def tell_offers(self, hear: Callable[["Offer | None"], None]) -> None:
        """Let somebody hear of the best offer of every block."""
        ...

    def tell_trouble(self, hear: Callable[["Trouble"], None]) -> None:
        """Let somebody hear of nodes that lie or lag."""
        ...


class Onlooker(Protocol):
    """`AtomicWatch`, without loading it."""

    def decisions(self) -> AsyncIterator[object]:
        """Yield a decision per head."""
        ...

    def tell_offers(self, hear: Callable[["Offer | None"], None]) -> None:
        """Let somebody hear of the best offer of every block."""
        ...


def require_keys(environment: Mapping[str, str], *names: str) -> None:
    """Check that keys are there, before anything else is loaded.

    Raises:
        BadConfiguration: says which to set.
    """
    for name in names:
        if not environment.get(name):
            raise BadConfiguration(f"no key: set {name}")


async def trade(engine: Trader, blocks: int | None) -> None:
    """Consume `blocks` reports, or all there ever are; a feed that ends is opened again.

    Raises:
        NodeUnreachable: the feed did not yield a single head.
        HaltError: a person must act.
    """
    await _consume(engine.reports, blocks)


async def look_on(
    watch: Onlooker, blocks: int | None, hear: Callable[[object], None] = lambda _: None
) -> None:
    """Consume the decisions of who sends nothing, as `trade` does; `hear` is told each.

    Raises as `trade` does.
    """
    await _consume(watch.decisions, blocks, hear)


async def _consume(
    told: Callable[[], AsyncIterator[object]],
    blocks: int | None,
    hear: Callable[[object], None] = lambda _: None,
) -> None:
    seen, pause_s = 0, _FIRST_PAUSE_S
    while True:
        try:
            async for one in told():
                hear(one)
                seen, pause_s = seen + 1, _FIRST_PAUSE_S
                if seen == blocks:
                    log.info("engine_stopped", reason="as many blocks as asked for", blocks=seen)
                    return
        except RetryableError as error:
            if seen == 0:
                raise
            log.warning("heads_lost", reason=str(error), retry_in_s=pause_s)
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
