"""`repeg sandbox up`: a local mainnet or a fork of the real one, until it is told to stop."""

import signal
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import click
import msgspec
from rich.console import Console

from bot.domain.venues import MAINNET_CHAIN_ID
from bot.finite import Finite
from bot.sandbox.anvil import Anvil, AnvilOptions
from bot.sandbox.bars import Bars
from bot.sandbox.errors import LocalChainFailed
from bot.sandbox.exchange.exchange_command import exchange
from bot.sandbox.mainnet import ensure_state
from bot.sandbox.relay import start_relay
from bot.sandbox.relay_options import RelayOptions

DEFAULT_BLOCK_TIME_S = 2.0
POLL_S = 0.2


class Endpoints(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where the sandbox listens."""

    rpc_url: str
    ws_url: str
    relay_url: str | None
    chain_id: int
    pid: int
    fork: bool


class UpOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What `up` was asked for."""

    fork_url: str | None
    port: int | None
    block_time: float
    relay: bool
    as_json: bool


@click.group()
def sandbox() -> None:
    """A local mainnet of real protocol bytecode, and local exchanges."""


sandbox.add_command(exchange)


@sandbox.command()
@click.option("--fork-url", help="Fork this RPC of Ethereum mainnet instead.")
@click.option("--port", type=click.IntRange(1, 65_535), help="Port of the node [default: free].")
@click.option(
    "--block-time",
    type=Finite(min=0, min_open=True),
    default=DEFAULT_BLOCK_TIME_S,
    show_default=True,
    help="Seconds between blocks.",
)
@click.option("--relay/--no-relay", default=True, show_default=True, help="Build bundles in.")
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON when ready.")
def up(
    *, fork_url: str | None, port: int | None, block_time: float, relay: bool, as_json: bool
) -> None:
    """Run the chain and its relay until Ctrl-C or SIGTERM.

    The first run fetches and compiles the protocols; later runs start from the cached state.
    """
    asked = UpOptions(
        fork_url=fork_url, port=port, block_time=block_time, relay=relay, as_json=as_json
    )
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    with ExitStack() as running:
        with Bars(Console(stderr=True)) as bars:
            state = ensure_state(bars.step) if fork_url is None else None
        anvil = running.enter_context(Anvil(_anvil_options(asked, state)))
        relay_url = _relay_url(asked, anvil, running)
        _announce(asked, anvil, relay_url)
        _wait(anvil)


def _wait(anvil: Anvil) -> None:
    try:
        while anvil.running:
            time.sleep(POLL_S)
    except KeyboardInterrupt:
        return
    raise LocalChainFailed("anvil ended by itself; start again")


def _anvil_options(asked: UpOptions, state: Path | None) -> AnvilOptions:
    """The relay mines; without it anvil does."""
    return AnvilOptions(
        state_path=state,
        fork_url=asked.fork_url,
        port=asked.port,
        block_time_s=None if asked.relay else asked.block_time,
        no_mining=asked.relay,
        order_fifo=asked.relay,
    )


def _relay_url(asked: UpOptions, anvil: Anvil, running: ExitStack) -> str | None:
    if not asked.relay:
        return None
    options = RelayOptions(block_time_s=asked.block_time)
    return running.enter_context(start_relay(anvil.url, options)).url


def _announce(asked: UpOptions, anvil: Anvil, relay_url: str | None) -> None:
    found = Endpoints(
        rpc_url=anvil.url,
        ws_url=anvil.ws_url,
        relay_url=relay_url,
        chain_id=MAINNET_CHAIN_ID,
        pid=anvil.pid,
        fork=asked.fork_url is not None,
    )
    if asked.as_json:
        click.echo(msgspec.json.encode(found).decode())
    else:
        click.echo("ready: " + ("fork of mainnet" if found.fork else "local mainnet"))
        click.echo(f"  rpc    {found.rpc_url}\n  ws     {found.ws_url}")
        click.echo(f"  relay  {relay_url or 'none'}\n  blocks every {asked.block_time:g} s")
        click.echo("Ctrl-C stops it.")
    sys.stdout.flush()
