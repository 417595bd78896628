"""Binance's private data and orders, for an account whose request was signed rightly."""

from typing import Any

from bot.domain.units import NANOS_PER_MS
from bot.sandbox.exchange.binance_markets import BinanceMarkets
from bot.sandbox.exchange.binance_order_views import (
    client_id_of,
    order_view,
    placed_view,
    trade_view,
)
from bot.sandbox.exchange.binance_symbols import symbol_of
from bot.sandbox.exchange.binance_words import (
    LIFETIMES,
    BinanceError,
    Params,
    decimal_in,
    integer_in,
    limit_in,
    needed,
    number,
    refusal,
)
from bot.sandbox.exchange.orders import (
    Lifetime,
    Order,
    OrderRefused,
    OrderRequest,
    OrderSide,
    OrderState,
)
from bot.sandbox.exchange.trading_floor import Floor

_DAY_MS = 86_400_000
_SIDES = {"BUY": OrderSide.BUY, "SELL": OrderSide.SELL}


class BinanceAccount:
    """Every method takes the account and the request's parameters."""

    def __init__(self, floor: Floor, markets: BinanceMarkets) -> None:
        self._floor, self._markets = floor, markets

    def place(self, account: str, params: Params) -> dict[str, Any]:
        """Take an order; the answer tells its fills."""
        request = self._request(params)
        open_ids = {
            order.request.client_id
            for order in self._floor.engine.orders_of(account)
            if order.state is OrderState.OPEN
        }
        if request.client_id and request.client_id in open_ids:
            raise BinanceError(-2010, "Duplicate order sent.")
        try:
            order = self._floor.engine.place(account, request)
        except OrderRefused as error:
            raise refusal(error) from error
        return placed_view(order, params.get("newOrderRespType", "FULL"))

    def cancel(self, account: str, params: Params) -> dict[str, Any]:
        """Cancel an open order by either of its ids."""
        try:
            order = self._found(account, params, -2011)
            self._floor.engine.cancel(account, order.id)
        except OrderRefused as error:
            raise refusal(error) from error
        own = params.get("newClientOrderId") or f"cancel{order.id}"
        return {
            **order_view(order),
            "transactTime": order.changed_at // NANOS_PER_MS,
            "origClientOrderId": client_id_of(order),
            "clientOrderId": own,
        }

    def cancel_all(self, account: str, params: Params) -> list[dict[str, Any]]:
        """Cancel all open orders of a symbol."""
        pair = self._markets.pair(needed(params, "symbol"))
        orders = [
            order
            for order in self._floor.engine.orders_of(account, pair)
            if order.state is OrderState.OPEN
        ]
        if not orders:
            raise BinanceError(-2011, "Unknown order sent.")
        for order in orders:
            self._floor.engine.cancel(account, order.id)
        return [order_view(order) | {"origClientOrderId": client_id_of(order)} for order in orders]

    def order(self, account: str, params: Params) -> dict[str, Any]:
        """Tell one order by either of its ids."""
        return order_view(self._found(account, params, -2013))

    def open_orders(self, account: str, params: Params) -> list[dict[str, Any]]:
        """Tell what is open, of one symbol or of all."""
        pair = self._markets.pair(params["symbol"]) if "symbol" in params else None
        orders = self._floor.engine.orders_of(account, pair)
        return [order_view(order) for order in orders if order.state is OrderState.OPEN]

    def all_orders(self, account: str, params: Params) -> list[dict[str, Any]]:
        """Tell every order of a symbol."""
        pair = self._markets.pair(needed(params, "symbol"))
        start, first = integer_in(params, "startTime"), integer_in(params, "orderId")
        orders = [
            order
            for order in self._floor.engine.orders_of(account, pair)
            if (start is None or order.placed_at // NANOS_PER_MS >= start)
            and (first is None or order.id >= first)
        ]
        return [order_view(order) for order in orders[-limit_in(params, 500, 1_000) :]]

    def my_trades(self, account: str, params: Params) -> list[dict[str, Any]]:
        """Tell the account's fills in a symbol: the newest, or the first from a time or id on."""
        pair = self._markets.pair(needed(params, "symbol"))
        names = ("orderId", "startTime", "endTime", "fromId")
        asked, start, end, first = (integer_in(params, name) for name in names)
        if start is not None and end is not None and end - start > _DAY_MS:
            raise BinanceError(-1127, "More than 24 hours between startTime and endTime.")
        if first is not None and (start is not None or end is not None):
            raise BinanceError(-1128, "Combination of optional parameters invalid.")
        rows = sorted(
            (
                trade_view(order, fill)
                for order in self._floor.engine.orders_of(account, pair)
                for fill in order.fills
                if asked in {None, order.id}
            ),
            key=lambda row: row["id"],
        )
        found = [
            row
            for row in rows
            if (start is None or row["time"] >= start)
            and (end is None or row["time"] <= end)
            and (first is None or row["id"] >= first)
        ]
        limit = limit_in(params, 500, 1_000)
        return found[-limit:] if start is None and first is None else found[:limit]

    def balances(self, account: str, _: Params) -> dict[str, Any]:
        """Tell what the account has, and what it pays."""
        fees, held = self._floor.engine.fees, self._floor.engine.accounts[account].balances
        rates = {"maker": number(fees.maker), "taker": number(fees.taker)}
        return {
            "makerCommission": int(fees.maker * 10_000),
            "takerCommission": int(fees.taker * 10_000),
            "buyerCommission": 0,
            "sellerCommission": 0,
            "commissionRates": {**rates, "buyer": "0.00000000", "seller": "0.00000000"},
            "canTrade": True,
            "canWithdraw": True,
            "canDeposit": True,
            "updateTime": self._floor.clock.now() // NANOS_PER_MS,
            "accountType": "SPOT",
            "balances": [
                {"asset": name, "free": number(balance.free), "locked": number(balance.held)}
                for name, balance in held.items()
            ],
            "permissions": ["SPOT"],
            "uid": 1,
        }

    def trade_fees(self, _: str, params: Params) -> list[dict[str, Any]]:
        """Tell the commission of one symbol or of all."""
        fees = self._floor.engine.fees
        asked = [self._markets.pair(params["symbol"])] if "symbol" in params else None
        return [
            {
                "symbol": symbol_of(pair),
                "makerCommission": number(fees.maker),
                "takerCommission": number(fees.taker),
            }
            for pair in asked or self._floor.engine.markets
        ]

    def key_rights(self, account: str, _: Params) -> dict[str, Any]:
        """Tell what the account's key may do."""
        logins = self._floor.logins.values()
        return {
            "ipRestrict": False,
            "createTime": 1_678_000_000_000,
            "enableReading": True,
            "enableWithdrawals": any(o.may_withdraw for o in logins if o.account == account),
            "enableInternalTransfer": False,
            "enableMargin": False,
            "enableFutures": False,
            "permitsUniversalTransfer": False,
            "enableVanillaOptions": False,
            "enableSpotAndMarginTrading": True,
        }

    def _request(self, params: Params) -> OrderRequest:
        pair = self._markets.pair(needed(params, "symbol"))
        side, kind = _SIDES.get(needed(params, "side")), needed(params, "type")
        if side is None:
            raise BinanceError(-1117, "Invalid side.")
        if kind not in {"LIMIT", "MARKET", "LIMIT_MAKER"}:
            raise BinanceError(-1116, "Invalid orderType.")
        is_market = kind == "MARKET"
        size, funds = decimal_in(params, "quantity"), decimal_in(params, "quoteOrderQty")
        if size is None and (funds is None or not is_market):
            needed(params, "quantity")
        if not is_market:
            needed(params, "price")
        lifetime = Lifetime.GTC
        if kind == "LIMIT":
            asked = LIFETIMES.get(needed(params, "timeInForce"))
            if asked is None:
                raise BinanceError(-1115, "Invalid timeInForce.")
            lifetime = asked
        return OrderRequest(
            pair=pair,
            side=side,
            size=size,
            funds=None if size is not None else funds,
            price=None if is_market else decimal_in(params, "price"),
            lifetime=lifetime,
            post_only=kind == "LIMIT_MAKER",
            client_id=params.get("newClientOrderId", ""),
        )

    def _found(self, account: str, params: Params, code: int) -> Order:
        pair = self._markets.pair(needed(params, "symbol"))
        number_, client_id = integer_in(params, "orderId"), params.get("origClientOrderId")
        if number_ is None and not client_id:
            raise BinanceError(
                -1102, "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty."
            )
        for order in reversed(self._floor.engine.orders_of(account, pair)):  # the newest of an id
            if number_ is not None and order.id != number_:
                continue
            if client_id and client_id_of(order) != client_id:
                continue
            return order
        text = "Unknown order sent." if code == -2011 else "Order does not exist."
        raise BinanceError(code, text)
