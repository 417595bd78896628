"""Makes the executor refuse plans, or take them again."""

import click
from ape.cli import ConnectedProviderCommand

from bot.app import open_node
from bot.operations.ownership import pause_act
from bot.operations.roles import address_from
from scripts._acting import ASKING, Manner, acting, carry_out
from scripts._connected import connected_config, named_executor


@click.command(cls=ConnectedProviderCommand)
@named_executor
@click.option("--resume", is_flag=True, help="Take plans again.")
@acting
def cli(executor: str, *, resume: bool, manner: Manner) -> None:
    """Let plans revert until the executor is resumed; only its owner can."""
    main(executor, resume=resume, manner=manner)


def main(executor: str, *, resume: bool = False, manner: Manner = ASKING) -> None:
    """Pause or resume an executor of the connected chain."""
    rpc = open_node(connected_config(None))
    act = pause_act(rpc, address_from("executor", executor), resume=resume)
    carry_out(act, manner)
