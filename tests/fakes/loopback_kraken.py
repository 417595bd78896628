"""Enough of Kraken's public REST on a real socket for unmodified ccxt to read books from."""

import asyncio
import contextlib
import threading
import time
from types import TracebackType
from typing import Any, Self

from aiohttp import web

HOST = "127.0.0.1"
MOST_CANDLES = 720  # in one page
MARKETS = {"USDC/USD": "online", "USDT/USD": "online", "DAI/USD": "cancel_only"}
IDS = {"USDC/USD": "USDCUSD", "USDT/USD": "USDTZUSD", "DAI/USD": "DAIUSD"}
BOOK = (
    [["0.99990000", "1200.500", 0], ["0.99980000", "9000.000", 0]],
    [["1.00010000", "0.00000001", 0], ["1.00020000", "50.000", 0]],
)


class LoopbackKraken:
    """Serves from its own thread; use as a context manager, and set faults at any time."""

    def __init__(self) -> None:
        self.books = dict.fromkeys(IDS.values(), BOOK)
        self.level_time_s: float | None = None  # None: now
        self.status = 200
        self.body: str | None = None  # instead of every answer to Depth
        self.delay_s = 0.0
        self.drip = False
        self.candles: list[list[Any]] = []  # of every pair, oldest first
        self.pages_before_silence = 10**9
        self.asked: list[str] = []
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._serve(),))
        self.url = ""

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)
        self._loop.close()

    async def _serve(self) -> None:
        app = web.Application()
        app.router.add_get("/api.kraken.com/0/public/AssetPairs", self._pairs)
        app.router.add_get("/api.kraken.com/0/public/Depth", self._depth)
        app.router.add_get("/api.kraken.com/0/public/OHLC", self._ohlc)
        runner = web.AppRunner(app, shutdown_timeout=0)
        await runner.setup()
        await web.TCPSite(runner, HOST, 0).start()
        self.url = f"http://{HOST}:{runner.addresses[0][1]}"
        self._ready.set()
        await self._stop.wait()
        await runner.cleanup()

    async def _pairs(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.path)
        found = {IDS[name]: _market(name, status) for name, status in MARKETS.items()}
        return web.json_response({"error": [], "result": found})

    async def _depth(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.path_qs)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stop.wait(), self.delay_s or 1e-6)
        if self.drip:
            return await self._dripped(request)
        if self.body is not None:
            return web.Response(text=self.body, status=self.status, content_type="application/json")
        pair = request.query["pair"]
        changed_at = round(time.time() if self.level_time_s is None else self.level_time_s)
        bids, asks = ([[*lev[:2], changed_at] for lev in side] for side in self.books[pair])
        answer = {"error": [], "result": {pair: {"bids": bids, "asks": asks}}}
        return web.json_response(answer, status=self.status)

    async def _ohlc(self, request: web.Request) -> web.StreamResponse:
        if self.pages_asked >= self.pages_before_silence:
            self.asked.append(request.path_qs)
            await self._stop.wait()
        self.asked.append(request.path_qs)
        since = int(request.query["since"])
        page = [candle for candle in self.candles if candle[0] > since][:MOST_CANDLES]
        result = {request.query["pair"]: page, "last": 0}
        return web.json_response({"error": [], "result": result}, status=self.status)

    @property
    def pages_asked(self) -> int:
        """How many pages of candles were asked for."""
        return sum("OHLC" in path for path in self.asked)

    async def _dripped(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while not self._stop.is_set():
            await response.write(b" ")
            await asyncio.sleep(0.05)
        return response


def _market(name: str, status: str) -> dict[str, Any]:
    asset, _, currency = name.partition("/")
    return {
        "altname": IDS[name],
        "wsname": name,
        "aclass_base": "currency",
        "base": asset,
        "aclass_quote": "currency",
        "quote": f"Z{currency}",
        "lot": "unit",
        "cost_decimals": 5,
        "pair_decimals": 5,
        "lot_decimals": 8,
        "lot_multiplier": 1,
        "leverage_buy": [],
        "leverage_sell": [],
        "fees": [[0, 0.2]],
        "fees_maker": [[0, 0.2]],
        "fee_volume_currency": "ZUSD",
        "ordermin": "5",
        "costmin": "0.5",
        "tick_size": "0.00001",
        "status": status,
    }
