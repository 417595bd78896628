"""Deploys the executor through ape and reads its two roles back."""

import os

import click
from ape import accounts, networks, project
from ape.api import AccountAPI
from ape.cli import ConnectedProviderCommand

from bot.app import open_node
from bot.chain.artifacts import PROJECT_ROOT
from bot.domain.errors import BadConfiguration
from bot.operations.deployment import confirm_deployment, roles_from
from bot.operations.telling import tell_deployment
from scripts._connected import connected_config, json_option, one_line_errors, show

os.environ.setdefault("SOLCX_BINARY_PATH", str(PROJECT_ROOT / "tools" / "solc"))


@click.command(cls=ConnectedProviderCommand)
@click.option("--owner", metavar="ADDRESS", help="Receives every profit; a cold account.")
@click.option("--operator", metavar="ADDRESS", help="Runs plans and pays their gas; a hot account.")
@click.option("--account", "alias", help="Alias of the ape account that pays for the deployment.")
@json_option
def cli(owner: str | None, operator: str | None, alias: str | None, *, as_json: bool) -> None:
    """Deploy DepegExecutor; on a fork, accounts that are not named are ape's test accounts."""
    with one_line_errors():
        main(owner, operator, alias, as_json=as_json)


def main(
    owner: str | None = None,
    operator: str | None = None,
    alias: str | None = None,
    *,
    as_json: bool = False,
) -> None:
    """Deploy to the connected chain."""
    roles = roles_from(
        _test_account(0, "--owner").address if owner is None else owner,
        _test_account(1, "--operator").address if operator is None else operator,
    )
    if roles.warning:
        click.echo(f"warning: {roles.warning}", err=True)
    rpc = open_node(connected_config(None))
    payer = _test_account(2, "--account") if alias is None else _load(alias)
    creation = project.DepegExecutor(roles.owner, roles.operator)
    sent = payer.call(creation)
    # `payer.deploy` would not wait for the block of a chain that others mine.
    receipt = networks.provider.get_receipt(sent.txn_hash)
    found = confirm_deployment(rpc, receipt.contract_address, roles, sent.txn_hash)
    show(found, tell_deployment(found), as_json=as_json)


def _test_account(at: int, option: str) -> AccountAPI:
    if not networks.provider.network.is_dev:
        raise BadConfiguration(f"{option} is missing; only a fork has accounts to stand in")
    return accounts.test_accounts[at]


def _load(alias: str) -> AccountAPI:
    known = list(accounts.aliases)
    if alias not in known:
        listed = ", ".join(known) or "none; make one with `ape accounts generate`"
        raise BadConfiguration(f"ape has no account {alias!r}; it has: {listed}")
    return accounts.load(alias)
