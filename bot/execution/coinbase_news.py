"""Order news of Coinbase's user channel: orders only, trades have to be asked for.

Source: Coinbase Advanced Trade API documentation, WebSocket channels, read 2026.
"""

from collections.abc import Sequence
from typing import Any

from bot.domain.orders import OrderReport, OrderState
from bot.domain.units import Wad
from bot.execution.coinbase_desk import SIDES, STATES, product_of
from bot.execution.order_news import News, NewsRefused
from bot.execution.venue_desk import own_id
from bot.execution.venue_line import VenueLine
from bot.execution.venue_numbers import nanos_of_text, wad_at_least_0

_CHANNEL, _BEATS = "user", "heartbeats"
_AT_ONCE = frozenset({"IMMEDIATE_OR_CANCEL", "FILL_OR_KILL"})


class CoinbaseNews:
    """Of one key."""

    silence_s = 10.0  # a heartbeat comes each second, once subscribed to

    def __init__(self, line: VenueLine, pairs: Sequence[str]) -> None:
        self._line = line
        self._pairs = {product_of(pair): pair for pair in pairs}

    async def subscribe(self) -> None:
        """Connect, subscribe, and wait until that ends."""
        client = self._line.client
        products = sorted(self._pairs)
        login = client.create_ws_auth(_CHANNEL, products)
        message = {"type": "subscribe", "product_ids": products, "channel": _CHANNEL, **login}
        await client.watch(client.urls["api"]["ws"], _CHANNEL, message, _CHANNEL)

    async def greet(self, socket: Any) -> None:
        """Ask for heartbeats: a quiet socket is closed there."""
        login = self._line.client.create_ws_auth(_BEATS, [])
        message = {"type": "subscribe", "product_ids": [], "channel": _BEATS, **login}
        await socket.send(message)

    def read(self, frame: Any) -> list[News] | None:
        """Return what a frame tells."""
        if frame.get("type") == "error":
            raise NewsRefused(self._line.hidden(str(frame.get("message"))))
        if frame.get("channel") != _CHANNEL:
            return [] if frame.get("channel") in {_BEATS, "subscriptions"} else None
        at = frame["timestamp"]
        return [
            self._report(row, at)
            for event in frame["events"]
            for row in event["orders"]
            if row["product_id"] in self._pairs
        ]

    def _report(self, row: Any, at: str) -> OrderReport:
        filled = wad_at_least_0(row["cumulative_quantity"])
        state = STATES[row["status"]]
        if state is OrderState.CANCELED and row.get("time_in_force") in _AT_ONCE:
            state = OrderState.EXPIRED
        return OrderReport(
            venue=self._line.venue,
            pair=self._pairs[row["product_id"]],
            order_id=str(row["order_id"]),
            client_id=own_id(row["client_order_id"]),
            state=state,
            filled=filled,
            at=nanos_of_text(at),
            side=SIDES[row["order_side"]],
            amount=Wad(filled + wad_at_least_0(row["leaves_quantity"])),
            price=wad_at_least_0(row["limit_price"] or "0") or None,
        )
