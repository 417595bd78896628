"""What an order is worth and what it takes, at the worst, and how far off its price is."""

from bot.domain.orders import Order, OrderSide
from bot.domain.units import WAD, Wad, mul_div_up


def in_dollars(order: Order, base_price: Wad, quote_price: Wad) -> Wad:
    """Return the order's worth by its own price or by consensus, whichever is more; rounded up."""
    of_order = mul_div_up(order.price, quote_price, WAD)
    return Wad(mul_div_up(order.amount, max(of_order, base_price), WAD))


def payment(order: Order) -> Wad:
    """Return what it takes of what is paid with: quote of a purchase, rounded up, or base."""
    if order.side is OrderSide.SELL:
        return order.amount
    return Wad(mul_div_up(order.amount, order.price, WAD))


def is_worse(order: Order, price: int, reference: int, band: Wad) -> bool:
    """Return whether `price` is worse than `reference` by more than a share of it.

    Both of one currency. A price that is better than the reference is never too far: the order
    rests, or is filled better.
    """
    if order.side is OrderSide.BUY:
        return price * WAD > reference * (WAD + band)
    return price * WAD < reference * (WAD - band)


def off_bps(price: int, reference: int) -> float:
    """Return how far a price is from a reference, for people."""
    return (price - reference) * 1e4 / reference
