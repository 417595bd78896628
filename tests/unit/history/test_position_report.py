import msgspec
import pytest
from support.asset_views import moment
from support.held_positions import entry_plan, exit_plan, wad

from bot.domain.client_ids import client_id
from bot.domain.ledger_events import FillHeard, LedgerEvent, OrderIntended, PositionOpened
from bot.domain.orders import Fill, Order, OrderKind, OrderSide, Purpose, TimeInForce
from bot.domain.trade_plans import ExitReason, Leave, PlannedOrder
from bot.domain.units import Wad
from bot.history.position_report import PositionReport, report_of
from bot.history.report_rows import ORDER_COLUMNS, as_json, order_rows, summary_rows
from bot.strategy.ledger import Ledger
from bot.strategy.position_notes import best_note, best_price, order_note, order_notes

_POSITION = "p000000001"
_HOUR = 3_600


def planned(side: OrderSide, amount: float, price: float, pair: str) -> PlannedOrder:
    sign = 1 if side is OrderSide.BUY else -1
    return PlannedOrder(
        venue="kraken",
        pair=pair,
        side=side,
        kind=OrderKind.LIMIT,
        time_in_force=TimeInForce.IOC,
        amount=wad(amount),
        price=wad(price * (1 + sign * 0.001)),
        expected_price=wad(price * (1 + sign * 0.0002)),
        fee_usd=wad(amount * price * 0.001),
        slippage_bps=2.0,
    )


class Trades:
    """A ledger of one position, order by order."""

    def __init__(self, entry: float = 0.94) -> None:
        self.ledger, self.number = Ledger(), 0
        self.premium = entry > 1
        self.tell(PositionOpened(plan=entry_plan(exit_plan(entry)), at=moment(0)))

    def tell(self, *events: LedgerEvent) -> None:
        for event in events:
            self.ledger.apply(event)

    def trade(
        self,
        amount: float,
        price: float,
        *,
        hours: float = 0.0,
        leave: Leave | None = None,
        pair: str = "USDC/USD",
        expected: float | None = None,
        fee: tuple[float, str] | None = None,
    ) -> None:
        side = OrderSide.BUY if (leave is None) is not self.premium else OrderSide.SELL
        purpose = Purpose.ENTRY if leave is None else Purpose.EXIT
        name, at = client_id(_POSITION, purpose, self.number), moment(hours * _HOUR)
        plan = planned(side, amount, expected or price, pair)
        order = Order(
            client_id=name,
            position=_POSITION,
            purpose=purpose,
            venue="kraken",
            pair=pair,
            side=side,
            amount=wad(amount),
            price=plan.price,
            made_at=at,
        )
        paid, currency = fee or (amount * price * 0.002, pair.partition("/")[2])
        fill = Fill(
            venue="kraken",
            trade_id=str(self.number),
            order_id=f"o{self.number}",
            client_id=name,
            pair=pair,
            side=side,
            amount=wad(amount),
            price=wad(price),
            fee=wad(paid),
            fee_currency=currency,
            at=at,
        )
        note = order_note(name, plan, at, leave)
        self.tell(OrderIntended(order=order, at=at), note, FillHeard(fill=fill, at=at))
        self.number += 1

    def report(self, dollars: dict[str, Wad] | None = None) -> PositionReport:
        return report_of(self.ledger, _POSITION, dollars or {}, moment(30 * _HOUR))


def left(reason: ExitReason = ExitReason.PARTIAL) -> Leave:
    return Leave(
        position=_POSITION,
        amount=wad(1),
        reason=reason,
        detail="54 % of the way back",
        worst_price=wad(0.5),
        at=moment(0),
    )


def sold_in_two(best: float | None = 0.99) -> Trades:
    trades = Trades()
    trades.trade(1_000, 0.94)
    if best is not None:
        held = trades.ledger.held(_POSITION)
        note = best_note(held, None, wad(best), moment(_HOUR))
        assert note is not None
        trades.tell(note)
    trades.trade(400, 0.97, hours=10, leave=left())
    trades.trade(600, 0.98, hours=20, leave=left(ExitReason.TARGET))
    return trades


_FEES = 1.88 + 400 * 0.97 * 0.002 + 600 * 0.98 * 0.002
_RESULT = 400 * 0.97 + 600 * 0.98 - 940 - _FEES


def test_prices_fees_and_the_result_are_those_of_the_trades() -> None:
    found = sold_in_two().report()
    assert (found.entry_price, found.exit_price) == (wad(0.94), wad(0.976))
    assert found.fees_usd == wad(_FEES)
    assert found.result_usd == wad(_RESULT)
    assert (found.bought, found.left) == (wad(1_000), 0)


def test_the_share_taken_is_of_the_move_to_the_best_price_and_to_par() -> None:
    found = sold_in_two(best=0.99).report()
    assert found.taken_of_best == pytest.approx(_RESULT / 50)
    assert found.taken_of_par == pytest.approx(_RESULT / 60)
    nothing_better = sold_in_two(best=None).report()
    assert nothing_better.taken_of_best is None
    assert nothing_better.best_price == wad(0.94)


def test_each_order_tells_its_reason_and_what_was_expected_of_it() -> None:
    trades = Trades()
    trades.trade(1_000, 0.9405, expected=0.94)
    trades.trade(1_000, 0.969, leave=left(), expected=0.97)
    bought, sold = trades.report().orders
    assert (bought.reason, sold.reason) == ("entry", "part of the way back")
    assert bought.slippage_bps == pytest.approx(5 / 0.94, abs=1e-6)
    assert bought.expected_slippage_bps == 2.0
    assert bought.fee_usd == wad(1.881)
    assert bought.expected_fee_usd == wad(0.94)
    assert sold.slippage_bps == pytest.approx(10 / 0.97, abs=1e-6)
    assert sold.detail == "54 % of the way back"


def test_a_premium_gains_by_buying_back_for_less() -> None:
    trades = Trades(1.04)
    trades.trade(1_000, 1.04)
    held = trades.ledger.held(_POSITION)
    assert best_note(held, None, wad(1.05), moment(0)) is None
    trades.tell(best_note(held, None, wad(1.01), moment(0)) or pytest.fail("no note"))
    trades.trade(1_000, 1.02, leave=left())
    found = trades.report()
    result = 20 - 2.06 * 2
    assert found.result_usd == wad(result)
    assert found.taken_of_best == pytest.approx(result / 30)
    assert found.taken_of_par == pytest.approx(result / 40)
    assert all(order.slippage_bps == pytest.approx(0, abs=1e-6) for order in found.orders)


def test_dust_counts_for_nothing_and_dust_that_is_owed_as_a_cost() -> None:
    long = Trades()
    long.trade(1_000, 0.94)
    long.trade(999, 0.98, leave=left())
    kept = long.report()
    assert kept.left == wad(1)
    assert kept.result_usd == wad(999 * 0.98 * 0.998 - 940 * 1.002)
    short = Trades(1.04)
    short.trade(1_000, 1.04)
    short.trade(999, 1.0, leave=left())
    assert short.report().result_usd == wad(1_040 * 0.998 - 999 * 1.002 - 1.04)


def test_other_money_is_worth_what_all_say() -> None:
    trades = Trades()
    trades.trade(1_000, 0.95, pair="USDC/USDT")
    trades.trade(1_000, 1.0, pair="USDC/USDT", leave=left())
    unknown = trades.report()
    assert (unknown.result_usd, unknown.entry_price, unknown.taken_of_par) == (None, None, None)
    found = trades.report({"USDT": wad(0.9)})
    assert found.entry_price == wad(0.855)
    assert found.result_usd == wad((50 - 3.9) * 0.9)


def test_a_fee_in_the_coin_is_worth_what_was_paid_for_it() -> None:
    trades = Trades()
    trades.trade(1_000, 0.94, fee=(2, "USDC"))
    found = trades.report()
    assert found.orders[0].fee_usd == wad(1.88)
    assert found.bought == wad(998)


def test_an_order_that_was_not_noted_is_told_without_expectations() -> None:
    trades = sold_in_two()
    bare = Ledger()
    bare.apply(PositionOpened(plan=entry_plan(exit_plan()), at=moment(0)))
    for record in trades.ledger.orders.values():
        bare.apply(OrderIntended(order=record.order, at=moment(0)))
    found = report_of(bare, _POSITION, {}, moment(0))
    assert [o.reason for o in found.orders] == ["entry", "exit", "exit"]
    assert [o.expected_price for o in found.orders] == [None] * 3
    assert (found.entry_price, found.result_usd) == (None, 0)


def test_a_best_price_is_noted_once_a_basis_point_and_not_when_all_is_left() -> None:
    trades = Trades()
    trades.trade(1_000, 0.94)
    held = trades.ledger.held(_POSITION)
    assert best_note(held, None, wad(0.94009), moment(0)) is None
    note = best_note(held, None, wad(0.9401), moment(0))
    assert note is not None
    assert best_price([note], _POSITION) == wad(0.9401)
    assert best_price([note], "other") is None
    assert best_note(held, wad(0.9401), wad(0.9401), moment(0)) is None
    assert best_note(sold_in_two().ledger.held(_POSITION), None, wad(1), moment(0)) is None
    assert order_notes([note]) == {}


def test_machines_get_texts_and_times_and_people_get_rows() -> None:
    found = sold_in_two().report()
    told = as_json(found)
    assert msgspec.json.decode(msgspec.json.encode(told)) == told
    assert told["exit_price"] == "0.976"
    assert told["opened_at"] == "2023-03-10T00:00:00Z"
    assert told["closed_at"] is None
    assert told["hours_held"] == 30.0
    assert told["side"] == "discount"
    assert told["orders"][2]["reason"] == "target"
    assert told["orders"][0]["amount"] == "1000"
    rows = dict(row for row in summary_rows(found) if row[0])
    assert rows["held"] == "30.0 hours, still open"
    assert rows["taken"] == f"{_RESULT / 50:.0%} of the move to the best price"
    cells = list(order_rows(found))
    assert all(len(row) == len(ORDER_COLUMNS) for row in cells)
    assert cells[1][1] == "part of the way back: 54 % of the way back"


def test_a_position_that_was_never_opened_has_no_report() -> None:
    with pytest.raises(KeyError):
        report_of(Ledger(), _POSITION, {}, moment(0))
