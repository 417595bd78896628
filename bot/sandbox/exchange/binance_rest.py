"""Binance's REST, and where its sockets are."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from aiohttp import web

from bot.domain.units import NANOS_PER_MS
from bot.sandbox.exchange.binance_account import BinanceAccount
from bot.sandbox.exchange.binance_login import BinanceLogin, signed_text
from bot.sandbox.exchange.binance_markets import BinanceMarkets
from bot.sandbox.exchange.binance_methods import Kind, Method, rest_methods
from bot.sandbox.exchange.binance_streams import BinanceStreams
from bot.sandbox.exchange.binance_user_stream import BinanceUserStream
from bot.sandbox.exchange.binance_words import BinanceError
from bot.sandbox.exchange.request_meter import Charge, RequestMeter
from bot.sandbox.exchange.trading_floor import Floor

_NAMES = (
    *("api", "api1", "api2", "api3", "api4", "data-api", "fapi", "dapi", "eapi", "papi"),
    *("stream", "stream:9443", "stream:443", "ws-api", "ws-api:443", "ws-api:9443"),
)
_HOST = r"/{host:[a-z0-9-]+\.binance\.(?:com|vision)(?:(?::|%3A)\d+)?}"


def _host(name: str) -> str:
    first, _, port = name.partition(":")
    return f"{first}.binance.com" + (f":{port}" if port else "")


class BinanceDialect:
    """Speaks for one floor."""

    hosts = frozenset(_host(name) for name in _NAMES) | {"data-api.binance.vision"}

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._markets = BinanceMarkets(floor)
        self._account = BinanceAccount(floor, self._markets)
        self._login = BinanceLogin(floor)
        self._meter = RequestMeter(floor.options.limits, floor.clock.now)
        self._streams = BinanceStreams(floor, self._markets)
        self._user_stream = BinanceUserStream(floor, self._login, self._account, self._markets)

    def routes(self) -> Sequence[web.RouteDef]:
        """Return every path that is served."""
        methods = rest_methods(self._floor, self._markets, self._account)
        rest = [
            web.route(method.verb, f"{_HOST}{method.path}", self._handler(method))
            for method in methods
        ]
        return [
            *rest,
            web.get(f"{_HOST}/ws", self._streams.serve),
            web.get(f"{_HOST}/ws/{{streams:.*}}", self._streams.serve),
            web.get(f"{_HOST}/stream", self._streams.serve),
            web.get(f"{_HOST}/ws-api/v3", self._user_stream.serve),
        ]

    def limited(self, retry_after_s: int, *, banned: bool) -> web.Response:
        """Return the answer to one request too many: 429, or 418 to who is banned."""
        until = self._floor.clock.now() // NANOS_PER_MS + retry_after_s * 1_000
        limit = self._floor.options.limits.weight_per_minute
        text = f"Too much request weight used; current limit is {limit} per 1 MINUTE."
        if banned:
            text = f"Way too much request weight used; IP banned until {until}."
        response = _answer({"code": -1003, "msg": text}, status=418 if banned else 429)
        response.headers["Retry-After"] = str(retry_after_s)
        return response

    def outcome_unknown(self) -> web.Response:
        """Return the answer of a venue that does not know what became of the request."""
        text = (
            "Timeout waiting for response from backend server."
            " Send status unknown; execution status unknown."
        )
        return _answer({"code": -1007, "msg": text}, status=503)

    def _handler(self, method: Method) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handle(request: web.Request) -> web.Response:
            body = await request.text()
            query = request.rel_url.raw_query_string
            params = dict(parse_qsl(query) + parse_qsl(body))
            charge = self._meter.charge(request.remote or "", method.weight(params))
            if charge.wait_s:
                return self.limited(charge.wait_s, banned=charge.banned)
            try:
                answer, orders = self._carried_out(
                    method, request, params, signed_text(query, body)
                )
            except BinanceError as error:
                return self._counted(_answer(error.body, status=error.status), charge)
            if orders is not None:
                answer.headers["X-MBX-ORDER-COUNT-10S"] = str(orders.used)
            return self._counted(answer, charge)

        return handle

    def _carried_out(
        self, method: Method, request: web.Request, params: dict[str, str], signed: str
    ) -> tuple[web.Response, Charge | None]:
        if method.kind is Kind.PUBLIC:
            return _answer(method.run("", params)), None
        key = request.headers.get("X-MBX-APIKEY", "")
        account = self._login.account(key, signed, params)
        orders = None
        if method.kind is Kind.ORDER:
            orders = self._meter.charge_order(account)
            if orders.wait_s:
                limit = self._floor.options.limits.orders_per_ten_s
                text = f"Too many new orders; current limit is {limit} orders per 10 SECOND."
                raise BinanceError(-1015, text, 429)
        return _answer(method.run(account, params)), orders

    def _counted(self, response: web.Response, charge: Charge) -> web.Response:
        response.headers["X-MBX-USED-WEIGHT"] = str(charge.used)
        response.headers["X-MBX-USED-WEIGHT-1M"] = str(charge.used)
        return response


def _answer(message: Any, *, status: int = 200) -> web.Response:
    body = msgspec.json.encode(message)
    return web.Response(body=body, status=status, content_type="application/json")
