"""`repeg doctor`: is the chain what the table says it is?"""

import sys
from pathlib import Path

import click
import msgspec
from rich.console import Console
from rich.table import Table

from bot.app import open_node
from bot.config import load_config
from bot.operations.doctor import Examination, Status, examine, examine_executor

_COLOURS = {Status.OK: "green", Status.ABSENT: "yellow", Status.WRONG: "red"}


@click.command()
@click.option("--config", "path", type=click.Path(path_type=Path), help="Settings, a TOML file.")
@click.option("--rpc", metavar="URL", help="HTTP endpoint of the node.")
@click.option("--executor", metavar="ADDRESS", help="The deployed DepegExecutor, to check it too.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def doctor(path: Path | None, rpc: str | None, executor: str | None, *, as_json: bool) -> None:
    """Check every token, pool, rail and lender of the registry on chain.

    Each line is ok, absent or wrong, and says what to do. Ends with exit code 1 where an entry is
    wrong, or one is absent without which the bot cannot run.
    """
    config = load_config(path, executor=executor, node={"http_url": rpc})
    node = open_node(config)
    found = examine(node)
    if config.executor:
        own = examine_executor(node, config.executor)
        found = msgspec.structs.replace(found, findings=(*found.findings, own))
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
