"""Order news of Kraken's private socket, version 2, channel `executions`.

Only an order's first event and its trades name its market: the rest is remembered here, or left to
be asked for.

Source: Kraken spot WebSocket v2 documentation, executions, read 2026.
"""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

from bot.domain.orders import Fill, OrderReport, OrderSide, OrderState
from bot.domain.units import Wad
from bot.execution.kraken_desk import SIDES
from bot.execution.kraken_names import currency_of
from bot.execution.order_news import News, NewsRefused
from bot.execution.rate_budget import Use
from bot.execution.venue_desk import own_id
from bot.execution.venue_line import Call, VenueLine
from bot.execution.venue_numbers import nanos_of_text, wad_at_least_0, wad_of

_TOKEN = Call(path="GetWebSocketsToken", verb="POST", use=Use.URGENT)
_CHANNEL = "executions"
_STATES = {
    **dict.fromkeys(("pending_new", "new", "partially_filled"), OrderState.OPEN),
    "filled": OrderState.FILLED,
    "canceled": OrderState.CANCELED,
    "expired": OrderState.EXPIRED,
}
_MOST_KNOWN = 10_000


class _Known:
    """What an order's later events leave out."""

    def __init__(self, row: Any) -> None:
        self.pair = str(row["symbol"])
        self.side: OrderSide = SIDES[row["side"]]
        amount, price = row.get("order_qty"), row.get("limit_price")
        self.amount = None if amount is None else wad_at_least_0(amount)
        self.price = (wad_at_least_0(price) or None) if price is not None else None
        self.is_at_once = row.get("time_in_force") in {"ioc", "fok"}
        self.filled = Wad(0)


class KrakenNews:
    """Of one key."""

    silence_s = 10.0  # a heartbeat comes each second

    def __init__(self, line: VenueLine, pairs: Sequence[str]) -> None:
        self._line, self._pairs = line, frozenset(pairs)
        self._known: OrderedDict[str, _Known] = OrderedDict()

    async def subscribe(self) -> None:
        """Connect, subscribe, and wait until that ends."""
        client = self._line.client
        token = (await self._line.ask(_TOKEN))["result"]["token"]
        asked = {"channel": _CHANNEL, "token": token, "snap_orders": True, "snap_trades": False}
        message = {"method": "subscribe", "params": asked}
        await client.watch(client.urls["api"]["ws"]["privateV2"], _CHANNEL, message, _CHANNEL)

    async def greet(self, socket: Any) -> None:
        """Say nothing: it talks by itself."""

    def read(self, frame: Any) -> list[News] | None:
        """Return what a frame tells."""
        if frame.get("method") == "subscribe" and frame.get("success") is False:
            raise NewsRefused(self._line.hidden(str(frame.get("error"))))
        if frame.get("channel") != _CHANNEL:
            return None
        return [news for row in frame["data"] for news in self._row(row)]

    def _row(self, row: Any) -> list[News]:
        order_id = str(row["order_id"])
        known = self._known.get(order_id)
        if "symbol" in row and "side" in row and (known is None or "order_qty" in row):
            known = self._known[order_id] = _Known(row)
            while len(self._known) > _MOST_KNOWN:
                self._known.popitem(last=False)
        if known is None or known.pair not in self._pairs:
            return []
        if row["exec_type"] == "trade":
            return [self._fill(row, order_id, known)]
        if row["order_status"] not in _STATES:
            return []
        return [self._report(row, order_id, known)]

    def _report(self, row: Any, order_id: str, known: _Known) -> OrderReport:
        state = _STATES[row["order_status"]]
        if state is OrderState.CANCELED and known.is_at_once:
            state = OrderState.EXPIRED
        if "cum_qty" in row:
            known.filled = wad_at_least_0(row["cum_qty"])
        return OrderReport(
            venue=self._line.venue,
            pair=known.pair,
            order_id=order_id,
            client_id=own_id(row.get("cl_ord_id")),
            state=state,
            filled=known.filled,
            at=nanos_of_text(row["timestamp"]),
            side=known.side,
            amount=known.amount,
            price=known.price,
        )

    def _fill(self, row: Any, order_id: str, known: _Known) -> Fill:
        (fee,) = row["fees"]
        amount = wad_at_least_0(row["last_qty"])
        known.filled = Wad(known.filled + amount)
        return Fill(
            venue=self._line.venue,
            trade_id=str(row["exec_id"]),
            order_id=order_id,
            client_id=own_id(row.get("cl_ord_id")),
            pair=known.pair,
            side=known.side,
            amount=amount,
            price=wad_at_least_0(row["last_price"]),
            fee=wad_of(fee["qty"]),
            fee_currency=currency_of(str(fee["asset"])),
            at=nanos_of_text(row["timestamp"]),
        )
