"""Shows prices, gaps and what they are worth, block by block. Needs no key, sends nothing."""

import asyncio
from pathlib import Path
from typing import Any

import click
from ape.cli import ConnectedProviderCommand

from bot.config import Config
from bot.operations.market_view import watch
from bot.operations.telling import tell_view
from scripts._connected import config_option, connected_config, json_option, one_line_errors, show


@click.command(cls=ConnectedProviderCommand)
@config_option
@json_option
@click.option(
    "--blocks", type=click.IntRange(min=1), help="Stop after so many; the newest is the first."
)
@click.option("--exchange", "venue", metavar="NAME", help="Show its prices too, e.g. kraken.")
@click.option("--exchange-url", "url", help="Of a local stand-in for the exchange.")
@click.option("--pair", "pairs", multiple=True, help="Of the exchange, e.g. USDC/USD; repeatable.")
def cli(path: Path | None, blocks: int | None, *, as_json: bool, **exchange: Any) -> None:
    """Watch the pools against each other."""
    with one_line_errors():
        exchange["pairs"] = exchange["pairs"] or None
        main(connected_config(path, exchange=exchange), blocks=blocks, as_json=as_json)


def main(config: Config | None = None, *, blocks: int | None = 1, as_json: bool = False) -> None:
    """Show `blocks` blocks of the connected chain, or all there will be."""
    asyncio.run(_main(config or connected_config(None), blocks, as_json=as_json))


async def _main(config: Config, blocks: int | None, *, as_json: bool) -> None:
    async for view in watch(config, blocks=blocks):
        show(view, tell_view(view), as_json=as_json)
