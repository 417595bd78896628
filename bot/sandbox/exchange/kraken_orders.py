"""Taking and cancelling orders as Kraken does, over REST and over sockets."""

import re
from decimal import ROUND_DOWN, Decimal
from typing import Any

import msgspec

from bot.domain.units import NANOS_PER_S
from bot.sandbox.exchange.kraken_ids import KrakenIds
from bot.sandbox.exchange.kraken_limits import KrakenLimits
from bot.sandbox.exchange.kraken_words import KrakenError, refusal
from bot.sandbox.exchange.order_checks import check_request
from bot.sandbox.exchange.orders import (
    Order,
    OrderRefused,
    OrderRequest,
    OrderState,
    Refusal,
)
from bot.sandbox.exchange.spot_market import Market
from bot.sandbox.exchange.trading_floor import Floor

_LONG_UUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_CLIENT_ID = re.compile(rf"(?:{_LONG_UUID}|[0-9a-fA-F]{{32}}|[\x21-\x7e]{{1,18}})\Z")


class KrakenOrders:
    """Orders of all accounts. A client id is one open order's at a time, then free again."""

    def __init__(self, floor: Floor, ids: KrakenIds) -> None:
        self.ids = ids
        self.limits = KrakenLimits(floor.options.limits, floor.clock.now)
        self._floor = floor
        self._references: dict[int, int] = {}

    def place(self, account: str, request: OrderRequest, userref: int | None = None) -> Order:
        """Take an order.

        Raises:
            KrakenError: nothing was accepted.
        """
        market = self._floor.engine.markets[request.pair]
        fitted = self._fitted(account, request, market)
        self.limits.charge_order(account, request.pair)
        try:
            order = self._floor.engine.place(account, fitted)
        except OrderRefused as error:
            raise self._refused(error, fitted, market) from error
        if userref is not None:
            self._references[order.id] = userref
        return order

    def check(self, account: str, request: OrderRequest) -> None:
        """Say what is wrong with an order without taking it.

        Raises:
            KrakenError: it would be refused.
        """
        market = self._floor.engine.markets[request.pair]
        fitted = self._fitted(account, request, market)
        try:
            check_request(market, fitted)
        except OrderRefused as error:
            raise self._refused(error, fitted, market) from error

    def cancel(self, account: str, name: str) -> list[Order]:
        """Cancel by order id, by client id, or all orders with a user reference.

        Raises:
            KrakenError: no open order is called so.
        """
        found = [
            order
            for order in self.open_orders(account)
            if name in {self.ids.of_order(order.id), order.request.client_id}
            or (name.lstrip("-").isdecimal() and self.userref(order) == int(name))
        ]
        if not found:
            raise KrakenError("EOrder:Unknown order")
        return [self._cancel(account, order) for order in found]

    def cancel_all(self, account: str) -> list[Order]:
        """Cancel everything that is open."""
        return [self._cancel(account, order) for order in self.open_orders(account)]

    def open_orders(self, account: str) -> list[Order]:
        """Return what is open, oldest first."""
        orders = self._floor.engine.orders_of(account)
        return [order for order in orders if order.state is OrderState.OPEN]

    def userref(self, order: Order) -> int | None:
        """Return the number that the client gave an order; it need not be unique."""
        return self._references.get(order.id)

    def market(self, order: Order) -> Market:
        """Return where an order is."""
        return self._floor.engine.markets[order.request.pair]

    def _cancel(self, account: str, order: Order) -> Order:
        rested_s = (self._floor.engine.clock() - order.placed_at) / NANOS_PER_S
        self.limits.charge_cancel(account, order.request.pair, rested_s)
        try:
            return self._floor.engine.cancel(account, order.id)
        except OrderRefused as error:
            raise refusal(error) from error

    def _fitted(self, account: str, request: OrderRequest, market: Market) -> OrderRequest:
        """Return the order with its size cut to what the market counts in, as Kraken cuts it."""
        client_id = request.client_id
        if client_id and _CLIENT_ID.match(client_id) is None:
            raise KrakenError("EGeneral:Invalid arguments:cl_ord_id")
        if client_id and any(o.request.client_id == client_id for o in self.open_orders(account)):
            raise refusal(OrderRefused(Refusal.DUPLICATE))
        if request.size is None:
            return request
        size = (request.size / market.step).to_integral_value(ROUND_DOWN) * market.step
        return msgspec.structs.replace(request, size=size)

    def _refused(self, error: OrderRefused, request: OrderRequest, market: Market) -> KrakenError:
        decimals = market.price_decimals
        if error.why is Refusal.BAD_PRICE and _decimals(request.price) > decimals:
            return KrakenError(
                f"EOrder:Invalid price:{market.pair} price can only be specified"
                f" up to {decimals} decimals."
            )
        if error.why is Refusal.BAD_SIZE and (request.size or 0) > market.max_size:
            return KrakenError("EGeneral:Invalid arguments:volume")
        return refusal(error, market)


def _decimals(price: Decimal | None) -> int:
    exponent: Any = price.normalize().as_tuple().exponent if price is not None else 0
    return max(0, -exponent) if isinstance(exponent, int) else 0
