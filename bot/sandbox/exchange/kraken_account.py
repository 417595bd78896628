"""Kraken's private REST, for an account whose request was signed rightly."""

import asyncio
from decimal import Decimal
from typing import Any

from bot.domain.units import NANOS_PER_S
from bot.sandbox.exchange.kraken_listings import KrakenListings
from bot.sandbox.exchange.kraken_order_forms import check_deadline, order_request, userref_in
from bot.sandbox.exchange.kraken_order_views import described, fill_row, order_row
from bot.sandbox.exchange.kraken_orders import KrakenOrders
from bot.sandbox.exchange.kraken_words import (
    KrakenError,
    Params,
    asset_id,
    decimal_in,
    instant,
    integer_in,
    is_set,
    pair_id,
)
from bot.sandbox.exchange.orders import Fill, Order, OrderState
from bot.sandbox.exchange.trading_floor import Floor

_PAGE = 50
_MOST_IDS = 50
_LONGEST_TIMER_S = 86_400


class KrakenAccount:
    """Every public method takes the account and the request's parameters."""

    def __init__(self, floor: Floor, listings: KrakenListings, orders: KrakenOrders) -> None:
        self._floor, self._listings, self._orders = floor, listings, orders
        self._timers: dict[str, asyncio.TimerHandle] = {}

    def place(self, account: str, params: Params) -> dict[str, Any]:
        """Take an order; the answer tells its id, and nothing of what became of it."""
        check_deadline(params, self._floor.clock.now())
        request = order_request(params, self._listings.pair(params.get("pair")))
        market = self._floor.engine.markets[request.pair]
        if is_set(params, "validate"):
            self._orders.check(account, request)
            now = self._floor.engine.clock()
            size = request.size or Decimal(0)
            trial = Order(
                id=0, account=account, request=request, size=size, placed_at=now, changed_at=now
            )
            return {"descr": {"order": described(trial, market)}}
        order = self._orders.place(account, request, userref_in(params))
        txid = self._orders.ids.of_order(order.id)
        return {"descr": {"order": described(order, market)}, "txid": [txid]}

    def cancel(self, account: str, params: Params) -> dict[str, Any]:
        """Cancel by id, client id or user reference."""
        name = str(params.get("cl_ord_id") or params.get("txid") or "")
        if not name:
            raise KrakenError("EGeneral:Invalid arguments")
        return {"count": len(self._orders.cancel(account, name))}

    def cancel_some(self, account: str, params: Params) -> dict[str, Any]:
        """Cancel a list of orders; those that are not open are passed over."""
        names = params.get("orders")
        if not isinstance(names, list) or not 0 < len(names) <= _MOST_IDS:
            raise KrakenError("EGeneral:Invalid arguments")
        count = 0
        for name in names:
            try:
                count += len(self._orders.cancel(account, str(name)))
            except KrakenError:
                continue
        return {"count": count}

    def cancel_all(self, account: str, _: Params) -> dict[str, Any]:
        """Cancel everything."""
        return {"count": len(self._orders.cancel_all(account))}

    def cancel_all_after(self, account: str, params: Params) -> dict[str, Any]:
        """Cancel everything unless told again within `timeout` seconds; 0: never mind."""
        timeout_s = integer_in(params, "timeout", -1)
        if not 0 <= timeout_s <= _LONGEST_TIMER_S:
            raise KrakenError("EGeneral:Invalid arguments:timeout")
        running = self._timers.pop(account, None)
        if running is not None:
            running.cancel()
        if timeout_s:
            loop = asyncio.get_running_loop()
            self._timers[account] = loop.call_later(timeout_s, self._orders.cancel_all, account)
        now = self._floor.clock.now()
        due = instant(now + timeout_s * NANOS_PER_S) if timeout_s else "0"
        return {"currentTime": instant(now), "triggerTime": due}

    def open_orders(self, account: str, params: Params) -> dict[str, Any]:
        """Tell what is open."""
        found = self._filtered(self._orders.open_orders(account), params)
        return {"open": self._rows(found, params)}

    def closed_orders(self, account: str, params: Params) -> dict[str, Any]:
        """Tell what is over, newest first, a page at a time."""
        orders = self._floor.engine.orders_of(account)
        found = [order for order in orders if order.state is not OrderState.OPEN]
        kept = [o for o in self._filtered(found, params) if _is_within(o.changed_at, params)]
        first = integer_in(params, "ofs", 0)
        page = kept[::-1][first : first + _PAGE]
        return {"closed": self._rows(page, params), "count": len(kept)}

    def some_orders(self, account: str, params: Params) -> dict[str, Any]:
        """Tell orders by their ids."""
        names = str(params.get("txid", "")).split(",")
        if len(names) > _MOST_IDS:
            raise KrakenError("EGeneral:Invalid arguments")
        numbers = {self._orders.ids.order_number(name) for name in names}
        orders = self._floor.engine.orders_of(account)
        found = [order for order in orders if order.id in numbers]
        if not found:
            raise KrakenError("EOrder:Unknown order")
        return self._rows(self._filtered(found, params), params)

    def my_trades(self, account: str, params: Params) -> dict[str, Any]:
        """Tell the account's fills, newest first, a page at a time."""
        found = [row for row in self._fills(account) if _is_within(row[1].at, params)]
        first = integer_in(params, "ofs", 0)
        page = sorted(found, key=lambda row: row[1].at, reverse=True)[first : first + _PAGE]
        return {"trades": self._fill_rows(page), "count": len(found)}

    def some_trades(self, account: str, params: Params) -> dict[str, Any]:
        """Tell fills by their ids."""
        names = set(str(params.get("txid", "")).split(","))
        fills = self._fills(account)
        found = [row for row in fills if self._orders.ids.of_fill(*row) in names]
        if not found:
            raise KrakenError("EQuery:Unknown trade")
        return self._fill_rows(found)

    def balances(self, account: str, _: Params) -> dict[str, Any]:
        """Tell what the account has of each currency."""
        held = self._floor.engine.accounts[account].balances
        return {asset_id(name): f"{one.total:.8f}" for name, one in held.items()}

    def balances_and_holds(self, account: str, _: Params) -> dict[str, Any]:
        """Tell what the account has, and what of it open orders hold."""
        held = self._floor.engine.accounts[account].balances
        return {
            asset_id(name): {"balance": f"{one.total:.8f}", "hold_trade": f"{one.held:.8f}"}
            for name, one in held.items()
        }

    def trade_volume(self, _: str, params: Params) -> dict[str, Any]:
        """Tell what the account pays in some markets."""
        names = str(params.get("pair", ""))
        pairs = [self._listings.pair(name) for name in names.split(",")] if names else []
        fees = self._floor.engine.fees
        return {
            "currency": "ZUSD",
            "volume": "0.0000",
            "fees": {pair_id(pair): _fee(fees.taker) for pair in pairs},
            "fees_maker": {pair_id(pair): _fee(fees.maker) for pair in pairs},
        }

    def _filtered(self, orders: list[Order], params: Params) -> list[Order]:
        reference, client_id = userref_in(params), params.get("cl_ord_id")
        return [
            order
            for order in orders
            if reference in {None, self._orders.userref(order)}
            and client_id in {None, order.request.client_id}
        ]

    def _rows(self, orders: list[Order], params: Params) -> dict[str, Any]:
        with_trades, ids = is_set(params, "trades"), self._orders.ids
        return {
            ids.of_order(order.id): order_row(
                order,
                self._orders.market(order),
                ids,
                userref=self._orders.userref(order),
                trades=with_trades,
            )
            for order in orders
        }

    def _fills(self, account: str) -> list[tuple[Order, Fill]]:
        orders = self._floor.engine.orders_of(account)
        return [(order, fill) for order in orders for fill in order.fills]

    def _fill_rows(self, found: list[tuple[Order, Fill]]) -> dict[str, Any]:
        ids = self._orders.ids
        return {
            ids.of_fill(order, fill): fill_row(order, fill, self._orders.market(order), ids)
            for order, fill in found
        }


def _is_within(at: int, params: Params) -> bool:
    start, end = decimal_in(params, "start"), decimal_in(params, "end")
    moment = Decimal(at) / NANOS_PER_S
    return (start is None or moment > start) and (end is None or moment <= end)


def _fee(rate: Decimal) -> dict[str, Any]:
    text = f"{rate * 100:.4f}"
    return {
        "fee": text,
        "minfee": text,
        "maxfee": text,
        "nextfee": None,
        "tiervolume": "0.0000",
        "nextvolume": None,
    }
