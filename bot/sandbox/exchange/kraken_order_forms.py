"""What Kraken's REST asks for when an order is placed."""

import datetime as dt

from bot.domain.units import NANOS_PER_S
from bot.sandbox.exchange.kraken_words import KrakenError, Params, decimal_in, integer_in
from bot.sandbox.exchange.orders import Lifetime, OrderRequest, OrderSide

_SIDES = {"buy": OrderSide.BUY, "sell": OrderSide.SELL}


def order_request(params: Params, pair: str) -> OrderRequest:
    """Return the order that an AddOrder form describes.

    Raises:
        KrakenError: a field is missing, or is none of what is served.
    """
    kind, side = str(params.get("ordertype")), _SIDES.get(str(params.get("type")))
    if kind not in {"limit", "market"}:
        raise KrakenError("EGeneral:Invalid arguments:ordertype")
    volume, price = decimal_in(params, "volume"), decimal_in(params, "price")
    if side is None or volume is None or (kind == "limit") != (price is not None):
        missing = "type" if side is None else "volume" if volume is None else "price"
        raise KrakenError(f"EGeneral:Invalid arguments:{missing}")
    flags = str(params.get("oflags", "")).split(",")
    in_quote = "viqc" in flags
    if in_quote and kind == "limit":
        raise KrakenError("EGeneral:Invalid arguments:viqc")
    return OrderRequest(
        pair=pair,
        side=side,
        size=None if in_quote else volume,
        funds=volume if in_quote else None,
        price=price,
        lifetime=lifetime_of(params.get("timeinforce", "GTC")),
        post_only="post" in flags,
        client_id=str(params.get("cl_ord_id", "")),
    )


def socket_order_request(params: Params, pair: str) -> OrderRequest:
    """Return the order that an add_order message describes.

    Raises:
        KrakenError: a field is missing, or is none of what is served.
    """
    kind, side = str(params.get("order_type")), _SIDES.get(str(params.get("side")))
    if kind not in {"limit", "market"}:
        raise KrakenError(f"Unsupported field: 'order_type' value {kind}")
    size, price = decimal_in(params, "order_qty"), decimal_in(params, "limit_price")
    funds = decimal_in(params, "cash_order_qty")
    if (
        side is None
        or (size is None) == (funds is None)
        or (kind == "limit") != (price is not None)
    ):
        raise KrakenError("EGeneral:Invalid arguments")
    return OrderRequest(
        pair=pair,
        side=side,
        size=size,
        funds=funds,
        price=price,
        lifetime=lifetime_of(params.get("time_in_force", "gtc")),
        post_only=params.get("post_only") is True,
        client_id=str(params.get("cl_ord_id", "")),
    )


def check_deadline(params: Params, now: int) -> None:
    """Refuse an order whose own deadline is over.

    Raises:
        KrakenError: it is, or it is no time.
    """
    text = params.get("deadline")
    if text is None:
        return
    try:
        deadline = dt.datetime.fromisoformat(str(text))
    except ValueError as error:
        raise KrakenError("EGeneral:Invalid arguments:deadline") from error
    if deadline.timestamp() * NANOS_PER_S < now:
        raise KrakenError("EService:Deadline elapsed")


def userref_in(params: Params, name: str = "userref") -> int | None:
    """Return the client's own number, None where it gives none."""
    return integer_in(params, name, 0) if name in params else None


def lifetime_of(text: object) -> Lifetime:
    """Return how long an order stays, told in either case.

    Raises:
        KrakenError: not one of those that are served; orders with an end in time are not.
    """
    try:
        return Lifetime[str(text).upper()]
    except KeyError as error:
        raise KrakenError("EGeneral:Invalid arguments:timeinforce") from error
