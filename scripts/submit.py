"""Decides once, sends at most one bundle, and says what became of it.

Keys come from the environment: REPEG_OPERATOR_KEY runs plans, REPEG_RELAY_KEY signs for the relay.
"""

import sys
from pathlib import Path

import click
from ape.cli import ConnectedProviderCommand

from bot.app import keys_from_environment
from bot.config import Config
from bot.operations.submission import submit_once
from bot.operations.telling import tell_submission
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
@click.option("--relay", metavar="URL", help="Where the bundle goes.")
@click.option("--journal", metavar="FILE", help="SQLite file of decisions and bundles.")
def cli(
    path: Path | None,
    executor: str | None,
    relay: str | None,
    journal: str | None,
    *,
    as_json: bool,
) -> None:
    """Exit 0 when the bundle was included, or when nothing pays; 1 for everything else."""
    overrides = {"executor": executor, "journal": journal, "relay": {"url": relay}}
    with one_line_errors():
        main(connected_config(path, **overrides), as_json=as_json)


def main(config: Config | None = None, *, as_json: bool = False) -> None:
    """Submit on the connected chain."""
    operator, identity = keys_from_environment()
    found = submit_once(config or connected_config(None), operator, identity)
    show(found, tell_submission(found), as_json=as_json)
    if not found.ok:
        sys.exit(1)
