"""The position engine: many turns in, orders out; the same in every mode.

It enters nothing before its books agree with all venues', and leaves where they do. What it did not
foresee freezes it: then it only leaves what it holds, when told to.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from traceback import format_tb
from typing import Any

import msgspec
import structlog

from bot.coin_prices import CoinPrices
from bot.domain.errors import BooksDisagree, HaltError, RepegError, RetryableError, SkipError
from bot.domain.ledger_events import Commanded, LedgerEvent
from bot.domain.ticks import Message
from bot.emergency_watch import EmergencyWatch
from bot.engine_events import first_error, is_refusal, name_of, open_entries, venue_of, waited
from bot.execution.exchange_connector import OrderStream
from bot.execution.ledger_books import LedgerBooks
from bot.execution.order_manager import OrderManager
from bot.feeds.feed import Clock
from bot.hedge_round import HedgeRound
from bot.monitor import Monitor
from bot.order_poll import OrderPoll
from bot.other_prices import LOOK_S, OtherPrices
from bot.position_exits import ExitRound
from bot.position_round import EntryRound
from bot.position_status import StatusTeller
from bot.process_age import process_age_s
from bot.ramp_keeper import RampKeeper
from bot.report_keeper import ReportKeeper
from bot.token_watch import TokenWatch
from bot.trading_options import TradingOptions
from bot.venue_markets import VenueMarkets

log = structlog.get_logger()
_ENGINE = "engine"
_LEAST_S = 0.05  # between two looks
_RETRY_S, _RETRY_MOST_S = 2.0, 16.0
_Act = Callable[[], Coroutine[Any, Any, None]]
_Look = Callable[[], _Act]  # found anew each time
_May = Callable[[], bool]


class EngineParts(msgspec.Struct, frozen=True, kw_only=True):
    """What the engine is made of; `position_app` puts it together."""

    monitor: Monitor
    prices: CoinPrices
    books: LedgerBooks
    manager: OrderManager
    entries: EntryRound
    exits: ExitRound
    hedges: HedgeRound
    markets: VenueMarkets
    emergency: EmergencyWatch
    ramp: RampKeeper
    reports: ReportKeeper
    teller: StatusTeller
    tokens: TokenWatch
    poll: OrderPoll
    others: OtherPrices
    streams: Sequence[OrderStream]
    arrived: asyncio.Event  # an account was opened late: its books are compared at once
    clock: Clock
    options: TradingOptions


class PositionEngine:
    """Runs until it is cancelled, or a person must act."""

    def __init__(self, parts: EngineParts) -> None:
        self._parts = parts
        self._started = time.monotonic()
        self._wake = asyncio.Event()
        self._hurry = asyncio.Event()
        self._alarm = asyncio.Event()
        self._legs = asyncio.Event()
        self.is_ready = self._closing = False
        self.turns = 0

    async def run(self) -> None:
        """Watch, judge, enter and leave.

        Raises:
            HaltError: a person must act before anything else; nothing was sent since.
            RepegError: a feed cannot go on.
        """
        parts = self._parts
        stop, enters = parts.books.listen(self._noticed), lambda: self.is_ready
        ended: RepegError | None = None  # raised below: Python before 3.11.4 wraps it in here
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._kept(self._watch))
                group.create_task(self._kept(self._reconcile))
                group.create_task(self._obey())
                group.create_task(self._look(lambda: parts.exits.run, self._hurry, self._leaves))
                group.create_task(self._look(lambda: parts.entries.run, self._wake, enters))
                group.create_task(self._look(lambda: parts.hedges.run, self._legs, self._leaves))
                group.create_task(self._every(parts.options.poll_s, parts.poll.look))
                group.create_task(self._every(LOOK_S, parts.others.look))
                group.create_task(self._look(lambda: parts.emergency.look, self._alarm))
                group.create_task(self._every(parts.options.look_s, self._tell))
                group.create_task(parts.tokens.run())
                for stream in parts.streams:
                    group.create_task(self._kept(partial(self._hear_orders, stream)))
        except* RepegError as found:
            ended = first_error(found)
        finally:
            stop()
        if ended is not None:
            raise ended

    async def close(self) -> tuple[str, ...]:
        """Cancel open entries, leave positions as they are; returns what is still open."""
        self._closing, self.is_ready = True, False  # from here on the gate lets no entry pass
        ledger = self._parts.books.ledger
        for record in open_entries(ledger):
            try:
                await self._parts.manager.cancel(record.client_id)
            except RepegError as error:
                log.warning("not_cancelled", order=record.client_id, reason=str(error))
        return ledger.open_positions

    async def _watch(self) -> None:
        async for _ in self._parts.monitor.changes(self._hear):
            self.turns += 1
            self._wake.set()
            self._hurry.set()

    def _hear(self, message: Message) -> None:
        self._parts.prices.hear(message)
        self._parts.emergency.hear_message(message)

    async def _reconcile(self) -> None:
        """Compare the books with the venues', at start and now and then; trade when they agree."""
        parts, retry_s = self._parts, _RETRY_S
        while True:
            try:
                await parts.manager.reconcile()
            except BooksDisagree as error:
                self.is_ready = False
                parts.emergency.books_disagree(error)
            except (RetryableError, SkipError) as error:
                log.warning("not_reconciled", reason=str(error), retry_in_s=retry_s)
                await waited(parts.arrived, retry_s)
                retry_s = min(2 * retry_s, _RETRY_MOST_S)  # the others are asked again as well
                continue
            else:
                parts.emergency.books_disagree(None)
                self._ready()
            retry_s = _RETRY_S
            await waited(parts.arrived, parts.options.reconcile_s)

    def _ready(self) -> None:
        if not self.is_ready and not self._closing:
            self.is_ready = True
            commands = self._parts.books.ledger.commands
            log.info(
                "trading_ready",
                after_s=round(process_age_s(), 3),
                engine_s=round(time.monotonic() - self._started, 3),
                paused=commands.is_paused,
                frozen=commands.is_frozen,
                open_positions=len(self._parts.books.ledger.open_positions),
            )
            self._wake.set()
            self._hurry.set()

    async def _obey(self) -> None:
        """Take what other processes command, at least five times a second."""
        while True:
            self._parts.books.refresh()
            await asyncio.sleep(self._parts.options.commands_s)

    def _leaves(self) -> bool:
        """Whether anything may be left: one venue that the books agree with is enough."""
        return not self._closing and (self.is_ready or bool(self._parts.manager.agreed))

    async def _look(self, look: _Look, soon: asyncio.Event, may: _May = lambda: True) -> None:
        while True:
            await waited(soon, self._parts.options.look_s)
            if may():
                await self._guarded(look())
            await asyncio.sleep(_LEAST_S)

    async def _kept(self, act: _Act) -> None:
        """Do what should never end; after an error that was not foreseen frozen, and again."""
        while True:
            try:
                await act()
            except RepegError:
                raise
            except Exception as error:  # noqa: BLE001 - as in `_guarded`
                self._freeze(name_of(act), error)
                await asyncio.sleep(_RETRY_S)
            else:
                return

    async def _every(self, seconds: float, act: _Act) -> None:
        while True:
            await self._guarded(act)
            await asyncio.sleep(seconds)

    async def _guarded(self, act: _Act) -> None:
        """Do one thing; what was not foreseen freezes trading, and is told."""
        try:
            await act()
        except HaltError:
            raise
        except RepegError as error:
            log.warning("put_off", what=name_of(act), reason=str(error))
        except Exception as error:  # noqa: BLE001 - the one place: frozen, not crashing in a loop
            self._freeze(name_of(act), error)

    def _freeze(self, where: str, error: Exception) -> None:
        trace = "".join(format_tb(error.__traceback__))  # never with what variables hold
        log.error("engine_fault", where=where, error=repr(error), trace=trace)
        parts = self._parts
        if not parts.books.ledger.commands.is_frozen:
            by = f"{_ENGINE}: {type(error).__name__} in {where}"
            parts.books.write(Commanded(command="freeze", by=by, at=parts.clock.now()))
        parts.emergency.engine_fault(where, error)

    async def _tell(self) -> None:
        await self._parts.teller.tell(is_ready=self.is_ready)

    async def _hear_orders(self, stream: OrderStream) -> None:
        async for news in stream.news():
            await self._guarded(partial(self._parts.manager.take, news))

    def _noticed(self, event: LedgerEvent) -> None:
        """Something changed in the books: what is free did too, and exits have a say at once."""
        self._hurry.set()
        self._legs.set()
        self._parts.emergency.hear(event)
        self._parts.ramp.hear(event)
        self._parts.reports.hear(event)
        venue = venue_of(event, self._parts.books.ledger)
        if venue:
            self._parts.markets.forget(venue, rules=is_refusal(event))
        if isinstance(event, Commanded):
            log.info("commanded", command=event.command, subject=event.subject, by=event.by)
            self._wake.set()
            self._alarm.set()
