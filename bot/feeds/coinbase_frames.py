"""Coinbase Advanced's web socket: every message of a connection is numbered, over all channels.

Source: Coinbase's Advanced Trade web socket, channels `level2`, `market_trades` and `heartbeats`.
"""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from bot.domain.ticks import FaultKind
from bot.domain.units import Nanos
from bot.feeds.book_news import BookUpdate, Flaw, Heartbeat, News, Print, nanos_of, wad_of_text


class _Change(msgspec.Struct, gc=False):
    side: str
    price_level: str
    new_quantity: str


class _Event(msgspec.Struct, gc=False):
    type: str
    product_id: str
    updates: list[_Change] = []


class _Trade(msgspec.Struct, gc=False):
    product_id: str
    price: str
    size: str
    time: datetime


class _Trades(msgspec.Struct, gc=False):
    type: str
    trades: list[_Trade] = []


class _Frame(msgspec.Struct, gc=False):
    channel: str = ""
    type: str = ""
    message: str = ""
    timestamp: datetime | None = None
    sequence_num: int = -1
    events: msgspec.Raw = msgspec.Raw()


class CoinbaseFrames:
    """Reads the channels of some pairs, and counts."""

    beats = True
    numbers = False

    def __init__(self, pairs: Mapping[str, str]) -> None:
        """Read messages of these markets: from the venue's id to the pair."""
        self._pairs = pairs
        self._expected: int | None = None
        self._frame = msgspec.json.Decoder(_Frame).decode
        self._books = msgspec.json.Decoder(list[_Event]).decode
        self._trades = msgspec.json.Decoder(list[_Trades]).decode

    def read(self, text: str | bytes) -> list[News] | None:
        """Return what a message says, and before it what is missing since the last one."""
        frame = self._frame(text)
        if frame.type == "error":
            return [Flaw(what=FaultKind.REFUSED, detail=frame.message[:200])]
        if frame.sequence_num < 0:
            raise ValueError("a message without its number")
        news: list[News] = []
        if self._expected not in (None, frame.sequence_num):
            missing = f"message {frame.sequence_num} where {self._expected} was due"
            news.append(Flaw(what=FaultKind.GAP, detail=missing))
        self._expected = frame.sequence_num + 1
        at = None if frame.timestamp is None else nanos_of(frame.timestamp)
        if frame.channel == "l2_data":
            news += [self._update(event, at) for event in self._books(frame.events)]
        elif frame.channel == "market_trades":
            news += self._prints(self._trades(frame.events))
        else:
            news.append(Heartbeat())
        return news

    def restart(self) -> None:
        """A connection counts from where it likes."""
        self._expected = None

    def opening(self) -> tuple[object, ...]:
        """Trades, and a beat every second."""
        ids = list(self._pairs)
        return (
            {"type": "subscribe", "channel": "heartbeats"},
            {"type": "subscribe", "channel": "market_trades", "product_ids": ids},
        )

    def again(self, pair: str) -> tuple[object, ...]:
        """Leave the book and subscribe to it anew: that brings a snapshot."""
        ids = [symbol for symbol, name in self._pairs.items() if name == pair]
        return (
            {"type": "unsubscribe", "channel": "level2", "product_ids": ids},
            {"type": "subscribe", "channel": "level2", "product_ids": ids},
        )

    def _update(self, event: _Event, at: Nanos | None) -> BookUpdate:
        if event.type not in {"snapshot", "update"}:
            raise ValueError(f"a book of type {event.type!r:.40}")
        update = BookUpdate(
            pair=self._known(event.product_id),
            bids=[],
            asks=[],
            whole=event.type == "snapshot",
            at=at,
        )
        for change in event.updates:
            side = update.bids if change.side == "bid" else update.asks
            if change.side not in {"bid", "offer"}:
                raise ValueError(f"a level on side {change.side!r:.40}")
            side.append((wad_of_text(change.price_level), wad_of_text(change.new_quantity)))
        return update

    def _prints(self, events: list[_Trades]) -> list[Print]:
        return [
            Print(
                pair=self._known(trade.product_id),
                price=wad_of_text(trade.price),
                size=wad_of_text(trade.size),
                at=nanos_of(trade.time),
            )
            for event in events
            if event.type == "update"  # the first message tells old ones
            for trade in event.trades
        ]

    def _known(self, symbol: str) -> str:
        pair = self._pairs.get(symbol)
        if pair is None:
            raise ValueError(f"no market {symbol!r:.40} was asked for")
        return pair
