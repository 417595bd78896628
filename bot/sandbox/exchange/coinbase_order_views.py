"""Orders and fills as Coinbase tells them, over REST and over its socket."""

from decimal import Decimal
from typing import Any

from bot.sandbox.exchange.coinbase_words import (
    CoinbaseIds,
    instant,
    named_id,
    number,
    product_id,
)
from bot.sandbox.exchange.orders import ZERO, Fill, Lifetime, Order, OrderState

USER = named_id("user", "trader")
_STATES = {
    OrderState.OPEN: "OPEN",
    OrderState.FILLED: "FILLED",
    OrderState.CANCELLED: "CANCELLED",
    OrderState.EXPIRED: "CANCELLED",  # "EXPIRED" is for orders with an end in time
}
_LIFETIMES = {
    Lifetime.GTC: "GOOD_UNTIL_CANCELLED",
    Lifetime.IOC: "IMMEDIATE_OR_CANCEL",
    Lifetime.FOK: "FILL_OR_KILL",
}


def state_of(order: Order) -> str:
    """Return an order's status."""
    return _STATES[order.state]


def client_id_of(order: Order) -> str:
    """Return the order's client id; Coinbase makes one up where none was given."""
    return order.request.client_id or named_id("client", order.id, order.placed_at)


def order_row(order: Order, ids: CoinbaseIds, configuration: Any) -> dict[str, Any]:
    """Return an order as REST tells it; `configuration` is what was asked for, word for word."""
    total_fees, in_quote = fees_of(order), order.request.size is None
    sign = 1 if order.request.side.name == "BUY" else -1
    return {
        "order_id": ids.of_order(order.id),
        "product_id": product_id(order.request.pair),
        "user_id": USER,
        "order_configuration": configuration,
        "side": order.request.side.name,
        "client_order_id": client_id_of(order),
        "status": state_of(order),
        "time_in_force": _LIFETIMES[order.request.lifetime],
        "created_time": instant(order.placed_at)[:26] + "Z",
        "completion_percentage": completion(order),
        "filled_size": number(order.filled),
        "average_filled_price": number(round(order.average_price, 16)),
        "fee": "",
        "number_of_fills": str(len(order.fills)),
        "filled_value": number(order.value),
        "pending_cancel": False,
        "size_in_quote": in_quote,
        "total_fees": number(total_fees),
        "size_inclusive_of_fees": in_quote,
        "total_value_after_fees": number(order.value + sign * total_fees),
        "trigger_status": "INVALID_ORDER_TYPE",
        "order_type": "MARKET" if order.request.price is None else "LIMIT",
        "reject_reason": "REJECT_REASON_UNSPECIFIED",
        "settled": order.state is OrderState.FILLED,
        "product_type": "SPOT",
        "reject_message": "",
        "cancel_message": "User requested cancel" * (order.state is OrderState.CANCELLED),
        "last_fill_time": instant(order.fills[-1].at)[:26] + "Z" if order.fills else None,
        "outstanding_hold_amount": number(order.held),
    }


def fill_row(order: Order, fill: Fill, ids: CoinbaseIds) -> dict[str, Any]:
    """Return one half of a trade; of an order by value its size is a value."""
    in_quote = order.request.size is None
    fill_id = named_id(ids.of_order(order.id), fill.trade_id)
    return {
        "entry_id": named_id("entry", fill_id),
        "trade_id": fill_id,
        "order_id": ids.of_order(order.id),
        "trade_time": instant(fill.at),
        "trade_type": "FILL",
        "price": number(fill.price),
        "size": number(fill.size * fill.price if in_quote else fill.size),
        "commission": number(fill.fee),
        "product_id": product_id(order.request.pair),
        "sequence_timestamp": instant(fill.at)[:26] + "Z",
        "liquidity_indicator": "MAKER" if fill.is_maker else "TAKER",
        "size_in_quote": in_quote,
        "user_id": USER,
        "side": order.request.side.name,
    }


def user_row(order: Order, ids: CoinbaseIds) -> dict[str, Any]:
    """Return an order as the user channel tells it."""
    price, total_fees = order.request.price, fees_of(order)
    return {
        "avg_price": number(round(order.average_price, 16)),
        "cancel_reason": "User requested cancel" * (order.state is OrderState.CANCELLED),
        "client_order_id": client_id_of(order),
        "completion_percentage": completion(order),
        "contract_expiry_type": "UNKNOWN_CONTRACT_EXPIRY_TYPE",
        "cumulative_quantity": number(order.filled),
        "filled_value": number(order.value),
        "leaves_quantity": number(order.remaining),
        "limit_price": number(price) if price is not None else "0",
        "number_of_fills": str(len(order.fills)),
        "order_id": ids.of_order(order.id),
        "order_side": order.request.side.name,
        "order_type": "Market" if price is None else "Limit",
        "outstanding_hold_amount": number(order.held),
        "post_only": str(order.request.post_only).lower(),
        "product_id": product_id(order.request.pair),
        "product_type": "SPOT",
        "reject_reason": "",
        "retail_portfolio_id": USER,
        "risk_managed_by": "UNKNOWN_RISK_MANAGEMENT_TYPE",
        "status": state_of(order),
        "stop_price": "",
        "time_in_force": _LIFETIMES[order.request.lifetime],
        "total_fees": number(total_fees),
        "total_value_after_fees": number(order.value + total_fees),
        "trigger_status": "INVALID_ORDER_TYPE",
        "creation_time": instant(order.placed_at)[:26] + "Z",
        "end_time": "0001-01-01T00:00:00Z",
        "start_time": "0001-01-01T00:00:00Z",
    }


def completion(order: Order) -> str:
    """Return how much of an order is done, in percent."""
    if order.request.funds is not None:
        return "100" if order.state is OrderState.FILLED else "0"
    return number(round(order.filled / order.size * 100, 2)) if order.size else "0"


def fees_of(order: Order) -> Decimal:
    """Return what the venue kept of an order so far, in the quote."""
    return sum((fill.fee for fill in order.fills), ZERO)
