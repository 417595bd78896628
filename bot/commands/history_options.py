"""What the commands about history have in common: options, and where the database is."""

import os
import re
from pathlib import Path
from typing import Any

import click

from bot.config import HISTORY_URL, Config, load_config
from bot.domain.errors import BadConfiguration
from bot.history.database import names_file

_WITH_PASSWORD = re.compile(r"://[^/@]*:[^/@]*@")
CONFIG = click.option(
    "--config", "path", type=click.Path(path_type=Path), help="Settings, a TOML file."
)
DATABASE = click.option(
    "--database", metavar="URL", help="File or URL of the history, without a password."
)
JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object a line, no more.")


def settings(path: Path | None, database: str | None, **sections: Any) -> Config:
    """Return the settings, with the history of the option, else of the environment.

    `sections` are laid over those of the file.

    Raises:
        BadConfiguration: a setting cannot be used, or shows a password to everybody.
    """
    config = load_config(path, history={"url": database}, **sections)
    if _WITH_PASSWORD.search(config.history.url):
        raise BadConfiguration(
            f"a password does not belong into a file or on a command line: set {HISTORY_URL},"
            " or PGPASSWORD"
        )
    from_outside = os.environ.get(HISTORY_URL)
    if database is None and from_outside:
        return load_config(path, history={"url": from_outside}, **sections)
    return config


def to_read(url: str) -> str:
    """Return a history's URL, or that of an empty one in memory: reading makes no file.

    Raises:
        BadConfiguration: it is nearly a URL.
    """
    file = url.removeprefix("sqlite:///")
    is_file = file != url or names_file(url)
    return "sqlite://" if is_file and not Path(file).exists() else url
