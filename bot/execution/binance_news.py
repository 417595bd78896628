"""Order news of Binance's WebSocket API, user data stream by signature.

Source: Binance spot API documentation, user data stream, read 2026.
"""

from collections.abc import Sequence
from typing import Any

from bot.domain.orders import Fill, OrderReport
from bot.execution.binance_desk import SIDES, STATES, symbol_of
from bot.execution.order_news import News
from bot.execution.venue_desk import own_id
from bot.execution.venue_line import VenueLine
from bot.execution.venue_numbers import nanos_of_ms, wad_at_least_0, wad_of


class BinanceNews:
    """Of one key."""

    silence_s = 12.0

    def __init__(self, line: VenueLine, pairs: Sequence[str]) -> None:
        self._line = line
        self._pairs = {symbol_of(pair): pair for pair in pairs}

    async def subscribe(self) -> None:
        """Connect, subscribe, and wait until that ends."""
        client = self._line.client
        if client.markets is None:
            client.markets = {}  # else ccxt asks for all markets; none are needed to listen
        while True:
            await client.watch_orders()

    async def greet(self, socket: Any) -> None:
        """Ping: it says nothing by itself while nothing happens."""
        await socket.send({"id": "repeg-ping", "method": "ping"})

    def read(self, frame: Any) -> list[News] | None:
        """Return what a frame tells."""
        if frame.get("id") == "repeg-ping":
            return []
        event = frame.get("event")
        if event is None:
            return None
        if event["e"] != "executionReport" or event["s"] not in self._pairs:
            return []
        return [*self._fills(event), self._report(event)]

    def _report(self, event: Any) -> OrderReport:
        return OrderReport(
            venue=self._line.venue,
            pair=self._pairs[event["s"]],
            order_id=str(int(event["i"])),
            client_id=own_id(event["C"] or event["c"]),  # c: the cancellation's
            state=STATES[event["X"]],
            filled=wad_at_least_0(event["z"]),
            at=nanos_of_ms(event["T"]),
            side=SIDES[event["S"]],
            amount=wad_at_least_0(event["q"]),
            price=wad_at_least_0(event["p"]) or None,
        )

    def _fills(self, event: Any) -> list[Fill]:
        if event["x"] != "TRADE":
            return []
        fill = Fill(
            venue=self._line.venue,
            trade_id=str(int(event["t"])),
            order_id=str(int(event["i"])),
            client_id=own_id(event["C"] or event["c"]),
            pair=self._pairs[event["s"]],
            side=SIDES[event["S"]],
            amount=wad_at_least_0(event["l"]),
            price=wad_at_least_0(event["L"]),
            fee=wad_of(event["n"]),
            fee_currency=str(event["N"]),
            at=nanos_of_ms(event["T"]),
        )
        return [fill]
