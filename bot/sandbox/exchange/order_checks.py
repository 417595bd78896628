"""What an order must be before the engine looks at it."""

from decimal import Decimal

from bot.sandbox.exchange.orders import OrderRefused, OrderRequest, Refusal
from bot.sandbox.exchange.spot_market import Market, MarketState


def check_request(market: Market, request: OrderRequest) -> None:
    """Refuse what the market's rules do not allow.

    Raises:
        OrderRefused: with the rule as its reason.
    """
    if market.state in {MarketState.HALTED, MarketState.CANCEL_ONLY}:
        raise OrderRefused(Refusal.HALTED, market.state.value)
    if market.state is MarketState.POST_ONLY and not request.post_only:
        raise OrderRefused(Refusal.HALTED, market.state.value)
    if request.price is not None and not _is_multiple(request.price, market.tick):
        raise OrderRefused(Refusal.BAD_PRICE, f"{request.price}, tick {market.tick}")
    if request.size is not None:
        _check_size(market, request.size)
        if request.price is not None:
            _check_value(market, request.price * request.size)
    elif request.funds is None or request.price is not None:
        raise OrderRefused(Refusal.BAD_SIZE, "none given")
    else:
        _check_value(market, request.funds)


def _check_size(market: Market, size: Decimal) -> None:
    if not _is_multiple(size, market.step) or not market.min_size <= size <= market.max_size:
        limits = f"{market.min_size} to {market.max_size} by {market.step}"
        raise OrderRefused(Refusal.BAD_SIZE, f"{size}, allowed is {limits}")


def _check_value(market: Market, value: Decimal) -> None:
    if not value.is_finite() or value < market.min_value:
        raise OrderRefused(Refusal.TOO_SMALL, f"{value}, least is {market.min_value}")


def _is_multiple(number: Decimal, unit: Decimal) -> bool:
    return number.is_finite() and 0 < number < 10**12 and number % unit == 0
