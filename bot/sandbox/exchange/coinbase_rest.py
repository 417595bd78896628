"""Coinbase's REST, and where its socket is."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import msgspec
from aiohttp import web

from bot.sandbox.exchange.coinbase_account import CoinbaseAccount
from bot.sandbox.exchange.coinbase_limits import CoinbaseLimits
from bot.sandbox.exchange.coinbase_login import CoinbaseLogin
from bot.sandbox.exchange.coinbase_markets import CoinbaseMarkets
from bot.sandbox.exchange.coinbase_products import CoinbaseProducts
from bot.sandbox.exchange.coinbase_socket import CoinbaseSocket
from bot.sandbox.exchange.coinbase_words import CoinbaseError, CoinbaseIds, Params, bad_argument
from bot.sandbox.exchange.trading_floor import Floor

_REST, _SOCKET = "api.coinbase.com", "advanced-trade-ws.coinbase.com"
_USER_SOCKET = "advanced-trade-ws-user.coinbase.com"
_V3 = "/api/v3/brokerage"
Run = Callable[[str, Params], Any]
Handler = Callable[[web.Request], Awaitable[web.Response]]


class CoinbaseDialect:
    """Speaks for one floor."""

    hosts = frozenset({_REST, _SOCKET, _USER_SOCKET})

    def __init__(self, floor: Floor) -> None:
        ids = CoinbaseIds(floor.clock.now())
        self._products = CoinbaseProducts(floor)
        self._markets = CoinbaseMarkets(floor, self._products)
        self._account = CoinbaseAccount(floor, self._products, ids)
        self._login = CoinbaseLogin(floor)
        self._limits = CoinbaseLimits(floor.options.limits, floor.clock.now)
        self._socket = CoinbaseSocket(floor, self._login, self._products, ids)

    def routes(self) -> Sequence[web.RouteDef]:
        """Return every path that is served."""
        public = [
            web.get(f"/{_REST}{path}", self._handler(_without_account(run), is_private=False))
            for path, run in self._questions().items()
        ]
        private = [
            web.route(verb, f"/{_REST}{path}", self._handler(run, is_private=True))
            for (verb, path), run in self._methods().items()
        ]
        sockets = [web.get(f"/{host}", self._socket.serve) for host in (_SOCKET, _USER_SOCKET)]
        return [*public, *private, *sockets]

    def limited(self, retry_after_s: int, *, banned: bool) -> web.Response:
        """Return the answer to one request too many; `banned`: by the wall before the venue."""
        text = "Too many requests"
        if banned:
            headers = {"Retry-After": str(retry_after_s)}
            return web.Response(status=429, text="error code: 1015", headers=headers)
        return _answer({"error": "rate_limit_exceeded", "message": text}, status=429)

    def outcome_unknown(self) -> web.Response:
        """Return the answer of a venue that does not know what became of the request."""
        text = "Internal server error"
        return _answer({"error": "internal_server_error", "message": text}, status=500)

    def _questions(self) -> dict[str, Callable[[Params], Any]]:
        products, markets = self._products, self._markets
        return {
            "/v2/time": products.old_time,
            "/v2/currencies": products.fiat,
            "/v2/currencies/crypto": products.crypto,
            "/v2/exchange-rates": products.rates,
            f"{_V3}/time": products.time,
            f"{_V3}/market/products": products.products,
            f"{_V3}/market/products/{{product_id}}": products.product,
            f"{_V3}/market/product_book": markets.book,
            f"{_V3}/market/products/{{product_id}}/candles": markets.candles,
            f"{_V3}/market/products/{{product_id}}/ticker": markets.trades,
        }

    def _methods(self) -> dict[tuple[str, str], Run]:
        products, markets, account = self._products, self._markets, self._account
        return {
            ("GET", f"{_V3}/products"): _without_account(products.products),
            ("GET", f"{_V3}/products/{{product_id}}"): _without_account(products.product),
            ("GET", f"{_V3}/products/{{product_id}}/candles"): _without_account(markets.candles),
            ("GET", f"{_V3}/products/{{product_id}}/ticker"): _without_account(markets.trades),
            ("GET", f"{_V3}/product_book"): _without_account(markets.book),
            ("GET", f"{_V3}/best_bid_ask"): _without_account(markets.best),
            ("GET", f"{_V3}/transaction_summary"): _without_account(products.fees),
            ("GET", f"{_V3}/key_permissions"): self._login.key_rights,
            ("GET", "/v2/accounts"): account.old_accounts,
            ("GET", f"{_V3}/accounts"): account.accounts,
            ("POST", f"{_V3}/orders"): account.place,
            ("POST", f"{_V3}/orders/preview"): account.preview,
            ("POST", f"{_V3}/orders/batch_cancel"): account.cancel,
            ("GET", f"{_V3}/orders/historical/batch"): account.orders,
            ("GET", f"{_V3}/orders/historical/fills"): account.fills,
            ("GET", f"{_V3}/orders/historical/{{order_id}}"): account.order,
        }

    def _handler(self, run: Run, *, is_private: bool) -> Handler:
        async def handle(request: web.Request) -> web.Response:
            account = ""
            try:
                if is_private:
                    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
                    account = self._login.account(token, (request.method, request.path))
                wait_s = self._limits.charge(account or request.remote or "")
                if wait_s:
                    return self.limited(wait_s, banned=False)
                return _answer(run(account, await _params(request)))
            except CoinbaseError as error:
                return _answer(error.body, status=error.status)

        return handle


async def _params(request: web.Request) -> Mapping[str, Any]:
    """Return what is asked: names in the path, in the query (some more than once), in the body."""
    query = request.query
    asked: dict[str, Any] = {
        name: query.getall(name) if len(query.getall(name)) > 1 else query[name] for name in query
    }
    if request.method == "POST":
        try:
            asked |= msgspec.json.decode(await request.read(), type=dict[str, Any])
        except msgspec.DecodeError as error:
            raise bad_argument("the body is no JSON object") from error
    return asked | request.match_info


def _without_account(run: Callable[[Params], Any]) -> Run:
    return lambda _, params: run(params)


def _answer(message: Any, *, status: int = 200) -> web.Response:
    body = msgspec.json.encode(message)
    return web.Response(body=body, status=status, content_type="application/json")
