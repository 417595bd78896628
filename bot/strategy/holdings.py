"""What trades make of a position, in whole wads."""

from collections.abc import Iterable

import msgspec

from bot.domain.depegs import Side
from bot.domain.orders import Fill, Order, OrderSide
from bot.domain.trade_plans import EntryPlan, Held
from bot.domain.units import WAD, Nanos, Wad, mul_div_up
from bot.strategy.order_records import OrderRecord


class Movement(msgspec.Struct, frozen=True, kw_only=True):
    """What one trade did, fee included."""

    flows: dict[str, int]  # by currency: received less paid
    fee: dict[str, int]  # by currency: what of it was the fee; below 0: a rebate


class Life(msgspec.Struct, frozen=True, kw_only=True):
    """When a position was opened, and closed for good."""

    opened_at: Nanos
    closed_at: Nanos | None = None


def movement_of(fill: Fill) -> Movement:
    """Return what a trade moved: paid is rounded up, received down, each to one wad at most."""
    base, _, quote = fill.pair.partition("/")
    flows: dict[str, int] = {}
    if fill.side is OrderSide.BUY:
        _add(flows, base, fill.amount)
        _add(flows, quote, -mul_div_up(fill.amount, fill.price, WAD))
    else:
        _add(flows, base, -fill.amount)
        _add(flows, quote, fill.amount * fill.price // WAD)
    _add(flows, fill.fee_currency, -fill.fee)
    return Movement(flows=flows, fee={fill.fee_currency: fill.fee} if fill.fee else {})


def direction(coin: str, pair: str, side: OrderSide) -> int:
    """Return 1 where a trade takes in the coin, -1 where it gives it away, 0 where neither."""
    base, _, quote = pair.partition("/")
    if coin not in (base, quote):
        return 0
    return 1 if (coin == base) is (side is OrderSide.BUY) else -1


def way_in_of(plan: EntryPlan) -> int:
    """Return 1 where entering takes the coin in (a discount), -1 where it gives it away."""
    return 1 if plan.side is Side.DISCOUNT else -1


def held_of(
    plan: EntryPlan, fills: Iterable[Fill], records: Iterable[OrderRecord], life: Life
) -> Held:
    """Return what unique trades say of a position, and what is on order for it.

    `left` is what is still to be sold of a discount, or bought back of a premium; fees taken in the
    coin are in it. Below 0 more was left than entered.
    """
    way_in = way_in_of(plan)
    bought = left = 0
    at_venues: dict[str, int] = {}
    cash: dict[str, int] = {}
    fees: dict[str, int] = {}
    for fill in fills:
        moved = movement_of(fill)
        for currency, amount in moved.flows.items():
            if currency != plan.asset:
                _add(cash, currency, amount)
        for currency, amount in moved.fee.items():
            _add(fees, currency, amount)
        coins = way_in * moved.flows.get(plan.asset, 0)
        left += coins
        _add(at_venues, fill.venue, coins)
        if direction(plan.asset, fill.pair, fill.side) == way_in:
            bought += coins
    on_order = _on_order(plan, records)
    return Held(
        plan=plan,
        bought=Wad(bought),
        left=Wad(left),
        at_venues=_wads(at_venues),
        cash=_wads(cash),
        fees=_wads(fees),
        opened_at=life.opened_at,
        closed_at=life.closed_at,
        on_entry=on_order[way_in],
        on_exit=on_order[-way_in],
    )


def _on_order(plan: EntryPlan, records: Iterable[OrderRecord]) -> dict[int, Wad]:
    """Return how much of the coin is on order, by direction."""
    sums = {1: 0, 0: 0, -1: 0}
    for record in records:
        order = record.order
        sums[direction(plan.asset, order.pair, order.side)] += _coins(plan, order, record)
    return {way: Wad(amount) for way, amount in sums.items()}


def _coins(plan: EntryPlan, order: Order, record: OrderRecord) -> int:
    if order.base == plan.asset:
        return record.outstanding
    return mul_div_up(record.outstanding, order.price, WAD)


def _add(sums: dict[str, int], key: str, amount: int) -> None:
    sums[key] = sums.get(key, 0) + amount


def _wads(sums: dict[str, int]) -> dict[str, Wad]:
    return {key: Wad(amount) for key, amount in sums.items() if amount}
