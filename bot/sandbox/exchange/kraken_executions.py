"""Kraken's private channels: what happens to an account's orders, and to its balances.

Source: Kraken API documentation, WebSocket v2, executions and balances. As there, only the first
event of an order and its trades name the market; what follows names the order alone.
"""

from decimal import Decimal
from typing import Any

from bot.sandbox.exchange.frame_socket import FrameSocket
from bot.sandbox.exchange.kraken_order_views import fee_of, reason_of, type_of
from bot.sandbox.exchange.kraken_orders import KrakenOrders
from bot.sandbox.exchange.kraken_words import bare, instant
from bot.sandbox.exchange.orders import (
    ZERO,
    Fill,
    Happening,
    Lifetime,
    Order,
    OrderChanged,
    OrderState,
)
from bot.sandbox.exchange.trading_floor import Floor

_SNAPSHOT_TRADES = 50
_LIFETIMES = {Lifetime.GTC: "gtc", Lifetime.IOC: "ioc", Lifetime.FOK: "fok"}


class ExecutionsChannel:
    """The orders of one account; messages are numbered."""

    def __init__(
        self, floor: Floor, socket: FrameSocket, account: str, orders: KrakenOrders
    ) -> None:
        self._floor, self._socket = floor, socket
        self._account, self._orders = account, orders
        self._number = 0
        self.with_orders, self.with_trades = True, False

    def open(self) -> None:
        """Send the newest trades and the open orders, as far as they were asked for."""
        if self.with_trades:
            orders = self._floor.engine.orders_of(self._account)
            fills = [(order, fill) for order in orders for fill in order.fills]
            newest = sorted(fills, key=lambda row: row[1].at)[-_SNAPSHOT_TRADES:]
            self._say("snapshot", [self._trade(order, fill) for order, fill in newest])
        if self.with_orders:
            rows = [self._whole(one, "new") for one in self._orders.open_orders(self._account)]
            self._say("snapshot", rows)

    def note(self, happening: Happening) -> None:
        """Send what happened to an order of the account's."""
        if not isinstance(happening, OrderChanged) or happening.order.account != self._account:
            return
        order = happening.order
        if happening.fill is not None:
            self._say("update", [self._trade(order, happening.fill)])
        elif order.state is OrderState.OPEN:
            self._say("update", [self._whole(order, "pending_new")])
            self._say("update", [self._brief(order, "new")])
        if order.state is not OrderState.OPEN:
            end = "filled" if order.state is OrderState.FILLED else "canceled"
            self._say("update", [self._end(order, end)])

    def _say(self, kind: str, rows: list[dict[str, Any]]) -> None:
        self._number += 1
        message = {"channel": "executions", "type": kind, "data": rows, "sequence": self._number}
        self._socket.say(message, is_book=False)

    def _brief(self, order: Order, what: str) -> dict[str, Any]:
        client_id = order.request.client_id
        return {
            "timestamp": instant(order.changed_at),
            "order_status": what,
            "exec_type": what,
            "order_userref": self._orders.userref(order) or 0,
            "order_id": self._orders.ids.of_order(order.id),
        } | ({"cl_ord_id": client_id} if client_id else {})

    def _end(self, order: Order, what: str) -> dict[str, Any]:
        sums = {
            "cum_qty": bare(order.filled, 8),
            "cum_cost": bare(order.value, 8),
            "fee_usd_equiv": bare(fee_of(order), 8),
            "avg_price": bare(order.average_price, 8),
        }
        reason = reason_of(order)
        why = {"cancel_reason": reason, "reason": reason} if reason else {}
        return self._brief(order, what) | sums | why

    def _whole(self, order: Order, what: str) -> dict[str, Any]:
        request, market = order.request, self._orders.market(order)
        price = request.price if request.price is not None else Decimal(0)
        status = "partially_filled" if order.filled else what
        return self._end(order, what) | {
            "order_status": status,
            "symbol": request.pair,
            "side": request.side.value,
            "order_type": type_of(order),
            "order_qty": bare(order.size, market.size_decimals),
            "limit_price_type": "static",
            "limit_price": bare(price, market.price_decimals),
            "time_in_force": _LIFETIMES[request.lifetime],
            "post_only": request.post_only,
            "fee_ccy_pref": "fciq",
        }

    def _trade(self, order: Order, fill: Fill) -> dict[str, Any]:
        market = self._orders.market(order)
        is_done = bool(order.size) and order.filled == order.size
        return self._brief(order, "trade") | {
            "order_status": "filled" if is_done else "partially_filled",
            "exec_id": self._orders.ids.of_fill(order, fill),
            "trade_id": fill.trade_id,
            "symbol": order.request.pair,
            "side": order.request.side.value,
            "order_type": type_of(order),
            "last_qty": bare(fill.size, market.size_decimals),
            "last_price": bare(fill.price, market.price_decimals),
            "liquidity_ind": "m" if fill.is_maker else "t",
            "cost": bare(fill.price * fill.size, 8),
            "fees": [{"asset": fill.fee_currency, "qty": bare(fill.fee, 8)}],
            "fee_usd_equiv": bare(fill.fee, 8),
            "timestamp": instant(fill.at),
        }


class BalancesChannel:
    """What one account has."""

    def __init__(self, floor: Floor, socket: FrameSocket, account: str) -> None:
        self._floor, self._socket, self._account = floor, socket, account
        self._number = 0

    def open(self) -> None:
        """Send all balances."""
        held = self._floor.engine.accounts[self._account].balances
        self._say("snapshot", [_balance(name, one.total) for name, one in held.items()])

    def note(self, happening: Happening) -> None:
        """Send both balances that a trade of the account's has moved."""
        if not isinstance(happening, OrderChanged) or happening.fill is None:
            return
        if happening.order.account != self._account:
            return
        fill = happening.fill
        market = self._floor.engine.markets[happening.order.request.pair]
        sign = 1 if happening.order.request.side.value == "buy" else -1
        moved = {market.base: sign * fill.size, market.quote: -sign * fill.size * fill.price}
        self._say("update", [self._row(name, part, fill) for name, part in moved.items()])

    def _row(self, currency: str, amount: Decimal, fill: Fill) -> dict[str, Any]:
        balance = self._floor.engine.accounts[self._account].of(currency)
        return {
            "asset": currency,
            "asset_class": "currency",
            "amount": bare(amount, 8),
            "balance": bare(balance.total, 8),
            "fee": bare(fill.fee if currency == fill.fee_currency else ZERO, 8),
            "timestamp": instant(fill.at),
            "type": "trade",
            "wallet_type": "spot",
            "wallet_id": "main",
        }

    def _say(self, kind: str, rows: list[dict[str, Any]]) -> None:
        self._number += 1
        message = {"channel": "balances", "type": kind, "data": rows, "sequence": self._number}
        self._socket.say(message, is_book=False)


def _balance(currency: str, total: Decimal) -> dict[str, Any]:
    number = bare(total, 8)
    wallet = {"type": "spot", "id": "main", "balance": number}
    return {
        "asset": currency,
        "asset_class": "currency",
        "balance": number,
        "wallets": [wallet],
    }
