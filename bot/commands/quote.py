"""`repeg quote`: what one pool pays now."""

import click
import msgspec
from rich.console import Console
from rich.table import Table

from bot.app import open_node
from bot.config import load_config
from bot.domain.assets import BY_SYMBOL
from bot.domain.units import Raw
from bot.operations.pool_quote import PoolQuote, find_pool, quote_pool

_PLACES = 6
_NO_LIMIT = 10**12  # whole coins


@click.command()
@click.argument("pool")
@click.argument("token_in", metavar="IN")
@click.argument("token_out", metavar="OUT")
@click.argument("amount")
@click.option("--exact-out", is_flag=True, help="AMOUNT is of OUT: what does it cost?")
@click.option("--rpc", metavar="URL", help="HTTP endpoint of the node.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def quote(*, pool: str, exact_out: bool, rpc: str | None, as_json: bool, **swap: str) -> None:
    """Ask POOL what AMOUNT whole coins of IN fetch of OUT, to the base unit.

    POOL is a name of `repeg doctor`, or part of one, an address, or the id of a Uniswap V4 pool.
    """
    spec = find_pool(pool)
    node = open_node(load_config(None, node={"http_url": rpc}))
    pair, amount = (swap["token_in"], swap["token_out"]), swap["amount"]
    found = quote_pool(node, spec, pair, amount, exact_out=exact_out)
    node.close()
    if as_json:
        click.echo(msgspec.json.encode(found).decode())
    else:
        _print(found, Console())


def _print(found: PoolQuote, console: Console) -> None:
    table = Table(box=None, show_header=False)
    table.add_row("pool", f"{found.pool} [dim]{found.address}[/], {found.kind}")
    table.add_row("block", str(found.block))
    if found.closed:
        table.add_row("closed", f"{found.token_in} to {found.token_out}: {found.closed}")
    else:
        table.add_row("in", _both(found.token_in, found.amount_in_raw))
        table.add_row("out", _both(found.token_out, found.amount_out_raw))
        table.add_row("rate", _rates(found))
        table.add_row("most in", _most(found))
    console.print(table)


def _rates(found: PoolQuote) -> str:
    if found.rate is None or found.rate_at_zero is None:
        return "none: the pool does not take that much, or pays nothing for it"
    unit = f"{found.token_out} per {found.token_in}"
    worse = f"{found.impact_bps:.4f} bps below the smallest size"
    return f"{found.rate:.8f} {unit}, {worse}"


def _both(symbol: str, amount: Raw) -> str:
    return f"{BY_SYMBOL[symbol.upper()].show(amount, _PLACES)} [dim]({amount})[/]"


def _most(found: PoolQuote) -> str:
    token = BY_SYMBOL[found.token_in.upper()]
    if found.max_in_raw > _NO_LIMIT * 10**token.decimals:
        return "no limit of its own"
    return _both(found.token_in, found.max_in_raw)
