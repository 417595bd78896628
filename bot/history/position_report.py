"""What became of a position: prices, costs expected and paid, and how much of the move was taken.

Two moves were there to be taken, both from the price that the entry was decided at: to the best
price since, while anything was held, and to par. What was taken is the result net of all fees, as a
share of what each move was worth for all that was bought. It is above 1 where fills were better
than the plan, below 0 where it was a loss.
"""

from collections.abc import Iterable, Mapping

import msgspec

from bot.domain.coins import coin_of
from bot.domain.depegs import Side
from bot.domain.orders import Fill, OrderSide, Purpose
from bot.domain.trade_plans import Held
from bot.domain.units import BPS, WAD, Nanos, Wad
from bot.strategy.cash_worth import left_usd, unpriced_fees, worth_usd
from bot.strategy.exit_plans import HOUR_NS, edge_of
from bot.strategy.ledger import Ledger
from bot.strategy.order_records import OrderRecord
from bot.strategy.position_notes import (
    BEST_NOTE,
    ORDER_NOTE,
    OrderNote,
    best_price,
    order_notes,
)

Dollars = Mapping[str, Wad]  # per 1.0 of a currency, by consensus


class OrderLine(msgspec.Struct, frozen=True, kw_only=True):
    """One order: what was expected, and what came. None: not noted, or not known."""

    client_id: str
    purpose: Purpose
    reason: str
    detail: str
    venue: str
    pair: str
    side: OrderSide
    state: str
    amount: Wad  # of the base
    filled: Wad
    price: Wad | None  # average, quote per base
    expected_price: Wad | None
    slippage_bps: float | None  # against the best price when it was planned
    expected_slippage_bps: float | None
    fee_usd: Wad | None
    expected_fee_usd: Wad | None
    at: Nanos


class PositionReport(msgspec.Struct, frozen=True, kw_only=True):
    """One position. Prices in its par currency per 1.0 coin."""

    position: str
    depeg_id: str
    asset: str
    side: Side
    opened_at: Nanos
    closed_at: Nanos | None
    hours_held: float
    bought: Wad
    left: Wad  # not sold, or not bought back; of a closed one: dust
    decided_price: Wad
    entry_price: Wad | None
    exit_price: Wad | None
    best_price: Wad  # since the entry, while held
    par_price: Wad
    fees_usd: Wad | None
    result_usd: Wad | None  # net of fees; dust counts for nothing, dust that is owed as a cost
    unpriced_fees: dict[str, Wad]  # by currency: in neither of the two above
    taken_of_best: float | None  # None: it never got better, or the result is not known
    taken_of_par: float | None
    orders: tuple[OrderLine, ...]


def report_of(ledger: Ledger, position: str, dollars: Dollars, now: Nanos) -> PositionReport:
    """Return the report of a position, open or closed. Of an open one, what is left has no worth.

    Raises:
        KeyError: it was never opened.
    """
    held, records = ledger.held(position), ledger.orders_of(position)
    notes = order_notes(ledger.decided(ORDER_NOTE))
    lines = tuple(_line(record, notes.get(record.client_id), dollars) for record in records)
    plan, par = held.plan, coin_of(held.plan.asset).par
    best = best_price(ledger.decided(BEST_NOTE), position) or plan.exit.entry_price
    entries, exits = _entries_and_exits(held, records)
    result, edge = _result(held, dollars), edge_of(par, plan.side)
    unpriced = unpriced_fees(held, dollars)
    until = now if held.closed_at is None else held.closed_at
    return PositionReport(
        position=position,
        depeg_id=plan.depeg_id,
        asset=plan.asset,
        side=plan.side,
        opened_at=held.opened_at,
        closed_at=held.closed_at,
        hours_held=max(0.0, (until - held.opened_at) / HOUR_NS),
        bought=held.bought,
        left=held.left,
        decided_price=plan.exit.entry_price,
        entry_price=_average(entries, par.currency, dollars),
        exit_price=_average(exits, par.currency, dollars),
        best_price=best,
        par_price=edge,
        fees_usd=_fees_usd(records, unpriced, dollars),
        result_usd=result,
        unpriced_fees=unpriced,
        taken_of_best=_share(held, result, best, dollars),
        taken_of_par=_share(held, result, edge, dollars),
        orders=lines,
    )


def _entries_and_exits(held: Held, records: Iterable[OrderRecord]) -> tuple[list[Fill], list[Fill]]:
    way_in = OrderSide.BUY if held.plan.side is Side.DISCOUNT else OrderSide.SELL
    fills = [fill for record in records for fill in record.fills]
    return [f for f in fills if f.side is way_in], [f for f in fills if f.side is not way_in]


def _average(fills: list[Fill], currency: str, dollars: Dollars) -> Wad | None:
    """Par currency per coin, rounded down, each trade's quote by what it is worth."""
    values = [_in_usd(fill, Wad(fill.amount * fill.price // WAD), dollars) for fill in fills]
    par = worth_usd({currency: Wad(WAD)}, dollars)
    total = _sum(values)
    amount = sum(fill.amount for fill in fills)
    if total is None or not par or not amount:
        return None
    return Wad(total * WAD * WAD // (amount * par))


def _result(held: Held, dollars: Dollars) -> Wad | None:
    unpriced = unpriced_fees(held, dollars)
    cash = worth_usd({c: sum_ for c, sum_ in held.cash.items() if c not in unpriced}, dollars)
    owed = left_usd(held, held.plan.exit.entry_price, dollars)
    if cash is None or owed is None:
        return None
    return Wad(cash + min(owed, 0))


def _share(held: Held, result: Wad | None, price: Wad, dollars: Dollars) -> float | None:
    exits = held.plan.exit
    direction = 1 if held.plan.side is Side.DISCOUNT else -1
    move = direction * (price - exits.entry_price)
    currency = coin_of(held.plan.asset).par.currency
    there = worth_usd({currency: Wad(held.bought * move // WAD)}, dollars)
    if result is None or there is None or there <= 0:
        return None
    return result / there


def _line(record: OrderRecord, note: OrderNote | None, dollars: Dollars) -> OrderLine:
    order = record.order
    return OrderLine(
        client_id=order.client_id,
        purpose=order.purpose,
        reason=order.purpose.value if note is None else note.reason,
        detail="" if note is None else note.detail,
        venue=order.venue,
        pair=order.pair,
        side=order.side,
        state=record.state.value,
        amount=order.amount,
        filled=record.filled,
        price=record.average_price,
        expected_price=None if note is None else note.expected_price,
        slippage_bps=_slippage_bps(record, note),
        expected_slippage_bps=None if note is None else note.slippage_bps,
        fee_usd=_sum(_fee_usd(fill, dollars) for fill in record.fills),
        expected_fee_usd=None if note is None else note.fee_usd,
        at=order.made_at,
    )


def _slippage_bps(record: OrderRecord, note: OrderNote | None) -> float | None:
    """Above 0: worse than the best price was."""
    price = record.average_price
    if note is None or price is None:
        return None
    sign = 1 if record.order.side is OrderSide.BUY else -1
    return sign * (price - note.best_price) * BPS / note.best_price


def _fees_usd(
    records: Iterable[OrderRecord], unpriced: Mapping[str, Wad], dollars: Dollars
) -> Wad | None:
    fills = (fill for record in records for fill in record.fills)
    return _sum(_fee_usd(fill, dollars) for fill in fills if fill.fee_currency not in unpriced)


def _fee_usd(fill: Fill, dollars: Dollars) -> Wad | None:
    """A fee in the base is worth what the trade paid for it."""
    base, _, quote = fill.pair.partition("/")
    if fill.fee_currency == base:
        return worth_usd({quote: Wad(fill.fee * fill.price // WAD)}, dollars)
    return worth_usd({fill.fee_currency: fill.fee}, dollars)


def _in_usd(fill: Fill, quote: Wad, dollars: Dollars) -> Wad | None:
    return worth_usd({fill.pair.partition("/")[2]: quote}, dollars)


def _sum(amounts: Iterable[Wad | None]) -> Wad | None:
    """None where one of them is not known."""
    total = 0
    for amount in amounts:
        if amount is None:
            return None
        total += amount
    return Wad(total)
