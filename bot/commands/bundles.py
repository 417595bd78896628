"""`repeg bundles`: every bundle, what became of it, and who took what we did not."""

import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import click
import msgspec
from rich.console import Console
from rich.table import Table

from bot.commands.bundle_figures import BundleFigures, MissedFigures, figures_of, missed_of
from bot.commands.history_options import JSON
from bot.config import load_config
from bot.domain.errors import BadConfiguration
from bot.domain.inclusions import Way
from bot.history.bundle_book import BundleBook
from bot.history.bundle_takes import BundleTakes
from bot.history.journal import Journal

CONFIG = click.option(
    "--config", "path", type=click.Path(path_type=Path), help="Settings, a TOML file."
)
JOURNAL = click.option("--journal", metavar="FILE", help="As for `repeg run`.")
LAST = click.option(
    "--last", type=click.IntRange(min=1), default=20, show_default=True, help="How many, at most."
)


@click.group(invoke_without_command=True)
@CONFIG
@JOURNAL
@LAST
@JSON
@click.pass_context
def bundles(
    context: click.Context, path: Path | None, journal: str | None, last: int, *, as_json: bool
) -> None:
    """Show the newest bundles, newest first: expected and real profit, tips, ending, winner.

    `repeg bundles missed` shows the gaps that others took.
    """
    context.obj = path, journal
    if context.invoked_subcommand is not None:
        return
    kept = _journal(path, journal)
    try:
        book = BundleBook(kept)
        named = [(one, book.hash_of(one)) for one in book.last(last)]
        shown = [figures_of(one, name, book.answers(name)) for one, name in named]
    finally:
        kept.close()
    if as_json:
        _lines(shown)
        return
    Console().print(_bundle_table(shown))


@bundles.command()
@CONFIG
@JOURNAL
@LAST
@JSON
@click.pass_context
def missed(
    context: click.Context, path: Path | None, journal: str | None, last: int, *, as_json: bool
) -> None:
    """Show gaps between our pools that others took, in blocks without a bundle of ours."""
    outer: tuple[Path | None, str | None] = context.obj
    kept = _journal(path or outer[0], journal or outer[1])
    try:
        shown = [missed_of(one) for one in BundleTakes(kept).missed(last)]
    finally:
        kept.close()
    if as_json:
        _lines(shown)
        return
    Console().print(_missed_table(shown))


def _journal(path: Path | None, journal: str | None) -> Journal:
    """Open the journal that the settings name.

    Raises:
        BadConfiguration: it is not there.
        JournalUnusable: it cannot be read.
    """
    file = Path(load_config(path, journal=journal).journal)
    if not file.exists():
        raise BadConfiguration(f"{file} is not there: no bundle was ever sent from here")
    return Journal(file)


def _lines(shown: Iterable[msgspec.Struct]) -> None:
    for one in shown:
        sys.stdout.write(msgspec.json.encode(one).decode() + "\n")


def _bundle_table(shown: Iterable[BundleFigures]) -> Table:
    table = _table("block", "route", "expected", "realised", "tip ETH", "ending", "why", "builders")
    for one in shown:
        table.add_row(
            f"{one.target_block}",
            _route(one),
            "" if one.expected is None else f"{one.expected} {one.token}",
            "" if one.realised is None else one.realised,
            one.tip_offered_eth or "",
            f"{one.ending} ({one.standing})",
            _why(one),
            ", ".join(one.accepted_by),
        )
    return table


def _route(one: BundleFigures) -> str:
    """Return a plan's route, and how it travelled where that was not in a bundle."""
    route = one.route or "(found on chain)"
    return route if one.sent_as == Way.BUNDLE.value else f"{route} ({one.sent_as})"


def _why(one: BundleFigures) -> str:
    if one.winner is None:
        return one.reason
    return f"{one.reason}, who paid {one.winner.tip_eth} ETH ({one.winner.tip_known_by})"


def _missed_table(shown: Iterable[MissedFigures]) -> Table:
    table = _table("time", "block", "pools", "gain", "tip ETH", "known by", "taker", "we")
    for one in shown:
        table.add_row(
            f"{datetime.fromtimestamp(one.at_s, tz=UTC):%Y-%m-%d %H:%M:%S}",
            f"{one.block}",
            ", ".join(one.take.pools),
            f"{one.take.gain} {one.take.token}",
            one.take.tip_eth,
            one.take.tip_known_by,
            one.take.contract,
            one.ours or "were not there",
        )
    return table


def _table(*names: str) -> Table:
    table = Table(box=None)
    for name in names:
        table.add_column(name, overflow="fold")
    return table
