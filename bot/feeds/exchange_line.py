"""One exchange through ccxt: its markets, books over REST, and a socket whose every frame we read.

ccxt connects, paces and subscribes. Frames are read here before it sees any: it parses floats,
ignores most sequence numbers, and an exception in its handlers ends the connection without a word.
"""

import asyncio
from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from bot.domain.errors import VenueRefused
from bot.domain.ticks import FaultKind
from bot.domain.units import NANOS_PER_MS, Nanos
from bot.feeds.binance_frames import BinanceFrames
from bot.feeds.book_guard import BookForm
from bot.feeds.book_news import BookUpdate, Flaw, News, Words, wad_of
from bot.feeds.ccxt_modules import socket_class, socket_module, trusting
from bot.feeds.ccxt_questions import MISSHAPEN, ask, check_markets, described
from bot.feeds.coinbase_frames import CoinbaseFrames
from bot.feeds.exchange_urls import moved_urls
from bot.feeds.kraken_frames import DEPTH, KrakenFrames
from bot.feeds.pair_watch import Moment
from bot.feeds.socket_tap import Ear, SocketTap
from bot.feeds.stream_options import StreamOptions

_CLOSING_S = 2.0
_UNREADABLE = (ValueError, ArithmeticError, RecursionError)
_SHORT = 4_096  # bytes of a frame that is read again in no time
_READ_BY_US = frozenset({"binance", "binanceus", "kraken", "coinbase"})  # also without compression
_SPOT_ONLY = frozenset({"binance", "binanceus", "bybit", "okx"})  # else other markets are asked for


class ExchangeLine:
    """Connections to one venue; prepared by `open`."""

    def __init__(self, venue: str, pairs: Sequence[str], options: StreamOptions) -> None:
        """Prepare to speak with `venue`, a ccxt id.

        Raises:
            BadConfiguration: ccxt does not know the venue.
        """
        self.venue, self.pairs, self._options = venue, tuple(pairs), options
        self._ccxt = socket_module()
        client = socket_class(venue)({"timeout": round(options.timeout_s * 1e3)})
        self._client = trusting(client)
        self._misread = (self._ccxt.BaseError, *MISSHAPEN)
        self._client.has["fetchCurrencies"] = False  # prices need no networks
        if venue in _READ_BY_US:
            self._client.options["ws"] = {**self._client.options.get("ws", {}), "compress": 0}
        if venue in _SPOT_ONLY:
            self._client.options["fetchMarkets"] = {"types": ["spot"]}
        if options.url is not None:
            self._client.urls = moved_urls(self._client.urls, options.url)
            self._client.enableRateLimit = False
        self._dial = self._client.client
        self._client.client = self._tapped
        self._tap: SocketTap | None = None
        self._ear: Ear | None = None
        self._dating: tuple[Callable[[], Moment], Callable[[], None]] | None = None
        self._saying: set[asyncio.Future[None]] = set()
        self.words: Words | None = None  # None: we do not speak its language, ccxt does
        self.forms: dict[str, BookForm] = {}
        self._spare: Words | None = None  # reads again what was read
        self._newest: str | bytes = ""  # frame that could be read

    @property
    def backlog(self) -> int:
        """Frames that have arrived and wait to be read."""
        return 0 if self._tap is None else self._tap.waiting

    async def open(self) -> None:
        """Learn the markets.

        Raises:
            BadConfiguration: a pair is not traded there, or halted.
            VenueUnavailable: no answer in time, or told to come back later.
            VenueRefused: the venue answers with an error.
        """
        markets = await self._ask(self._client.load_markets, True)  # noqa: FBT003 - reload
        if not any(market["spot"] for market in markets.values()):
            raise VenueRefused(self.venue, "it lists no market at all")
        check_markets(self.venue, markets, self.pairs)
        self._client.number = Decimal  # books only: ccxt's market parser insists on floats
        ids = {markets[pair]["id"]: pair for pair in self.pairs}
        self.words, self._spare = _words(self.venue, ids), _words(self.venue, ids)
        is_numbered = self.words is not None and self.words.numbers
        self.forms = dict.fromkeys(self.pairs, BookForm(numbers=is_numbered))
        if self.venue == "kraken":
            self.forms = {pair: _kraken_form(markets[pair]["info"]) for pair in self.pairs}

    def date(self, clock: Callable[[], Moment], rest: Callable[[], None]) -> None:
        """Date what comes from now on; `rest` is told when all that came was handed over."""
        self._dating = clock, rest

    @property
    def arrived(self) -> Moment | None:
        """When the bytes came of the frame that is being handed over; None: nobody dates it."""
        return None if self._tap is None else self._tap.arrived

    async def listen(self, ear: Ear, books: Callable[[BookUpdate], None]) -> str:
        """Subscribe to all books and hand over every frame; returns why it ended."""
        self._ear = ear
        depth = DEPTH if self.venue == "kraken" else None
        try:
            while True:
                book = await self._client.watch_order_book_for_symbols(list(self.pairs), depth)
                if self.words is None:
                    books(self._update(book["symbol"], book))
        except (*self._misread, OSError, RuntimeError) as error:  # said into a socket that closes
            return described(error)
        finally:
            self._ear = None

    def read(self, data: str | bytes) -> list[News] | None:
        """Return what a frame says, or what is wrong with it; None where it is ccxt's."""
        if len(data) > self._options.max_bytes:
            return [Flaw(what=FaultKind.OVERSIZED, detail=f"{len(data)} bytes")]
        if self.words is None:
            return None
        try:
            news = self.words.read(data)
        except _UNREADABLE as error:
            detail = f"{type(error).__name__}: {error!s:.200}"
            return [Flaw(what=FaultKind.MALFORMED, detail=detail)]
        self._newest = data
        return news

    def reread(self) -> list[News]:
        """Return what the newest frame that could be read says; nothing where that is long."""
        if self._spare is None or not 0 < len(self._newest) <= _SHORT:
            return []
        self._spare.restart()  # it counts for itself
        return self._spare.read(self._newest) or []

    def say(self, words: Sequence[object]) -> None:
        """Say something over the socket without waiting; where it is gone, `listen` ends."""
        task = asyncio.ensure_future(self._send(words))
        self._saying.add(task)
        task.add_done_callback(self._saying.discard)

    def hang_up(self, reason: str) -> None:
        """Drop the socket: `listen` ends."""
        if self._socket is not None:
            self._fail(self._socket, reason)

    async def book(self, pair: str, levels: int) -> BookUpdate:
        """Return a whole book, asked for over REST.

        Raises:
            VenueUnavailable: no answer in time, or told to come back later (`retry_after_s`).
            VenueRefused: the venue answered with an error, or with nonsense.
        """
        return self._update(pair, await self._ask(self._client.fetch_order_book, pair, levels))

    async def close(self) -> None:
        """Drop all connections, within seconds."""
        if self._socket is not None:
            response = getattr(self._socket.connection, "_response", None)
            if response is not None:
                response.close()  # a peer that says nothing would be waited for
        closing = asyncio.ensure_future(self._client.close())
        await asyncio.wait({closing}, timeout=_CLOSING_S)

    async def _send(self, words: Sequence[object]) -> None:
        socket = self._socket
        try:
            for word in words:
                if socket is not None:
                    await socket.send(word)
        except (ConnectionError, RuntimeError):
            return

    @property
    def _socket(self) -> Any:
        """The socket, if it is open."""
        return None if self._tap is None or self._tap.socket.closed() else self._tap.socket

    def _tapped(self, url: str) -> Any:
        """Return ccxt's socket for a URL, its frames led past us."""
        socket = self._dial(url)
        if self._tap is None or socket is not self._tap.socket:
            self._tap = SocketTap(socket, self._heard, fail=self._fail, misread=self._misread)
            if self._dating is not None:
                self._tap.date(*self._dating)
        return socket

    def _heard(self, data: str | bytes) -> bool:
        return self._ear is None or self._ear(data)

    def _fail(self, socket: Any, reason: str) -> None:
        socket.on_error(self._ccxt.NetworkError(reason))

    async def _ask(self, call: Any, *arguments: Any) -> Any:
        return await ask(self._ccxt, self._client, call, *arguments)

    def _update(self, pair: str, book: dict[str, Any]) -> BookUpdate:
        try:
            stamp = book["timestamp"]
            at = None if stamp is None else Nanos(int(stamp) * NANOS_PER_MS)
            return BookUpdate(
                pair=pair,
                bids=[(_wad(row[0]), _wad(row[1])) for row in book["bids"]],
                asks=[(_wad(row[0]), _wad(row[1])) for row in book["asks"]],
                whole=True,
                last=int(book["nonce"] or 0),
                at=at,
            )
        except MISSHAPEN as error:
            reason = f"its book has another shape than expected ({type(error).__name__})"
            raise VenueRefused(self.venue, reason) from error


def _words(venue: str, ids: dict[str, str]) -> Words | None:
    """Return what reads a venue's frames, where we speak its language; `ids`: to the pairs."""
    if venue in {"binance", "binanceus"}:
        return BinanceFrames(ids)
    if venue == "coinbase":
        return CoinbaseFrames(ids)
    return KrakenFrames(tuple(ids.values())) if venue == "kraken" else None


def _kraken_form(info: dict[str, Any]) -> BookForm:
    price, size = int(info["pair_decimals"]), int(info["lot_decimals"])
    return BookForm(depth=DEPTH, units=(10 ** (18 - price), 10 ** (18 - size)))


def _wad(number: Any) -> int:
    try:
        return wad_of(number if isinstance(number, Decimal) else Decimal(str(number)))
    except InvalidOperation as error:
        raise ValueError(f"{number!r:.40} is not a number") from error
