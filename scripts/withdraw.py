"""Sends what strangers left in the executor to its treasury."""

import click
from ape.cli import ConnectedProviderCommand

from bot.app import open_node
from bot.domain.assets import BY_SYMBOL
from bot.operations.ownership import withdraw_act
from bot.operations.roles import ZERO, address_from
from scripts._acting import ASKING, Manner, acting, carry_out
from scripts._connected import connected_config, named_executor

ETHER = "ETH"


@click.command(cls=ConnectedProviderCommand)
@named_executor
@click.option("--token", required=True, metavar="TOKEN", help="A symbol, ETH, or an address.")
@acting
def cli(executor: str, token: str, manner: Manner) -> None:
    """Send the whole balance of one token to the treasury; only the owner can."""
    main(executor, token, manner=manner)


def main(executor: str, token: str, *, manner: Manner = ASKING) -> None:
    """Withdraw from an executor of the connected chain."""
    rpc = open_node(connected_config(None))
    known = BY_SYMBOL.get(token.upper())
    if token.upper() == ETHER:
        address = ZERO
    else:
        address = known.address if known else address_from("token", token)
    act = withdraw_act(rpc, address_from("executor", executor), address)
    carry_out(act, manner)
