"""`repeg doctor`: is the chain what the table says it is?"""

import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click
import msgspec
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.app import open_node
from bot.config import load_config
from bot.operations.account_check import AccountFinding, Standing, examine_accounts, is_fit
from bot.operations.doctor import Examination, Status, examine, examine_executor
from bot.operations.node_check import NodeFinding, examine_nodes

_STANDINGS = {Standing.OK: "green", Standing.WARN: "yellow", Standing.WRONG: "red"}
_COLOURS = {Status.OK: "green", Status.ABSENT: "yellow", Status.WRONG: "red"}


@click.command()
@click.option("--config", "path", type=click.Path(path_type=Path), help="Settings, a TOML file.")
@click.option("--rpc", metavar="URL", help="HTTP endpoint of the node.")
@click.option("--executor", metavar="ADDRESS", help="The deployed DepegExecutor, to check it too.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def doctor(path: Path | None, rpc: str | None, executor: str | None, *, as_json: bool) -> None:
    """Check every token, pool, rail and lender of the registry on chain, nodes and accounts.

    Each line is ok, absent or wrong, and says what to do. Ends with exit code 1 where an entry is
    wrong, or one is absent without which the bot cannot run, or a node or account is not usable.
    """
    config = load_config(path, executor=executor, node={"http_url": rpc})
    node = open_node(config)
    found = examine(node)
    if config.executor:
        own = examine_executor(node, config.executor)
        found = msgspec.structs.replace(found, findings=(*found.findings, own))
    node.close()
    wanted = [
        msgspec.structs.replace(account, pairs=config.pairs_of(account))
        for account in config.accounts
    ]
    accounts = asyncio.run(examine_accounts(wanted, os.environ))
    places = [url for url in (config.node.http_url, config.node.second_http_url) if url]
    nodes = examine_nodes(places, config.node.chain_id, config.node.timeout_s)
    healthy = found.healthy and is_fit(accounts) and all(one.is_right for one in nodes)
    if as_json:
        figures = {**_figures(found, accounts), "nodes": nodes, "healthy": healthy}
        click.echo(msgspec.json.format(msgspec.json.encode(figures)).decode())
    else:
        console = Console()
        _print(found, console)
        _print_nodes(nodes, console)
        _print_accounts(accounts, console)
    sys.exit(0 if healthy else 1)


def _figures(found: Examination, accounts: Sequence[AccountFinding]) -> dict[str, object]:
    return {
        "block": found.block,
        "timestamp_s": found.timestamp_s,
        "entries": found.findings,
        **({"accounts": accounts} if accounts else {}),
    }


def _print_nodes(findings: Sequence[NodeFinding], console: Console) -> None:
    table = Table(title="nodes", title_justify="left", box=None)
    for column in ("", "node", "found"):
        table.add_column(column)
    for one in findings:
        status = Status.OK if one.is_right else Status.WRONG
        table.add_row(f"[{_COLOURS[status]}]{status.value}[/]", one.node, escape(one.detail))
    console.print(table)


def _print_accounts(findings: Sequence[AccountFinding], console: Console) -> None:
    if not findings:
        return
    table = Table(title="accounts", title_justify="left", box=None)
    for column in ("", "venue", "what", "found", "what to do"):
        table.add_column(column)
    for one in findings:
        standing = f"[{_STANDINGS[one.standing]}]{one.standing.value}[/]"
        table.add_row(standing, one.venue, one.subject, escape(one.detail), one.advice)
    console.print(table)


def _print(found: Examination, console: Console) -> None:
    table = Table(title=f"block {found.block}", title_justify="left", box=None)
    for column in ("", "role", "entry", "found", "what to do"):
        table.add_column(column)
    for finding in found.findings:
        status = f"[{_COLOURS[finding.status]}]{finding.status.value}[/]"
        where = f"{finding.name} [dim]{finding.address}[/]"
        table.add_row(status, finding.role.value, where, finding.detail, finding.advice)
    console.print(table)
    counts = [
        f"{sum(finding.status is status for finding in found.findings)} {status.value}"
        for status in Status
    ]
    console.print(", ".join(counts))
