"""The order manager: on disk before it is sent, sent once, and what came back is written down."""

import asyncio
from pathlib import Path

import msgspec
import pytest
from fakes.order_desk import FakeDesk, ShutGate, Trouble
from support.order_world import POSITION, OrderWorld, order_of, plan_of, run, wad

from bot.domain.client_ids import position_id
from bot.domain.errors import JournalUnusable, VenueUnavailable
from bot.domain.ledger_events import Commanded, LedgerEvent, OrderIntended
from bot.domain.orders import Order, OrderReport, OrderSide, OrderState, Purpose, TimeInForce
from bot.domain.risk import Approved, Breach, Denied
from bot.domain.units import Nanos
from bot.history.journal_file import Use
from bot.history.order_journal import OrderJournal
from bot.strategy.order_records import OrderRecord


@pytest.fixture
def world(tmp_path: Path) -> OrderWorld:
    return OrderWorld(tmp_path / "orders.sqlite")


def sent(world: OrderWorld, order: Order | None = None) -> OrderRecord:
    async def act() -> OrderRecord:
        await world.ready()
        record = await world.manager.submit(order or order_of())
        assert isinstance(record, OrderRecord)
        return record

    return run(act())


def refused(world: OrderWorld, order: Order | None = None) -> Denied:
    denied = run(world.manager.submit(order or order_of()))
    assert isinstance(denied, Denied)
    return denied


def test_an_accepted_order_rests_and_its_number_is_known(world: OrderWorld) -> None:
    record = sent(world)
    assert (record.state, record.order_id) == (OrderState.OPEN, "1")
    assert len(world.desk.orders) == 1


def test_the_intent_is_on_disk_when_the_venue_is_called(world: OrderWorld) -> None:
    on_disk: list[tuple[LedgerEvent, ...]] = []

    class Watching(FakeDesk):
        async def place(self, order: Order) -> OrderReport:
            on_disk.append(OrderJournal(world.path, Use.READ).events())
            return await super().place(order)

    world.desk = Watching(world.clock)
    world.restart()
    sent(world)
    assert isinstance(on_disk[0][-1], OrderIntended)


def test_an_order_is_judged_before_it_is_written_down(world: OrderWorld) -> None:
    known: list[bool] = []
    judge = world.gate.judge

    async def watching(order: Order) -> Approved | Denied:
        known.append(order.client_id in world.ledger.orders)
        return await judge(order)

    world.gate.judge = watching  # type: ignore[method-assign]
    sent(world)
    assert known == [False]


def test_an_id_that_was_submitted_before_sends_nothing(world: OrderWorld) -> None:
    first = sent(world)
    assert run(world.manager.submit(order_of())) == first
    assert world.desk.arrived == 1


def test_an_id_that_is_submitted_twice_at_once_is_sent_once(world: OrderWorld) -> None:
    async def act() -> None:
        await world.ready()
        await asyncio.gather(*(world.manager.submit(order_of()) for _ in range(20)))

    run(act())
    assert len(world.desk.orders) == 1


def test_a_judgement_that_takes_long_keeps_no_other_order_waiting(world: OrderWorld) -> None:
    judge = world.gate.judge

    async def slow(order: Order) -> Approved | Denied:
        if order.client_id == order_of().client_id:
            await asyncio.Event().wait()
        return await judge(order)

    world.gate.judge = slow  # type: ignore[method-assign]

    async def act() -> None:
        await world.ready()
        waiting = asyncio.create_task(world.manager.submit(order_of()))
        await asyncio.sleep(0)
        assert isinstance(await world.manager.submit(order_of(1)), OrderRecord)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    run(act())
    assert [one.client_id for one in world.desk.orders] == [order_of(1).client_id]


def test_a_refused_order_is_not_sent_and_the_refusal_is_kept(world: OrderWorld) -> None:
    run(world.ready())
    world.gate = ShutGate()
    world.restart()
    run(world.manager.reconcile())
    assert refused(world).breach is Breach.PAUSED
    assert world.desk.arrived == 0
    (said,) = world.ledger.decided("refused")
    assert said.subject == order_of().client_id
    assert "shut" in said.detail


@pytest.mark.parametrize("name", ["someone else's", ""])
def test_an_approval_of_another_order_is_none(world: OrderWorld, name: str) -> None:
    run(world.ready())

    async def astray(order: Order) -> Approved | Denied:
        return Approved(client_id=name, usd=order.amount, at=order.made_at)

    world.gate.judge = astray  # type: ignore[method-assign]
    assert refused(world).breach is Breach.GATE_FAILED
    assert world.desk.arrived == 0


def test_a_gate_that_fails_means_no(world: OrderWorld) -> None:
    run(world.ready())

    async def failing(_order: Order) -> Approved | Denied:
        raise VenueUnavailable("binance", "no book")

    world.gate.judge = failing  # type: ignore[method-assign]
    assert refused(world).breach is Breach.GATE_FAILED
    assert world.desk.arrived == 0


def test_a_gate_that_breaks_lets_nothing_through(world: OrderWorld) -> None:
    run(world.ready())

    async def broken(_order: Order) -> Approved | Denied:
        raise ZeroDivisionError

    world.gate.judge = broken  # type: ignore[method-assign]
    with pytest.raises(ZeroDivisionError):
        run(world.manager.submit(order_of()))
    assert world.desk.arrived == 0
    assert world.ledger.orders == {}


def test_nothing_is_sent_before_the_books_were_found_to_agree(world: OrderWorld) -> None:
    run(world.manager.open_position(plan_of()))
    denied = refused(world)
    assert "agree" in denied.detail
    assert world.desk.arrived == 0
    assert world.gate.asked == [], "an approval must not be used up"


def test_an_order_for_a_position_that_was_never_opened_is_a_mistake(world: OrderWorld) -> None:
    run(world.manager.reconcile())
    with pytest.raises(ValueError, match="never opened"):
        run(world.manager.submit(order_of()))


def test_an_id_of_another_position_is_a_mistake(world: OrderWorld) -> None:
    run(world.ready())
    astray = msgspec.structs.replace(order_of(), position=position_id("other", 1))
    with pytest.raises(ValueError, match="is not an id for position"):
        run(world.manager.submit(astray))


def test_a_venue_without_an_account_is_a_mistake(world: OrderWorld) -> None:
    run(world.ready())
    with pytest.raises(ValueError, match="no account at kraken"):
        run(world.manager.submit(order_of(venue="kraken")))


@pytest.mark.parametrize("trouble", [Trouble.UNAVAILABLE, Trouble.REJECTED])
def test_what_was_certainly_not_taken_is_rejected_and_not_tried_again(
    world: OrderWorld, trouble: Trouble
) -> None:
    world.desk.trouble["place"].append(trouble)
    record = sent(world)
    assert record.state is OrderState.REJECTED
    assert "binance" in record.note
    assert run(world.manager.resolve_unknown()) == ()
    assert world.desk.orders == []


def test_an_order_that_cannot_rest_is_asked_for_until_its_trades_are_known(
    world: OrderWorld,
) -> None:
    world.desk.fill_on_place = lambda order: order.amount
    record = sent(world, order_of(time_in_force=TimeInForce.IOC))
    assert (record.state, record.filled, record.missing) == (OrderState.FILLED, wad(100), 0)


def test_trades_that_the_venue_does_not_tell_yet_are_expected(world: OrderWorld) -> None:
    def accepting(order: Order) -> int:
        world.desk.silent.add("fills")
        return order.amount

    world.desk.fill_on_place = accepting
    record = sent(world, order_of(time_in_force=TimeInForce.IOC))
    assert (record.state, record.filled, record.missing) == (OrderState.FILLED, 0, wad(100))
    assert world.ledger.held(POSITION).on_entry == wad(100)


def test_a_cancelled_order_says_what_was_filled(world: OrderWorld) -> None:
    record = sent(world)
    world.desk.trade(world.desk.orders[0], wad(30))
    record = run(world.manager.cancel(record.client_id))
    assert (record.state, record.filled) == (OrderState.CANCELED, wad(30))


@pytest.mark.parametrize("trouble", [Trouble.DONE_THEN_LOST, Trouble.LOST])
def test_a_cancellation_of_unknown_outcome_is_asked_for(
    world: OrderWorld, trouble: Trouble
) -> None:
    record = sent(world)
    world.desk.trouble["cancel"].append(trouble)
    record = run(world.manager.cancel(record.client_id))
    wanted = OrderState.CANCELED if trouble is Trouble.DONE_THEN_LOST else OrderState.OPEN
    assert record.state is wanted


def test_an_order_that_was_filled_before_it_could_be_cancelled_is_filled(
    world: OrderWorld,
) -> None:
    record = sent(world)
    world.desk.trade(world.desk.orders[0], wad(100))
    assert run(world.manager.cancel(record.client_id)).state is OrderState.FILLED


def test_a_cancellation_that_was_certainly_not_done_may_be_tried_again(world: OrderWorld) -> None:
    record = sent(world)
    world.desk.trouble["cancel"].append(Trouble.UNAVAILABLE)
    with pytest.raises(VenueUnavailable):
        run(world.manager.cancel(record.client_id))
    assert run(world.manager.cancel(record.client_id)).state is OrderState.CANCELED


def test_what_is_over_is_not_cancelled(world: OrderWorld) -> None:
    world.desk.fill_on_place = lambda order: order.amount
    record = sent(world, order_of(time_in_force=TimeInForce.IOC))
    arrived = world.desk.arrived
    assert run(world.manager.cancel(record.client_id)).state is OrderState.FILLED
    assert world.desk.arrived == arrived


def test_a_replacement_is_for_the_rest_and_has_a_name_of_its_own(world: OrderWorld) -> None:
    record = sent(world)
    world.desk.trade(world.desk.orders[0], wad(30))
    new = run(world.manager.replace(record.client_id, order_of(1, price=0.96)))
    assert isinstance(new, OrderRecord)
    assert (new.order.amount, new.client_id) == (wad(70), order_of(1).client_id)
    assert [one.state for one in world.desk.orders] == [OrderState.CANCELED, OrderState.OPEN]


def test_a_replacement_may_be_for_less(world: OrderWorld) -> None:
    record = sent(world)
    new = run(world.manager.replace(record.client_id, order_of(1, amount=20)))
    assert isinstance(new, OrderRecord)
    assert new.order.amount == wad(20)


def test_what_was_filled_meanwhile_is_not_replaced(world: OrderWorld) -> None:
    record = sent(world)
    world.desk.trade(world.desk.orders[0], wad(100))
    old = run(world.manager.replace(record.client_id, order_of(1)))
    assert isinstance(old, OrderRecord)
    assert old.client_id == record.client_id
    assert len(world.desk.orders) == 1


def test_an_order_that_may_still_rest_is_not_replaced(world: OrderWorld) -> None:
    record = sent(world)
    world.desk.trouble["cancel"].append(Trouble.LOST)
    denied = run(world.manager.replace(record.client_id, order_of(1)))
    assert isinstance(denied, Denied)
    assert "not certainly over" in denied.detail
    assert len(world.desk.orders) == 1


def test_news_by_stream_and_by_question_count_once(world: OrderWorld) -> None:
    record = sent(world)
    resting = world.desk.orders[0]

    async def act() -> None:
        for part in range(4):
            fill = world.desk.trade(resting, wad(20))
            for _ in range(3):
                await world.manager.take(fill)
            await world.manager.take(msgspec.structs.replace(fill, client_id=None))
            if part % 2:
                await world.manager.reconcile()
            await world.manager.take(world.desk.report(resting))

    run(act())
    record = world.ledger.orders[record.client_id]
    assert (record.filled, len(record.fills)) == (wad(80), 4)


def test_a_trade_that_overtakes_the_answer_is_counted_when_that_comes(world: OrderWorld) -> None:
    world.desk.tells_client_id = False

    class Overtaking(FakeDesk):
        async def place(self, order: Order) -> OrderReport:
            resting = self.accept(order)
            await world.manager.take(self.trade(resting, wad(25)))
            assert world.ledger.held(POSITION).left == 0
            return self.report(resting)

    world.desk = Overtaking(world.clock)
    world.desk.tells_client_id = False
    world.restart()
    assert sent(world).filled == wad(25)


def test_foreign_news_is_left_out(world: OrderWorld) -> None:
    sent(world)
    foreign = world.desk.accept(order_of(9), client_id="web-1")  # type: ignore[arg-type]
    before = world.written
    run(world.manager.take(world.desk.report(foreign)))
    run(world.manager.take(world.desk.trade(foreign, wad(5))))
    assert world.written == before


def test_listeners_are_told_in_order_and_only_what_is_on_disk(world: OrderWorld) -> None:
    told: list[LedgerEvent] = []
    stop = world.books.listen(told.append)
    sent(world)
    assert tuple(told) == world.journal.events()
    assert [type(event).__name__ for event in told] == [
        "PositionOpened",
        "OrderIntended",
        "OrderAnswered",
        "OrderReported",
    ]
    stop()
    run(world.manager.close_position(POSITION, "done"))
    assert len(told) == 4


def test_a_command_of_another_process_is_known_before_the_next_order_is_judged(
    world: OrderWorld,
) -> None:
    run(world.ready())
    OrderJournal(world.path, Use.APPEND).append(Commanded(command="pause", at=Nanos(1)))
    paused: list[bool] = []
    judge = world.gate.judge

    async def watching(order: Order) -> Approved | Denied:
        paused.append(world.ledger.is_paused)
        return await judge(order)

    world.gate.judge = watching  # type: ignore[method-assign]
    run(world.manager.submit(order_of()))
    assert paused == [True]


def test_without_a_durable_intent_nothing_is_sent(world: OrderWorld) -> None:
    run(world.ready())
    world.journal._connection.execute("PRAGMA query_only = ON")
    with pytest.raises(JournalUnusable):
        run(world.manager.submit(order_of()))
    assert world.desk.arrived == 0
    assert world.ledger.orders == {}
    assert world.gate.released == [order_of().client_id]


def test_an_answer_that_cannot_be_written_halts_and_leaves_the_order_to_be_asked_for(
    world: OrderWorld,
) -> None:
    run(world.ready())

    class Filling(FakeDesk):
        async def place(self, order: Order) -> OrderReport:
            world.journal._connection.execute("PRAGMA query_only = ON")
            return await super().place(order)

    world.desk = Filling(world.clock)
    world.restart()
    run(world.manager.reconcile())
    with pytest.raises(JournalUnusable):
        run(world.manager.submit(order_of()))
    assert world.ledger.orders[order_of().client_id].state is OrderState.INTENDED
    world.restart()
    run(world.manager.reconcile())
    assert world.ledger.orders[order_of().client_id].state is OrderState.OPEN
    assert len(world.desk.orders) == 1


def test_cancelling_goes_on_where_the_journal_is_gone(world: OrderWorld) -> None:
    record = sent(world)
    world.journal._connection.execute("PRAGMA query_only = ON")
    with pytest.raises(JournalUnusable):
        run(world.manager.cancel(record.client_id))
    assert world.desk.orders[0].state is OrderState.CANCELED


def test_an_exit_is_an_order_like_any_other(world: OrderWorld) -> None:
    world.desk.fill_on_place = lambda order: order.amount
    sent(world, order_of(time_in_force=TimeInForce.IOC))
    leave = order_of(
        1,
        purpose=Purpose.EXIT,
        side=OrderSide.SELL,
        price=0.99,
        time_in_force=TimeInForce.IOC,
    )
    record = run(world.manager.submit(leave))
    assert isinstance(record, OrderRecord)
    held = world.ledger.held(POSITION)
    assert (held.left, held.cash) == (0, {"USDT": wad(4)})
