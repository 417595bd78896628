"""Starts the local exchange in its own process, and pulls its levers."""

from collections.abc import Sequence
from contextlib import ExitStack
from decimal import Decimal
from typing import Self

import msgspec

from bot.domain.errors import BadConfiguration
from bot.sandbox.child import Child
from bot.sandbox.exchange.account_truth import Act, TrueAccount
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


class LocalExchange:
    """A running local exchange. Its calls block for about a millisecond."""

    def __init__(self, child: Child, options: LocalExchangeOptions) -> None:
        self.url, self.options = child.announced["url"], options
        self._child = child

    @property
    def process_id(self) -> int:
        """Of the server."""
        return self._child.process_id

    @property
    def is_up(self) -> bool:
        """Whether the server has not ended by itself."""
        return self._child.is_up

    def pull(self, lever: Lever) -> None:
        """Do what a lever says.

        Raises:
            BadConfiguration: it says something that cannot be done.
            ChildFailed: no answer.
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

    def account(self, venue: str, name: str = "trader") -> TrueAccount:
        """Return what a venue itself knows of a customer: every order, fill and balance."""
        answer = self._request("GET", f"account/{venue}/{name}")
        return msgspec.json.decode(answer, type=TrueAccount)

    def acts(self, after: int, wait_s: float = 0.0) -> list[Act]:
        """Return what became of customers' orders since act `after`; waits for the next one."""
        answer = self._request("GET", f"acts?after={after}&wait_s={wait_s}")
        return msgspec.json.decode(answer, type=list[Act])

    def kill(self) -> None:
        """End the process as a crash would; `stop` is still to be called."""
        self._child.kill()

    def stop(self) -> None:
        """End the process; it stops by itself when this process dies."""
        self._child.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _request(self, verb: str, path: str, body: bytes | None = None) -> bytes:
        return self._child.ask(verb, f"control/{path}", body).data


def start_exchange(options: LocalExchangeOptions | None = None) -> LocalExchange:
    """Start the local exchange on the loopback.

    Raises:
        BadConfiguration: the options cannot be used, or the port is taken.
        ChildFailed: the process did not come up.
    """
    chosen = options or LocalExchangeOptions()
    child = Child("bot.sandbox.exchange.exchange_process", said=msgspec.json.encode(chosen) + b"\n")
    with ExitStack() as failed:
        failed.callback(child.stop)
        if "error" in child.announced:
            raise BadConfiguration(child.announced["error"])
        failed.pop_all()
    return LocalExchange(child, chosen)
