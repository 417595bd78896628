"""`repeg doctor`: is the chain what the table says it is?"""

import sys

import click
import msgspec
from rich.console import Console
from rich.table import Table

from bot.app import open_node
from bot.config import load_config
from bot.operations.doctor import Examination, Status, examine

_COLOURS = {Status.OK: "green", Status.ABSENT: "yellow", Status.WRONG: "red"}


@click.command()
@click.option("--rpc", metavar="URL", help="HTTP endpoint of the node.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def doctor(rpc: str | None, *, as_json: bool) -> None:
    """Check every token, pool, rail and lender of the registry on chain.

    Each line is ok, absent or wrong, and says what to do. Ends with exit code 1 where an entry is
    wrong, or one is absent without which the bot cannot run.
    """
    node = open_node(load_config(None, node={"http_url": rpc}))
    found = examine(node)
    node.close()
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(_figures(found))).decode())
    else:
        _print(found, Console())
    sys.exit(0 if found.healthy else 1)


def _figures(found: Examination) -> dict[str, object]:
    return {
        "healthy": found.healthy,
        "block": found.block,
        "timestamp_s": found.timestamp_s,
        "entries": found.findings,
    }


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
