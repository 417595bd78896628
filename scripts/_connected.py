"""From ape's connection to Repeg's settings; from Repeg's errors to one line and exit code 1."""

import logging
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import msgspec
from ape import networks
from ape.logging import ClickHandler

from bot.config import Config, load_config
from bot.domain.errors import RepegError
from bot.logs import configure_logs
from bot.operations.connection import node_urls

config_option = click.option(
    "--config", "path", type=click.Path(path_type=Path), help="Settings, a TOML file."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON and nothing else.")
named_executor = click.option(
    "--executor", required=True, metavar="ADDRESS", help="The deployed DepegExecutor."
)
executor_option = click.option("--executor", metavar="ADDRESS", help="The deployed DepegExecutor.")


def _keep_standard_output_clean() -> None:
    """Let ape speak on standard error: what a script prints may be read by a program."""
    levels = ("debug", "info", "success", "warning", "error")
    for handler in logging.getLogger("ape").handlers:
        if isinstance(handler, ClickHandler):
            handler.echo_kwargs = {level: {"err": True} for level in levels}


_keep_standard_output_clean()  # at import, which is before ape connects


def connected_config(path: Path | None, **overrides: Any) -> Config:
    """Return the settings, with the node that ape is connected to."""
    provider = networks.provider
    http_url, ws_url = node_urls(
        getattr(provider, "http_uri", None), getattr(provider, "ws_uri", None)
    )
    return load_config(path, node={"http_url": http_url, "ws_url": ws_url}, **overrides)


@contextmanager
def one_line_errors() -> Iterator[None]:
    """End the script with the error's own text, and log only errors."""
    configure_logs(quiet=True)
    try:
        yield
    except RepegError as error:
        raise click.ClickException(str(error)) from error


def show(found: Any, lines: Iterable[str], *, as_json: bool) -> None:
    """Print for people or for programs."""
    click.echo(msgspec.json.encode(found).decode() if as_json else "\n".join(lines))
    sys.stdout.flush()
