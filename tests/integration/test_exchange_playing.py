"""Recorded prices through the local exchange: the same prices at the same recorded times."""

import asyncio
import signal
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import aiohttp
import msgspec
import pytest
import urllib3
from click.testing import CliRunner

from bot.cli import main
from bot.domain.errors import BadConfiguration
from bot.domain.units import NANOS_PER_S, Nanos
from bot.feeds.replay_feed import read_prices
from bot.sandbox.exchange.exchange_options import BINANCE, LocalExchangeOptions
from bot.sandbox.exchange.local_exchange import LocalExchange, start_exchange
from bot.sandbox.exchange.recorded_prices import RecordedPrice, recorded_prices

PAIR = "USDC/USDT"
START_S = 1_678_518_000  # 2023-03-11 07:00 UTC
DEPTH = "stream.binance.com:9443/stream?streams=usdcusdt@depth@100ms"
OPTIONS = LocalExchangeOptions(venues=(BINANCE,), breath_s=0.1)


RECORDING = tuple(
    RecordedPrice(
        at=Nanos((START_S + 60 * minute) * NANOS_PER_S),
        venue="binance",
        pair=PAIR,
        bid=Decimal(price),
        ask=Decimal(price) + Decimal("0.0003"),
        depth=Decimal(5_000),
    )
    for minute, price in enumerate(("0.9900", "0.9500", "0.9000", "0.9300"))
)


async def _heard(exchange: LocalExchange, count: int) -> list[tuple[int, float, float]]:
    """Play, and return time in ms, best bid and best ask after each of `count` changes."""
    state = exchange.venue("binance").books[PAIR]
    sides = {"b": dict(state.bids), "a": dict(state.asks)}
    found: list[tuple[int, float, float]] = []
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{exchange.url}/{DEPTH}") as socket,
    ):
        exchange.play(RECORDING, speed=200)
        while len(found) < count:
            data = (await socket.receive_json())["data"]
            for side, levels in sides.items():
                levels.update((Decimal(price), Decimal(size)) for price, size in data[side])
                for price in [price for price, size in levels.items() if not size]:
                    del levels[price]
            found.append((data["E"], float(max(sides["b"])), float(min(sides["a"]))))
    return found


def test_a_recording_comes_with_its_own_prices_and_times() -> None:
    with start_exchange(OPTIONS) as exchange:
        exchange.play(RECORDING, speed=0)
        waiting = exchange.venue("binance")
        heard = asyncio.run(asyncio.wait_for(_heard(exchange, len(RECORDING)), 10))
        played = exchange.state()
    assert waiting.event_time_ns == START_S * NANOS_PER_S
    assert waiting.books[PAIR].bids[0][0] == Decimal("0.99")
    assert heard == [(row.at // 10**6, float(row.bid), float(row.ask)) for row in RECORDING]
    assert (played.playing, played.played) == (False, len(RECORDING))
    assert played.venues["binance"].event_time_ns == RECORDING[-1].at


def test_the_tape_of_a_recording_has_its_times_and_its_depth() -> None:
    with start_exchange(OPTIONS) as exchange:
        exchange.play(RECORDING, speed=10_000)
        while exchange.state().playing:
            pass
        book = exchange.venue("binance").books[PAIR]
        answer = urllib3.request(
            "GET", f"{exchange.url}/api.binance.com/api/v3/trades?symbol=USDCUSDT"
        )
    trades = msgspec.json.decode(answer.data)
    assert [trade["time"] for trade in trades] == [row.at // 10**6 for row in RECORDING]
    assert {Decimal(trade["price"]) for trade in trades} <= {
        price for row in RECORDING for price in (row.bid, row.ask)
    }
    near = [size for price, size in book.asks if price <= book.asks[0][0] * Decimal("1.001")]
    assert 4_900 < sum(near) <= 5_000


def test_stopping_a_recording_gives_the_time_back() -> None:
    with start_exchange(OPTIONS) as exchange:
        exchange.play(RECORDING, speed=1)
        assert exchange.venue("binance").event_time_ns < 1_700_000_000 * NANOS_PER_S
        exchange.stop_playing()
        venue = exchange.venue("binance")
        assert venue.event_time_ns >= venue.now_ns
        assert venue.books[PAIR].bids[0][0] == Decimal("0.99")


def test_a_price_file_is_played_as_it_stands(tmp_path: Path) -> None:
    file = tmp_path / "prices.csv"
    file.write_text(
        "time,venue,asset,bid,ask,kind,depth\n"
        "2023-03-11T07:00:00Z,binance,USDC/USDT,0.95,0.9503,cex,777\n"
        "2023-03-11T07:00:00Z,Chainlink,USDC,0.96,0.96,oracle,\n"
        "2023-03-11T07:01:00Z,kraken,USDC/USD,0.94,0.9402,cex,\n"
    )
    found = recorded_prices(read_prices(file))
    assert [(row.venue, row.bid, row.depth) for row in found] == [
        ("binance", Decimal("0.95"), 777),
        ("kraken", Decimal("0.94"), None),
    ]
    with start_exchange(OPTIONS) as exchange:  # no Kraken here: its row is left out
        exchange.play(found, speed=0)
        assert exchange.venue("binance").books[PAIR].bids[0][0] == Decimal("0.95")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_command_tells_where_it_is_and_ends_on_a_signal(number: signal.Signals) -> None:
    command = [sys.executable, "-m", "bot", "sandbox", "exchange", "--json", "--venue", "binance"]
    with subprocess.Popen([*command, "--price", f"{PAIR}=0.97"], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        told = msgspec.json.decode(process.stdout.readline())
        address = f"{told['url']}/api.binance.com/api/v3/ticker/bookTicker?symbol=USDCUSDT"
        best = msgspec.json.decode(urllib3.request("GET", address).data)
        process.send_signal(number)
        assert process.wait(20) == 0
    assert float(best["bidPrice"]) < 0.97 < float(best["askPrice"])
    assert told["venues"][0]["logins"][0]["key"] == BINANCE.logins[0].key
    with pytest.raises(urllib3.exceptions.MaxRetryError):
        urllib3.request("GET", address, retries=0)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--venue", "bitmex"], "no local exchange is called 'bitmex'"),
        (["--price", "USDC/USDT=cheap"], "is no price"),
        (["--price", "FOO/BAR=1"], "no local exchange lists 'FOO/BAR'"),
        (["--price", "USDC/USDT=-1"], "bid"),
        (["--prices", "/nowhere/prices.csv"], "/nowhere/prices.csv"),
    ],
)
def test_the_command_says_what_is_wrong_and_serves_nothing(
    arguments: list[str], words: str
) -> None:
    venue = [] if "bitmex" in arguments else ["--venue", "binance"]
    result = CliRunner().invoke(main, ["sandbox", "exchange", *venue, *arguments])
    assert result.exit_code == 1
    assert words in result.output
    assert "local exchange at" not in result.output


def test_a_taken_port_is_named_in_the_refusal() -> None:
    with start_exchange(OPTIONS) as exchange:
        port = int(exchange.url.rpartition(":")[2])
        with pytest.raises(BadConfiguration, match=str(port)):
            start_exchange(msgspec.structs.replace(OPTIONS, port=port))


def test_a_lever_for_what_is_not_there_is_refused() -> None:
    with start_exchange(OPTIONS) as exchange:
        with pytest.raises(BadConfiguration, match="no market DAI/USD"):
            exchange.set_price("binance", "DAI/USD", "1")
        with pytest.raises(BadConfiguration, match="no local exchange 'okx'"):
            exchange.set_price("okx", PAIR, "1")
