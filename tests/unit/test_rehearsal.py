"""What a loop does that is kept awake."""

import asyncio
import gc
import time
import weakref

from bot.rehearsal import stay_awake


def acts_within(seconds: float, *, news_every_s: float) -> list[str]:
    """Return what was done while something was heard so often."""
    done = list[str]()
    began = time.monotonic()

    def heard() -> int:
        return int((time.monotonic() - began) / news_every_s)

    async def script() -> None:
        acts = [lambda: done.append("decide"), lambda: done.append("read")]
        awake = asyncio.create_task(stay_awake(acts, heard))
        await asyncio.sleep(seconds)
        awake.cancel()

    asyncio.run(script())
    return done


def test_who_waits_rehearses_everything_by_turns() -> None:
    done = acts_within(0.2, news_every_s=10.0)
    assert len(done) > 20
    assert done[:4] == ["decide", "read", "decide", "read"]


def test_garbage_is_collected_while_nothing_comes_and_as_before_afterwards() -> None:
    class Knot:
        def __init__(self) -> None:
            self.itself = self

    before = gc.get_threshold()

    async def script() -> None:
        awake = asyncio.create_task(stay_awake([], lambda: 0))
        await asyncio.sleep(0.01)
        assert gc.get_threshold()[0] > before[0]
        gone = weakref.ref(Knot())
        await asyncio.sleep(0.1)
        assert gone() is None
        awake.cancel()
        await asyncio.gather(awake, return_exceptions=True)

    asyncio.run(script())
    assert gc.get_threshold() == before


def test_who_has_news_all_the_time_rehearses_nothing() -> None:
    assert acts_within(0.05, news_every_s=1e-9) == []
