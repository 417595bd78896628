"""Kraken's REST, and where its sockets are."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from aiohttp import web

from bot.sandbox.exchange.kraken_account import KrakenAccount
from bot.sandbox.exchange.kraken_funding import KrakenFunding
from bot.sandbox.exchange.kraken_ids import KrakenIds
from bot.sandbox.exchange.kraken_listings import KrakenListings
from bot.sandbox.exchange.kraken_login import KrakenLogin, params_of
from bot.sandbox.exchange.kraken_markets import KrakenMarkets
from bot.sandbox.exchange.kraken_orders import KrakenOrders
from bot.sandbox.exchange.kraken_private_socket import KrakenPrivateSocket
from bot.sandbox.exchange.kraken_public_socket import KrakenPublicSocket
from bot.sandbox.exchange.kraken_tape import KrakenTape
from bot.sandbox.exchange.kraken_words import KrakenError, Params
from bot.sandbox.exchange.trading_floor import Floor

_REST = "api.kraken.com"
_PUBLIC, _PRIVATE = "ws.kraken.com", "ws-auth.kraken.com"
Run = Callable[[str, Params], Any]
Handler = Callable[[web.Request], Awaitable[web.Response]]


class KrakenDialect:
    """Speaks for one floor."""

    hosts = frozenset({_REST, _PUBLIC, _PRIVATE})

    def __init__(self, floor: Floor) -> None:
        tape = KrakenTape(floor)
        listings = KrakenListings(floor)
        markets = KrakenMarkets(floor, listings, tape)
        self._login = KrakenLogin(floor)
        self._orders = KrakenOrders(floor, KrakenIds(floor.clock.now()))
        account = KrakenAccount(floor, listings, self._orders)
        self._questions = _public_methods(listings, markets)
        self._methods = _private_methods(account, KrakenFunding(floor))
        self._methods["GetWebSocketsToken"] = self._login.new_token
        self._methods["GetApiKeyInfo"] = self._login.key_rights
        self._public_socket = KrakenPublicSocket(floor, markets, tape)
        self._private_socket = KrakenPrivateSocket(floor, self._login, self._orders)

    def routes(self) -> Sequence[web.RouteDef]:
        """Return every path that is served."""
        public = [
            web.get(f"/{_REST}/0/public/{name}", self._public(run))
            for name, run in self._questions.items()
        ]
        private = [
            web.post(f"/{_REST}/0/private/{name}", self._private(name, run))
            for name, run in self._methods.items()
        ]
        return [
            *public,
            *private,
            web.get(f"/{_PUBLIC}/v2", self._public_socket.serve),
            web.get(f"/{_PRIVATE}/v2", self._private_socket.serve),
        ]

    def limited(self, retry_after_s: int, *, banned: bool) -> web.Response:
        """Return the answer to one request too many: Kraken's own, or that of what is before it.

        Kraken itself never says how long to wait; the wall before it does, and answers 429.
        """
        if not banned:
            return _answer(["EAPI:Rate limit exceeded"])
        headers = {"Retry-After": str(retry_after_s)}
        return web.Response(status=429, text="error code: 1015", headers=headers)

    def outcome_unknown(self) -> web.Response:
        """Return the answer of a venue that does not know what became of the request."""
        return _answer(["EService:Timeout"])

    def _public(self, run: Callable[[Params], Any]) -> Handler:
        async def handle(request: web.Request) -> web.Response:
            try:
                self._orders.limits.charge_public(request.remote or "")
                return _answer([], run(request.query))
            except KrakenError as error:
                return _answer([str(error)])

        return handle

    def _private(self, name: str, run: Run) -> Handler:
        async def handle(request: web.Request) -> web.Response:
            body = await request.text()
            try:
                params = params_of(request.content_type, body, dict(parse_qsl(body)))
                path = request.path.removeprefix(f"/{_REST}")
                headers = dict(request.headers)
                account = self._login.account(headers, path, body, params.get("nonce"))
                self._orders.limits.charge(account, name)
                return _answer([], run(account, params))
            except KrakenError as error:
                return _answer([str(error)])

        return handle


def _public_methods(
    listings: KrakenListings, markets: KrakenMarkets
) -> dict[str, Callable[[Params], Any]]:
    return {
        "Time": listings.time,
        "SystemStatus": listings.status,
        "Assets": listings.assets,
        "AssetPairs": listings.asset_pairs,
        "Depth": markets.depth,
        "Trades": markets.trades,
        "OHLC": markets.candles,
        "Ticker": markets.tickers,
    }


def _private_methods(account: KrakenAccount, funding: KrakenFunding) -> dict[str, Run]:
    return {
        "AddOrder": account.place,
        "CancelOrder": account.cancel,
        "CancelOrderBatch": account.cancel_some,
        "CancelAll": account.cancel_all,
        "CancelAllOrdersAfter": account.cancel_all_after,
        "OpenOrders": account.open_orders,
        "ClosedOrders": account.closed_orders,
        "QueryOrders": account.some_orders,
        "TradesHistory": account.my_trades,
        "QueryTrades": account.some_trades,
        "Balance": account.balances,
        "BalanceEx": account.balances_and_holds,
        "TradeVolume": account.trade_volume,
        "DepositMethods": funding.deposit_methods,
        "WithdrawMethods": funding.withdraw_methods,
        "WithdrawInfo": funding.withdraw_info,
    }


def _answer(errors: list[str], result: Any = None) -> web.Response:
    message = {"error": errors} if errors else {"error": [], "result": result}
    return web.Response(body=msgspec.json.encode(message), content_type="application/json")
