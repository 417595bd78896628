"""Orders at Coinbase Advanced Trade, in its words.

Source: Coinbase Advanced Trade API documentation, orders and fills, read 2026. A client id that was
used before places nothing: the answer is the first order. It cannot be asked for, only looked for.
"""

from collections.abc import AsyncIterator, Mapping
from decimal import ROUND_DOWN
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
from bot.execution.order_errors import Meaning, VenueFault, coinbase_denial, cut
from bot.execution.rate_budget import Use
from bot.execution.venue_desk import accepted, own_id, unless_missing
from bot.execution.venue_line import Call, VenueLine
from bot.execution.venue_numbers import (
    decimal_of,
    nanos_of_text,
    text_of,
    wad_at_least_0,
    wad_of,
)

PRIVATE = ("v3", "private")
_PAGE = 250
_MOST_PAGES = 100
_LOOK_BACK_S = 86_400  # how much older than it says an order may be: clocks differ, so do runs
_PLACE = Call(path="brokerage/orders", api=PRIVATE, verb="POST", use=Use.ORDER, is_act=True)
_CANCEL = Call(
    path="brokerage/orders/batch_cancel", api=PRIVATE, verb="POST", use=Use.URGENT, is_act=True
)
_FIND = Call(path="brokerage/orders/historical/{order_id}", api=PRIVATE, use=Use.URGENT)
_SEARCH = Call(path="brokerage/orders/historical/batch", api=PRIVATE, use=Use.URGENT)
_OPEN = Call(path="brokerage/orders/historical/batch", api=PRIVATE)
_FILLS = Call(path="brokerage/orders/historical/fills", api=PRIVATE)
STATES = {
    **dict.fromkeys(("PENDING", "OPEN", "QUEUED", "CANCEL_QUEUED", "EDIT_QUEUED"), OrderState.OPEN),
    "FILLED": OrderState.FILLED,
    "CANCELLED": OrderState.CANCELED,
    "EXPIRED": OrderState.EXPIRED,
    **dict.fromkeys(("FAILED", "REJECTED"), OrderState.REJECTED),
}
SIDES = {"BUY": OrderSide.BUY, "SELL": OrderSide.SELL}
_KINDS = {
    TimeInForce.GTC: "limit_limit_gtc",
    TimeInForce.POST_ONLY: "limit_limit_gtc",
    TimeInForce.IOC: "sor_limit_ioc",
    TimeInForce.FOK: "limit_limit_fok",
}
_CANCEL_REFUSED = frozenset({"UNKNOWN_CANCEL_ORDER", "INVALID_CANCEL_REQUEST"})
_CANCEL_ASKED = "DUPLICATE_CANCEL_REQUEST"


def product_of(pair: str) -> str:
    """Return Coinbase's name of a pair."""
    return pair.replace("/", "-")


class CoinbaseDesk:
    """Of one key."""

    def __init__(self, line: VenueLine) -> None:
        self._line = line

    async def place(self, order: Order) -> OrderReport:
        """Send an order; the report says that it is open, for the answer does not tell more."""
        params = {
            "client_order_id": order.client_id,
            "product_id": product_of(order.pair),
            "side": order.side.name,
            "order_configuration": _configuration(order),
        }
        answer = await self._line.ask(_PLACE, params)
        if answer["success"] is not True:
            verdict = coinbase_denial(answer)
            raise VenueFault(verdict.meaning, self._line.hidden(verdict.reason))
        said = answer["success_response"]
        return accepted(order, _id(said["order_id"]), self._line.now())

    async def cancel(self, order: Order, order_id: str) -> None:
        """Ask for its cancellation; without its own id it is looked for first."""
        if not order_id:
            found = await self.find(order, "")
            if found is None:
                raise VenueFault(Meaning.MISSING, "it does not know that order")
            order_id = found.order_id
        (row,) = (await self._line.ask(_CANCEL, {"order_ids": [order_id]}))["results"]
        if row["success"] is True or row["failure_reason"] == _CANCEL_ASKED:
            return
        is_sure = row["failure_reason"] in _CANCEL_REFUSED
        meaning = Meaning.MISSING if is_sure else Meaning.UNKNOWN
        raise VenueFault(meaning, cut(str(row["failure_reason"])))

    async def find(self, order: Order, order_id: str) -> OrderReport | None:
        """Return what it says of an order; without its own id, of one with our client id."""
        if order_id:
            answer = await unless_missing(self._line.ask(_FIND, {"order_id": order_id}))
            return None if answer is None else self._report(order.pair, answer["order"])
        asked = {"product_ids": [product_of(order.pair)], "limit": _PAGE}
        oldest = order.made_at - _LOOK_BACK_S * NANOS_PER_S
        async for row in self._pages(_SEARCH, asked, "orders"):
            if row["client_order_id"] == order.client_id:
                return self._report(order.pair, row)
            if nanos_of_text(row["created_time"]) < oldest:
                return None  # they come newest first
        return None

    async def open_orders(self, pair: str) -> tuple[OrderReport, ...]:
        """Return what rests."""
        asked = {"product_ids": [product_of(pair)], "order_status": ["OPEN"], "limit": _PAGE}
        rows = self._pages(_OPEN, asked, "orders")
        return tuple([self._report(pair, row) async for row in rows])

    async def fills(self, pair: str, since: Nanos) -> tuple[Fill, ...]:
        """Return the account's trades, page by page."""
        found = await self.fills_of(pair, {})
        return tuple(fill for fill in found if fill.at >= since)

    async def fills_of(self, pair: str, asked: Mapping[str, Any]) -> tuple[Fill, ...]:
        """Return the trades of a pair that a question is about: of some orders, or all.

        Raises:
            VenueFault: the venue says no.
        """
        params = {"product_ids": [product_of(pair)], "limit": _PAGE, **asked}
        rows = [row async for row in self._pages(_FILLS, params, "fills")]
        found = {fill.trade_id: fill for fill in (self._fill(pair, row) for row in rows)}
        return tuple(found.values())

    async def _pages(self, call: Call, asked: Mapping[str, Any], name: str) -> AsyncIterator[Any]:
        cursor, params = "", dict(asked)
        for _ in range(_MOST_PAGES):
            page = await self._line.ask(call, params | ({"cursor": cursor} if cursor else {}))
            for row in page[name]:
                yield row
            cursor = str(page["cursor"] or "")
            if not cursor or not page[name]:
                return
        raise VenueFault(Meaning.UNKNOWN, f"it has more than {_MOST_PAGES} pages of {name}")

    def _report(self, pair: str, row: Any) -> OrderReport:
        (asked,) = row["order_configuration"].values()
        state = STATES[row["status"]]
        is_at_once = row["time_in_force"] in {"IMMEDIATE_OR_CANCEL", "FILL_OR_KILL"}
        if state is OrderState.CANCELED and is_at_once:
            state = OrderState.EXPIRED  # nobody cancelled it
        amount, price = asked.get("base_size"), asked.get("limit_price")
        return OrderReport(
            venue=self._line.venue,
            pair=pair,
            order_id=_id(row["order_id"]),
            client_id=own_id(row["client_order_id"]),
            state=state,
            filled=wad_at_least_0(row["filled_size"]),
            at=nanos_of_text(row.get("last_fill_time") or row["created_time"]),
            side=SIDES[row["side"]],
            amount=wad_at_least_0(amount) if amount else None,
            price=wad_at_least_0(price) if price else None,
        )

    def _fill(self, pair: str, row: Any) -> Fill:
        price, size = decimal_of(row["price"]), decimal_of(row["size"])
        if row["size_in_quote"] is True:  # an order by value, not one of ours
            size = (size / price).quantize(decimal_of("0.00000001"), ROUND_DOWN)
        return Fill(
            venue=self._line.venue,
            trade_id=_id(row["trade_id"]),
            order_id=_id(row["order_id"]),
            client_id=None,
            pair=pair,
            side=SIDES[row["side"]],
            amount=wad_at_least_0(size),
            price=wad_at_least_0(price),
            fee=wad_of(row["commission"]),
            fee_currency=pair.partition("/")[2],
            at=nanos_of_text(row["trade_time"]),
        )


def _configuration(order: Order) -> dict[str, Any]:
    if order.kind is OrderKind.MARKET:
        return {"market_market_ioc": {"base_size": text_of(order.amount)}}
    asked: dict[str, Any] = {
        "base_size": text_of(order.amount),
        "limit_price": text_of(order.price),
    }
    if order.time_in_force in {TimeInForce.GTC, TimeInForce.POST_ONLY}:
        asked["post_only"] = order.time_in_force is TimeInForce.POST_ONLY
    return {_KINDS[order.time_in_force]: asked}


def _id(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("an id is missing")
    return value
