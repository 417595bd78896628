"""Orders at Binance spot, in its words.

Source: Binance spot API documentation, trading and account endpoints, read 2026.
"""

from typing import Any

from bot.domain.orders import (
    Fill,
    Order,
    OrderKind,
    OrderReport,
    OrderSide,
    OrderState,
    TimeInForce,
)
from bot.domain.units import NANOS_PER_MS, Nanos
from bot.execution.rate_budget import Use
from bot.execution.venue_desk import own_id, unless_missing
from bot.execution.venue_line import Call, VenueLine
from bot.execution.venue_numbers import decimal_of, nanos_of_ms, text_of, wad_at_least_0, wad_of

_WINDOW_MS = 5_000  # an order that arrives later is refused: nothing is placed from the past
_PAGE = 1_000
_DAY_MS = 86_400_000
_PLACE = Call(path="order", verb="POST", use=Use.ORDER, is_act=True)
_CANCEL = Call(path="order", verb="DELETE", use=Use.URGENT, is_act=True)
_FIND = Call(path="order", cost=4, use=Use.URGENT)
_OPEN = Call(path="openOrders", cost=6)
_TRADES = Call(path="myTrades", cost=20)
STATES = {
    **dict.fromkeys(("NEW", "PENDING_NEW", "PARTIALLY_FILLED", "PENDING_CANCEL"), OrderState.OPEN),
    "FILLED": OrderState.FILLED,
    "CANCELED": OrderState.CANCELED,
    "REJECTED": OrderState.REJECTED,
    **dict.fromkeys(("EXPIRED", "EXPIRED_IN_MATCH"), OrderState.EXPIRED),
}
SIDES = {"BUY": OrderSide.BUY, "SELL": OrderSide.SELL}


def symbol_of(pair: str) -> str:
    """Return Binance's name of a pair."""
    return pair.replace("/", "")


class BinanceDesk:
    """Of one key."""

    def __init__(self, line: VenueLine) -> None:
        self._line = line

    async def place(self, order: Order) -> OrderReport:
        """Send an order."""
        params = {
            "symbol": symbol_of(order.pair),
            "side": order.side.name,
            "newClientOrderId": order.client_id,
            "quantity": text_of(order.amount),
            "newOrderRespType": "RESULT",
            "recvWindow": _WINDOW_MS,
        }
        if order.kind is OrderKind.MARKET:
            params["type"] = "MARKET"
        elif order.time_in_force is TimeInForce.POST_ONLY:
            params |= {"type": "LIMIT_MAKER", "price": text_of(order.price)}
        else:
            lifetime = order.time_in_force.name
            params |= {"type": "LIMIT", "price": text_of(order.price), "timeInForce": lifetime}
        return self._report(order.pair, await self._line.ask(_PLACE, params))

    async def cancel(self, order: Order, order_id: str) -> None:
        """Ask for its cancellation."""
        await self._line.ask(_CANCEL, self._named(order, order_id))

    async def find(self, order: Order, order_id: str) -> OrderReport | None:
        """Return what it says of an order."""
        row = await unless_missing(self._line.ask(_FIND, self._named(order, order_id)))
        return None if row is None else self._report(order.pair, row)

    async def open_orders(self, pair: str) -> tuple[OrderReport, ...]:
        """Return what rests."""
        rows = await self._line.ask(_OPEN, {"symbol": symbol_of(pair)})
        return tuple(self._report(pair, row) for row in rows)

    async def fills(self, pair: str, since: Nanos) -> tuple[Fill, ...]:
        """Return the account's trades; beyond the newest thousand, from the oldest day on."""
        since_ms, symbol = since // NANOS_PER_MS, symbol_of(pair)
        rows = await self._line.ask(_TRADES, {"symbol": symbol, "limit": _PAGE})
        if len(rows) == _PAGE and min(int(row["time"]) for row in rows) >= since_ms:
            rows = await self._since(symbol, since_ms)
        found = {str(row["id"]): self._fill(pair, row) for row in rows}
        return tuple(fill for fill in found.values() if fill.at >= since)

    async def _since(self, symbol: str, since_ms: int) -> list[Any]:
        """Return all of them: the first by its day, the rest by their numbers."""
        found: list[Any] = []
        start, now_ms = since_ms, self._line.now() // NANOS_PER_MS
        while not found and start <= now_ms:
            span = {"startTime": start, "endTime": start + _DAY_MS - 1, "limit": _PAGE}
            found = list(await self._line.ask(_TRADES, {"symbol": symbol, **span}))
            start += _DAY_MS
        page = found
        while page:
            after = max(int(row["id"]) for row in page) + 1
            asked = {"symbol": symbol, "fromId": after, "limit": _PAGE}
            page = list(await self._line.ask(_TRADES, asked))
            found += page
        return found

    def _named(self, order: Order, order_id: str) -> dict[str, Any]:
        symbol = {"symbol": symbol_of(order.pair)}
        if order_id:
            return {**symbol, "orderId": order_id}
        return {**symbol, "origClientOrderId": order.client_id}

    def _report(self, pair: str, row: Any) -> OrderReport:
        return OrderReport(
            venue=self._line.venue,
            pair=pair,
            order_id=str(int(row["orderId"])),
            client_id=own_id(row["clientOrderId"]),
            state=STATES[row["status"]],
            filled=wad_at_least_0(row["executedQty"]),
            at=nanos_of_ms(row.get("updateTime") or row["transactTime"]),
            side=SIDES[row["side"]],
            amount=wad_at_least_0(row["origQty"]),
            price=wad_at_least_0(row["price"]) or None,
        )

    def _fill(self, pair: str, row: Any) -> Fill:
        return Fill(
            venue=self._line.venue,
            trade_id=str(int(row["id"])),
            order_id=str(int(row["orderId"])),
            client_id=None,
            pair=pair,
            side=OrderSide.BUY if row["isBuyer"] is True else OrderSide.SELL,
            amount=wad_at_least_0(row["qty"]),
            price=wad_at_least_0(row["price"]),
            fee=wad_of(decimal_of(row["commission"])),
            fee_currency=str(row["commissionAsset"]),
            at=nanos_of_ms(row["time"]),
        )
