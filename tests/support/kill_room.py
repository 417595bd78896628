"""Twenty positions on three venues in memory, with the real journal, order manager and gate."""

import asyncio
import time
from pathlib import Path

from fakes.order_desk import FakeClock, FakeDesk
from msgspec.structs import replace
from support.order_world import QUICK, order_of, plan_of, wad
from support.risk_cases import some_facts

from bot.control.alert import Alert
from bot.control.conditions import EmergencyParameters
from bot.control.emergency import EmergencyProtocol
from bot.control.ledger_hands import LedgerHands
from bot.control.risk_gate import RiskGate
from bot.domain.client_ids import position_id
from bot.domain.orders import Level, MarketRules, Order, OrderReport, Purpose, VenueBook
from bot.domain.risk import Facts, RiskLimits
from bot.domain.trade_plans import ExitReason, Leave
from bot.domain.units import WAD, Wad
from bot.execution.ledger_books import LedgerBooks
from bot.execution.order_manager import OrderManager
from bot.execution.order_ports import TradingAccount
from bot.history.order_journal import OrderJournal
from bot.strategy.exit_ladders import ExitMeans
from bot.strategy.exit_orders import exit_orders, purpose_of
from bot.strategy.trading_means import Market

VENUES = ("binance", "kraken", "coinbase")
POSITIONS = tuple(position_id(f"USDC-{number}-discount", 0) for number in range(20))
LIMITS = RiskLimits(max_open_legs=100)
_LATENCY_S = 0.005
_FACTS_S = 0.02  # what the gate asks of the venue


class QuickDesk(FakeDesk):
    """A venue five milliseconds away; half of an entry is filled at once, a flatten whole."""

    def __init__(self, clock: FakeClock, venue: str) -> None:
        super().__init__(clock, venue)
        self.fill_on_place = lambda order: order.amount // (1 + _is_entry(order))
        self.placed_at: dict[str, float] = {}
        self.cancelled_at: dict[str, float] = {}
        self.hangs = False

    async def place(self, order: Order) -> OrderReport:
        await self._answer()
        self.placed_at[order.client_id] = time.monotonic()
        return await super().place(order)

    async def cancel(self, order: Order, order_id: str) -> None:
        await self._answer()
        self.cancelled_at[order.client_id] = time.monotonic()
        await super().cancel(order, order_id)

    async def _answer(self) -> None:
        if self.hangs:
            await asyncio.Event().wait()
        await asyncio.sleep(_LATENCY_S)


def _is_entry(order: Order) -> bool:
    return order.purpose is Purpose.ENTRY


class KillRoom:
    """Everything between the kill switch and the venues."""

    def __init__(self, path: Path) -> None:
        self.clock = FakeClock()
        self.desks = {venue: QuickDesk(self.clock, venue) for venue in VENUES}
        self.books = LedgerBooks(OrderJournal(path))
        self.ledger = self.books.ledger
        self.gate = RiskGate(LIMITS, self.facts_of, self.ledger.orders.__contains__)
        accounts = {
            venue: TradingAccount(orders=desk, money=desk, pairs=("USDC/USDT",))
            for venue, desk in self.desks.items()
        }
        self.manager = OrderManager(self.books, accounts, self.gate, self.clock, QUICK)
        self.told: list[Alert] = []
        self.out: set[str] = set()  # venues that answer nothing, to nobody
        self.protocol = EmergencyProtocol(
            LedgerHands(self.books, self.manager, self.look),
            self.told.append,
            self.clock.now,
            EmergencyParameters(),
        )

    def lose(self, venue: str) -> None:
        """A venue answers nothing any more: neither orders nor questions."""
        self.out.add(venue)
        self.desks[venue].hangs = True

    async def enter(self) -> None:
        """Open all positions: half of each entry is filled, the rest of it rests."""
        await self.manager.reconcile()
        for number, position in enumerate(POSITIONS):
            await self.manager.open_position(plan_of(position))
            venue = VENUES[number % len(VENUES)]
            await self.manager.submit(order_of(position=position, venue=venue))

    async def facts_of(self, order: Order) -> Facts:
        """Return what the ledger says of a position, after a question to the venue."""
        if order.venue in self.out:
            await asyncio.Event().wait()
        await asyncio.sleep(_FACTS_S)
        held = self.ledger.held(order.position)
        return some_facts(
            now=self.clock.now(),
            is_trading=not self.ledger.is_paused and not self.ledger.is_frozen,
            is_frozen=self.ledger.is_frozen,
            base_price=wad(0.95),
            best_bid=wad(0.95),
            best_ask=wad(0.9501),
            position_amount=held.left,
            pending_exit=held.on_exit,
        )

    async def look(self, position: str) -> None:
        """Leave a position that is to be left: the rest of its entries, then what it holds."""
        if position not in self.ledger.flatten_requests:
            return
        held = self.ledger.held(position)
        leave = Leave(
            position=position,
            amount=held.left,
            reason=ExitReason.EMERGENCY,
            detail="",
            worst_price=wad(0.92),
            at=self.clock.now(),
        )
        markets = tuple(self._market(venue) for venue in VENUES)
        means = ExitMeans(
            markets=markets, dollars={"USDT": Wad(WAD)}, limits=LIMITS, now=self.clock.now()
        )
        planned = exit_orders(leave, held, means).orders
        for one in planned:
            name = self.ledger.next_id(position, purpose_of(leave.reason))
            order = order_of(position=position, venue=one.venue, purpose=Purpose.FLATTEN)
            order = replace(
                order,
                client_id=name,
                side=one.side,
                time_in_force=one.time_in_force,
                amount=one.amount,
                price=one.price,
            )
            await self.manager.submit(order)

    def _market(self, venue: str) -> Market:
        rules = MarketRules(
            venue=venue,
            pair="USDC/USDT",
            tick=Wad(10**14),
            step=Wad(10**17),
            min_amount=Wad(WAD),
            min_value=Wad(WAD),
            maker_fee_bps=0.0,
            taker_fee_bps=0.0,
            is_trading=True,
        )
        book = VenueBook(
            venue=venue,
            pair="USDC/USDT",
            bids=(Level(price=wad(0.95), amount=wad(10**6)),),
            asks=(Level(price=wad(0.9501), amount=wad(10**6)),),
            at=self.clock.now(),
        )
        return Market(rules=rules, book=book, free_base=wad(10**6), free_quote=wad(10**6))
