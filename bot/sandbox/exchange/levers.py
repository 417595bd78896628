"""The levers of the local exchange: what each does to its floors."""

from collections.abc import Callable, Mapping
from typing import Any

from bot.domain.errors import BadConfiguration
from bot.sandbox.exchange.control import (
    BookState,
    EmptyBook,
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
from bot.sandbox.exchange.price_player import PricePlayer, Stage
from bot.sandbox.exchange.trading_floor import Floor

_SHOWN_LEVELS = 1_000


class Levers:
    """Pulls them."""

    def __init__(self, stages: Mapping[str, Stage]) -> None:
        self._stages = stages
        self.player = PricePlayer(stages)
        self._acts: dict[type, Callable[[Any], None]] = {
            SetPrice: self._set_price,
            EmptyBook: self._empty_book,
            Misbehave: self._misbehave,
            Mend: self._mend,
            Flood: self._flood,
            Play: lambda lever: self.player.start(lever.rows, lever.speed),
            StopPlaying: lambda _: self.player.stop(),
            SetMarket: self._set_market,
            SetNetworks: self._set_networks,
            SeedCandles: self._seed_candles,
        }

    def pull(self, lever: Lever) -> None:
        """Do what a lever says.

        Raises:
            BadConfiguration: no such venue or market, or a price that is none.
        """
        self._acts[type(lever)](lever)

    def state(self) -> ExchangeState:
        """Return how everything is now."""
        return ExchangeState(
            playing=self.player.is_playing,
            played=self.player.played,
            venues={name: _venue_state(stage.floor) for name, stage in self._stages.items()},
        )

    def _stage(self, venue: str, pair: str | None = None) -> Stage:
        stage = self._stages.get(venue)
        if stage is None:
            raise BadConfiguration(f"no local exchange {venue!r} runs")
        if pair is not None and pair not in stage.floor.engine.markets:
            raise BadConfiguration(f"local {venue} has no market {pair}")
        return stage

    def _set_price(self, lever: SetPrice) -> None:
        ladder = self._stage(lever.venue, lever.pair).maker.ladders[lever.pair]
        try:
            if lever.bid is not None and lever.ask is not None:
                ladder.set_top(lever.bid, lever.ask, lever.depth)
            elif lever.price is not None:
                ladder.set_middle(lever.price)
            else:
                raise BadConfiguration("a price, or bid and ask, is needed")
        except ValueError as error:
            raise BadConfiguration(str(error)) from error

    def _empty_book(self, lever: EmptyBook) -> None:
        ladders = self._stage(lever.venue, lever.pair or None).maker.ladders
        for pair in [lever.pair] if lever.pair else ladders:
            ladders[pair].clear()

    def _misbehave(self, lever: Misbehave) -> None:
        if lever.mishap.venue:
            self._stage(lever.mishap.venue).floor.order_mishap(lever.mishap)
            return
        for stage in self._stages.values():
            stage.floor.order_mishap(lever.mishap)

    def _mend(self, _: Mend) -> None:
        for stage in self._stages.values():
            stage.floor.mend()

    def _flood(self, lever: Flood) -> None:
        for socket in tuple(self._stage(lever.venue).floor.sockets):
            socket.flood(lever.count, lever.seed)

    def _set_market(self, lever: SetMarket) -> None:
        self._stage(lever.venue, lever.market.pair).floor.engine.set_market(lever.market)

    def _set_networks(self, lever: SetNetworks) -> None:
        self._stage(lever.venue).floor.networks[lever.currency] = lever.networks

    def _seed_candles(self, lever: SeedCandles) -> None:
        candles = self._stage(lever.venue, lever.pair).floor.candles[lever.pair]
        for bar in lever.bars:
            candles.put(bar)


def _venue_state(floor: Floor) -> VenueState:
    books = {
        pair: BookState(
            version=book.version,
            bids=book.bids.levels(_SHOWN_LEVELS),
            asks=book.asks.levels(_SHOWN_LEVELS),
            trades=len(floor.engine.trades[pair]),
        )
        for pair, book in floor.engine.books.items()
    }
    return VenueState(
        now_ns=floor.clock.now(),
        event_time_ns=floor.clock.event_time(),
        sockets=len(floor.sockets),
        requests=floor.requests,
        books=books,
    )
