"""A server of the sandbox in its own process: says how it came up, knows when to end."""

import asyncio
import contextlib
import signal
import sys
import threading

import msgspec


def say(message: dict[str, str]) -> None:
    """Write the line that `child.Child` waits for."""
    sys.stdout.write(msgspec.json.encode(message).decode() + "\n")
    sys.stdout.flush()


def stop_requested(*, with_parent: bool) -> asyncio.Event:
    """Return what is set by SIGTERM, by SIGINT, or when the parent's end of our input closes."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for one in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(one, stop.set)
    if with_parent:
        threading.Thread(target=_await_parent, args=(loop, stop), daemon=True).start()
    return stop


def _await_parent(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    sys.stdin.buffer.read()
    with contextlib.suppress(RuntimeError):  # the loop is already closed
        loop.call_soon_threadsafe(stop.set)
