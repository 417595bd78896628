"""Random lives of orders: whatever reaches us in whatever order, a position is its unique trades.

The machine plays a venue that answers late, twice, in the wrong order or not at all, by stream and
by question, and a process that is killed and started again from its journal.
"""

import random
import shutil
from pathlib import Path
from tempfile import mkdtemp

import msgspec
import pytest
from fakes.order_desk import Resting, Trouble
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from support.order_world import POSITION, QUICK, OrderWorld, order_of, plan_of, run

from bot.domain.ledger_events import LedgerEvent
from bot.domain.orders import Fill, OrderReport, OrderSide, OrderState, Purpose
from bot.strategy.ledger import Ledger

_FAST = msgspec.structs.replace(QUICK, pause_s=0.000_001, asks=2)
_LIVES, _STEPS = 200, 60
_REPLAYS = 50  # of each life, in other orders


class OrderLives(RuleBasedStateMachine):
    """One position with many orders at one venue."""

    @initialize(tells=st.booleans())
    def begin(self, tells: bool) -> None:  # noqa: FBT001  # hypothesis names it
        memory = Path("/dev/shm")  # noqa: S108
        self.folder = Path(mkdtemp(dir=memory if memory.is_dir() else None))
        self.world = OrderWorld(self.folder / "orders.sqlite", _FAST)
        self.world.desk.tells_client_id = tells
        self.late: list[OrderReport | Fill] = []
        self.heard: set[tuple[str, str, str]] = set()
        self.number = 0
        run(self.world.ready())

    @rule(
        trouble=st.sampled_from([None, None, *Trouble]),
        amount=st.integers(1, 1_000),
        leaves=st.booleans(),
    )
    def submit(self, trouble: Trouble | None, amount: int, leaves: bool) -> None:  # noqa: FBT001
        if trouble in (Trouble.HANGS_AFTER, Trouble.HANGS_BEFORE):
            return
        if trouble is not None:
            self.world.desk.trouble["place"].append(trouble)
        order = order_of(
            self.number,
            purpose=Purpose.EXIT if leaves else Purpose.ENTRY,
            side=OrderSide.SELL if leaves else OrderSide.BUY,
            amount=amount,
        )
        self.number += 1
        run(self.world.manager.submit(order))

    @rule(which=st.integers(0, 50), share=st.integers(1, 100), copies=st.integers(0, 3))
    def trade(self, which: int, share: int, copies: int) -> None:
        resting = self._one(which)
        if resting is None:
            return
        left = resting.order.amount - resting.filled
        amount = min(left, max(1, left * share // 100))
        if amount <= 0 or resting.state is OrderState.CANCELED:
            return
        fill = self.world.desk.trade(resting, amount, fee_bps=share % 7)
        self.late += [fill] * copies
        self.late.append(self.world.desk.report(resting))

    @rule(which=st.integers(0, 50))
    def late_trade_of_a_cancelled_order(self, which: int) -> None:
        resting = self._one(which)
        if resting is None or resting.filled >= resting.order.amount:
            return
        self.late.append(self.world.desk.trade(resting, 1))

    @rule(seed=st.integers(0, 1_000), count=st.integers(1, 8))
    def hear(self, seed: int, count: int) -> None:
        random.Random(seed).shuffle(self.late)  # noqa: S311
        for news in self.late[:count]:
            run(self.world.manager.take(news))
        del self.late[: count - 1]  # the last one comes again

    @rule(which=st.integers(0, 50), trouble=st.sampled_from([None, Trouble.LOST]))
    def cancel(self, which: int, trouble: Trouble | None) -> None:
        resting = self._one(which)
        if resting is None:
            return
        if trouble is not None:
            self.world.desk.trouble["cancel"].append(trouble)
        run(self.world.manager.cancel(resting.order.client_id))
        self.world.desk.trouble["cancel"].clear()

    @rule(seconds=st.integers(0, 20))
    def ask(self, seconds: int) -> None:
        self.world.clock.pass_s(seconds)
        run(self.world.manager.resolve_unknown())

    @rule()
    def reconcile(self) -> None:
        run(self.world.manager.reconcile())
        truth = {fill.key for one in self.world.desk.orders for fill in one.fills}
        assert set(self.world.ledger.fills) == truth

    @rule(jump_s=st.sampled_from([0, 300, -300, 3_600, -3_600]))
    def kill(self, jump_s: int) -> None:
        self.world.clock.jump_s(jump_s)
        self.world.restart()
        run(self.world.manager.reconcile())
        run(self.world.manager.open_position(plan_of()))

    @invariant()
    def position_is_the_sum_of_its_unique_trades(self) -> None:
        if not hasattr(self, "world"):
            return
        ledger = self.world.ledger
        owners = {one.order_id: one.order.client_id for one in self.world.desk.orders}
        known = [
            fill
            for key, fill in ledger.fills.items()
            if ledger.owner_of(fill) == owners[fill.order_id]
        ]
        signed = [
            (fill.amount - fill.fee) if fill.side is OrderSide.BUY else -fill.amount
            for fill in known
        ]
        assert ledger.held(POSITION).left == sum(signed)
        assert len(ledger.fills) == len(known) + len(ledger.unclaimed_fills())

    @invariant()
    def nothing_was_sent_twice(self) -> None:
        if hasattr(self, "world"):
            names = [one.client_id for one in self.world.desk.orders]
            assert len(names) == len(set(names))

    def teardown(self) -> None:
        if not hasattr(self, "world"):
            return
        run(self.world.manager.reconcile())
        for resting in self.world.desk.orders:
            record = self.world.ledger.orders[resting.order.client_id]
            assert record.filled == resting.filled
        self._replay_in_other_orders()
        self.world.journal.close()
        shutil.rmtree(self.folder)

    def _replay_in_other_orders(self) -> None:
        """What was heard says the same in any order, each piece once or several times."""
        events = self.world.journal.events()
        wanted = Ledger()
        for event in events:
            wanted.apply(event)
        for seed in range(_REPLAYS):
            dice = random.Random(seed)  # noqa: S311
            shuffled: list[LedgerEvent] = [*events, *dice.choices(events, k=len(events) // 3)]
            dice.shuffle(shuffled)
            other = Ledger()
            for event in shuffled:
                other.apply(event)
            mine, its = wanted.held(POSITION), other.held(POSITION)
            assert (its.bought, its.left, its.cash, its.fees) == (
                mine.bought,
                mine.left,
                mine.cash,
                mine.fees,
            )
            assert (its.on_entry, its.on_exit) == (mine.on_entry, mine.on_exit)
            assert {n: r.state for n, r in other.orders.items()} == {
                n: r.state for n, r in wanted.orders.items()
            }

    def _one(self, which: int) -> Resting | None:
        orders = self.world.desk.orders
        return orders[which % len(orders)] if orders else None


TestOrderLives = pytest.mark.slow(OrderLives.TestCase)
TestOrderLives.settings = settings(
    max_examples=_LIVES,
    stateful_step_count=_STEPS,
    suppress_health_check=list(HealthCheck),
)
