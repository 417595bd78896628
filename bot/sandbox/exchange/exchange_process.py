"""The local exchange as a process of its own; options come as one line on standard input."""

import asyncio
import contextlib
import signal
import sys
import threading

import msgspec
from aiohttp import web

from bot.domain.errors import BadConfiguration, RepegError
from bot.sandbox.exchange.exchange_options import LocalExchangeOptions
from bot.sandbox.exchange.exchange_server import ExchangeServer


def main() -> None:
    """Serve until told to stop, or until standard input closes; print the address first."""
    try:
        options = msgspec.json.decode(sys.stdin.buffer.readline(), type=LocalExchangeOptions)
        asyncio.run(_serve(options))
    except (RepegError, msgspec.DecodeError) as error:
        _say({"error": str(error)})
        sys.exit(1)


async def _serve(options: LocalExchangeOptions) -> None:
    server = ExchangeServer(options)
    runner = web.AppRunner(server.application(), access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", options.port)
        try:
            await site.start()
        except OSError as error:
            raise BadConfiguration(f"port {options.port} cannot be used: {error}") from error
        _say({"url": f"http://127.0.0.1:{runner.addresses[0][1]}"})
        await _until_stopped(server)
    finally:
        server.close()
        await runner.cleanup()


async def _until_stopped(server: ExchangeServer) -> None:
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for one in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(one, stop.set)
    threading.Thread(target=_await_parent, args=(loop, stop), daemon=True).start()
    breathing = asyncio.create_task(server.keep_breathing())
    await stop.wait()
    breathing.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await breathing


def _await_parent(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    sys.stdin.buffer.read()
    with contextlib.suppress(RuntimeError):  # the loop is already closed
        loop.call_soon_threadsafe(stop.set)


def _say(message: dict[str, str]) -> None:
    sys.stdout.write(msgspec.json.encode(message).decode() + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
