"""The books against the venue, case by case: taken over, left alone, or told as a difference."""

import asyncio
from pathlib import Path

import msgspec
import pytest
from fakes.order_desk import START, FakeDesk, OpenGate, Resting, Trouble
from support.order_world import POSITION, QUICK, OrderWorld, order_of, plan_of, run, wad

from bot.domain.client_ids import client_id, position_id
from bot.domain.depegs import Side
from bot.domain.errors import BooksDisagree, VenueRefused, VenueUnavailable
from bot.domain.orders import ClientId, Fill, Order, OrderReport, OrderSide, OrderState, Purpose
from bot.domain.risk import Denied
from bot.domain.units import NANOS_PER_S, Nanos, Wad
from bot.execution.books_comparison import Reconciled
from bot.execution.order_manager import OrderManager
from bot.execution.order_ports import TradingAccount

NAME = order_of().client_id
LOST = position_id("lost", 3)


@pytest.fixture
def world(tmp_path: Path) -> OrderWorld:
    return OrderWorld(tmp_path / "orders.sqlite")


def begun(world: OrderWorld, *, filled: float = 0) -> Resting:
    """One open order, some of it filled, all of it in the books."""

    async def act() -> None:
        await world.ready()
        await world.manager.submit(order_of())
        if filled:
            world.desk.trade(world.desk.orders[0], wad(filled))
        await world.manager.reconcile()

    run(act())
    return world.desk.orders[0]


def differences(world: OrderWorld) -> tuple[str, ...]:
    with pytest.raises(BooksDisagree) as caught:
        run(world.manager.reconcile())
    return caught.value.differences


def reconciled(world: OrderWorld) -> Reconciled:
    return run(world.manager.reconcile())


def lost_order(purpose: Purpose = Purpose.ENTRY, number: int = 0, amount: float = 50) -> Order:
    side = OrderSide.BUY if purpose is Purpose.ENTRY else OrderSide.SELL
    return order_of(number, purpose=purpose, side=side, amount=amount, position=LOST)


def test_books_that_agree_are_left_as_they_are(world: OrderWorld) -> None:
    begun(world, filled=30)
    before = world.written
    done = reconciled(world)
    assert (done.trades, done.adopted, done.foreign, done.in_flight) == (0, (), (), ())
    assert world.written == before
    assert world.manager.agreed == {"binance"}


def test_a_trade_that_nobody_told_is_taken_over(world: OrderWorld) -> None:
    resting = begun(world)
    world.desk.trade(resting, wad(30))
    assert reconciled(world).trades == 1
    assert world.ledger.held(POSITION).left == wad(30)


def test_a_trade_is_found_by_the_venue_s_number_where_it_does_not_tell_ours(
    world: OrderWorld,
) -> None:
    world.desk.tells_client_id = False
    resting = begun(world)
    world.desk.trade(resting, wad(30))
    reconciled(world)
    assert world.ledger.held(POSITION).left == wad(30)


@pytest.mark.parametrize("tells", [True, False])
def test_what_was_filled_while_nothing_ran_is_taken_over(world: OrderWorld, *, tells: bool) -> None:
    world.desk.tells_client_id = tells
    resting = begun(world, filled=30)
    world.clock.pass_s(5 * 86_400)
    world.desk.trade(resting, wad(70))
    world.restart()
    assert reconciled(world).trades == 1
    assert world.ledger.orders[NAME].state is OrderState.FILLED
    assert world.ledger.held(POSITION).left == wad(100)


def test_an_order_that_the_venue_cancelled_by_itself_is_cancelled(world: OrderWorld) -> None:
    begun(world).state = OrderState.EXPIRED
    reconciled(world)
    assert world.ledger.orders[NAME].state is OrderState.EXPIRED


def test_an_open_order_that_the_venue_does_not_know_is_a_difference(world: OrderWorld) -> None:
    begun(world)
    world.desk.orders.clear()
    (said,) = differences(world)
    assert said == f"binance USDC/USDT order {NAME} is open by our books, and not known there"
    assert not world.manager.agreed
    (alert,) = world.ledger.decided("alert")
    assert alert.detail.endswith(said)


def test_nothing_is_sent_while_the_books_disagree_but_cancelling_goes_on(
    world: OrderWorld,
) -> None:
    begun(world)

    async def act() -> None:
        await world.manager.submit(order_of(1))

    run(act())
    lost = world.desk.orders.pop(0)
    differences(world)
    denied = run(world.manager.submit(order_of(2)))
    assert isinstance(denied, Denied)
    assert len(world.desk.orders) == 1
    assert run(world.manager.cancel(order_of(1).client_id)).state is OrderState.CANCELED
    world.desk.orders.append(lost)
    reconciled(world)
    assert not isinstance(run(world.manager.submit(order_of(2))), Denied)


def test_more_filled_than_trades_add_up_to_is_a_difference(world: OrderWorld) -> None:
    resting = begun(world)
    resting.state = OrderState.FILLED
    report = msgspec.structs.replace(world.desk.report(resting), filled=wad(100))
    run(world.manager.take(report))
    assert "filled 100.000000 there, its trades add up to 0.000000" in differences(world)[0]


def test_trades_that_add_up_to_more_than_the_venue_says_are_a_difference(
    world: OrderWorld,
) -> None:
    resting = begun(world, filled=30)
    strange = msgspec.structs.replace(resting.fills[0], trade_id="strange", amount=wad(10))
    run(world.manager.take(strange))
    (said,) = differences(world)
    assert said.endswith("filled 30.000000 there, its trades add up to 40.000000")


def test_more_traded_than_ordered_is_a_difference(world: OrderWorld) -> None:
    resting = begun(world)
    world.desk.trade(resting, wad(130))
    assert any("100.000000 was ordered" in said for said in differences(world))


def test_trades_that_come_late_are_waited_for(world: OrderWorld) -> None:
    resting = begun(world)
    fill = world.desk.trade(resting, wad(100))
    told = world.desk.fills
    asked = 0

    async def late(pair: str, since: Nanos) -> tuple[Fill, ...]:
        nonlocal asked
        asked += 1
        return await told(pair, since) if asked > 3 else ()

    world.desk.fills = late  # type: ignore[method-assign]
    reconciled(world)
    assert world.ledger.orders[NAME].fills == (fill,)


def test_a_venue_that_holds_less_than_positions_say_is_a_difference(world: OrderWorld) -> None:
    begun(world, filled=100)
    world.desk.money["USDC"] = wad(99.9)
    (said,) = differences(world)
    assert said == "binance holds 99.900000 USDC, positions there add up to 100.000000"


@pytest.mark.parametrize("money", [100, 99.999_995, 5_000_000])
def test_a_venue_may_hold_more_or_a_speck_less(world: OrderWorld, money: float) -> None:
    begun(world, filled=100)
    world.desk.money["USDC"] = int(money * 10**6) * 10**12
    reconciled(world)


def test_what_was_left_of_a_closed_position_may_move_on(world: OrderWorld) -> None:
    position = begun(world, filled=100).order.position
    world.desk.money["USDC"] = wad(0)
    run(world.manager.close_position(position, "what is left cannot be sold"))
    reconciled(world)


def test_positions_of_one_coin_are_held_together(world: OrderWorld) -> None:
    begun(world, filled=100)
    other = position_id("other", 0)

    async def act() -> None:
        await world.manager.open_position(plan_of(other))
        await world.manager.submit(order_of(position=other))
        world.desk.trade(world.desk.orders[1], wad(60))
        world.desk.money["USDC"] = wad(159)

    run(act())
    assert differences(world)[-1].endswith("positions there add up to 160.000000")


def test_a_sale_between_two_questions_is_no_difference(world: OrderWorld) -> None:
    begun(world, filled=100)
    leave = order_of(1, purpose=Purpose.EXIT, side=OrderSide.SELL, price=0.99)
    run(world.manager.submit(leave))
    world.desk.money["USDC"] = wad(100)
    balances = world.desk.balances

    async def selling() -> object:
        if not world.desk.orders[1].fills:
            world.desk.trade(world.desk.orders[1], wad(100))
        return await balances()

    world.desk.balances = selling  # type: ignore[assignment,method-assign]
    reconciled(world)
    assert world.ledger.held(POSITION).left == 0


def test_a_premium_needs_nothing_at_the_venue(world: OrderWorld) -> None:
    async def act() -> None:
        await world.manager.reconcile()
        await world.manager.open_position(plan_of(side=Side.PREMIUM))
        await world.manager.submit(order_of(side=OrderSide.SELL))
        world.desk.trade(world.desk.orders[0], wad(100))
        world.desk.money["USDC"] = 0

    run(act())
    reconciled(world)


def test_foreign_orders_are_named_and_not_touched(world: OrderWorld) -> None:
    begun(world)
    world.desk.accept(order_of(5), client_id=ClientId("web-1"))
    before = world.written
    assert reconciled(world).foreign == ("binance USDC/USDT order 2, client id web-1",)
    assert world.written == before
    assert world.desk.orders[1].state is OrderState.OPEN


def test_foreign_trades_are_asked_about_once_and_move_nothing(world: OrderWorld) -> None:
    world.desk.tells_client_id = False
    begun(world)
    foreign = world.desk.accept(order_of(5), client_id=ClientId("web-1"))
    world.desk.trade(foreign, wad(100))
    reconciled(world)
    assert world.ledger.held(POSITION).left == 0
    world.desk.asked.clear()
    reconciled(world)
    assert "find" not in world.desk.asked


def test_foreign_trades_are_not_asked_about_again_at_every_start(
    world: OrderWorld,
) -> None:
    world.desk.tells_client_id = False
    begun(world)
    world.desk.trade(world.desk.accept(order_of(5), client_id=ClientId("web-1")), wad(100))
    reconciled(world)
    world.clock.pass_s(2 * 86_400)
    world.restart()
    world.desk.asked.clear()
    reconciled(world)
    assert "find" not in world.desk.asked


@pytest.mark.parametrize("filled", [0, 20, 50])
@pytest.mark.parametrize("tells", [True, False])
def test_an_order_that_the_journal_lost_is_taken_over_with_its_trades(
    world: OrderWorld, *, filled: float, tells: bool
) -> None:
    world.desk.tells_client_id = tells
    begun(world)
    order = order_of(1, amount=50)
    resting = world.desk.accept(order)
    if filled:
        world.desk.trade(resting, wad(filled))
    world.restart()
    done = reconciled(world)
    assert done.adopted == (order.client_id,)
    record = world.ledger.orders[order.client_id]
    assert (record.order.amount, record.order.purpose) == (wad(50), Purpose.ENTRY)
    assert record.filled == wad(filled)
    assert record.state is (OrderState.FILLED if filled == 50 else OrderState.OPEN)
    assert world.ledger.held(POSITION).left == wad(filled)
    (said,) = world.ledger.decided("adopted")
    assert said.subject == order.client_id
    assert reconciled(world).adopted == ()


def test_a_lost_order_is_found_however_long_nothing_ran(world: OrderWorld) -> None:
    world.desk.tells_client_id = False
    begun(world, filled=30)
    lost = world.desk.accept(order_of(1, amount=50))
    world.desk.trade(lost, wad(50))
    world.clock.pass_s(10 * 86_400)
    world.restart()
    assert reconciled(world).adopted == (order_of(1).client_id,)
    assert world.ledger.held(POSITION).left == wad(80)


def test_a_lost_order_of_a_lost_position_makes_a_found_one_that_is_to_be_left(
    world: OrderWorld,
) -> None:
    run(world.manager.reconcile())
    world.desk.trade(world.desk.accept(lost_order()), wad(50))
    world.restart()
    reconciled(world)
    held = world.ledger.held(LOST)
    assert (held.plan.depeg_id, held.plan.asset, held.plan.side) == ("found", "USDC", Side.DISCOUNT)
    assert held.plan.exit.stop_at <= world.clock.now()
    assert (held.bought, held.left) == (wad(50), wad(50))
    assert world.ledger.open_positions == (LOST,)
    (said,) = world.ledger.decided("found")
    assert (said.subject, "not in the journal" in said.detail) == (LOST, True)


def test_a_whole_lost_life_is_found_in_any_order(world: OrderWorld) -> None:
    run(world.manager.reconcile())
    leave = world.desk.accept(lost_order(Purpose.EXIT, 1, 30))
    world.desk.trade(leave, wad(30))
    world.desk.trade(world.desk.accept(lost_order()), wad(50))
    world.restart()
    reconciled(world)
    held = world.ledger.held(LOST)
    assert held.plan.side is Side.DISCOUNT
    assert (held.bought, held.left) == (wad(50), wad(20))


def test_a_journal_that_lost_everything_is_rebuilt_from_the_last_day(world: OrderWorld) -> None:
    begun(world, filled=60)
    truth = world.ledger.held(POSITION)
    world.journal.close()
    for file in world.path.parent.iterdir():
        file.unlink()
    world.clock.pass_s(3_600)
    world.start()
    done = reconciled(world)
    assert (done.adopted, done.trades) == ((NAME,), 1)
    held = world.ledger.held(POSITION)
    assert (held.left, held.cash, held.on_entry) == (truth.left, truth.cash, truth.on_entry)


def test_an_order_of_ours_that_the_venue_does_not_describe_is_refused_aloud(
    world: OrderWorld,
) -> None:
    run(world.manager.reconcile())
    resting = world.desk.accept(lost_order())

    def silent(_resting: Resting) -> OrderReport:
        return OrderReport(
            venue="binance",
            pair="USDC/USDT",
            order_id=resting.order_id,
            client_id=resting.client_id,
            state=OrderState.OPEN,
            filled=Wad(0),
            at=START,
        )

    world.desk.report = silent  # type: ignore[method-assign]
    with pytest.raises(VenueRefused, match="does not tell what order"):
        run(world.manager.reconcile())


def test_a_report_on_a_lost_order_by_stream_waits_for_the_next_comparison(
    world: OrderWorld,
) -> None:
    run(world.manager.reconcile())
    resting = world.desk.accept(lost_order())
    run(world.manager.take(world.desk.report(resting)))
    run(world.manager.take(world.desk.trade(resting, wad(10))))
    assert world.ledger.positions == ()
    reconciled(world)
    assert world.ledger.held(LOST).left == wad(10)


def test_a_torn_tail_that_lost_an_exit_makes_no_second_exit(world: OrderWorld) -> None:
    begun(world, filled=100)
    leave = order_of(1, purpose=Purpose.EXIT, side=OrderSide.SELL, price=0.99)
    world.desk.accept(leave)
    world.restart()
    reconciled(world)
    assert world.ledger.held(POSITION).on_exit == wad(100)
    run(world.manager.submit(leave))
    assert len(world.desk.named(leave.client_id)) == 1


@pytest.mark.parametrize("question", ["open_orders", "fills", "balances"])
def test_a_venue_that_does_not_answer_is_not_reconciled(world: OrderWorld, question: str) -> None:
    world.desk.silent.add(question)
    with pytest.raises(VenueUnavailable):
        run(world.manager.reconcile())
    assert not world.manager.agreed
    world.desk.silent.clear()
    reconciled(world)
    assert world.manager.agreed == {"binance"}


def test_a_venue_that_falls_silent_later_does_not_unsay_what_agreed(world: OrderWorld) -> None:
    begun(world)
    world.desk.silent.add("fills")
    with pytest.raises(VenueUnavailable):
        run(world.manager.reconcile())
    assert world.manager.agreed == {"binance"}


def test_no_venue_agrees_before_every_one_was_asked_once_for_what_was_lost(
    world: OrderWorld,
) -> None:
    class SlowDesk(FakeDesk):
        """Answers when it is let."""

        free = asyncio.Event()

        async def open_orders(self, pair: str) -> tuple[OrderReport, ...]:
            await self.free.wait()
            return await super().open_orders(pair)

    slow = SlowDesk(world.clock)
    accounts = {
        "binance": TradingAccount(orders=world.desk, money=world.desk, pairs=("USDC/USDT",)),
        "kraken": TradingAccount(orders=slow, money=slow, pairs=("USDC/USD",)),
    }
    manager = OrderManager(world.books, accounts, OpenGate(), world.clock, QUICK)

    async def script() -> None:
        asking = asyncio.create_task(manager.reconcile())
        await asyncio.sleep(0.05)
        assert not manager.agreed  # what was left at kraken must not be left once more at binance
        slow.free.set()
        await asking
        assert manager.agreed == {"binance", "kraken"}

    run(script())


def test_an_order_in_flight_is_no_difference_and_said_to_be_in_flight(world: OrderWorld) -> None:
    begun(world)

    async def act() -> None:
        world.desk.trouble["place"].append(Trouble.LOST)
        await world.manager.submit(order_of(1))

    run(act())
    assert reconciled(world).in_flight == (order_of(1).client_id,)
    world.clock.pass_s(20)
    assert reconciled(world).in_flight == ()
    assert world.ledger.orders[order_of(1).client_id].state is OrderState.REJECTED


@pytest.mark.parametrize("jump_s", [300, -300, 3_600, -3_600])
def test_a_clock_that_jumps_between_two_comparisons_loses_no_trade(
    world: OrderWorld, jump_s: float
) -> None:
    resting = begun(world)
    world.clock.jump_s(jump_s)
    reconciled(world)
    world.clock.jump_s(-jump_s)
    world.desk.trade(resting, wad(40))
    reconciled(world)
    assert world.ledger.orders[NAME].filled == wad(40)


def test_a_clock_that_was_an_hour_ahead_hides_no_trade_from_the_next_question(
    world: OrderWorld,
) -> None:
    begun(world)
    world.clock.jump_s(3_600)
    reconciled(world)
    world.clock.jump_s(-3_600)
    order = order_of(1, amount=50)
    world.desk.trade(world.desk.accept(order), wad(50))
    assert reconciled(world).adopted == (order.client_id,)


def test_every_difference_is_told_at_once(world: OrderWorld) -> None:
    resting = begun(world, filled=100)
    world.desk.money["USDC"] = wad(1)
    run(world.manager.submit(order_of(1)))
    world.desk.orders.pop(1)
    strange = msgspec.structs.replace(resting.fills[0], trade_id="strange", amount=wad(10))
    run(world.manager.take(strange))
    assert len(differences(world)) == 4


def test_a_trade_that_another_venue_tells_of_an_order_is_a_difference(world: OrderWorld) -> None:
    resting = begun(world)
    fill = world.desk.trade(resting, wad(10))
    run(world.manager.take(msgspec.structs.replace(fill, venue="kraken")))
    assert "its trades add up to 20.000000" in differences(world)[0]


def test_a_client_id_like_ours_of_no_known_position_is_ours(world: OrderWorld) -> None:
    run(world.manager.reconcile())
    world.clock.pass_s(60)
    name = client_id(position_id("someone", 1), Purpose.FLATTEN, 4)
    order = msgspec.structs.replace(
        lost_order(), client_id=name, made_at=Nanos(START + NANOS_PER_S)
    )
    world.desk.accept(order)
    assert reconciled(world).adopted == (name,)
