"""Runs the best plan of this moment through both simulators and explains it. Sends nothing."""

import sys
from pathlib import Path

import click
from ape.cli import ConnectedProviderCommand

from bot.config import Config
from bot.operations.rehearsal import simulate_once
from bot.operations.telling import tell_rehearsal
from scripts._connected import (
    config_option,
    connected_config,
    executor_option,
    json_option,
    one_line_errors,
    show,
)


@click.command(cls=ConnectedProviderCommand)
@config_option
@executor_option
@json_option
def cli(path: Path | None, executor: str | None, *, as_json: bool) -> None:
    """Explain what would be sent now, or why nothing would be; exits 1 if a simulation failed."""
    with one_line_errors():
        main(connected_config(path, executor=executor), as_json=as_json)


def main(config: Config | None = None, *, as_json: bool = False) -> None:
    """Simulate on the connected chain."""
    found = simulate_once(config or connected_config(None))
    show(found, tell_rehearsal(found), as_json=as_json)
    if not found.ok:
        sys.exit(1)
