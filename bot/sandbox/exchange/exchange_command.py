"""`repeg sandbox exchange`: local venues to look at, to test against and to trade on paper."""

import asyncio
import contextlib
import signal
import time
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import click
import msgspec

from bot.domain.errors import BadConfiguration
from bot.feeds.replay_feed import read_prices
from bot.finite import Finite
from bot.sandbox.exchange.exchange_options import VENUES, LocalExchangeOptions
from bot.sandbox.exchange.local_exchange import LocalExchange, start_exchange
from bot.sandbox.exchange.price_mirror import mirror_all
from bot.sandbox.exchange.recorded_prices import recorded_prices
from bot.sandbox.exchange.trading_floor import Login, VenueOptions

_POLL_S = 0.2
_LIVE = "live"


class ExchangeAsked(msgspec.Struct, frozen=True, kw_only=True):
    """What the command was asked for."""

    port: int | None
    names: tuple[str, ...]
    prices: tuple[str, ...]
    recording: Path | None
    speed: float
    mirror: str | None
    as_json: bool


class VenueTold(msgspec.Struct, frozen=True, kw_only=True):
    """One venue as the command prints it."""

    venue: str
    pairs: tuple[str, ...]
    logins: tuple[Login, ...]  # they open nothing but this sandbox


class ExchangeTold(msgspec.Struct, frozen=True, kw_only=True):
    """What the command prints when the exchange is ready."""

    url: str
    pid: int
    venues: tuple[VenueTold, ...]


@click.command()
@click.option("--port", type=click.IntRange(1, 65_535), help="Port to serve [default: free].")
@click.option(
    "--venue",
    "names",
    multiple=True,
    help="Only this one of binance, kraken, coinbase; repeatable.",
)
@click.option("--price", "prices", multiple=True, metavar="PAIR=PRICE", help="Where books start.")
@click.option(
    "--prices",
    "recording",
    type=click.Path(path_type=Path, dir_okay=False),
    help="CSV or Parquet of recorded prices to play, as for `repeg detect`.",
)
@click.option(
    "--speed",
    type=Finite(min=0, min_open=True),
    default=1.0,
    show_default=True,
    help="Seconds of the recording per second.",
)
@click.option(
    "--mirror",
    metavar="live|URL",
    help="Follow the real venues' prices, or those of another local exchange.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON when ready.")
def exchange(**asked: Any) -> None:
    """Serve Binance, Kraken and Coinbase look-alikes on the loopback until Ctrl-C or SIGTERM.

    Point a ccxt client at the printed address; the venue's own host stays as the first part of
    every path. Orders are matched, balances are play money, and the keys open nothing else.
    """
    wanted = msgspec.convert(asked, ExchangeAsked)
    played = recorded_prices(read_prices(wanted.recording)) if wanted.recording else ()
    options = LocalExchangeOptions(
        port=wanted.port or 0,
        venues=_venues(wanted.names),
        prices=dict(_price(text, _venues(wanted.names)) for text in wanted.prices),
    )
    stop = _stop_requested()
    if wanted.mirror not in (None, _LIVE) and not str(wanted.mirror).startswith("http"):
        raise BadConfiguration(f"{wanted.mirror!r} is neither {_LIVE!r} nor an http address")
    with start_exchange(options) as running:
        if played:
            running.play(played, wanted.speed)
        _tell(running, as_json=wanted.as_json)
        if wanted.mirror is not None:
            asyncio.run(_mirror(running, None if wanted.mirror == _LIVE else wanted.mirror))
            return
        while not stop and running.is_up:
            time.sleep(_POLL_S)


async def _mirror(running: LocalExchange, url: str | None) -> None:
    following = asyncio.create_task(
        mirror_all(running, url, lambda error: click.echo(f"not mirrored: {error}", err=True))
    )
    for one in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(one, following.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await following


def _venues(names: tuple[str, ...]) -> tuple[VenueOptions, ...]:
    known = {venue.venue: venue for venue in VENUES}
    for name in names:
        if name not in known:
            raise BadConfiguration(
                f"no local exchange is called {name!r}; there are {', '.join(known)}"
            )
    return tuple(known[name] for name in names) or VENUES


def _price(text: str, venues: tuple[VenueOptions, ...]) -> tuple[str, Decimal]:
    pair, _, price = text.partition("=")
    if not any(market.pair == pair for venue in venues for market in venue.markets):
        raise BadConfiguration(f"no local exchange lists {pair!r}; give it as USDC/USDT=0.98")
    try:
        return pair, Decimal(price)
    except InvalidOperation as error:
        raise BadConfiguration(f"{text!r} is no price such as USDC/USDT=0.98") from error


def _tell(running: LocalExchange, *, as_json: bool) -> None:
    told = ExchangeTold(
        url=running.url,
        pid=running.process_id,
        venues=tuple(
            VenueTold(
                venue=venue.venue,
                pairs=tuple(market.pair for market in venue.markets),
                logins=venue.logins,
            )
            for venue in running.options.venues
        ),
    )
    if as_json:
        click.echo(msgspec.json.encode(told).decode())
        return
    click.echo(f"local exchange at {told.url}")
    for venue in told.venues:
        click.echo(f"  {venue.venue}: {', '.join(venue.pairs)}")
        for login in venue.logins:
            click.echo(f"    key {login.key}, secret {login.secret} (play money)")
    click.echo("Ctrl-C ends it.")


def _stop_requested() -> list[int]:
    asked: list[int] = []
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, lambda number, _: asked.append(number))
    return asked
