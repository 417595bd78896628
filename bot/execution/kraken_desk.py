"""Orders at Kraken spot, in its words.

Source: Kraken spot REST documentation, trading and account data, read 2026. Its answer to a new
order says nothing of what became of it; client ids find orders among the open and the closed ones
only; trades name orders by Kraken's id.
"""

import datetime as dt
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
from bot.domain.units import NANOS_PER_S, Nanos
from bot.execution.kraken_names import KrakenNames
from bot.execution.order_errors import Meaning, VenueFault
from bot.execution.rate_budget import Use
from bot.execution.venue_desk import accepted, own_id, unless_missing
from bot.execution.venue_line import Call, VenueLine
from bot.execution.venue_numbers import nanos_of_s, text_of, wad_at_least_0, wad_of

_WINDOW_S = 5  # an order that arrives later is refused: nothing is placed from the past
_MOST_PAGES = 100
_PLACE = Call(path="AddOrder", verb="POST", cost=0, use=Use.ORDER, is_act=True)
_CANCEL = Call(path="CancelOrder", verb="POST", cost=0, use=Use.URGENT, is_act=True)
_FIND = Call(path="QueryOrders", verb="POST", use=Use.URGENT)
_FIND_OPEN = Call(path="OpenOrders", verb="POST", use=Use.URGENT)
_FIND_CLOSED = Call(path="ClosedOrders", verb="POST", cost=2, use=Use.URGENT)
_OPEN = Call(path="OpenOrders", verb="POST")
_TRADES = Call(path="TradesHistory", verb="POST", cost=2)
STATES = {
    **dict.fromkeys(("pending", "open"), OrderState.OPEN),
    "closed": OrderState.FILLED,
    "canceled": OrderState.CANCELED,
    "expired": OrderState.EXPIRED,
}
SIDES = {"buy": OrderSide.BUY, "sell": OrderSide.SELL}


class KrakenDesk:
    """Of one key."""

    def __init__(self, line: VenueLine, names: KrakenNames) -> None:
        self._line, self._names = line, names

    async def place(self, order: Order) -> OrderReport:
        """Send an order; the report says that it is open, for Kraken does not tell more."""
        until = dt.datetime.fromtimestamp(self._line.now() // NANOS_PER_S + _WINDOW_S, dt.UTC)
        is_maker = order.time_in_force is TimeInForce.POST_ONLY
        params = {
            "pair": await self._names.altname(order.pair),
            "type": order.side.value,
            "ordertype": order.kind.value,
            "volume": text_of(order.amount),
            "cl_ord_id": order.client_id,
            "oflags": "post,fciq" if is_maker else "fciq",  # fees in the quote, both ways
            "deadline": f"{until:%Y-%m-%dT%H:%M:%SZ}",
        }
        if order.kind is OrderKind.LIMIT:
            params["price"] = text_of(order.price)
            params["timeinforce"] = "GTC" if is_maker else order.time_in_force.name
        answer = await self._line.ask(_PLACE, params)
        (order_id,) = answer["result"]["txid"]
        return accepted(order, str(order_id), self._line.now())

    async def cancel(self, order: Order, order_id: str) -> None:
        """Ask for its cancellation."""
        params = {"txid": order_id} if order_id else {"cl_ord_id": order.client_id}
        answer = await self._line.ask(_CANCEL, params)
        if not int(answer["result"]["count"]) and not answer["result"].get("pending"):
            raise VenueFault(Meaning.MISSING, "nothing was cancelled")

    async def find(self, order: Order, order_id: str) -> OrderReport | None:
        """Return what it says of an order; without its own id, of one with our client id."""
        if order_id:
            answer = await unless_missing(self._line.ask(_FIND, {"txid": order_id}))
            row = None if answer is None else answer["result"].get(order_id)
            return None if row is None else self._report(order.pair, order_id, row)
        asked = {"cl_ord_id": order.client_id}
        is_open = (await self._line.ask(_FIND_OPEN, asked))["result"]["open"]
        found = self._ours(order, is_open)  # it may close now: then it is among the closed ones
        first = 0
        for _ in range(_MOST_PAGES):
            if found is not None:
                break
            page = (await self._line.ask(_FIND_CLOSED, {**asked, "ofs": first}))["result"]
            first += len(page["closed"])
            found = self._ours(order, page["closed"])
            if not page["closed"] or first >= int(page["count"]):
                break
        return found

    async def open_orders(self, pair: str) -> tuple[OrderReport, ...]:
        """Return what rests."""
        name = await self._names.altname(pair)
        rows = (await self._line.ask(_OPEN))["result"]["open"]
        return tuple(
            self._report(pair, order_id, row)
            for order_id, row in rows.items()
            if row["descr"]["pair"] == name
        )

    async def fills(self, pair: str, since: Nanos) -> tuple[Fill, ...]:
        """Return the account's trades, page by page from the newest."""
        name, found, first = await self._names.key(pair), dict[str, Fill](), 0
        start = since // NANOS_PER_S - 1  # those of its own second do not count
        asked = {"start": start, "consolidate_taker": "false"}
        for _ in range(_MOST_PAGES):
            page = (await self._line.ask(_TRADES, {**asked, "ofs": first}))["result"]
            rows = page["trades"]
            first += len(rows)
            found |= {
                trade_id: self._fill(pair, trade_id, row)
                for trade_id, row in rows.items()
                if row["pair"] == name
            }
            if not rows or first >= int(page["count"]):
                return tuple(fill for fill in found.values() if fill.at >= since)
        raise VenueFault(Meaning.UNKNOWN, f"more than {first} trades since then")

    def _ours(self, order: Order, rows: Any) -> OrderReport | None:
        for order_id, row in rows.items():
            if row.get("cl_ord_id") == order.client_id:
                return self._report(order.pair, order_id, row)
        return None

    def _report(self, pair: str, order_id: str, row: Any) -> OrderReport:
        state, amount = STATES[row["status"]], wad_at_least_0(row["vol"])
        filled = wad_at_least_0(row["vol_exec"])
        if state is OrderState.CANCELED and row.get("timeinforce") in {"IOC", "FOK"}:
            state = OrderState.EXPIRED  # nobody cancelled it
        return OrderReport(
            venue=self._line.venue,
            pair=pair,
            order_id=order_id,
            client_id=own_id(row.get("cl_ord_id")),
            state=state,
            filled=filled,
            at=nanos_of_s(row.get("closetm") or row["opentm"]),
            side=SIDES[row["descr"]["type"]],
            amount=amount,
            price=wad_at_least_0(row["descr"]["price"]) or None,
        )

    def _fill(self, pair: str, trade_id: str, row: Any) -> Fill:
        return Fill(
            venue=self._line.venue,
            trade_id=trade_id,
            order_id=str(row["ordertxid"]),
            client_id=own_id(row.get("cl_ord_id")),
            pair=pair,
            side=SIDES[row["type"]],
            amount=wad_at_least_0(row["vol"]),
            price=wad_at_least_0(row["price"]),
            fee=wad_of(row["fee"]),
            fee_currency=pair.partition("/")[2],
            at=nanos_of_s(row["time"]),
        )
