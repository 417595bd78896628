"""Kraken's private socket, version 2: an account's own channels, and orders."""

from typing import Any

from aiohttp import web

from bot.sandbox.exchange.frame_socket import FrameSocket
from bot.sandbox.exchange.kraken_conversation import Channel, Conversation
from bot.sandbox.exchange.kraken_executions import BalancesChannel, ExecutionsChannel
from bot.sandbox.exchange.kraken_login import KrakenLogin
from bot.sandbox.exchange.kraken_order_forms import (
    check_deadline,
    socket_order_request,
    userref_in,
)
from bot.sandbox.exchange.kraken_orders import KrakenOrders
from bot.sandbox.exchange.kraken_words import KrakenError
from bot.sandbox.exchange.trading_floor import Floor

Results = list[dict[str, Any]]


class KrakenPrivateSocket:
    """Serves ``ws-auth.kraken.com/v2``; every request carries a token."""

    def __init__(self, floor: Floor, login: KrakenLogin, orders: KrakenOrders) -> None:
        self._floor, self._login, self._orders = floor, login, orders
        self._connections = 0

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Serve one client until it is gone."""
        socket = self._floor.open_socket()
        self._connections += 1
        client = Conversation(self._floor, socket, self._connections)
        client.greet()
        async for message in socket.heard(request):
            client.obey(message, lambda method, params: self._do(client, socket, method, params))
        return socket.response

    def _do(
        self, client: Conversation, socket: FrameSocket, method: str, params: dict[str, Any]
    ) -> Results:
        account = self._login.account_of_token(params.get("token"))
        if method == "add_order":
            return self._add(account, params)
        if method == "cancel_order":
            return self._cancel(account, params)
        if method == "cancel_all":
            return [{"count": len(self._orders.cancel_all(account))}]
        name = str(params.get("channel"))
        if method == "unsubscribe":
            client.unsubscribe((name, ""))
        elif method == "subscribe":
            client.subscribe((name, ""), self._channel(socket, account, params))
        else:
            raise KrakenError("Method Not Found")
        return [{"channel": name}]

    def _add(self, account: str, params: dict[str, Any]) -> Results:
        check_deadline(params, self._floor.clock.now())
        pair = str(params.get("symbol"))
        if pair not in self._floor.engine.markets:
            raise KrakenError(f"Currency pair not supported {pair}")
        request = socket_order_request(params, pair)
        if params.get("validate") is True:
            self._orders.check(account, request)
            return [{}]
        order = self._orders.place(account, request, userref_in(params, "order_userref"))
        result = {"order_id": self._orders.ids.of_order(order.id)}
        return [result | ({"cl_ord_id": request.client_id} if request.client_id else {})]

    def _cancel(self, account: str, params: dict[str, Any]) -> Results:
        names = [
            str(name)
            for key in ("order_id", "cl_ord_id", "order_userref")
            for name in _listed(params.get(key))
        ]
        if not names:
            raise KrakenError("EGeneral:Invalid arguments")
        orders = [order for name in names for order in self._orders.cancel(account, name)]
        return [{"order_id": self._orders.ids.of_order(order.id)} for order in orders]

    def _channel(self, socket: FrameSocket, account: str, params: dict[str, Any]) -> Channel:
        name = params.get("channel")
        if name == "executions":
            channel = ExecutionsChannel(self._floor, socket, account, self._orders)
            channel.with_orders = params.get("snap_orders", True) is True
            channel.with_trades = params.get("snap_trades", False) is True
            return channel
        if name == "balances":
            return BalancesChannel(self._floor, socket, account)
        raise KrakenError(f"Unsupported channel {name}")


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
