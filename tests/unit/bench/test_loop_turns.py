"""When bytes can have come at the earliest, on a real loop and a real socket."""

import asyncio
import socket
import time
from threading import Timer

from bot.bench.loop_turns import LoopTurns
from bot.domain.units import Nanos


def read_after(*, work_s: float = 0.0, rest_s: float = 0.0) -> tuple[int, int, int]:
    """Send before so much work without a look, or after so much rest; returns sent, since, read."""

    async def script() -> tuple[int, int, int]:
        loop, sent = asyncio.get_running_loop(), list[int]()
        turns = LoopTurns(loop)
        ours, theirs = socket.socketpair()

        def send() -> None:
            sent.append(time.time_ns())
            theirs.send(b"x")

        read: asyncio.Future[int] = loop.create_future()
        loop.add_reader(ours, lambda: read.done() or read.set_result(time.time_ns()))
        try:
            await asyncio.sleep(0)
            if rest_s:
                Timer(rest_s, send).start()
            else:
                send()
                while time.time_ns() < sent[0] + work_s * 1e9:
                    pass
            at = await read
        finally:
            loop.remove_reader(ours)
            ours.close()
            theirs.close()
        return sent[0], turns.since(Nanos(at)), at

    return asyncio.run(script())


def test_what_came_while_the_loop_worked_may_have_come_before_that() -> None:
    sent, since, read = read_after(work_s=0.05)
    assert since <= sent
    assert read - since >= 50_000_000


def test_what_a_loop_at_rest_waits_for_comes_when_it_is_found() -> None:
    sent, since, read = read_after(rest_s=0.05)
    assert sent <= since <= read
