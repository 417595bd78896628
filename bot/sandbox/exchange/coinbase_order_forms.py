"""What Coinbase asks for when an order is placed, and why it says no."""

from collections.abc import Mapping
from decimal import ROUND_DOWN, Decimal
from typing import Any

import msgspec

from bot.sandbox.exchange.coinbase_words import CoinbaseError, Params, decimal_of
from bot.sandbox.exchange.orders import Lifetime, OrderRefused, OrderRequest, OrderSide, Refusal
from bot.sandbox.exchange.spot_market import Fees, Market

_FUNDS_UNIT = Decimal("0.00000001")
_LIMITS = {
    "limit_limit_gtc": Lifetime.GTC,
    "sor_limit_ioc": Lifetime.IOC,
    "limit_limit_fok": Lifetime.FOK,
}
_MARKETS = {"market_market_ioc": Lifetime.IOC, "market_market_fok": Lifetime.FOK}
_REFUSALS = {
    Refusal.UNKNOWN_MARKET: ("UNKNOWN_PRODUCT_ID", "INVALID_PRODUCT_ID"),
    Refusal.HALTED: ("UNSUPPORTED_ORDER_CONFIGURATION", "INVALID_ORDER_CONFIG"),
    Refusal.BAD_PRICE: ("INVALID_PRICE_PRECISION", "INVALID_PRICE_PRECISION"),
    Refusal.BAD_SIZE: ("INVALID_SIZE_PRECISION", "INVALID_SIZE_PRECISION"),
    Refusal.TOO_SMALL: ("UNKNOWN_FAILURE_REASON", "INVALID_QUOTE_SIZE_TOO_SMALL"),
    Refusal.NO_FUNDS: ("INSUFFICIENT_FUND", "INSUFFICIENT_FUND"),
    Refusal.WOULD_TAKE: ("INVALID_LIMIT_PRICE_POST_ONLY", "INVALID_LIMIT_PRICE_POST_ONLY"),
}
_TEXTS = {
    Refusal.NO_FUNDS: "Insufficient balance in source account",
    Refusal.HALTED: "source is not enabled for trading",
}


class OrderDenied(Exception):
    """Answered with status 200 and `success` false; nothing was accepted."""

    def __init__(self, word: str, preview: str, message: str) -> None:
        super().__init__(message)
        self.response = {
            "error": word,
            "message": message,
            "error_details": message,
            "preview_failure_reason": f"PREVIEW_{preview}",
            "new_order_failure_reason": word,
        }


def denial(error: OrderRefused, request: OrderRequest, market: Market) -> OrderDenied:
    """Return the engine's refusal in Coinbase's words."""
    word, preview = _REFUSALS[error.why]
    size = request.size
    if error.why is Refusal.BAD_SIZE and size is not None and size < market.min_size:
        word, preview = "UNKNOWN_FAILURE_REASON", "INVALID_BASE_SIZE_TOO_SMALL"
    if error.why is Refusal.BAD_SIZE and size is not None and size > market.max_size:
        word, preview = "UNKNOWN_FAILURE_REASON", "INVALID_BASE_SIZE_TOO_LARGE"
    return OrderDenied(word, preview, _TEXTS.get(error.why, error.why.value))


def order_request(params: Params, pair: str, fees: Fees) -> OrderRequest:
    """Return the order that a request describes.

    What a market order may spend (`quote_size`) includes the fee.

    Raises:
        CoinbaseError: a field is no number.
        OrderDenied: a field is missing, or is none of what is served.
    """
    kind, fields = _configuration(params)
    side = {"BUY": OrderSide.BUY, "SELL": OrderSide.SELL}.get(str(params.get("side")))
    if side is None:
        raise OrderDenied("INVALID_SIDE", "INVALID_SIDE", "side is not known")
    size = decimal_of(fields.get("base_size"), "base_size")
    base = OrderRequest(
        pair=pair, side=side, size=size, client_id=str(params.get("client_order_id", ""))
    )
    if kind in _LIMITS:
        price = decimal_of(fields.get("limit_price"), "limit_price")
        if size is None or price is None:
            raise _unsupported()
        return msgspec.structs.replace(
            base,
            price=price,
            lifetime=_LIMITS[kind],
            post_only=fields.get("post_only") is True,
        )
    funds = decimal_of(fields.get("quote_size"), "quote_size")
    if kind not in _MARKETS or (size is None) == (funds is None):
        raise _unsupported()
    if funds is not None:
        funds = (funds / (1 + fees.taker)).quantize(_FUNDS_UNIT, ROUND_DOWN)
    return msgspec.structs.replace(base, funds=funds, lifetime=_MARKETS[kind])


def _configuration(params: Params) -> tuple[str, Mapping[str, Any]]:
    found = params.get("order_configuration")
    if not isinstance(found, dict) or len(found) != 1:
        raise CoinbaseError(400, "INVALID_ARGUMENT", "order_configuration is required")
    kind, fields = next(iter(found.items()))
    if not isinstance(fields, dict):
        raise _unsupported()
    return kind, fields


def _unsupported() -> OrderDenied:
    text = "order configuration is not supported"
    return OrderDenied("UNSUPPORTED_ORDER_CONFIGURATION", "INVALID_ORDER_CONFIG", text)
