"""Answers that get lost at a real socket: no order twice, none forgotten, at every venue."""

import asyncio
import time
from pathlib import Path

import pytest
from fakes.order_desk import OpenGate
from support.order_world import plan_of
from support.trader_fixtures import exchange, trader
from support.trading_accounts import PLACING, Trader, wad

from bot.domain.client_ids import position_id, read_client_id
from bot.domain.errors import VenueUnavailable
from bot.domain.orders import Order, OrderSide, OrderState, Purpose, TimeInForce
from bot.domain.units import WAD, Nanos
from bot.execution.books_comparison import Reconciled
from bot.execution.ccxt_connector import CcxtConnector
from bot.execution.ledger_books import LedgerBooks
from bot.execution.order_manager import OrderManager
from bot.execution.order_ports import OrderOptions, TradingAccount
from bot.feeds.feed import SystemClock
from bot.history.order_journal import OrderJournal
from bot.sandbox.exchange.mishap import MishapKind
from bot.strategy.order_records import OrderRecord

__all__ = ["exchange", "trader"]

TRIALS = 20  # of each sort, at each of three venues
OPTIONS = OrderOptions(proof_s=0.2, proof_at={}, pause_s=0.05, asks=2)  # few: a key has its rate
TAKEN = (MishapKind.DONE_THEN_TIMEOUT, MishapKind.DONE_THEN_CLOSE)
NOT_TAKEN = (MishapKind.UNAVAILABLE, MishapKind.CLOSE, MishapKind.WEB_PAGE)


class Process:
    """What runs against one venue; started again it knows what is on disk, and nothing else."""

    def __init__(self, trader: Trader, desk: CcxtConnector, path: Path) -> None:
        self._trader, self._desk, self._path = trader, desk, path
        self.position = position_id(str(path), 0)  # the venue has orders of other tests, too
        self.start()

    def start(self) -> None:
        self.books = LedgerBooks(OrderJournal(self._path))
        account = TradingAccount(orders=self._desk, money=self._desk, pairs=(self._trader.pair,))
        accounts = {self._trader.venue: account}
        self.manager = OrderManager(self.books, accounts, OpenGate(), SystemClock(), OPTIONS)

    async def begin(self) -> None:
        await self.reconcile()
        asset = self._trader.pair.partition("/")[0]
        await self.manager.open_position(plan_of(self.position, asset=asset))

    async def reconcile(self) -> Reconciled:
        """Compare; what twenty trials asked may have used up the rate that the venue grants."""
        while True:
            try:
                return await self.manager.reconcile()
            except VenueUnavailable as error:
                await asyncio.sleep(error.retry_after_s or 0.1)

    def next_order(self, *, rests: bool) -> Order:
        return Order(
            client_id=self.books.ledger.next_id(self.position, Purpose.ENTRY),
            position=self.position,
            purpose=Purpose.ENTRY,
            venue=self._trader.venue,
            pair=self._trader.pair,
            side=OrderSide.BUY,
            time_in_force=TimeInForce.GTC if rests else TimeInForce.IOC,
            amount=wad("20"),
            price=wad("0.9000" if rests else "1.0100"),
            made_at=Nanos(time.time_ns()),
        )

    async def sent_into(self, kind: MishapKind, order: Order) -> OrderRecord:
        self._trader.goes_wrong(kind, PLACING[self._trader.venue], times=1)
        record = await self.manager.submit(order)
        assert isinstance(record, OrderRecord)
        return record

    async def certain(self, order: Order) -> OrderState:
        """Ask until it is known what became of an order."""
        for _ in range(200):
            await self.manager.resolve_unknown()
            state = self.books.ledger.orders[order.client_id].state
            if state.is_certain:
                return state
            await asyncio.sleep(0.1)
        raise AssertionError(f"{order.client_id} is still unknown")

    def assert_true(self) -> None:
        """The ledger is what the venue knows, to the last unit."""
        truth = self._trader.exchange.account(self._trader.venue)
        ours = {one.client_id: one for one in truth.orders if self._is_mine(one.client_id)}
        records = {one.client_id: one for one in self.books.ledger.orders_of(self.position)}
        taken = {name for name, one in records.items() if one.state is not OrderState.REJECTED}
        assert taken == set(ours)
        for name in taken:
            assert records[name].filled == int(ours[name].filled * WAD)

    def _is_mine(self, name: str) -> bool:
        read = read_client_id(name)
        return read is not None and read.position == self.position


@pytest.mark.slow
def test_an_answer_lost_after_acceptance_makes_no_second_order(
    trader: Trader, tmp_path: Path
) -> None:
    async def script(desk: CcxtConnector) -> None:
        process = Process(trader, desk, tmp_path / "orders.sqlite")
        await process.begin()
        for trial in range(TRIALS):
            order = process.next_order(rests=trial % 3 == 0)
            await process.sent_into(TAKEN[trial % len(TAKEN)], order)
            if trial % 7 == 3:
                process.start()
                await process.reconcile()
            state = await process.certain(order)
            assert state is (OrderState.OPEN if trial % 3 == 0 else OrderState.FILLED)
            assert trader.placed(order) == 1
        await process.reconcile()
        process.assert_true()

    trader.run(script)


@pytest.mark.slow
def test_an_order_lost_before_acceptance_is_there_once_after_a_new_decision(
    trader: Trader, tmp_path: Path
) -> None:
    async def script(desk: CcxtConnector) -> None:
        process = Process(trader, desk, tmp_path / "orders.sqlite")
        await process.begin()
        for trial in range(TRIALS):
            lost = process.next_order(rests=trial % 3 == 0)
            await process.sent_into(NOT_TAKEN[trial % len(NOT_TAKEN)], lost)
            if trial % 7 == 3:
                process.start()
                await process.reconcile()
            assert await process.certain(lost) is OrderState.REJECTED
            again = process.next_order(rests=trial % 3 == 0)
            await process.manager.submit(again)
            assert (trader.placed(lost), trader.placed(again)) == (0, 1)
        await process.reconcile()
        process.assert_true()

    trader.run(script)


def test_an_order_that_the_journal_lost_is_found_at_every_venue(
    trader: Trader, tmp_path: Path
) -> None:
    async def script(desk: CcxtConnector) -> None:
        process = Process(trader, desk, tmp_path / "orders.sqlite")
        await process.begin()
        for rests in (True, False):
            await process.manager.submit(process.next_order(rests=rests))
        known = process.books.ledger.orders_of(process.position)
        emptied = Process(trader, desk, tmp_path / "another.sqlite")
        done = await emptied.reconcile()
        assert {one.client_id for one in known} <= set(done.adopted)
        found = emptied.books.ledger
        left = found.held(process.position).left  # less a fee in the coin, where that is usual
        assert left == process.books.ledger.held(process.position).left > wad("19.9")
        for one in known:
            record = found.orders[one.client_id]
            assert (record.state, record.filled) == (one.state, one.filled)

    trader.run(script)


def test_what_is_cancelled_and_replaced_adds_up_at_every_venue(
    trader: Trader, tmp_path: Path
) -> None:
    async def script(desk: CcxtConnector) -> None:
        process = Process(trader, desk, tmp_path / "orders.sqlite")
        await process.begin()
        resting = await process.manager.submit(process.next_order(rests=True))
        assert isinstance(resting, OrderRecord)
        new = await process.manager.replace(resting.client_id, process.next_order(rests=False))
        assert isinstance(new, OrderRecord)
        assert (new.state, new.filled) == (OrderState.FILLED, wad("20"))
        old = process.books.ledger.orders[resting.client_id]
        assert (old.state, old.filled) == (OrderState.CANCELED, 0)
        await process.reconcile()
        process.assert_true()

    trader.run(script)
