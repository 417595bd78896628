"""The local exchange as a process of its own; options come as one line on standard input."""

import asyncio
import contextlib
import sys

import msgspec
from aiohttp import web

from bot.domain.errors import BadConfiguration, RepegError
from bot.sandbox.exchange.exchange_options import LocalExchangeOptions
from bot.sandbox.exchange.exchange_server import ExchangeServer
from bot.sandbox.serving import say, stop_requested


def main() -> None:
    """Serve until told to stop, or until standard input closes; print the address first."""
    try:
        options = msgspec.json.decode(sys.stdin.buffer.readline(), type=LocalExchangeOptions)
        asyncio.run(_serve(options))
    except (RepegError, msgspec.DecodeError) as error:
        say({"error": str(error)})
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
        say({"url": f"http://127.0.0.1:{runner.addresses[0][1]}"})
        await _until_stopped(server)
    finally:
        server.close()
        await runner.cleanup()


async def _until_stopped(server: ExchangeServer) -> None:
    stop = stop_requested(with_parent=True)
    breathing = asyncio.create_task(server.keep_breathing())
    await stop.wait()
    breathing.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await breathing


if __name__ == "__main__":
    main()
