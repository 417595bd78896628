"""`repeg demo`: the main job on a local mainnet, told in the terminal."""

import asyncio
import sys

import click
import msgspec
from rich.console import Console

from bot.commands.narration import Terminal
from bot.domain.assets import BY_SYMBOL
from bot.domain.errors import BadConfiguration
from bot.domain.units import parse_amount
from bot.domain.venues import CURVE_SUSD, V2_USDC_USDT, V3_DAI_USDC, V3_USDC_USDT, PoolSpec
from bot.logs import configure_logs
from bot.sandbox.demo import Shock, run_demo
from bot.sandbox.world import World

POOLS = {
    "curve-susd": CURVE_SUSD,
    "v2-usdc-usdt": V2_USDC_USDT,
    "v3-usdc-usdt": V3_USDC_USDT,
    "v3-dai-usdc": V3_DAI_USDC,
}


@click.command()
@click.option(
    "--shock",
    nargs=2,
    default=("USDC", "9000000"),
    show_default=True,
    metavar="TOKEN AMOUNT",
    help="What someone dumps into the pool.",
)
@click.option(
    "--pool",
    type=click.Choice(sorted(POOLS)),
    default="curve-susd",
    show_default=True,
    help="Where it is dumped.",
)
@click.option("--fork-url", help="Play on an anvil fork of this RPC, not on the local mainnet.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
@click.option("--verbose", is_flag=True, help="Show the bot's log events on standard error.")
def demo(
    *, shock: tuple[str, str], pool: str, fork_url: str | None, as_json: bool, verbose: bool
) -> None:
    """Shock a pool and let the bot close the gap with one bundle.

    Exits 0 when the profit stands in the owner's address, or when the gap is too small to pay for
    gas and nothing is sent.
    """
    configure_logs(quiet=not verbose)
    hit = parse_shock(shock[0], shock[1], POOLS[pool])
    narrator = Terminal(Console(stderr=True, quiet=True) if as_json else Console())
    with World(narrator.progress, fork_url=fork_url) as world:
        narrator.ready(world)
        result = asyncio.run(run_demo(world, hit, narrator))
    if as_json:
        click.echo(msgspec.json.encode(result).decode())
    if result.included and result.owner_gain_raw != result.profit_raw:
        sys.exit(1)


def parse_shock(symbol: str, amount: str, pool: PoolSpec) -> Shock:
    """Return the shock that the words ask for.

    Raises:
        BadConfiguration: an unknown token, one that the pool does not hold, or no amount.
    """
    token = BY_SYMBOL.get(symbol.upper())
    choices = ", ".join(held.symbol for held in pool.tokens)
    if token is None or token not in pool.tokens:
        raise BadConfiguration(f"{pool.name} holds no {symbol}; it holds {choices}")
    try:
        return Shock(token=token, amount=parse_amount(amount, token.decimals), pool=pool)
    except ValueError as error:
        raise BadConfiguration(f"amount of {token.symbol}: {error}") from error
