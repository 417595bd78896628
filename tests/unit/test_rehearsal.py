"""What a loop does that is kept awake."""

import asyncio
import time

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


def test_who_has_news_all_the_time_rehearses_nothing() -> None:
    assert acts_within(0.05, news_every_s=1e-9) == []


def test_without_anything_to_rehearse_it_stays_awake_all_the_same() -> None:
    async def script() -> bool:
        awake = asyncio.create_task(stay_awake([], lambda: 0))
        await asyncio.sleep(0.01)
        still = not awake.done()
        awake.cancel()
        return still

    assert asyncio.run(script())
