"""Binance's words: numbers, states, and the codes of its refusals.

Source: Binance spot API documentation (rest-api.md, errors.md, filters.md), read 2026.
"""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from bot.sandbox.exchange.orders import Lifetime, Order, OrderRefused, OrderState, Refusal

Params = Mapping[str, str]


class BinanceError(Exception):
    """What is answered with a code."""

    def __init__(self, code: int, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code, self.message, self.status = code, message, status

    @property
    def body(self) -> dict[str, Any]:
        """As it is sent."""
        return {"code": self.code, "msg": self.message}


_REFUSALS = {
    Refusal.UNKNOWN_MARKET: (-1121, "Invalid symbol."),
    Refusal.HALTED: (-1013, "Market is closed."),
    Refusal.BAD_PRICE: (-1013, "Filter failure: PRICE_FILTER"),
    Refusal.BAD_SIZE: (-1013, "Filter failure: LOT_SIZE"),
    Refusal.TOO_SMALL: (-1013, "Filter failure: NOTIONAL"),
    Refusal.NO_FUNDS: (-2010, "Account has insufficient balance for requested action."),
    Refusal.WOULD_TAKE: (-2010, "Order would immediately match and take."),
    Refusal.DUPLICATE: (-2010, "Duplicate order sent."),
    Refusal.NO_SUCH_ORDER: (-2011, "Unknown order sent."),
    Refusal.NOT_OPEN: (-2011, "Unknown order sent."),
}
_STATES = {
    OrderState.FILLED: "FILLED",
    OrderState.CANCELLED: "CANCELED",
    OrderState.EXPIRED: "EXPIRED",
}
LIFETIMES = {"GTC": Lifetime.GTC, "IOC": Lifetime.IOC, "FOK": Lifetime.FOK}


def refusal(error: OrderRefused) -> BinanceError:
    """Return the engine's refusal in Binance's words."""
    return BinanceError(*_REFUSALS[error.why])


def unknown_symbol() -> BinanceError:
    """Return the answer to a symbol that is not listed."""
    return BinanceError(*_REFUSALS[Refusal.UNKNOWN_MARKET])


def number(value: Decimal) -> str:
    """Return a number as Binance writes all of them: with 8 decimals."""
    return f"{value:.8f}"


def state_of(order: Order) -> str:
    """Return an order's status."""
    if order.state is OrderState.OPEN:
        return "PARTIALLY_FILLED" if order.filled else "NEW"
    return _STATES[order.state]


def type_of(order: Order) -> str:
    """Return an order's type."""
    if order.request.price is None:
        return "MARKET"
    return "LIMIT_MAKER" if order.request.post_only else "LIMIT"


def needed(params: Params, name: str) -> str:
    """Return a parameter that must be there."""
    value = params.get(name, "")
    if not value:
        text = f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed."
        raise BinanceError(-1102, text)
    return value


def decimal_in(params: Params, name: str) -> Decimal | None:
    """Return a number parameter; None: not sent."""
    text = params.get(name)
    if text is None:
        return None
    try:
        found = Decimal(text)
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite():
        raise BinanceError(-1100, f"Illegal characters found in parameter '{name}'.")
    return found


def integer_in(params: Params, name: str) -> int | None:
    """Return a whole-number parameter; None: not sent."""
    text = params.get(name)
    if text is None:
        return None
    if not text.lstrip("-").isdecimal() or len(text) > 20:
        raise BinanceError(-1100, f"Illegal characters found in parameter '{name}'.")
    return int(text)


def limit_in(params: Params, usual: int, most: int) -> int:
    """Return how many rows are asked for; as on Binance, too many means the most."""
    asked = integer_in(params, "limit")
    if asked is not None and asked < 1:
        raise BinanceError(-1130, "Data sent for parameter 'limit' is not valid.")
    return min(usual if asked is None else asked, most)
