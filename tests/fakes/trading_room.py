"""The whole position engine in memory: prices as a test says, venues that fill at them."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from fakes.order_desk import FakeDesk
from support.price_messages import wads

from bot.account_desks import Desk
from bot.config import Config, load_config
from bot.control.alerts import Notifier
from bot.domain.errors import NodeUnreachable, VenueRefused
from bot.domain.orders import (
    Level,
    MarketRules,
    NetworkStatus,
    Order,
    OrderReport,
    OrderSide,
    OrderState,
    TimeInForce,
    VenueBook,
)
from bot.domain.ticks import Message, SourceKind, Tick
from bot.domain.units import WAD, Nanos, Wad
from bot.engine_status import status_file
from bot.execution.ledger_books import LedgerBooks
from bot.feeds.feed import SystemClock
from bot.history.order_journal import OrderJournal
from bot.late_desk import LateDesk
from bot.modes import Mode
from bot.monitor import Monitor
from bot.monitor_app import build_monitor
from bot.position_assembly import Assembly, Outside
from bot.position_engine import PositionEngine

TICK = Wad(10**14)
SETTINGS = {
    "streams": [],
    "detection": {"hold_s": 0.3},
    "costs": {"loss_if_never_bps": 200.0},
    "evidence": {"hit_shares": {"USDC": 0.0}},
    "trading": {"look_s": 0.05, "pause_s": 0.1, "poll_s": 0.2, "reconcile_s": 0.5},
    "risk": {"max_terminal_loss": 0.2},
    "accounts": [{"venue": "binance", "pairs": ["USDC/USDT"]}],
}


class Talker:
    """A feed: says the same prices five times a second, whatever they are by then."""

    def __init__(self, prices: dict[tuple[str, str], str]) -> None:
        self.prices = prices

    async def __aiter__(self) -> AsyncIterator[Message]:
        while True:
            for (venue, pair), price in self.prices.items():
                asset, _, currency = pair.partition("/")
                now = Nanos(time.time_ns())
                yield Tick(
                    venue=venue,
                    kind=SourceKind.CEX,
                    asset=asset,
                    currency=currency,
                    bid=wads(price),
                    ask=wads(price),
                    depth=wads(1_000_000),
                    at=now,
                    seen_at=now,
                )
            await asyncio.sleep(0.2)


class QuotedDesk(FakeDesk):
    """Quotes one price, deep on both sides; fills what crosses it, ends what cannot rest."""

    def __init__(self, prices: dict[tuple[str, str], str], venue: str = "binance") -> None:
        super().__init__(SystemClock(), venue)  # type: ignore[arg-type]  # it is only asked for now
        self.quoted = prices
        self.fill_on_place = self._crossing
        self.money = {"USDC": 0, "USDT": 100_000 * WAD}

    def price(self, pair: str) -> Wad:
        return wads(self.quoted[self.venue, pair])

    async def place(self, order: Order) -> OrderReport:
        report = await super().place(order)
        resting = self.orders[-1]
        at_once = order.time_in_force in (TimeInForce.IOC, TimeInForce.FOK)
        if at_once and resting.state is OrderState.OPEN:
            resting.state = OrderState.EXPIRED
            return self.report(resting)
        return report

    async def rules(self, pair: str) -> MarketRules:
        self._question("rules")
        return MarketRules(
            venue=self.venue,
            pair=pair,
            tick=TICK,
            step=Wad(WAD),
            min_amount=Wad(WAD),
            min_value=Wad(5 * WAD),
            maker_fee_bps=0.0,
            taker_fee_bps=0.0,
            is_trading=True,
        )

    async def book(self, pair: str, levels: int) -> VenueBook:
        self._question("book")
        if (self.venue, pair) not in self.quoted:
            raise VenueRefused(self.venue, f"{pair} is not listed")
        price, deep = self.price(pair), Wad(10**6 * WAD)
        return VenueBook(
            venue=self.venue,
            pair=pair,
            bids=(Level(price=Wad(price - TICK), amount=deep),)[:levels],
            asks=(Level(price=Wad(price + TICK), amount=deep),),
            at=self._clock.now(),
        )

    async def networks(self, currency: str) -> tuple[NetworkStatus, ...]:
        del currency
        return ()

    def _crossing(self, order: Order) -> int:
        price = self.price(order.pair)
        crosses = order.price >= price + TICK
        if order.side is OrderSide.SELL:
            crosses = order.price <= price - TICK
        return order.amount if crosses else 0


class TradingRoom:
    """One engine with one desk."""

    def __init__(
        self,
        folder: Path,
        mode: Mode = Mode.PAPER,
        *,
        only_leaves: bool = False,
        desk: QuotedDesk | None = None,
        second: str = "",
        late: bool = False,
        pairs: tuple[str, ...] = ("USDC/USDT",),
        settings: Mapping[str, Any] | None = None,
    ) -> None:
        """`desk`: of an engine that was there before. `second`: another venue, in dollars.

        `late`: the second one cannot be opened before `node_is_up`.
        """
        self.desk = desk or QuotedDesk(
            {
                ("kraken", "USDC/USD"): "1.0",
                ("kraken", "USDT/USD"): "1.0",
                ("binance", "USDC/USDT"): "1.0",
            }
        )
        self.pairs = pairs
        self.prices, self.node_is_up = self.desk.quoted, False
        self.second = QuotedDesk(self.prices, second) if second else None
        self.config: Config = load_config(None, **(SETTINGS | dict(settings or {})))
        self.path = folder / "orders.sqlite"
        self.journal = OrderJournal(self.path)
        self.books = LedgerBooks(self.journal)
        clock = SystemClock()
        self.monitor: Monitor = build_monitor(self.config, clock, (Talker(self.prices),))
        outside = Outside(mode=mode, credentials={}, clock=clock, only_leaves=only_leaves)
        desks = {} if mode is Mode.MONITOR else {"binance": self.stand()}
        if self.second is not None:
            self.second.money = {"USDC": 0, "USD": 100_000 * WAD}
            found = LateDesk(self._opened, 0.1) if late else self.second
            here = (lambda: found.is_here) if isinstance(found, LateDesk) else lambda: True
            self.late = found
            arrived = found.arrived if isinstance(found, LateDesk) else None
            desks[second] = Desk(found, found, None, ("USDC/USD",), here, arrived)
        self.engine: PositionEngine = Assembly(
            self.config, outside, self.books, self.monitor
        ).engine(desks, Notifier(()), status_file(self.path))

    def _opened(self) -> Any:
        if not self.node_is_up:
            raise NodeUnreachable("http://127.0.0.1:9", "connection refused")
        return self.second

    def stand(self) -> Desk:
        return Desk(self.desk, self.desk, None, self.pairs)

    def say(self, price: str) -> None:
        """Let the coin have another price everywhere."""
        self.prices["kraken", "USDC/USD"] = self.prices["binance", "USDC/USDT"] = price

    def play(self, story: Callable[["TradingRoom"], Awaitable[None]]) -> None:
        """Run the engine for as long as the story takes."""

        async def run() -> None:
            running = asyncio.create_task(self.engine.run())
            try:
                await story(self)
                assert not running.done(), running.exception()
            finally:
                running.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await running
                self.journal.close()

        asyncio.run(run())

    async def until(self, holds: Callable[[], bool], patience_s: float = 10.0) -> float:
        """Wait for something; return the seconds that took."""
        began = time.monotonic()
        while not holds():
            assert time.monotonic() - began < patience_s
            await asyncio.sleep(0.01)
        return time.monotonic() - began

    @property
    def held(self) -> int:
        """What all open positions hold, in wads."""
        ledger = self.books.ledger
        return sum(ledger.held(name).left for name in ledger.open_positions)
