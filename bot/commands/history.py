"""`repeg history`: past depegs, how they ended, which were alike, and what to make of that."""

import time
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import Any

import click
import msgspec
from rich.console import Console

from bot.commands.history_options import CONFIG, DATABASE, JSON, settings, to_read
from bot.commands.history_tables import (
    depeg_table,
    fact_table,
    figures,
    reversion_table,
    similar_figures,
    similar_table,
)
from bot.commands.moment_option import MOMENT
from bot.domain.coins import Backing, coin_of
from bot.domain.depegs import Breadth, Side
from bot.domain.errors import BadConfiguration
from bot.domain.past_depegs import Ending, PastDepeg, Redeemable
from bot.domain.units import Nanos
from bot.finite import Finite
from bot.history.depeg_history import DepegHistory, Note, Wanted
from bot.history.reversion_statistics import Grouping

_CAUTION = (
    "counts of a chosen list, not probabilities: famous failures are over-represented,"
    " small depegs that came back by themselves are missing"
)
_CANDLES = {"archive": "archive", "candles": "candles", "import": "import_candles"}
_SIDES = [side.value for side in Side]
_COIN = click.option("--coin", help="Ticker of one coin only.")
_SINCE = click.option("--since", type=MOMENT, help="Began then or later, UTC.")
_UNTIL = click.option("--until", type=MOMENT, help="Began before, UTC.")


class _Group(click.Group):
    """Imports what deals with candles when it is called: Parquet takes long to import."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*super().list_commands(ctx), *_CANDLES])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _CANDLES:
            return super().get_command(ctx, cmd_name)
        module = import_module("bot.commands.history_candles")
        found: click.Command = getattr(module, _CANDLES[cmd_name])
        return found


@click.group(cls=_Group)
def history() -> None:
    """Past depegs: those that come with this version, and those the bot has seen."""


@history.command(name="list")
@_COIN
@_SINCE
@_UNTIL
@click.option("--side", type=click.Choice(_SIDES), help="Below or above par only.")
@CONFIG
@DATABASE
@JSON
def list_depegs(path: Path | None, database: str | None, *, as_json: bool, **wanted: Any) -> None:
    """List depegs, oldest first; those of an unknown beginning before all."""
    with _opened(path, database) as opened:
        found = opened.depegs(_wanted(**wanted))
    if as_json:
        _print_lines(figures(depeg) for depeg in found)
    else:
        _console().print(depeg_table(found))


@history.command()
@click.argument("depeg_id", metavar="ID")
@CONFIG
@DATABASE
@JSON
def show(depeg_id: str, path: Path | None, database: str | None, *, as_json: bool) -> None:
    """Show all that is known of one depeg."""
    with _opened(path, database) as opened:
        found = _found(opened, depeg_id)
    if as_json:
        _print_lines([figures(found, with_path=True)])
    else:
        _console().print(fact_table(found))


@history.command()
@click.argument("depeg_id", metavar="[ID]", required=False)
@click.option("--coin", help="Ticker, instead of an ID.")
@click.option("--bps", type=Finite(0, 1_000_000), help="How far off par.")
@click.option("--side", type=click.Choice(_SIDES), default=Side.DISCOUNT.value, show_default=True)
@click.option("--breadth", type=click.Choice([b.value for b in Breadth]), default="everywhere")
@click.option("--redemption", type=click.Choice([r.value for r in Redeemable]), default="unknown")
@click.option("--count", type=click.IntRange(min=1), default=5, show_default=True)
@_UNTIL
@CONFIG
@DATABASE
@JSON
def similar(
    depeg_id: str | None, path: Path | None, database: str | None, *, as_json: bool, **asked: Any
) -> None:
    """Find the past depegs most like ID, or like one described by options."""
    if (depeg_id is None) == (asked["coin"] is None):
        raise click.UsageError("name one: the ID of a depeg, or --coin and what is known of it")
    with _opened(path, database) as opened:
        depeg = _described(**asked) if depeg_id is None else _found(opened, depeg_id)
        found = opened.similar(depeg, asked["count"], Wanted(last=asked["until"]))
    if as_json:
        _print_lines(similar_figures(one) for one in found)
    else:
        _console().print(similar_table(found))


@history.command()
@click.option("--by", type=click.Choice([g.value for g in Grouping]), default="magnitude")
@_COIN
@_SINCE
@_UNTIL
@click.option("--side", type=click.Choice([*_SIDES, "both"]), default=Side.DISCOUNT.value)
@CONFIG
@DATABASE
@JSON
def stats(
    by: str, path: Path | None, database: str | None, *, as_json: bool, **wanted: Any
) -> None:
    """Tell how often depegs came back and how long it took, group by group.

    Rates have 95 % intervals (Wilson); mean and median hours are of those that came back and whose
    hours are known. What is not back after 90 days counts as not come back.
    """
    side = None if wanted["side"] == "both" else wanted["side"]
    with _opened(path, database) as opened:
        chosen = _wanted(**{**wanted, "side": side})
        groups = opened.reversions(Grouping(by), Nanos(time.time_ns()), chosen)
    if as_json:
        _print_lines(groups)
    else:
        _console().print(reversion_table(groups, by))
        click.echo(_CAUTION)


@history.command()
@click.argument("depeg_id", metavar="ID")
@click.option("--cause", help="What was behind it.")
@click.option("--ending", type=click.Choice([e.value for e in Ending]))
@click.option("--redemption", type=click.Choice([r.value for r in Redeemable]))
@click.option("--hit", type=Finite(0, 1), help="Share of supply that lost its backing.")
@click.option("--banks-closed/--banks-open", "rails_closed", default=None)
@CONFIG
@DATABASE
def note(depeg_id: str, path: Path | None, database: str | None, **told: Any) -> None:
    """Note what you know of a depeg beside its price; detection never overwrites it."""
    known = Note(
        cause=told["cause"],
        ending=None if told["ending"] is None else Ending(told["ending"]),
        redeemable=None if told["redemption"] is None else Redeemable(told["redemption"]),
        hit_share=told["hit"],
        rails_closed=told["rails_closed"],
    )
    if known == Note():
        raise click.UsageError("nothing to note: give at least one option")
    with _opened(path, database) as opened:
        _found(opened, depeg_id)
    with DepegHistory.open(settings(path, database).history.url) as opened:
        opened.note(depeg_id, known)


def _opened(path: Path | None, database: str | None) -> DepegHistory:
    """Open the history to read."""
    return DepegHistory.open(to_read(settings(path, database).history.url))


def _wanted(
    *, coin: str | None, since: Nanos | None, until: Nanos | None, side: str | None
) -> Wanted:
    chosen = None if side is None else Side(side)
    return Wanted(asset=coin, first=since, last=until, side=chosen)


def _described(
    *, coin: str, bps: float | None, side: str, breadth: str, redemption: str, **_: object
) -> PastDepeg:
    known = coin_of(coin)
    return PastDepeg(
        id="",
        asset=coin,
        backing=known.backing,
        side=Side(side),
        breadth=Breadth(breadth),
        magnitude_bps=bps,
        redeemable=Redeemable(redemption),
        reflexive=None if known.backing is Backing.UNKNOWN else known.reflexive,
        ending=Ending.OPEN,
    )


def _found(opened: DepegHistory, depeg_id: str) -> PastDepeg:
    found = opened.find(depeg_id)
    if found is None:
        raise BadConfiguration(f"no depeg has the id {depeg_id!r}; `repeg history list` shows them")
    return found


def _console() -> Console:
    found = Console()
    return found if found.is_terminal else Console(width=200)


def _print_lines(objects: Iterable[Any]) -> None:
    for one in objects:
        click.echo(msgspec.json.encode(one).decode())
