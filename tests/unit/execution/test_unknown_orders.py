"""An outcome that nobody knows is found out by asking, never by sending again."""

import asyncio
import random
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from fakes.order_desk import Trouble
from support.order_world import POSITION, OrderWorld, order_of, plan_of, run, wad

from bot.domain.client_ids import position_id
from bot.domain.ledger_events import OrderIntended
from bot.domain.orders import Order, OrderSide, OrderState, Purpose
from bot.strategy.order_records import OrderRecord

TRIALS = 1_000
NAME = order_of().client_id


@pytest.fixture
def world(tmp_path: Path) -> OrderWorld:
    return OrderWorld(tmp_path / "orders.sqlite")


@pytest.fixture
def quick_world() -> Iterator[OrderWorld]:
    """The same in memory, for thousands of writes: how durable they are is tested elsewhere."""
    memory = Path("/dev/shm")  # noqa: S108
    with TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        yield OrderWorld(Path(folder) / "orders.sqlite")


def state_of(world: OrderWorld, order: Order | None = None) -> OrderState:
    return world.ledger.orders[(order or order_of()).client_id].state


async def sent_into(world: OrderWorld, trouble: Trouble, order: Order | None = None) -> None:
    world.desk.trouble["place"].append(trouble)
    record = await world.manager.submit(order or order_of())
    assert isinstance(record, OrderRecord)
    assert record.state is OrderState.UNKNOWN


def test_a_lost_answer_leaves_the_order_in_flight_with_all_of_it_on_order(
    world: OrderWorld,
) -> None:
    async def act() -> None:
        await world.ready()
        await sent_into(world, Trouble.DONE_THEN_LOST)

    run(act())
    assert world.manager.in_flight == (NAME,)
    assert world.ledger.held(POSITION).on_entry == wad(100)


def test_what_the_venue_knows_is_found(world: OrderWorld) -> None:
    async def act() -> None:
        await world.ready()
        await sent_into(world, Trouble.DONE_THEN_LOST)
        assert await world.manager.resolve_unknown() == ()

    run(act())
    assert state_of(world) is OrderState.OPEN
    assert len(world.desk.orders) == 1


@pytest.mark.parametrize(("waited_s", "state"), [(14, "unknown"), (16, "rejected")])
def test_not_found_is_proof_only_after_so_long(
    world: OrderWorld, waited_s: float, state: str
) -> None:
    async def act() -> None:
        await world.ready()
        await sent_into(world, Trouble.LOST)
        await world.manager.resolve_unknown()
        world.clock.pass_s(waited_s)
        await world.manager.resolve_unknown()

    run(act())
    assert state_of(world).value == state


@pytest.mark.parametrize("jump_s", [300, -300, 3_600, -3_600, 86_400 * 365])
def test_a_clock_that_jumps_proves_nothing(world: OrderWorld, jump_s: float) -> None:
    async def act() -> None:
        await world.ready()
        await sent_into(world, Trouble.LOST)
        world.clock.jump_s(jump_s)
        await world.manager.resolve_unknown()
        assert state_of(world) is OrderState.UNKNOWN
        world.clock.pass_s(16)
        await world.manager.resolve_unknown()

    run(act())
    assert state_of(world) is OrderState.REJECTED


@pytest.mark.parametrize("jump_s", [300, 3_600, -3_600])
def test_a_restart_counts_anew_whatever_the_wall_clock_says(
    world: OrderWorld, jump_s: float
) -> None:
    async def act() -> None:
        await world.ready()
        await sent_into(world, Trouble.LOST)

    run(act())
    world.clock.jump_s(jump_s)
    world.restart()
    run(world.manager.reconcile())
    assert state_of(world) is OrderState.UNKNOWN
    world.clock.pass_s(16)
    run(world.manager.resolve_unknown())
    assert state_of(world) is OrderState.REJECTED


@pytest.mark.parametrize("question", ["find", "open_orders", "fills"])
def test_a_venue_that_does_not_answer_every_question_proves_nothing(
    world: OrderWorld, question: str
) -> None:
    async def act() -> None:
        await world.ready()
        await sent_into(world, Trouble.LOST)
        world.desk.silent.add(question)
        world.clock.pass_s(60)
        await world.manager.resolve_unknown()
        await world.manager.resolve_unknown()

    run(act())
    assert state_of(world) is OrderState.UNKNOWN


@pytest.mark.parametrize("blind", ["find", "open_orders", "fills"])
def test_one_question_that_shows_it_is_enough(world: OrderWorld, blind: str) -> None:
    async def act() -> None:
        await world.ready()
        await sent_into(world, Trouble.DONE_THEN_LOST)
        world.desk.trade(world.desk.orders[0], wad(10))
        world.clock.pass_s(60)

        async def nothing(*_asked: object) -> object:
            return None if blind == "find" else ()

        setattr(world.desk, blind, nothing)
        await world.manager.resolve_unknown()

    run(act())
    assert state_of(world) is OrderState.OPEN


def test_an_order_that_shows_up_late_is_found_in_time(world: OrderWorld) -> None:
    async def act() -> None:
        await world.ready()
        await sent_into(world, Trouble.DONE_THEN_LOST)
        world.desk.hidden.add("1")
        for _ in range(7):
            world.clock.pass_s(2)
            assert await world.manager.resolve_unknown() == (NAME,)
        world.desk.hidden.clear()
        assert await world.manager.resolve_unknown() == ()

    run(act())
    assert state_of(world) is OrderState.OPEN


def test_a_fill_ten_minutes_after_it_was_given_up_is_booked(world: OrderWorld) -> None:
    async def act() -> None:
        await world.ready()
        await sent_into(world, Trouble.DONE_THEN_LOST)
        world.desk.hidden.add("1")
        world.clock.pass_s(20)
        await world.manager.resolve_unknown()
        assert state_of(world) is OrderState.REJECTED
        world.clock.pass_s(600)
        await world.manager.take(world.desk.trade(world.desk.orders[0], wad(100)))

    run(act())
    assert state_of(world) is OrderState.FILLED
    assert world.ledger.held(POSITION).left == wad(100)


def test_an_order_that_was_given_up_and_rests_after_all_is_found_by_reconciling(
    world: OrderWorld,
) -> None:
    async def act() -> None:
        await world.ready()
        await sent_into(world, Trouble.DONE_THEN_LOST)
        world.desk.hidden.add("1")
        world.clock.pass_s(20)
        await world.manager.resolve_unknown()
        world.desk.hidden.clear()
        await world.manager.reconcile()

    run(act())
    assert state_of(world) is OrderState.OPEN


@pytest.mark.parametrize("trouble", [Trouble.HANGS_AFTER, Trouble.HANGS_BEFORE])
def test_cancelled_in_the_middle_of_sending_it_stays_unknown(
    world: OrderWorld, trouble: Trouble
) -> None:
    async def act() -> None:
        await world.ready()
        world.desk.trouble["place"].append(trouble)
        task = asyncio.create_task(world.manager.submit(order_of()))
        await asyncio.sleep(0.01)
        assert await world.manager.resolve_unknown() == (NAME,), "it is still being sent"
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(act())
    assert state_of(world) is OrderState.UNKNOWN
    assert "interrupted" in world.ledger.orders[NAME].note
    world.clock.pass_s(20)
    run(world.manager.resolve_unknown())
    was_done = trouble is Trouble.HANGS_AFTER
    assert state_of(world) is (OrderState.OPEN if was_done else OrderState.REJECTED)
    assert len(world.desk.orders) == was_done


def test_an_order_that_is_still_being_sent_is_not_given_up_however_long_it_takes(
    world: OrderWorld,
) -> None:
    async def act() -> None:
        await world.ready()
        world.desk.trouble["place"].append(Trouble.HANGS_BEFORE)
        task = asyncio.create_task(world.manager.submit(order_of()))
        await asyncio.sleep(0.001)
        world.clock.pass_s(600)
        await world.manager.resolve_unknown()
        await world.manager.reconcile()
        assert state_of(world) is OrderState.INTENDED
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(act())


def test_cancelling_what_is_still_being_sent_does_not_give_it_up(world: OrderWorld) -> None:
    async def act() -> None:
        await world.ready()
        world.desk.trouble["place"].append(Trouble.HANGS_BEFORE)
        task = asyncio.create_task(world.manager.submit(order_of()))
        await asyncio.sleep(0.01)
        for _ in range(2):
            record = await world.manager.cancel(NAME)
            assert record.state is OrderState.INTENDED
            world.clock.pass_s(60)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(act())


def test_an_intent_without_an_answer_at_the_start_may_have_been_sent(world: OrderWorld) -> None:
    run(world.ready())
    world.books.write(OrderIntended(order=order_of(), at=world.clock.now()))
    world.restart()
    run(world.manager.reconcile())
    assert state_of(world) is OrderState.UNKNOWN
    world.clock.pass_s(16)
    run(world.manager.resolve_unknown())
    assert state_of(world) is OrderState.REJECTED


@pytest.mark.slow
def test_1000_answers_lost_after_acceptance_make_no_second_order(  # noqa: C901  # one long life
    quick_world: OrderWorld,
) -> None:
    world, dice = quick_world, random.Random(6)  # noqa: S311

    async def hidden_for_a_while(number: int) -> None:
        world.desk.hidden.add(str(number + 1))
        await world.manager.resolve_unknown()
        world.clock.pass_s(dice.choice([1, 20]))
        await world.manager.resolve_unknown()
        world.desk.hidden.clear()

    async def trial(number: int) -> None:
        await sent_into(world, Trouble.DONE_THEN_LOST, order_of(number))
        if dice.random() < 0.3:
            world.desk.trade(world.desk.orders[-1], wad(dice.randrange(1, 101)))
        if dice.random() < 0.2:
            await hidden_for_a_while(number)
        if dice.random() < 0.05:
            world.restart()
        await world.manager.reconcile()
        if number % 10 != 3 and not world.desk.orders[-1].state.is_final:
            await world.manager.cancel(order_of(number).client_id)

    async def act() -> None:
        await world.ready()
        for number in range(TRIALS):
            await trial(number)

    run(act())
    names = [one.client_id for one in world.desk.orders]
    assert len(names) == len(set(names)) == TRIALS
    for resting in world.desk.orders:
        record = world.ledger.orders[resting.order.client_id]
        assert (record.state, record.filled) == (resting.state, resting.filled)
    assert world.ledger.held(POSITION).left == sum(one.filled for one in world.desk.orders)


@pytest.mark.slow
def test_1000_orders_lost_before_acceptance_are_there_once_after_a_new_decision(
    quick_world: OrderWorld,
) -> None:
    """The engine decides again under a new name, and only once the first is certainly gone."""
    world = quick_world

    async def trial(position: str) -> None:
        await world.manager.open_position(plan_of(position))
        first = order_of(0, position=position)
        await sent_into(world, Trouble.LOST, first)
        if len(world.desk.orders) % 20 == 7:
            world.restart()
            await world.manager.reconcile()
        await world.manager.resolve_unknown()
        assert state_of(world, first) is OrderState.UNKNOWN
        world.clock.pass_s(16)
        await world.manager.resolve_unknown()
        assert state_of(world, first) is OrderState.REJECTED
        again = order_of(1, position=position)
        assert world.ledger.next_id(position, Purpose.ENTRY) == again.client_id
        await world.manager.submit(again)
        await world.manager.cancel(again.client_id)

    async def act() -> None:
        await world.ready()
        for number in range(TRIALS):
            await trial(position_id("trial", number))
            assert len(world.desk.orders) == number + 1

    run(act())
    assert len({one.client_id for one in world.desk.orders}) == TRIALS


@pytest.mark.slow
def test_1000_restarts_with_open_orders_send_nothing_and_lose_nothing(
    quick_world: OrderWorld,
) -> None:
    world = quick_world
    leave = order_of(1, purpose=Purpose.EXIT, side=OrderSide.SELL, amount=60, price=0.99)

    async def begin() -> None:
        await world.ready()
        await world.manager.submit(order_of())
        world.desk.trade(world.desk.orders[0], wad(60))
        await world.manager.reconcile()

    run(begin())
    dice = random.Random(7)  # noqa: S311
    for number in range(TRIALS):
        world.restart()

        async def engine() -> None:
            await world.manager.reconcile()
            # What an engine does that finds a position to leave: the same id each time.
            open_exits = [
                one for one in world.ledger.orders_of(POSITION) if one.order.purpose is Purpose.EXIT
            ]
            if not open_exits:
                assert world.ledger.next_id(POSITION, Purpose.EXIT) == leave.client_id
            await world.manager.submit(leave)

        run(engine())
        if dice.random() < 0.02 and world.desk.orders[1].filled < wad(60):
            world.desk.trade(world.desk.orders[1], wad(1))
        assert len(world.desk.orders) == 2, number
    world.restart()
    run(world.manager.reconcile())
    assert [one.client_id for one in world.desk.orders] == [NAME, leave.client_id]
    sold = world.desk.orders[1].filled
    assert 0 < sold < wad(60)
    assert world.ledger.held(POSITION).left == wad(60) - sold
