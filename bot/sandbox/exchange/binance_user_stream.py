"""Binance's WebSocket API: what happens to an account, and orders over a socket.

Source: Binance spot API documentation, web-socket-api.md and user-data-stream.md.
"""

from collections.abc import Callable
from typing import Any

from aiohttp import web

from bot.domain.units import NANOS_PER_MS
from bot.sandbox.exchange.binance_account import BinanceAccount
from bot.sandbox.exchange.binance_login import BinanceLogin, sorted_text
from bot.sandbox.exchange.binance_markets import BinanceMarkets
from bot.sandbox.exchange.binance_order_views import client_id_of
from bot.sandbox.exchange.binance_symbols import symbol_of
from bot.sandbox.exchange.binance_words import BinanceError, Params, number, state_of, type_of
from bot.sandbox.exchange.frame_socket import FrameSocket
from bot.sandbox.exchange.orders import ZERO, Happening, OrderChanged, OrderState
from bot.sandbox.exchange.trading_floor import Floor

_SUBSCRIBE = "userDataStream.subscribe.signature"


class BinanceUserStream:
    """Serves ``/ws-api/v3``."""

    def __init__(
        self, floor: Floor, login: BinanceLogin, account: BinanceAccount, markets: BinanceMarkets
    ) -> None:
        self._floor, self._login = floor, login
        self._signed: dict[str, Callable[[str, Params], Any]] = {
            "order.place": account.place,
            "order.cancel": account.cancel,
            "order.status": account.order,
            "openOrders.status": account.open_orders,
            "openOrders.cancelAll": account.cancel_all,
            "allOrders": account.all_orders,
            "myTrades": account.my_trades,
            "account.status": account.balances,
        }
        self._public: dict[str, Callable[[Params], Any]] = {
            "ping": lambda _: {},
            "time": markets.time,
            "depth": markets.depth,
        }

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Serve one client until it is gone."""
        socket = self._floor.open_socket()
        async for message in socket.heard(request):
            if isinstance(message, dict):
                self._obey(socket, message)
        return socket.response

    def _obey(self, socket: FrameSocket, message: dict[str, Any]) -> None:
        number_, method = message.get("id"), str(message.get("method"))
        try:
            result = self._result(socket, method, message.get("params") or {})
        except BinanceError as error:
            socket.answer({"id": number_, "status": error.status, "error": error.body})
        else:
            socket.answer({"id": number_, "status": 200, "result": result})

    def _result(self, socket: FrameSocket, method: str, sent: Any) -> Any:
        if not isinstance(sent, dict):
            raise BinanceError(-1130, "Data sent for parameter 'params' is not valid.")
        params = {name: str(value) for name, value in sent.items()}
        if method in self._public:
            return self._public[method](params)
        if method not in self._signed and method != _SUBSCRIBE:
            raise BinanceError(-1000, f"Unknown method {method!r}")
        account = self._login.account(params.get("apiKey", ""), sorted_text(sent), params)
        if method != _SUBSCRIBE:
            return self._signed[method](account, params)
        unlisten = self._floor.engine.listen(
            lambda happening: self._tell(socket, account, happening)
        )
        socket.on_close.append(unlisten)
        return {"subscriptionId": 0}

    def _tell(self, socket: FrameSocket, account: str, happening: Happening) -> None:
        if not isinstance(happening, OrderChanged) or happening.order.account != account:
            return
        report = execution_report(happening)
        pair = happening.order.request.pair
        socket.say({"subscriptionId": 0, "event": report}, pair=pair, is_book=False)
        position = self._position(account, happening)
        socket.say({"subscriptionId": 0, "event": position}, pair=pair, is_book=False)

    def _position(self, account: str, happening: OrderChanged) -> dict[str, Any]:
        market = self._floor.engine.markets[happening.order.request.pair]
        held = self._floor.engine.accounts[account]
        stamp = happening.at // NANOS_PER_MS
        rows = [
            {"a": name, "f": number(held.of(name).free), "l": number(held.of(name).held)}
            for name in (market.base, market.quote)
        ]
        return {"e": "outboundAccountPosition", "E": stamp, "u": stamp, "B": rows}


def execution_report(happening: OrderChanged) -> dict[str, Any]:
    """Return what happened to an order as Binance tells it."""
    order, fill = happening.order, happening.fill
    request, stamp = order.request, happening.at // NANOS_PER_MS
    is_cancel = order.state is OrderState.CANCELLED
    return {
        "e": "executionReport",
        "E": stamp,
        "s": symbol_of(request.pair),
        "c": f"cancel{order.id}" if is_cancel else client_id_of(order),
        "S": request.side.name,
        "o": type_of(order),
        "f": request.lifetime.name,
        "q": number(order.size or order.filled),
        "p": number(request.price or ZERO),
        "P": "0.00000000",
        "F": "0.00000000",
        "g": -1,
        "C": client_id_of(order) if is_cancel else "",
        "x": "TRADE" if fill is not None else state_of(order),
        "X": state_of(order),
        "r": "NONE",
        "i": order.id,
        "l": number(fill.size if fill else ZERO),
        "z": number(order.filled),
        "L": number(fill.price if fill else ZERO),
        "n": number(fill.fee if fill else ZERO),
        "N": fill.fee_currency if fill else None,
        "T": stamp,
        "t": fill.trade_id if fill else -1,
        "I": order.id,
        "w": order.state is OrderState.OPEN,
        "m": fill.is_maker if fill else False,
        "O": order.placed_at // NANOS_PER_MS,
        "Z": number(order.value),
        "Y": number(fill.price * fill.size if fill else ZERO),
        "Q": number(request.funds or ZERO),
        "W": order.placed_at // NANOS_PER_MS,
        "V": "EXPIRE_TAKER",
    }
