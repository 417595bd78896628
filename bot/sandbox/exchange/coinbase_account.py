"""Coinbase's private REST, for an account whose request was signed rightly."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, TypeVar

from bot.sandbox.exchange.coinbase_order_forms import OrderDenied, denial, order_request
from bot.sandbox.exchange.coinbase_order_views import (
    fill_row,
    order_row,
    state_of,
)
from bot.sandbox.exchange.coinbase_products import CoinbaseProducts
from bot.sandbox.exchange.coinbase_words import (
    CoinbaseError,
    CoinbaseIds,
    Params,
    bad_argument,
    count_in,
    instant,
    moment_of,
    named_id,
    number,
    product_id,
)
from bot.sandbox.exchange.order_checks import check_request
from bot.sandbox.exchange.orders import Order, OrderRefused, OrderRequest, OrderState
from bot.sandbox.exchange.trading_floor import Floor

_MOST_ORDERS = 1_000
_MOST_CANCELS = 100
_FIAT = frozenset({"USD", "EUR", "GBP"})
_NO_CANCEL = "UNKNOWN_CANCEL_FAILURE_REASON"
_Row = TypeVar("_Row")


class CoinbaseAccount:
    """Every public method takes the account and the request's parameters."""

    def __init__(self, floor: Floor, products: CoinbaseProducts, ids: CoinbaseIds) -> None:
        self._floor, self._products, self._ids = floor, products, ids
        self._opened_at = floor.clock.now()
        self._configurations: dict[int, Any] = {}  # of orders, as they were asked for

    def place(self, account: str, params: Params) -> dict[str, Any]:
        """Take an order; one whose client id was used before is answered with that order."""
        client_id = params.get("client_order_id")
        if not isinstance(client_id, str) or not client_id:
            raise bad_argument("client_order_id is required")
        known = next((o for o in self._orders(account) if o.request.client_id == client_id), None)
        try:
            order = known or self._taken(account, params)
        except OrderDenied as error:
            return {
                "success": False,
                "failure_reason": "UNKNOWN_FAILURE_REASON",
                "order_id": "",
                "error_response": error.response,
                "order_configuration": params.get("order_configuration"),
            }
        txid = self._ids.of_order(order.id)
        return {
            "success": True,
            "failure_reason": "UNKNOWN_FAILURE_REASON",
            "order_id": txid,
            "success_response": {
                "order_id": txid,
                "product_id": product_id(order.request.pair),
                "side": order.request.side.name,
                "client_order_id": client_id,
            },
            "order_configuration": params.get("order_configuration"),
        }

    def preview(self, _: str, params: Params) -> dict[str, Any]:
        """Say what is wrong with an order, without taking it."""
        pair = self._products.pair(params.get("product_id"))
        errors: list[str] = []
        try:
            self._check(order_request(params, pair, self._floor.engine.fees))
        except OrderDenied as error:
            errors = [error.response["preview_failure_reason"]]
        return {"errs": errors, "warning": [], "order_total": "0", "commission_total": "0"}

    def cancel(self, account: str, params: Params) -> dict[str, Any]:
        """Cancel orders by their ids, each with a result of its own."""
        names = params.get("order_ids")
        if not isinstance(names, list) or not 0 < len(names) <= _MOST_CANCELS:
            raise bad_argument("order_ids is required")
        return {"results": [self._cancel(account, str(name)) for name in names]}

    def order(self, account: str, params: Params) -> dict[str, Any]:
        """Tell one order by its id."""
        wanted = self._ids.order_number(str(params.get("order_id")))
        for order in self._orders(account):
            if order.id == wanted:
                return {"order": self._row(order)}
        raise CoinbaseError(404, "unknown", "order with this orderID was not found")

    def orders(self, account: str, params: Params) -> dict[str, Any]:
        """Tell orders, newest first, a page at a time."""
        start, end = (moment_of(params.get(name), name) for name in ("start_date", "end_date"))
        states, pairs = _all(params, "order_status"), self._pairs(params)
        found = [
            order
            for order in reversed(self._orders(account))
            if (not states or state_of(order) in states)
            and (not pairs or order.request.pair in pairs)
            and (start is None or order.placed_at >= start)
            and (end is None or order.placed_at < end)
        ]
        page, cursor = _page(found, params)
        rows = [self._row(order) for order in page]
        return {"orders": rows, "sequence": "0", "has_next": bool(cursor), "cursor": cursor}

    def fills(self, account: str, params: Params) -> dict[str, Any]:
        """Tell fills, newest first, a page at a time."""
        names = ("start_sequence_timestamp", "end_sequence_timestamp")
        start, end = (moment_of(params.get(name), name) for name in names)
        pairs, orders = self._pairs(params), _all(params, "order_id", "order_ids")
        found = [
            (order, fill)
            for order in self._orders(account)
            for fill in order.fills
            if (not pairs or order.request.pair in pairs)
            and (not orders or self._ids.of_order(order.id) in orders)
            and (start is None or fill.at >= start)
            and (end is None or fill.at < end)
        ]
        page, cursor = _page(sorted(found, key=lambda row: row[1].at, reverse=True), params)
        return {"fills": [fill_row(*row, self._ids) for row in page], "cursor": cursor}

    def accounts(self, account: str, params: Params) -> dict[str, Any]:
        """Tell what there is of each currency, a page at a time."""
        page, cursor = _page(list(self._floor.engine.accounts[account].balances), params)
        rows = [self._wallet(account, name) for name in page]
        return {
            "accounts": rows,
            "has_next": bool(cursor),
            "cursor": cursor,
            "size": len(rows),
        }

    def old_accounts(self, account: str, _: Params) -> dict[str, Any]:
        """Tell what there is of each currency as the older API does: without what is on hold."""
        held = self._floor.engine.accounts[account].balances
        rows = [self._old_wallet(account, name, one.total) for name, one in held.items()]
        page = {"ending_before": None, "starting_after": None, "limit": 250, "next_uri": None}
        return {"pagination": page, "data": rows}

    def _orders(self, account: str) -> list[Order]:
        return self._floor.engine.orders_of(account)

    def _pairs(self, params: Params) -> list[str]:
        return [self._products.pair(name) for name in _all(params, "product_id", "product_ids")]

    def _taken(self, account: str, params: Params) -> Order:
        try:
            pair = self._products.pair(params.get("product_id"))
        except CoinbaseError as error:
            raise OrderDenied("UNKNOWN_PRODUCT_ID", "INVALID_PRODUCT_ID", str(error)) from error
        request = order_request(params, pair, self._floor.engine.fees)
        try:
            order = self._floor.engine.place(account, request)
        except OrderRefused as error:
            raise denial(error, request, self._floor.engine.markets[pair]) from error
        self._configurations[order.id] = params.get("order_configuration")
        return order

    def _row(self, order: Order) -> dict[str, Any]:
        return order_row(order, self._ids, self._configurations[order.id])

    def _check(self, request: OrderRequest) -> None:
        market = self._floor.engine.markets[request.pair]
        try:
            check_request(market, request)
        except OrderRefused as error:
            raise denial(error, request, market) from error

    def _cancel(self, account: str, name: str) -> dict[str, Any]:
        reason, wanted = "UNKNOWN_CANCEL_ORDER", self._ids.order_number(name)
        for order in self._orders(account):
            if order.id == wanted and order.state is OrderState.OPEN:
                self._floor.engine.cancel(account, order.id)
                reason = _NO_CANCEL
            elif order.id == wanted:
                reason = "INVALID_CANCEL_REQUEST"
        return {"success": reason == _NO_CANCEL, "failure_reason": reason, "order_id": name}

    def _old_wallet(self, account: str, currency: str, total: Decimal) -> dict[str, Any]:
        name, since = named_id("wallet", account, currency), instant(self._opened_at)
        kind = "fiat" if currency in _FIAT else "crypto"
        return {
            "id": name,
            "name": f"{currency} Wallet",
            "primary": False,
            "type": "fiat" if kind == "fiat" else "wallet",
            "currency": {"code": currency, "name": currency, "exponent": 8, "type": kind},
            "balance": {"amount": number(total), "currency": currency},
            "created_at": since,
            "updated_at": since,
            "resource": "account",
            "resource_path": f"/v2/accounts/{name}",
            "allow_deposits": self._is_open(currency, "deposits_open"),
            "allow_withdrawals": self._is_open(currency, "withdrawals_open"),
        }

    def _is_open(self, currency: str, way: str) -> bool:
        networks = self._floor.networks.get(currency, ())
        return currency in _FIAT or any(getattr(network, way) for network in networks)

    def _wallet(self, account: str, currency: str) -> dict[str, Any]:
        balance, since = self._floor.engine.accounts[account].of(currency), instant(self._opened_at)
        return {
            "uuid": named_id("wallet", account, currency),
            "name": f"{currency} Wallet",
            "currency": currency,
            "available_balance": {"value": number(balance.free), "currency": currency},
            "default": True,
            "active": True,
            "created_at": since,
            "updated_at": since,
            "deleted_at": None,
            "type": "ACCOUNT_TYPE_FIAT" if currency in _FIAT else "ACCOUNT_TYPE_CRYPTO",
            "ready": True,
            "hold": {"value": number(balance.held), "currency": currency},
        }


def _page(rows: Sequence[_Row], params: Params) -> tuple[Sequence[_Row], str]:
    """Return the rows that are asked for and the cursor of those after them; empty: none."""
    limit = count_in(params, "limit", _MOST_ORDERS, _MOST_ORDERS)
    text = str(params.get("cursor") or "0")
    first = int(text) if text.isdecimal() and len(text) < 10 else 0
    more = first + limit < len(rows)
    return rows[first : first + limit], str(first + limit) if more else ""


def _all(params: Params, *names: str) -> list[str]:
    """Return every value of parameters that may come more than once."""
    found: list[str] = []
    for name in names:
        value = params.get(name)
        found += value if isinstance(value, list) else [str(value)] if value else []
    return found
