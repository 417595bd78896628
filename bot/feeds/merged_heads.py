"""New heads of two nodes as one: each once, from whichever tells it first.

Two heads are the same where all of it is: a false one does not stand in the way of the true one.
"""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress

import msgspec
import structlog

from bot.domain.errors import NodeUnreachable
from bot.domain.messages import Head
from bot.domain.units import Nanos
from bot.feeds.block_feed import BlockFeed

log = structlog.get_logger()

_REMEMBERED = 64  # heads
_FIRST_PAUSE_S, _LAST_PAUSE_S = 1.0, 30.0
_Heads = asyncio.Queue[tuple[int, Head | NodeUnreachable]]


class MergedHeads:
    """Listens to every node for as long as one of them speaks; a silent one is tried again."""

    def __init__(self, feeds: Sequence[BlockFeed]) -> None:
        self._feeds = tuple(feeds)
        self.ws_url = feeds[0].ws_url

    async def __aiter__(self) -> AsyncIterator[Head]:
        """Yield heads until no node tells any.

        Raises:
            NodeUnreachable: all of them refused, closed, or were silent for too long.
        """
        heads: _Heads = asyncio.Queue()
        silent: set[int] = set()
        tasks = [
            asyncio.create_task(self._listen(at, heads, silent)) for at in range(len(self._feeds))
        ]
        told: OrderedDict[Head, set[int]] = OrderedDict()
        try:
            while True:
                at, item = await heads.get()
                if isinstance(item, NodeUnreachable):
                    if len(silent) == len(self._feeds):
                        raise item
                    continue
                if _is_new(told, at, item):
                    yield item
        finally:
            for task in tasks:
                task.cancel()
            for task in tasks:
                with suppress(asyncio.CancelledError):
                    await task

    async def _listen(self, at: int, heads: _Heads, silent: set[int]) -> None:
        pause_s = _FIRST_PAUSE_S
        while True:
            try:
                async for head in self._feeds[at]:
                    silent.discard(at)
                    pause_s = _FIRST_PAUSE_S
                    heads.put_nowait((at, head))
            except NodeUnreachable as error:
                silent.add(at)
                heads.put_nowait((at, error))
                log.warning("heads_lost", reason=str(error), retry_in_s=pause_s)
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, _LAST_PAUSE_S)


def _is_new(told: OrderedDict[Head, set[int]], at: int, head: Head) -> bool:
    """Return whether no other node told it; who tells it again has gone back to it."""
    same = msgspec.structs.replace(head, seen_at=Nanos(0), source="")
    before = told.get(same, set())
    if before and at not in before:
        before.add(at)
        return False
    told[same] = {at}
    while len(told) > _REMEMBERED:
        told.popitem(last=False)
    return True
