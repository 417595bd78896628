"""What was entered before is known by coin and side, and what was given up is not tried again."""

from pathlib import Path

import pytest
from fakes.order_desk import START
from support.order_world import POSITION, OrderWorld, order_of, plan_of, run, wad

from bot.domain.depegs import Breadth, Depeg, Severity, Side, Status
from bot.domain.ledger_events import Decided
from bot.domain.orders import OrderSide, Purpose
from bot.domain.trade_plans import ExitReason, Leave, PlannedOrder
from bot.domain.units import Nanos
from bot.strategy.detection_agreement import DetectionParameters
from bot.strategy.entry_memory import DEPEG_OVER, EntryMemory
from bot.strategy.position_notes import order_note


def depeg(side: Side = Side.DISCOUNT, asset: str = "USDC") -> Depeg:
    """Return one that goes by another id than the plan's, as after a restart."""
    return Depeg(
        asset=asset,
        side=side,
        start=Nanos(START + 10**9),
        confirmed_at=None,
        off_bps=-500.0 if side is Side.DISCOUNT else 500.0,
        trough_bps=500.0,
        trough_price=wad(0.95),
        trough_at=START,
        severity=Severity.MINOR,
        breadth=Breadth.EVERYWHERE,
        status=Status.ACTIVE,
        venues=(),
    )


def closed(folder: Path, reason: ExitReason) -> OrderWorld:
    """A position that was entered, and left for that reason."""
    world = OrderWorld(folder / "orders.sqlite")
    leave = order_of(1, purpose=Purpose.EXIT, side=OrderSide.SELL, price=0.96)

    async def act() -> None:
        await world.ready()
        world.desk.fill_on_place = lambda order: order.amount
        await world.manager.submit(order_of())
        await world.manager.submit(leave)
        await world.manager.close_position(POSITION, "all of it was left")

    run(act())
    why = Leave(
        position=POSITION,
        amount=leave.amount,
        reason=reason,
        detail="",
        worst_price=leave.price,
        at=START,
    )
    planned = PlannedOrder(
        venue=leave.venue,
        pair=leave.pair,
        side=leave.side,
        kind=leave.kind,
        time_in_force=leave.time_in_force,
        amount=leave.amount,
        price=leave.price,
        expected_price=leave.price,
        fee_usd=wad(0),
        slippage_bps=0.0,
    )
    world.books.write(order_note(leave.client_id, planned, START, why))
    return world


def test_a_depeg_under_another_id_is_the_same_until_the_coin_was_back(tmp_path: Path) -> None:
    world = closed(tmp_path, ExitReason.TARGET)
    memory = EntryMemory(world.ledger, DetectionParameters())
    (held,) = memory.entries_of(depeg())
    assert held.plan.position == POSITION
    assert memory.entries_of(depeg(Side.PREMIUM)) == ()
    assert memory.entries_of(depeg(asset="DAI")) == ()
    said = Decided(what=DEPEG_OVER, subject="USDC discount", detail="", at=held.opened_at)
    world.books.write(said)
    assert memory.entries_of(depeg()) == ()


def test_a_position_that_is_open_is_one_of_its_coin_whatever_was_noted_since(
    tmp_path: Path,
) -> None:
    world = OrderWorld(tmp_path / "orders.sqlite")
    run(world.manager.open_position(plan_of()))
    said = Decided(what=DEPEG_OVER, subject="USDC discount", detail="", at=world.clock.now())
    world.books.write(said)
    assert len(EntryMemory(world.ledger, DetectionParameters()).entries_of(depeg())) == 1


@pytest.mark.parametrize(
    ("reason", "given_up"),
    [
        (ExitReason.TIMING, True),
        (ExitReason.TIME_STOP, True),
        (ExitReason.TARGET, False),
        (ExitReason.MANUAL, False),
    ],
)
def test_what_was_left_because_waiting_was_not_worth_it_is_given_up(
    reason: ExitReason,
    given_up: bool,  # noqa: FBT001
    tmp_path: Path,
) -> None:
    world = closed(tmp_path, reason)
    memory = EntryMemory(world.ledger, DetectionParameters())
    (held,) = memory.entries_of(depeg())
    assert memory.is_given_up(held) is given_up
