"""Changes who runs an executor, or who owns it: offer, then accept."""

import click
from ape.cli import ConnectedProviderCommand

from bot.app import open_node
from bot.domain.errors import BadConfiguration
from bot.operations.ownership import accept_act, offer_act, operator_act
from bot.operations.roles import address_from
from scripts._acting import ASKING, Manner, acting, carry_out
from scripts._connected import connected_config, named_executor


@click.command(cls=ConnectedProviderCommand)
@named_executor
@click.option("--operator", metavar="ADDRESS", help="Runs plans from now on.")
@click.option("--owner", metavar="ADDRESS", help="Is offered the ownership.")
@click.option("--accept", is_flag=True, help="Take the ownership that was offered.")
@acting
def cli(
    executor: str, operator: str | None, owner: str | None, *, accept: bool, manner: Manner
) -> None:
    """Name another operator, or hand the ownership over in two steps."""
    main(executor, operator, owner, accept=accept, manner=manner)


def main(
    executor: str,
    operator: str | None = None,
    owner: str | None = None,
    *,
    accept: bool = False,
    manner: Manner = ASKING,
) -> None:
    """Rotate one role of an executor of the connected chain."""
    if sum((operator is not None, owner is not None, accept)) != 1:
        raise BadConfiguration("say one of --operator, --owner and --accept")
    rpc = open_node(connected_config(None))
    address = address_from("executor", executor)
    if operator is not None:
        act = operator_act(rpc, address, address_from("operator", operator))
    elif owner is not None:
        act = offer_act(rpc, address, address_from("owner", owner))
    else:
        act = accept_act(rpc, address)
    carry_out(act, manner)
