"""What a loop does that is kept awake."""

import asyncio
import gc
import weakref
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import count

from bot.rehearsal import stay_awake


@asynccontextmanager
async def kept_awake(
    *acts: Callable[[], None], heard: Callable[[], int] = lambda: 0
) -> AsyncIterator[None]:
    """Keep the loop awake meanwhile, ten seconds at most."""
    awake = asyncio.create_task(stay_awake(acts, heard))
    try:
        async with asyncio.timeout(10):
            yield
    finally:
        awake.cancel()
        await asyncio.gather(awake, return_exceptions=True)


def test_who_waits_rehearses_everything_by_turns() -> None:
    done = list[str]()

    async def script() -> None:
        often_enough = asyncio.Event()

        def read() -> None:
            done.append("read")
            if len(done) >= 20:
                often_enough.set()

        async with kept_awake(lambda: done.append("decide"), read):
            await often_enough.wait()

    asyncio.run(script())
    assert done[:4] == ["decide", "read", "decide", "read"]


def test_who_has_news_all_the_time_rehearses_nothing() -> None:
    done, news = list[str](), count()

    async def script() -> None:
        async with kept_awake(lambda: done.append("decide"), heard=lambda: next(news)):
            await asyncio.sleep(0.05)

    asyncio.run(script())
    assert next(news) > 10
    assert not done


def test_garbage_is_collected_while_nothing_comes_and_as_before_afterwards() -> None:
    class Knot:
        def __init__(self) -> None:
            self.itself = self

    before = gc.get_threshold()

    async def script() -> None:
        collected = asyncio.Event()
        async with kept_awake():
            await asyncio.sleep(0)
            assert gc.get_threshold()[0] > before[0]
            weakref.finalize(Knot(), collected.set)
            await collected.wait()

    asyncio.run(script())
    assert gc.get_threshold() == before
