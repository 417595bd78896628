"""Orders and fills as Binance tells them."""

from typing import Any

from bot.domain.units import NANOS_PER_MS
from bot.sandbox.exchange.binance_symbols import symbol_of
from bot.sandbox.exchange.binance_words import number, state_of, type_of
from bot.sandbox.exchange.orders import Fill, Order, OrderSide


def client_id_of(order: Order) -> str:
    """Return the order's client id; Binance makes one up where none was given."""
    return order.request.client_id or f"local{order.id:017d}"


def order_view(order: Order) -> dict[str, Any]:
    """Return an order as Binance tells it."""
    request = order.request
    return {
        "symbol": symbol_of(request.pair),
        "orderId": order.id,
        "orderListId": -1,
        "clientOrderId": client_id_of(order),
        "price": number(request.price or order.size * 0),
        "origQty": number(order.size or order.filled),
        "executedQty": number(order.filled),
        "origQuoteOrderQty": number(request.funds or order.size * 0),
        "cummulativeQuoteQty": number(order.value),
        "status": state_of(order),
        "timeInForce": request.lifetime.name,
        "type": type_of(order),
        "side": request.side.name,
        "stopPrice": "0.00000000",
        "icebergQty": "0.00000000",
        "time": order.placed_at // NANOS_PER_MS,
        "updateTime": order.changed_at // NANOS_PER_MS,
        "isWorking": True,
        "workingTime": order.placed_at // NANOS_PER_MS,
        "selfTradePreventionMode": "EXPIRE_TAKER",
    }


def trade_view(order: Order, fill: Fill) -> dict[str, Any]:
    """Return a fill of one's own."""
    return {
        "symbol": symbol_of(order.request.pair),
        "id": fill.trade_id,
        "orderId": order.id,
        "orderListId": -1,
        "price": number(fill.price),
        "qty": number(fill.size),
        "quoteQty": number(fill.price * fill.size),
        "commission": number(fill.fee),
        "commissionAsset": fill.fee_currency,
        "time": fill.at // NANOS_PER_MS,
        "isBuyer": order.request.side is OrderSide.BUY,
        "isMaker": fill.is_maker,
        "isBestMatch": True,
    }


def placed_view(order: Order, kind: str) -> dict[str, Any]:
    """Return the answer to a new order, as long as `newOrderRespType` asks for."""
    view = order_view(order)
    view["transactTime"] = order.placed_at // NANOS_PER_MS
    if kind == "ACK":
        kept = ("symbol", "orderId", "orderListId", "clientOrderId", "transactTime")
        return {name: view[name] for name in kept}
    if kind == "FULL":
        view["fills"] = [
            {
                "price": number(fill.price),
                "qty": number(fill.size),
                "commission": number(fill.fee),
                "commissionAsset": fill.fee_currency,
                "tradeId": fill.trade_id,
            }
            for fill in order.fills
        ]
    return view
