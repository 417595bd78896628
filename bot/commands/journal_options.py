"""What the commands about orders and positions share: which journal, and who has it now."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from bot.config import Config, load_config
from bot.domain.errors import BadConfiguration
from bot.modes import Mode, orders_file

_KEPT = (Mode.LIVE, Mode.PAPER, Mode.SHADOW, Mode.MONITOR)


def journal_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --config, --journal and --mode."""
    for option in (
        click.option(
            "--mode",
            "word",
            type=click.Choice([mode.value for mode in _KEPT]),
            help="Whose journal; the only one that is there, where not told.",
        ),
        click.option("--journal", metavar="FILE", help="As for `repeg run`."),
        click.option(
            "--config", "path", type=click.Path(path_type=Path), help="Settings, a TOML file."
        ),
    ):
        command = option(command)
    return command


def chosen(path: Path | None, journal: str | None, word: str | None) -> tuple[Config, Mode, Path]:
    """Return the settings, the mode, and its file of orders, which is there.

    Raises:
        BadConfiguration: there is none, or more than one and none was named.
    """
    config = load_config(path, journal=journal)
    if word is not None:
        mode = Mode(word)
        file = orders_file(config.journal, mode)
        if not file.exists():
            raise BadConfiguration(f"{file} is not there: nothing was run in mode {mode.value}")
        return config, mode, file
    found = [(m, f) for m in _KEPT if (f := orders_file(config.journal, m)).exists()]
    if not found:
        name = orders_file(config.journal, Mode.LIVE)
        raise BadConfiguration(f"no journal of orders beside {name}: nothing was run here")
    if len(found) > 1:
        modes = ", ".join(mode.value for mode, _ in found)
        raise BadConfiguration(f"there are journals of {modes}: say which with --mode")
    mode, file = found[0]
    return config, mode, file
