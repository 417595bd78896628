"""Deploys the executor at an address that is known before, and reads roles and lists back."""

import click
from ape.cli import ConnectedProviderCommand

from bot.app import open_node
from bot.chain.create2 import CREATE2_DEPLOYER
from bot.operations.deployment import (
    DEFAULT_SALT,
    blueprint_of,
    confirm_deployment,
    rehearse_deployment,
)
from bot.operations.roles import Roles, roles_from
from bot.operations.telling import tell_deployment
from scripts._acting import ASKING, Manner, acting, load_account, send, test_account, wanted
from scripts._connected import connected_config, show


@click.command(cls=ConnectedProviderCommand)
@click.option("--owner", metavar="ADDRESS", help="Names the operator, pauses, withdraws; a Safe.")
@click.option("--operator", metavar="ADDRESS", help="Runs plans and pays their gas; a hot account.")
@click.option("--treasury", metavar="ADDRESS", help="Receives every profit; the owner if not said.")
@click.option("--salt", default=DEFAULT_SALT, show_default=True, help="Part of the address.")
@acting
def cli(
    owner: str | None, operator: str | None, treasury: str | None, salt: str, manner: Manner
) -> None:
    """Deploy DepegExecutor; on a fork, accounts that are not named are ape's test accounts."""
    main(_roles(owner, operator, treasury), salt=salt, manner=manner)


def main(roles: Roles | None = None, *, salt: str = DEFAULT_SALT, manner: Manner = ASKING) -> None:
    """Deploy to the connected chain."""
    rpc = open_node(connected_config(None))
    blueprint = blueprint_of(_roles(None, None, None) if roles is None else roles, salt=salt)
    if blueprint.roles.warning:
        click.echo(f"warning: {blueprint.roles.warning}", err=True)
    tried = rehearse_deployment(rpc, blueprint)
    if tried.deployed:
        show(tried, [*tell_deployment(tried), "it is there already"], as_json=manner.as_json)
        return
    if not wanted(tried, tell_deployment(tried), manner):
        return
    payer = test_account(2, "--account") if manner.alias is None else load_account(manner.alias)
    sent = send(payer, CREATE2_DEPLOYER, blueprint.calldata)
    done = confirm_deployment(rpc, blueprint, tried, sent)
    show(done, [f"deployed and read back, transaction {sent}"], as_json=manner.as_json)


def _roles(owner: str | None, operator: str | None, treasury: str | None) -> Roles:
    chosen = test_account(0, "--owner").address if owner is None else owner
    return roles_from(
        chosen,
        test_account(1, "--operator").address if operator is None else operator,
        chosen if treasury is None else treasury,
    )
