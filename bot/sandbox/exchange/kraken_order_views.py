"""Orders and fills as Kraken's REST tells them."""

from typing import Any

from bot.sandbox.exchange.kraken_ids import KrakenIds
from bot.sandbox.exchange.kraken_words import altname, pair_id, seconds
from bot.sandbox.exchange.orders import ZERO, Fill, Lifetime, Order, OrderState
from bot.sandbox.exchange.spot_market import Market

_STATES = {
    OrderState.OPEN: "open",
    OrderState.FILLED: "closed",
    OrderState.CANCELLED: "canceled",
    OrderState.EXPIRED: "canceled",  # "expired" is for orders with an end in time
}


def type_of(order: Order) -> str:
    """Return an order's type."""
    return "market" if order.request.price is None else "limit"


def described(order: Order, market: Market) -> str:
    """Return the sentence that Kraken makes of an order."""
    request = order.request
    size = request.size if request.size is not None else request.funds
    text = f"{request.side.value} {size or ZERO:.8f} {altname(market.pair)} @ {type_of(order)}"
    return text if request.price is None else f"{text} {request.price:.{market.price_decimals}f}"


def reason_of(order: Order) -> str | None:
    """Return why an order ended before it was filled."""
    if order.state is OrderState.CANCELLED:
        return "User requested"
    return "Insufficient liquidity" if order.state is OrderState.EXPIRED else None


def order_row(
    order: Order, market: Market, ids: KrakenIds, *, userref: int | None, trades: bool
) -> dict[str, Any]:
    """Return an order; `trades`: with the ids of its fills."""
    request, digits = order.request, market.price_decimals
    price = f"{request.price:.{digits}f}" if request.price is not None else "0"
    in_quote = request.size is None
    flags = ["viqc"] * in_quote + ["post"] * request.post_only + ["fciq"]
    row: dict[str, Any] = {
        "refid": None,
        "userref": userref,
        "status": _STATES[order.state],
        "opentm": seconds(order.placed_at),
        "starttm": 0,
        "expiretm": 0,
        "descr": {
            "pair": altname(market.pair),
            "type": request.side.value,
            "ordertype": type_of(order),
            "price": price,
            "price2": "0",
            "leverage": "none",
            "order": described(order, market),
            "close": "",
        },
        "vol": f"{request.funds or ZERO:.8f}" if in_quote else f"{order.size:.8f}",
        "vol_exec": f"{order.value if in_quote else order.filled:.8f}",
        "cost": f"{order.value:.5f}",
        "fee": f"{fee_of(order):.5f}",
        "price": f"{order.average_price:.{max(5, digits)}f}",
        "stopprice": "0.00000",
        "limitprice": "0.00000",
        "misc": "",
        "oflags": ",".join(flags),
    }
    if request.client_id:
        row["cl_ord_id"] = request.client_id
    if request.lifetime is not Lifetime.GTC:
        row["timeinforce"] = request.lifetime.name
    if order.state is not OrderState.OPEN:
        row |= {"closetm": seconds(order.changed_at), "reason": reason_of(order)}
    if trades and order.fills:
        row["trades"] = [ids.of_fill(order, fill) for fill in order.fills]
    return row


def fill_row(order: Order, fill: Fill, market: Market, ids: KrakenIds) -> dict[str, Any]:
    """Return one half of a trade."""
    return {
        "ordertxid": ids.of_order(order.id),
        "postxid": ids.of_order(order.id),
        "pair": pair_id(market.pair),
        "time": seconds(fill.at),
        "type": order.request.side.value,
        "ordertype": type_of(order),
        "price": f"{fill.price:.{max(5, market.price_decimals)}f}",
        "cost": f"{fill.price * fill.size:.5f}",
        "fee": f"{fill.fee:.8f}",
        "vol": f"{fill.size:.8f}",
        "margin": "0.00000",
        "misc": "",
        "trade_id": fill.trade_id,
        "maker": fill.is_maker,
    }


def fee_of(order: Order) -> Any:
    """Return what the venue kept of an order so far, in the quote."""
    return sum((fill.fee for fill in order.fills), ZERO)
