"""What a venue tells of an account's orders by itself, over its private socket.

ccxt connects, signs and subscribes; every frame is read here, for its own order books of orders
leave events out (Kraken) or melt several into one (Binance). What is missed while the socket is
down is not told: whoever listens asks for it.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from decimal import Decimal
from typing import Any

import msgspec
import structlog

from bot.chain.wire import decode_json
from bot.domain.errors import RepegError
from bot.domain.orders import Fill, OrderReport
from bot.domain.units import Wad
from bot.execution.binance_news import BinanceNews
from bot.execution.ccxt_connector import CcxtConnector
from bot.execution.coinbase_news import CoinbaseNews
from bot.execution.kraken_news import KrakenNews
from bot.execution.order_errors import MISSHAPEN, VenueFault
from bot.execution.order_news import News, NewsRefused, NewsWords
from bot.feeds.ccxt_modules import socket_module
from bot.feeds.pacing import Backoff
from bot.feeds.socket_tap import SocketTap

log = structlog.get_logger()

_WORDS: Mapping[str, type[BinanceNews | KrakenNews | CoinbaseNews]] = {
    "binance": BinanceNews,
    "kraken": KrakenNews,
    "coinbase": CoinbaseNews,
}
_READER = msgspec.json.Decoder(float_hook=Decimal)
_FIRST_WAIT_S, _LAST_WAIT_S = 0.25, 30.0


class CcxtOrderStream:
    """An `OrderStream` of one connector, which it shares the key and the limits with."""

    def __init__(self, connector: CcxtConnector) -> None:
        """Prepare to listen; the connector is closed by who opened it."""
        self.venue, self._connector = connector.venue, connector
        self._line = connector.line
        self._words: NewsWords = _WORDS[self.venue](self._line, connector.options.pairs)
        self._misread = (socket_module().BaseError, *MISSHAPEN)
        self._news: asyncio.Queue[News] = asyncio.Queue()
        self._tap: SocketTap | None = None
        self._dial = self._line.client.client
        self._heard_at = 0.0
        self._filled: dict[str, Wad] = {}
        self._backoff = Backoff(_FIRST_WAIT_S, _LAST_WAIT_S)
        self.is_connected = False

    async def news(self) -> AsyncGenerator[OrderReport | Fill, None]:
        """Yield news until the iterator is closed; see `OrderStream.news`."""
        self._line.client.client = self._tapped
        tasks = [asyncio.create_task(part()) for part in (self._listen, self._watch)]
        try:
            while True:
                for one in await self._complete(await self._news.get()):
                    yield one
        finally:
            self._line.client.client = self._dial
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._hang_up("closed by us")

    async def _listen(self) -> None:
        while True:
            reason = await self._connection()
            self.is_connected = False
            wait_s = self._backoff.next_s()
            log.warning("order_stream_lost", venue=self.venue, reason=reason, again_in_s=wait_s)
            await asyncio.sleep(wait_s)

    async def _connection(self) -> str:
        """Hold one connection; returns why it ended."""
        try:
            await self._words.subscribe()
        except (NewsRefused, VenueFault) as error:
            return str(error)
        except Exception as error:  # noqa: BLE001 - ccxt's sockets end in anything
            self._hang_up("ended")
            return f"{type(error).__name__}: {self._line.hidden(str(error))}"
        return "nothing more is said"

    async def _watch(self) -> None:
        """Keep the socket talking, and hang up when it says nothing any more."""
        while True:
            await asyncio.sleep(self._words.silence_s / 3)
            socket = self._socket
            if socket is None or not socket.isConnected:
                continue
            silence_s = asyncio.get_running_loop().time() - self._heard_at
            if silence_s > self._words.silence_s:
                self._hang_up(f"it says nothing for {silence_s:.0f} s")
                continue
            try:
                await self._words.greet(socket)
            except self._errors as error:
                self._hang_up(type(error).__name__)

    async def _complete(self, news: News) -> list[News]:
        """Return news with the trades that its venue leaves out."""
        if not isinstance(news, OrderReport) or self.venue != "coinbase":
            return [news]
        if news.filled <= self._filled.get(news.order_id, 0):
            return [news]
        asked = {"order_ids": [news.order_id]}
        try:
            found = await self._connector.fills_of(news.pair, asked)
        except RepegError:
            return [news]  # polls will find them
        if sum(fill.amount for fill in found) >= news.filled:
            self._filled[news.order_id] = news.filled
        if news.state.is_final:
            self._filled.pop(news.order_id, None)
        named = [msgspec.structs.replace(fill, client_id=news.client_id) for fill in found]
        return [*named, news]

    @property
    def _errors(self) -> tuple[type[BaseException], ...]:
        return (*self._misread, OSError, RuntimeError)

    @property
    def _socket(self) -> Any:
        return None if self._tap is None or self._tap.socket.closed() else self._tap.socket

    def _tapped(self, url: str) -> Any:
        """Return ccxt's socket for a URL, its frames led past us."""
        socket = self._dial(url)
        if self._tap is None or socket is not self._tap.socket:
            self._heard_at = asyncio.get_running_loop().time()
            self._tap = SocketTap(socket, self._heard, fail=self._fail, misread=self._misread)
        return socket

    def _heard(self, data: str | bytes) -> bool:
        self._heard_at = asyncio.get_running_loop().time()
        try:
            frame = decode_json(_READER, data)
            found = self._words.read(frame) if isinstance(frame, dict) else []
        except NewsRefused as error:
            self._hang_up(str(error))
            return True
        except MISSHAPEN as error:
            log.warning("order_news_unreadable", venue=self.venue, kind=type(error).__name__)
            self._hang_up("a message cannot be read")  # connecting again tells what rests
            return True
        self.is_connected = True
        if found is None:
            return False
        self._backoff.reset()
        for news in found:
            self._news.put_nowait(news)
        return True

    def _hang_up(self, reason: str) -> None:
        if self._socket is not None:
            self._fail(self._socket, reason)

    def _fail(self, socket: Any, reason: str) -> None:
        socket.on_error(socket_module().NetworkError(reason))
