"""Starts the local exchange in its own process, and pulls its levers."""

import os
import select
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from decimal import Decimal
from typing import IO, Self

import msgspec
import urllib3

from bot.chain.artifacts import PROJECT_ROOT
from bot.domain.errors import BadConfiguration, RetryableError
from bot.sandbox.exchange.candle_book import Bar
from bot.sandbox.exchange.control import (
    ExchangeState,
    Flood,
    Lever,
    Mend,
    Misbehave,
    Play,
    SeedCandles,
    SetMarket,
    SetNetworks,
    SetPrice,
    StopPlaying,
    VenueState,
)
from bot.sandbox.exchange.exchange_options import LocalExchangeOptions
from bot.sandbox.exchange.mishap import Mishap
from bot.sandbox.exchange.recorded_prices import RecordedPrice
from bot.sandbox.exchange.spot_market import Market, Network

_START_TIMEOUT_S = 60.0
_STOP_TIMEOUT_S = 5.0
_CONTROL_TIMEOUT_S = 60.0
_INHERITED = ("PATH", "HOME", "LANG", "TMPDIR")  # no variable that may hold a key


class LocalExchangeFailed(RetryableError):
    """The process ended, or one of its levers did not work."""


class LocalExchange:
    """A running local exchange. Its calls block for about a millisecond."""

    def __init__(
        self, process: subprocess.Popen[bytes], url: str, options: LocalExchangeOptions
    ) -> None:
        self.url, self.options = url, options
        self._process = process
        self._pool = urllib3.PoolManager(maxsize=2, retries=False, timeout=_CONTROL_TIMEOUT_S)

    @property
    def process_id(self) -> int:
        """Of the server."""
        return self._process.pid

    @property
    def is_up(self) -> bool:
        """Whether the process runs."""
        return self._process.poll() is None

    def pull(self, lever: Lever) -> None:
        """Do what a lever says.

        Raises:
            BadConfiguration: it says something that cannot be done.
            LocalExchangeFailed: no answer.
        """
        answer = self._request("POST", "pull", msgspec.json.encode(lever))
        if "error" in (said := msgspec.json.decode(answer)):
            raise BadConfiguration(said["error"])

    def set_price(self, venue: str, pair: str, price: Decimal | str) -> None:
        """Quote a market around another price."""
        self.pull(SetPrice(venue=venue, pair=pair, price=Decimal(price)))

    def misbehave(self, mishap: Mishap) -> None:
        """Let something go wrong."""
        self.pull(Misbehave(mishap=mishap))

    def mend(self) -> None:
        """Let nothing go wrong any more."""
        self.pull(Mend())

    def flood(self, venue: str, count: int, seed: int = 0) -> None:
        """Say each socket's last message again, maimed in `count` ways."""
        self.pull(Flood(venue=venue, count=count, seed=seed))

    def play(self, rows: Sequence[RecordedPrice], speed: float = 1.0) -> None:
        """Play recorded prices from the first on; returns at once.

        At speed 0 it waits at the first, so that clients can connect before anything happens.
        """
        self.pull(Play(rows=tuple(rows), speed=speed))

    def stop_playing(self) -> None:
        """End the recording."""
        self.pull(StopPlaying())

    def set_market(self, venue: str, market: Market) -> None:
        """Change the rules or the state of a market."""
        self.pull(SetMarket(venue=venue, market=market))

    def set_networks(self, venue: str, currency: str, networks: Sequence[Network]) -> None:
        """Change the ways in and out for a currency."""
        self.pull(SetNetworks(venue=venue, currency=currency, networks=tuple(networks)))

    def seed_candles(self, venue: str, pair: str, bars: Sequence[Bar]) -> None:
        """Put candles of one minute each into a market's past."""
        self.pull(SeedCandles(venue=venue, pair=pair, bars=tuple(bars)))

    def state(self) -> ExchangeState:
        """Return how everything is now."""
        return msgspec.json.decode(self._request("GET", "state"), type=ExchangeState)

    def venue(self, name: str) -> VenueState:
        """Return how one venue is now."""
        return self.state().venues[name]

    def kill(self) -> None:
        """End the process as a crash would; `stop` is still to be called."""
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """End the process; it stops by itself when this process dies."""
        self._pool.clear()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()
        try:
            self._process.wait(_STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _request(self, verb: str, path: str, body: bytes | None = None) -> bytes:
        try:
            response = self._pool.request(verb, f"{self.url}/control/{path}", body=body)
        except urllib3.exceptions.HTTPError as error:
            raise LocalExchangeFailed(f"local exchange {self.url}: {error}") from error
        return response.data


def start_exchange(options: LocalExchangeOptions | None = None) -> LocalExchange:
    """Start the local exchange on the loopback.

    Raises:
        BadConfiguration: the options cannot be used, or the port is taken.
        LocalExchangeFailed: the process did not come up.
    """
    chosen = options or LocalExchangeOptions()
    environment = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    process = subprocess.Popen(
        [sys.executable, "-m", "bot.sandbox.exchange.exchange_process"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment | {"PYTHONPATH": str(PROJECT_ROOT)},
        start_new_session=True,  # Ctrl-C is ours to handle
    )
    exchange = LocalExchange(process, "", chosen)
    with ExitStack() as failed:
        failed.callback(exchange.stop)
        exchange.url = _announced_url(process, chosen)
        failed.pop_all()
    return exchange


def _announced_url(process: subprocess.Popen[bytes], options: LocalExchangeOptions) -> str:
    if process.stdin is None or process.stdout is None:
        raise LocalExchangeFailed("the local exchange has no pipes")
    process.stdin.write(msgspec.json.encode(options) + b"\n")  # a pipe: keys are not in arguments
    process.stdin.flush()
    line = _first_line(process.stdout)
    if not line:
        raise LocalExchangeFailed("the local exchange did not start; see standard error")
    said: dict[str, str] = msgspec.json.decode(line)
    if "error" in said:
        raise BadConfiguration(said["error"])
    return said["url"]


def _first_line(stream: IO[bytes]) -> bytes:
    deadline = time.monotonic() + _START_TIMEOUT_S
    line = b""
    while not line.endswith(b"\n"):
        wait = deadline - time.monotonic()
        if wait <= 0 or not select.select([stream], [], [], wait)[0]:
            return b""
        part = os.read(stream.fileno(), 4096)
        if not part:
            return b""
        line += part
    return line
