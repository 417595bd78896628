"""Books, a desk and an order manager over one journal, and the plans and orders that they need."""

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

from fakes.order_desk import START, FakeClock, FakeDesk, OpenGate

from bot.domain.client_ids import client_id, position_id
from bot.domain.depegs import Side
from bot.domain.opportunities import Way
from bot.domain.orders import Order, OrderSide, Purpose, TimeInForce
from bot.domain.trade_plans import EntryPlan, ExitPlan, PartialExit, RiskFigures, Size, Style
from bot.domain.units import NANOS_PER_S, WAD, Nanos, Wad
from bot.execution.ledger_books import LedgerBooks
from bot.execution.order_manager import OrderManager
from bot.execution.order_ports import OrderOptions, TradingAccount
from bot.history.order_journal import OrderJournal
from bot.strategy.ledger import Ledger

Answer = TypeVar("Answer")

POSITION = position_id("USDC-1678500000-discount", 0)
QUICK = OrderOptions(proof_s=15.0, pause_s=0.000_1, asks=3)


def wad(amount: float) -> Wad:
    return Wad(int(amount * 10**6) * 10**12)


def plan_of(position: str = POSITION, side: Side = Side.DISCOUNT, asset: str = "USDC") -> EntryPlan:
    risk = RiskFigures(
        exposure_usd=wad(100),
        worst_case_usd=wad(100),
        expected_shortfall_usd=wad(50),
        stop_price=wad(0.8),
    )
    return EntryPlan(
        position=position,
        depeg_id="USDC-1678500000-discount",
        asset=asset,
        side=side,
        way=Way.POSITION,
        style=Style.IMMEDIATE,
        size=Size(usd=wad(100), wanted_usd=wad(100), bound_by="kelly", risk=risk),
        orders=(),
        exit=ExitPlan(
            entry_price=wad(0.95),
            target_price=wad(0.998),
            stop_price=wad(0.8),
            partials=(PartialExit(reversion=1.0, share=1.0),),
            stop_at=Nanos(START + 86_400 * NANOS_PER_S),
        ),
        expected_usd=wad(3),
        never=0.02,
        at=START,
    )


def order_of(
    number: int = 0,
    *,
    purpose: Purpose = Purpose.ENTRY,
    side: OrderSide = OrderSide.BUY,
    amount: float = 100,
    price: float = 0.95,
    position: str = POSITION,
    venue: str = "binance",
    pair: str = "USDC/USDT",
    time_in_force: TimeInForce = TimeInForce.GTC,
) -> Order:
    return Order(
        client_id=client_id(position, purpose, number),
        position=position,
        purpose=purpose,
        venue=venue,
        pair=pair,
        side=side,
        time_in_force=time_in_force,
        amount=wad(amount),
        price=wad(price),
        made_at=START,
    )


class OrderWorld:
    """One process that can be killed and started again; the venue lives on."""

    def __init__(self, path: Path, options: OrderOptions = QUICK) -> None:
        self.path, self.options = path, options
        self.clock = FakeClock()
        self.desk = FakeDesk(self.clock)
        self.gate = OpenGate()
        self.journal: OrderJournal
        self.start()

    def start(self) -> None:
        """Start the process; what was in memory before is gone."""
        self.journal = OrderJournal(self.path)
        self.books = LedgerBooks(self.journal)
        account = TradingAccount(orders=self.desk, money=self.desk, pairs=("USDC/USDT",))
        self.manager = OrderManager(
            self.books, {"binance": account}, self.gate, self.clock, self.options
        )

    def restart(self) -> None:
        """End the process without a word, and start it again."""
        self.journal.close()
        self.start()

    @property
    def written(self) -> int:
        """How many events are in the journal."""
        return len(tuple(self.journal.entries()))

    @property
    def ledger(self) -> Ledger:
        return self.books.ledger

    async def ready(self) -> None:
        """Reconcile, and open the position that orders are for."""
        await self.manager.reconcile()
        await self.manager.open_position(plan_of())


def run(act: Coroutine[Any, Any, Answer]) -> Answer:
    """Run one act to its end."""
    return asyncio.run(asyncio.wait_for(act, 60))


__all__ = ["POSITION", "QUICK", "WAD", "OrderWorld", "order_of", "plan_of", "run", "wad"]
