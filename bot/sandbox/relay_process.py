"""The relay as a process of its own: `python -m bot.sandbox.relay_process --node URL`."""

import asyncio
import contextlib
import sys
from pathlib import Path
from typing import TextIO

import click
import msgspec
import structlog
from aiohttp import web

from bot.chain.rpc import RpcClient
from bot.domain.errors import BadConfiguration, NodeUnreachable, RepegError
from bot.sandbox.block_builder import BlockBuilder
from bot.sandbox.relay_options import RelayOptions
from bot.sandbox.relay_server import RelayServer
from bot.sandbox.relay_signature import SignatureRefused, verified_signer
from bot.sandbox.serving import say, stop_requested


@click.command()
@click.option("--node", required=True, help="HTTP address of anvil --no-mining --order fifo.")
@click.option("--options", default="{}", help="RelayOptions as JSON.")
@click.option("--with-parent", is_flag=True, help="Stop when standard input closes.")
def main(node: str, options: str, *, with_parent: bool) -> None:
    """Run the local relay and block builder until stopped; print its address first."""
    try:
        chosen = msgspec.json.decode(options, type=RelayOptions)
    except msgspec.DecodeError as error:
        raise click.BadParameter(str(error)) from error
    with contextlib.ExitStack() as stack:
        if chosen.log_path is not None:
            _log_to(stack.enter_context(Path(chosen.log_path).open("a", encoding="utf-8")))
        else:
            structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
        try:
            asyncio.run(_serve(node, chosen, with_parent=with_parent))
        except NodeUnreachable as error:
            say({"unreachable": error.reason})
            sys.exit(1)
        except RepegError as error:
            say({"error": str(error)})
            sys.exit(1)


async def _serve(node_url: str, options: RelayOptions, *, with_parent: bool) -> None:
    node = RpcClient(node_url, timeout_s=options.node_timeout_s)
    builder = BlockBuilder(node, coinbase=options.coinbase)
    builder.prepare()
    server = RelayServer(node, builder, options)
    with contextlib.suppress(SignatureRefused):  # loads libraries that the first bundle needs
        verified_signer(f"0x:0x{'01' * 64}00", b"")
    runner = web.AppRunner(server.application(), access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", options.port)
        try:
            await site.start()
        except OSError as error:
            raise BadConfiguration(f"relay port {options.port} cannot be used: {error}") from error
        port = runner.addresses[0][1]
        say({"url": f"http://127.0.0.1:{port}"})
        await _until_stopped(server, options.block_time_s, with_parent=with_parent)
    finally:
        await runner.cleanup()
        node.close()


async def _until_stopped(
    server: RelayServer, block_time_s: float | None, *, with_parent: bool
) -> None:
    stop = stop_requested(with_parent=with_parent)
    building = asyncio.create_task(server.keep_building(block_time_s)) if block_time_s else None
    await stop.wait()
    if building is not None:
        building.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await building


def _log_to(stream: TextIO) -> None:
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.WriteLoggerFactory(stream),
    )


if __name__ == "__main__":
    main()
