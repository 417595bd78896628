"""Kraken's public market data: books, trades, candles, tickers."""

from decimal import Decimal
from typing import Any

from bot.domain.units import NANOS_PER_S
from bot.sandbox.exchange.candle_book import Bar
from bot.sandbox.exchange.kraken_listings import KrakenListings
from bot.sandbox.exchange.kraken_tape import KrakenTape
from bot.sandbox.exchange.kraken_words import (
    KrakenError,
    Params,
    decimal_in,
    integer_in,
    pair_id,
    seconds,
)
from bot.sandbox.exchange.orders import Level, OrderSide
from bot.sandbox.exchange.trading_floor import Floor

DAY_S = 86_400
INTERVALS = frozenset({1, 5, 15, 30, 60, 240, 1_440, 10_080, 21_600})  # minutes
CANDLES = 720  # the newest; there is no way to older ones
_DEPTH, _MOST_DEPTH = 100, 500
_TRADES = 1_000


class KrakenMarkets:
    """Answers from one floor; what is asked over REST takes the request's parameters."""

    def __init__(self, floor: Floor, listings: KrakenListings, tape: KrakenTape) -> None:
        self.listings = listings
        self._floor, self._tape = floor, tape

    def span(self, pair: str, length_s: int) -> Bar | None:
        """Return what traded in the last `length_s` as one candle."""
        now_s = self._floor.clock.event_time() // NANOS_PER_S
        candles = self._floor.candles[pair]
        minutes = candles.read(60, length_s // 60 + 1, start_s=now_s - length_s, end_s=now_s)
        if not minutes:
            return None
        bar = minutes[0]
        for later in minutes[1:]:
            bar.absorb(later)
        return bar

    def depth(self, params: Params) -> dict[str, Any]:
        """A book; sizes have three decimals here, whatever the market's step is."""
        pair = self.listings.pair(params.get("pair"))
        count = min(max(integer_in(params, "count", _DEPTH), 1), _MOST_DEPTH)
        book = self._floor.engine.books[pair]
        bids, asks = self._floor.mishaps.spoil_levels(
            pair, book.bids.levels(count), book.asks.levels(count)
        )
        sides = {"asks": asks, "bids": bids}
        rows = {name: [self._level(pair, one) for one in found] for name, found in sides.items()}
        return {pair_id(pair): rows}

    def trades(self, params: Params) -> dict[str, Any]:
        """Trades after a moment, or the newest; `last` asks for what comes after these."""
        pair = self.listings.pair(params.get("pair"))
        since_ns = _nanos(decimal_in(params, "since"))
        count = min(max(integer_in(params, "count", _TRADES), 1), _TRADES)
        tape = list(self._tape.trades(pair))
        found = [row for row in tape if row[0].at > since_ns] if since_ns else tape[-count:]
        price_decimals = self._floor.engine.markets[pair].price_decimals
        rows = [
            [
                f"{trade.price:.{price_decimals}f}",
                f"{trade.size:.8f}",
                seconds(trade.at),
                "b" if trade.taker_side is OrderSide.BUY else "s",
                kind[0],
                "",
                trade.id,
            ]
            for trade, kind in found[:count]
        ]
        last = found[:count][-1][0].at if rows else since_ns
        return {pair_id(pair): rows, "last": str(last)}

    def candles(self, params: Params) -> dict[str, Any]:
        """The newest candles that open after `since`; the last one is not over yet."""
        pair = self.listings.pair(params.get("pair"))
        minutes = integer_in(params, "interval", 1)
        if minutes not in INTERVALS:
            raise KrakenError("EGeneral:Invalid arguments")
        since_s = integer_in(params, "since", 0)
        now_s = self._floor.clock.event_time() // NANOS_PER_S
        bars = self._floor.candles[pair].read(minutes * 60, CANDLES, end_s=now_s)
        decimals = self._floor.engine.markets[pair].price_decimals
        rows = [_candle(bar, decimals) for bar in bars if bar.open_s > since_s]
        last = rows[-2][0] if len(rows) > 1 else since_s
        return {pair_id(pair): rows, "last": last}

    def tickers(self, params: Params) -> dict[str, Any]:
        """What happened to some markets, or to all, today and in 24 hours."""
        return {pair_id(pair): self._ticker(pair) for pair in self.listings.asked(params)}

    def _level(self, pair: str, level: Level) -> list[Any]:
        price, size = level
        decimals = max(5, self._floor.engine.markets[pair].price_decimals)
        at = self._tape.changed_at(pair, level) if price.is_finite() else 0
        return [f"{price:.{decimals}f}", f"{size:.3f}", at // NANOS_PER_S]

    def _ticker(self, pair: str) -> dict[str, Any]:
        book, decimals = self._floor.engine.books[pair], 5
        bids, asks = self._floor.mishaps.spoil_levels(
            pair, book.bids.levels(1), book.asks.levels(1)
        )
        now_s = self._floor.clock.event_time() // NANOS_PER_S
        last = self.last(pair)
        flat = Bar(open_s=now_s, open=last, high=last, low=last, close=last)
        spans = [self.span(pair, now_s % DAY_S) or flat, self.span(pair, DAY_S) or flat]
        trades = self._floor.engine.trades[pair]
        size = trades[-1].size if trades else Decimal(0)
        return {
            "a": _top(asks, decimals),
            "b": _top(bids, decimals),
            "c": [f"{last:.{decimals}f}", f"{size:.8f}"],
            "v": [f"{bar.volume:.8f}" for bar in spans],
            "p": [f"{average(bar):.{decimals}f}" for bar in spans],
            "t": [bar.trades for bar in spans],
            "l": [f"{bar.low:.{decimals}f}" for bar in spans],
            "h": [f"{bar.high:.{decimals}f}" for bar in spans],
            "o": f"{spans[0].open:.{decimals}f}",
        }

    def last(self, pair: str) -> Decimal:
        """Return the last price, or the best bid where nothing has traded."""
        trades = self._floor.engine.trades[pair]
        bids = self._floor.engine.books[pair].bids.levels(1)
        return trades[-1].price if trades else bids[0][0] if bids else Decimal(1)


def average(bar: Bar) -> Decimal:
    """Return a candle's average price, weighted by volume."""
    return bar.value / bar.volume if bar.volume else bar.close


def _top(levels: tuple[Level, ...], decimals: int) -> list[str]:
    price, size = levels[0] if levels else (Decimal(0), Decimal(0))
    return [f"{price:.{decimals}f}", f"{int(size)}" if size.is_finite() else "0", f"{size:.3f}"]


def _nanos(since: Decimal | None) -> int:
    """Return a moment that is told in seconds or, if large, in nanoseconds."""
    if since is None or since <= 0:
        return 0
    return int(since if since > 10**14 else since * NANOS_PER_S)


def _candle(bar: Bar, decimals: int) -> list[Any]:
    prices = (bar.open, bar.high, bar.low, bar.close, average(bar))
    return [bar.open_s, *(f"{one:.{decimals}f}" for one in prices), f"{bar.volume:.8f}", bar.trades]
