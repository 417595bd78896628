"""Acting through ape: who signs, whether to send at all, and the receipt."""

import sys
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

import click
import msgspec
from ape import accounts, networks
from ape.api import AccountAPI

from bot.app import open_node
from bot.domain.errors import BadConfiguration
from bot.domain.units import Address
from bot.operations.acts import Act, confirm, rehearse
from bot.operations.telling import tell_act
from scripts._connected import connected_config, one_line_errors, show


class Manner(msgspec.Struct, frozen=True, kw_only=True):
    """How an act is carried out; nothing is sent unless `yes`, or a person at a terminal agrees."""

    alias: str | None = None  # of the ape account that signs
    yes: bool = False
    calldata: bool = False  # only show what a Safe must send
    as_json: bool = False


ASKING = Manner()  # at a terminal a person is asked; elsewhere nothing is sent


def acting(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options of a manner to `command`, which takes them as `manner`."""

    @click.option("--account", "alias", help="Alias of the ape account that signs and pays.")
    @click.option("--yes", is_flag=True, help="Send it without asking.")
    @click.option("--calldata", is_flag=True, help="Show what a Safe must send, and send nothing.")
    @click.option("--json", "as_json", is_flag=True, help="Print JSON and nothing else.")
    @wraps(command)
    def with_manner(**options: Any) -> None:
        names = Manner.__struct_fields__
        manner = Manner(**{name: options.pop(name) for name in names})
        with one_line_errors():
            command(**options, manner=manner)

    return with_manner


def carry_out(act: Act, manner: Manner) -> None:
    """Try `act` on the node and show it; send it where that is wanted, and read it back."""
    rpc = open_node(connected_config(None))
    tried = rehearse(rpc, act)
    if not wanted(tried, tell_act(tried), manner):
        return
    sent = send(account_of(act.sender, manner.alias), act.executor, act.data)
    done = confirm(rpc, act, tried, sent)
    show(done, [f"done and read back, transaction {sent}"], as_json=manner.as_json)


def wanted(tried: Any, lines: Iterable[str], manner: Manner) -> bool:
    """Show what was tried, and return whether it is to be sent."""
    asked = not (manner.yes or manner.calldata or manner.as_json) and sys.stdin.isatty()
    sending = manner.yes and not manner.calldata
    if not (manner.as_json and sending):  # one JSON object per run: of what is done, if anything
        show(tried, lines, as_json=manner.as_json)
    if asked:
        return click.confirm("send it?", err=True)
    if not sending:
        click.echo(
            "nothing was sent" if manner.calldata else "nothing sent without --yes", err=True
        )
    return sending


def send(account: AccountAPI, to: Address, data: bytes) -> str:
    """Return the hash of the mined transaction.

    Raises:
        BadConfiguration: it was mined and reverted.
    """
    ecosystem = networks.provider.network.ecosystem
    sent = account.call(ecosystem.create_transaction(receiver=to, data=data))
    # `call` does not wait for the block of a chain that others mine.
    receipt = networks.provider.get_receipt(sent.txn_hash)
    if receipt.failed:
        raise BadConfiguration(f"transaction {sent.txn_hash} was mined and reverted")
    return str(sent.txn_hash)


def account_of(sender: Address, alias: str | None) -> AccountAPI:
    """Return the account that signs for `sender`; on a fork anybody can be played.

    Raises:
        BadConfiguration: no such account, or it is somebody else.
    """
    if alias is None:
        if not networks.provider.network.is_dev:
            raise BadConfiguration(f"--account is missing: {sender} must sign, or see --calldata")
        return accounts.test_accounts.impersonate_account(sender)
    account = load_account(alias)
    if account.address != sender:
        raise BadConfiguration(
            f"account {alias} is {account.address}, but {sender} must sign: use --calldata there"
        )
    return account


def load_account(alias: str) -> AccountAPI:
    """Return the ape account of that alias.

    Raises:
        BadConfiguration: there is none.
    """
    known = list(accounts.aliases)
    if alias not in known:
        listed = ", ".join(known) or "none; make one with `ape accounts generate`"
        raise BadConfiguration(f"ape has no account {alias!r}; it has: {listed}")
    return accounts.load(alias)


def test_account(at: int, option: str) -> AccountAPI:
    """Return one of ape's own accounts, on a fork only.

    Raises:
        BadConfiguration: this is no fork, so `option` must be given.
    """
    if not networks.provider.network.is_dev:
        raise BadConfiguration(f"{option} is missing; only a fork has accounts to stand in")
    return accounts.test_accounts[at]
