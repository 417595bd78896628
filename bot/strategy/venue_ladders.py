"""One market as it can be entered: how much at which price, and the worst price of an order.

A rung is a level of the book that is still wanted. Its surplus is what one coin there is better
than the worst price that is taken, in dollars and after fees: venues of different currencies and
fees become comparable by it.
"""

from functools import cached_property

import msgspec

from bot.domain.orders import OrderSide
from bot.domain.units import WAD, Wad, mul_div_up
from bot.strategy.trading_means import Market

_MOST_ORDERS = 1_000  # that an amount is cut into


class Rung(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One level."""

    price: Wad  # quote per 1.0 base
    amount: Wad  # of the base
    surplus: Wad  # dollars per 1.0 base; 0 or more


class Ladder(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """The rungs of one market, best first."""

    market: Market
    side: OrderSide
    fee: Wad  # share of what is paid
    quote_usd: Wad
    base_usd: Wad  # by consensus
    worst: Wad  # quote per 1.0 base, on the tick: no order is priced worse
    slack: Wad  # share of the price that an order may go beyond its deepest rung
    rungs: tuple[Rung, ...]
    most: Wad  # of the base, on the step: by what is free there and the venue's cap
    bound_by: str  # what decided `most`
    least: Wad  # of the base, on the step: the venue takes no less

    @cached_property
    def depth(self) -> Wad:
        """What all rungs hold, on the step."""
        return self.on_step(Wad(sum(rung.amount for rung in self.rungs)))

    @property
    def capacity(self) -> Wad:
        """What can be taken."""
        return min(self.depth, self.most)

    def on_step(self, amount: Wad) -> Wad:
        """Round an amount down to the venue's step."""
        return Wad(amount - amount % self.market.rules.step)

    def taken(self, amount: Wad) -> tuple[tuple[Rung, Wad], ...]:
        """Return how much is taken of each rung, best first; at most what they hold."""
        parts, left = [], amount
        for rung in self.rungs:
            if left <= 0:
                break
            part = Wad(min(left, rung.amount))
            parts.append((rung, part))
            left = Wad(left - part)
        return tuple(parts)

    def surplus(self, amount: Wad) -> int:
        """Return dollars (wad of a wad) that an amount is better than at the worst price."""
        return sum(rung.surplus * part for rung, part in self.taken(amount))

    def limit(self, amount: Wad) -> Wad:
        """Return the price of an order: its deepest rung and some slack, on the tick."""
        deepest = self.taken(amount)[-1][0].price
        tick = self.market.rules.tick
        if self.side is OrderSide.BUY:
            price = deepest * (WAD + self.slack) // WAD
            price -= price % tick
            return Wad(min(self.worst, max(price, mul_div_up(deepest, 1, tick) * tick)))
        price = mul_div_up(deepest * (WAD - self.slack), 1, WAD * tick) * tick
        return Wad(max(self.worst, min(price, deepest // tick * tick)))

    def value(self, amount: Wad) -> Wad:
        """Return the quote that is paid or received by the book, before fees; rounded up."""
        return Wad(sum(mul_div_up(part, rung.price, WAD) for rung, part in self.taken(amount)))

    def reserve(self, amount: Wad) -> Wad:
        """Return dollars at risk in orders of an amount at the worst, fee included; rounded up.

        The gate counts the same way, without the fee, and rounds up once for each order.
        """
        if not amount:
            return Wad(0)
        return Wad(mul_div_up(amount, self.unit_usd(amount), WAD) + _MOST_ORDERS)

    def unit_usd(self, amount: Wad) -> Wad:
        """Return dollars at risk in 1.0 coin of an order of an amount above 0; rounded up.

        By the worst price of a purchase, or the ask, at which a sale may rest; by consensus if that
        is more.
        """
        if self.side is OrderSide.BUY:
            price = self.limit(amount)
        else:
            price = on_tick(self.market.book.asks[0].price, self.market.rules.tick, self.side)
        worth = max(mul_div_up(price, self.quote_usd, WAD), self.base_usd)
        return Wad(mul_div_up(worth, WAD + self.fee, WAD))


def all_in(price: Wad, quote_usd: Wad, fee: Wad, side: OrderSide) -> Wad:
    """Return dollars per 1.0 coin after the fee: rounded up where paid, down where received."""
    if side is OrderSide.BUY:
        return Wad(mul_div_up(price * (WAD + fee), quote_usd, WAD * WAD))
    return Wad(price * (WAD - fee) * quote_usd // (WAD * WAD))


def before_fee(dollars: Wad, quote_usd: Wad, fee: Wad, side: OrderSide) -> Wad:
    """Return the quote price that comes to so many dollars after the fee, on our safe side."""
    if side is OrderSide.BUY:
        return Wad(dollars * WAD * WAD // (quote_usd * (WAD + fee)))
    return Wad(mul_div_up(dollars * WAD, WAD, quote_usd * (WAD - fee)))


def on_tick(price: int, tick: Wad, side: OrderSide) -> Wad:
    """Round a price to the tick: down for a purchase, up for a sale."""
    if side is OrderSide.BUY:
        return Wad(price - price % tick)
    return Wad(mul_div_up(price, 1, tick) * tick)
