"""`repeg history import`, `candles` and `archive`: recorded markets of any exchange."""

import asyncio
import time
from pathlib import Path
from typing import Any

import click
import msgspec
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from bot.commands.history_options import CONFIG, DATABASE, JSON, settings, to_read
from bot.commands.history_tables import as_time
from bot.commands.moment_option import MOMENT
from bot.config import Config
from bot.domain.candles import Candle
from bot.domain.units import WAD, Nanos
from bot.feeds.candle_feed import CandleFeed, frame_seconds
from bot.feeds.exchange_feed import ExchangeOptions
from bot.history.candle_history import CandleHistory, Retention
from bot.history.candle_store import CandleStore, Series
from bot.history.cold_candles import ColdCandles
from bot.history.database import HistoryDatabase
from bot.operations.candle_import import CandleImport, Imported

_FRAME = click.option("--frame", default="1m", show_default=True, help="As ccxt writes it.")
_SINCE = click.option("--since", type=MOMENT, required=True, help="Opened then or later, UTC.")
_UNTIL = click.option("--until", type=MOMENT, help="Opened before, UTC; now, if not given.")


@click.command(name="import")
@click.argument("venue")
@click.argument("pair")
@_FRAME
@_SINCE
@_UNTIL
@click.option("--url", help="Of a local stand-in, http://127.0.0.1:PORT.")
@CONFIG
@DATABASE
@JSON
def import_candles(path: Path | None, database: str | None, *, as_json: bool, **asked: Any) -> None:
    """Import candles of PAIR (USDC/USD) from VENUE, any exchange as ccxt calls it.

    What is there already is not asked for again: end it at any time, and it goes on from there.
    """
    config = settings(path, database)
    since, until = _window(asked["since"], asked["until"])
    options = ExchangeOptions(
        timeout_s=config.exchange.timeout_s, max_age_s=config.exchange.max_age_s, url=asked["url"]
    )
    feed = CandleFeed(asked["venue"], asked["pair"], asked["frame"], options)
    done = asyncio.run(_import(feed, config, since, until))
    if as_json:
        click.echo(msgspec.json.encode(_import_figures(done)).decode())
        return
    click.echo(
        f"{done.candles} candles in {done.pages} pages,"
        f" {as_time(done.first) or 'none'} to {as_time(done.last) or 'none'}"
    )
    if done.unusable:
        click.echo(f"{done.unusable} left out: no market can have made them")
    if done.unserved_s:
        click.echo(f"{done.unserved_s / 3600:.1f} hours of it are not kept by {feed.venue}")


@click.command()
@click.argument("venue")
@click.argument("pair")
@_FRAME
@_SINCE
@_UNTIL
@CONFIG
@DATABASE
@JSON
def candles(path: Path | None, database: str | None, *, as_json: bool, **asked: Any) -> None:
    """Print the candles of PAIR at VENUE that are kept, in the database and in the archive.

    CSV without --json.
    """
    config = settings(path, database)
    since, until = _window(asked["since"], asked["until"])
    length_s = frame_seconds(asked["frame"])
    series = Series(venue=asked["venue"], pair=asked["pair"], frame_s=length_s)
    with HistoryDatabase(to_read(config.history.url)) as opened:
        found = _candle_history(opened, config).between(series, since, until)
    if not as_json:
        click.echo("time,open,high,low,close,volume")
    for candle in found:
        values = _candle_figures(candle)
        row = msgspec.json.encode(values).decode() if as_json else ",".join(values.values())
        click.echo(row)


@click.command()
@CONFIG
@DATABASE
@JSON
def archive(path: Path | None, database: str | None, *, as_json: bool) -> None:
    """Move old days of candles to Parquet files, and delete what is too old for these.

    The settings `warm_days` and `cold_days` of [history] say what is old. Nothing leaves the
    database before it is on disk and read back.
    """
    config = settings(path, database)
    limits = Retention(warm_days=config.history.warm_days, cold_days=config.history.cold_days)
    with HistoryDatabase(to_read(config.history.url)) as opened:
        done = _candle_history(opened, config).archive(limits, Nanos(time.time_ns()))
    if as_json:
        click.echo(msgspec.json.encode(done).decode())
        return
    click.echo(f"{done.candles} candles of {done.days} days to {config.history.archive}")
    if done.dropped_days:
        click.echo(f"{done.dropped_days} days deleted there")


def _candle_history(database: HistoryDatabase, config: Config) -> CandleHistory:
    return CandleHistory(database, ColdCandles(Path(config.history.archive)))


def _window(since: Nanos, until: Nanos | None) -> tuple[Nanos, Nanos]:
    last = Nanos(time.time_ns()) if until is None else until
    if since >= last:
        raise click.UsageError(f"--since {as_time(since)} is not before {as_time(last)}")
    return since, last


async def _import(feed: CandleFeed, config: Config, since: Nanos, until: Nanos) -> Imported:
    async with feed:
        await feed.page_size()  # a pair that is not traded there is told before anything is made
        with HistoryDatabase(config.history.url) as opened, _progress() as progress:
            task = progress.add_task(f"{feed.venue} {feed.pair}", total=1.0, candles=0)
            return await CandleImport(feed, CandleStore(opened)).run(
                since,
                until,
                Nanos(time.time_ns()),
                lambda share, count: progress.update(task, completed=share, candles=count),
            )


def _progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    rest = (TextColumn("{task.fields[candles]} candles"), TimeRemainingColumn())
    return Progress(*columns, *rest, console=Console(stderr=True), transient=True)


def _import_figures(done: Imported) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.to_builtins(done)
    return {**found, "first": as_time(done.first), "last": as_time(done.last)}


def _candle_figures(candle: Candle) -> dict[str, str]:
    prices = ("open", "high", "low", "close", "volume")
    return {
        "time": as_time(candle.open_at) or "",
        **{name: f"{_decimal(getattr(candle, name))}" for name in prices},
    }


def _decimal(wad: int) -> str:
    whole, fraction = divmod(wad, WAD)
    return f"{whole}.{fraction:018}".rstrip("0").rstrip(".")
