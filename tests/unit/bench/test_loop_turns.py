"""When bytes can have come at the earliest, on a real loop and a real socket."""

import asyncio
import socket
import time

from bot.bench.loop_turns import LoopTurns
from bot.domain.units import Nanos


def read_after(work_s: float, rest_s: float) -> tuple[int, int, int]:
    """Send after `work_s` of work without a look, or while at rest; returns sent, since, read."""

    async def script() -> tuple[int, int, int]:
        loop = asyncio.get_running_loop()
        turns = LoopTurns(loop)
        ours, theirs = socket.socketpair()
        read: asyncio.Future[int] = loop.create_future()
        loop.add_reader(ours, lambda: read.done() or read.set_result(time.time_ns()))
        try:
            await asyncio.sleep(0)
            if rest_s:
                loop.call_later(rest_s, theirs.send, b"x")
                sent = time.time_ns() + int(rest_s * 1e9)
            else:
                sent = time.time_ns()
                theirs.send(b"x")
                while time.time_ns() < sent + work_s * 1e9:
                    pass
            at = await read
        finally:
            loop.remove_reader(ours)
            ours.close()
            theirs.close()
        return sent, turns.since(Nanos(at)), at

    return asyncio.run(script())


def test_what_came_while_the_loop_worked_may_have_come_before_that() -> None:
    sent, since, read = read_after(work_s=0.05, rest_s=0.0)
    assert since <= sent
    assert read - since >= 50_000_000


def test_what_a_loop_at_rest_waits_for_comes_when_it_is_found() -> None:
    sent, since, read = read_after(work_s=0.0, rest_s=0.05)
    assert sent <= since <= read
