"""From the decision to leave to orders, over the venues where the coin is."""

from collections.abc import Sequence

import msgspec

from bot.domain.orders import OrderKind, Purpose, TimeInForce
from bot.domain.trade_plans import ExitReason, Held, Leave, PlannedOrder
from bot.domain.units import WAD, Wad, human, mul_div_up
from bot.strategy.exit_ladders import ExitMeans, WayOut, exit_ladder, fault_of_exit
from bot.strategy.exit_look import URGENT
from bot.strategy.order_splitting import split
from bot.strategy.venue_ladders import Ladder

_BPS = 1e4


class ExitOrders(msgspec.Struct, frozen=True, kw_only=True):
    """The orders, and what they leave undone."""

    orders: tuple[PlannedOrder, ...]
    short: Wad  # of what was asked for: not within the worst price now, or not at an open market
    dust: dict[str, Wad]  # by venue: held there, and less than is taken there at all
    left_out: dict[str, str]  # by market: why it is not used

    def is_over(self, held: Held) -> bool:
        """Whether all that is left is dust, with nothing on order: the position can be closed."""
        return not self.orders and not held.on_exit and sum(self.dust.values()) >= held.left

    def told_dust(self, asset: str) -> str:
        """Return what cannot be left, for people: the reason of closing names it."""
        parts = (f"{human(dust, 18, 8)} {asset} at {venue}" for venue, dust in self.dust.items())
        return ", ".join(parts)


def purpose_of(reason: ExitReason) -> Purpose:
    """Return what an exit's orders are for: the gate's wide band is for leaving in a hurry."""
    return Purpose.FLATTEN if reason in URGENT else Purpose.EXIT


def exit_orders(leave: Leave, held: Held, means: ExitMeans) -> ExitOrders:
    """Return orders that leave what is asked for, at once, at no worse than the worst price.

    A discount is sold where it is held, a premium bought back where it was sold; of each venue its
    best market is used. What books do not hold within the worst price is for the next decision.
    """
    out = WayOut(leave=leave, held=held, means=means)
    faults = {market.name: fault_of_exit(market, out) for market in means.markets}
    ladders = [exit_ladder(m, out) for m in means.markets if not faults[m.name]]
    used = _one_of_each_venue(leave.amount, ladders)
    amounts = split(leave.amount, used)
    pairs = [(one, amount) for one, amount in zip(used, amounts, strict=True) if amount]
    return ExitOrders(
        orders=tuple(_planned(ladder, amount) for ladder, amount in pairs),
        short=Wad(leave.amount - sum(amounts)),
        dust=_dust(out, ladders),
        left_out={name: fault for name, fault in faults.items() if fault},
    )


def _one_of_each_venue(amount: Wad, ladders: Sequence[Ladder]) -> tuple[Ladder, ...]:
    """The markets of one venue would share what is held there: the best of them gets all of it."""
    best: dict[str, tuple[int, Ladder]] = {}
    for ladder in ladders:
        part = Wad(min(amount, ladder.capacity))
        worth = ladder.surplus(part) if part >= ladder.least else -1
        known = best.get(ladder.market.venue)
        if known is None or worth > known[0]:
            best[ladder.market.venue] = worth, ladder
    return tuple(ladder for _, ladder in best.values())


def _dust(out: WayOut, ladders: Sequence[Ladder]) -> dict[str, Wad]:
    least: dict[str, Wad] = {}
    for ladder in ladders:
        venue = ladder.market.venue
        least[venue] = min(ladder.least, least.get(venue, ladder.least))
    there = {venue: out.there(venue) for venue in least}
    return {venue: held for venue, held in there.items() if held < least[venue]}


def _planned(ladder: Ladder, amount: Wad) -> PlannedOrder:
    value, market = ladder.value(amount), ladder.market
    average = Wad(mul_div_up(value, WAD, amount))
    best = ladder.rungs[0].price
    fee = mul_div_up(mul_div_up(value, ladder.fee, WAD), ladder.quote_usd, WAD)
    return PlannedOrder(
        venue=market.venue,
        pair=market.rules.pair,
        side=ladder.side,
        kind=OrderKind.LIMIT,
        time_in_force=TimeInForce.IOC,
        amount=amount,
        price=ladder.limit(amount),
        expected_price=average,
        fee_usd=Wad(fee),
        slippage_bps=abs(average - best) / best * _BPS,
    )
