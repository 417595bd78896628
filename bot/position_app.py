"""Composition root of the position side: accounts, books, gate, rounds, emergencies, engine."""

import asyncio
import contextlib
import hashlib
import os
from collections.abc import Awaitable, Callable, Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import structlog

from bot.account_desks import Desk
from bot.config import WALLET_KEY, Config
from bot.control.alert import Alert
from bot.control.alert_options import alert_urls
from bot.control.alerts import Notifier
from bot.control.size_ramp import RAMP, SizeRamp
from bot.domain.errors import RepegError, RetryableError, SkipError
from bot.domain.ledger_events import Decided
from bot.domain.orders import Fill
from bot.domain.units import WAD, Wad
from bot.domain.venues import CHAIN_VENUE
from bot.engine_events import first_error
from bot.engine_status import status_file
from bot.execution.account_lock import AccountLock, account_name
from bot.execution.ccxt_connector import CcxtConnector
from bot.execution.ccxt_order_stream import CcxtOrderStream
from bot.execution.ledger_books import LedgerBooks
from bot.execution.shadow_desk import ShadowDesk
from bot.history.order_journal import OrderJournal
from bot.late_desk import LateDesk
from bot.market.consensus_parameters import FIATS
from bot.mode_places import require_here, require_venues
from bot.modes import Mode, orders_file
from bot.monitor_app import build_monitor
from bot.position_assembly import Assembly, Outside
from bot.position_engine import PositionEngine
from bot.position_status import largest_loss_usd

if TYPE_CHECKING:
    from bot.execution.dex_desk import DexDesk

log = structlog.get_logger()
_LAST_ALERT_S = 5.0
_OPENING_S = 4.0  # the account on chain; then the rest begins without it
_FOREIGN = FIATS - {"USD"}


class PositionSide:
    """The engine with its accounts; `run` it, then `stop`, then `close` it."""

    def __init__(self, config: Config, outside: Outside, books: LedgerBooks, path: Path) -> None:
        """Prepare what needs no event loop.

        Raises:
            BadConfiguration: a source that is not known, a model or an address that is none.
        """
        self._config, self._outside, self._books = config, outside, books
        self._status_path = status_file(path)
        self._notifier = Notifier(alert_urls(os.environ), config.alerts)
        self._monitor = build_monitor(config, outside.clock, outside.feeds)
        for said in outside.before:
            self._monitor.watch.hear(said)
        self._connectors: list[CcxtConnector] = []
        self._wallet: LateDesk | None = None
        self.engine: PositionEngine | None = None

    @property
    def to_be_flattened(self) -> tuple[str, ...]:
        """Open positions that a command wants to be left."""
        return tuple(self._books.ledger.flatten_requests)

    def note(self, what: str, subject: str, detail: str) -> None:
        """Write a decision down that was made beside the positions."""
        at = self._outside.clock.now()
        self._books.write(Decided(what=what, subject=subject, detail=detail, at=at))

    def alert(self, alert: Alert) -> None:
        """Tell a person what was seen beside the positions."""
        self._notifier.tell(alert)

    async def run(self, prepare: Callable[[], Awaitable[None]] | None = None) -> None:
        """Build the engine on this event loop and run it until cancelled. Raises as it does."""
        if prepare is not None:
            await prepare()
        desks = await self._open_desks()
        await self._say_what_may_be_lost(desks)
        self.engine = self._built(desks)
        notifier = asyncio.create_task(self._notifier.run())
        ended: RepegError | None = None  # raised below: Python before 3.11.4 wraps it in here
        try:
            async with asyncio.TaskGroup() as group:
                opening = group.create_task(self._wallet.open_soon()) if self._wallet else None
                await self.engine.run()
                if opening is not None:
                    opening.cancel()
        except* RepegError as found:
            ended = first_error(found)
        finally:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LAST_ALERT_S):
                    await self._notifier.flush()
            notifier.cancel()
        if ended is not None:
            raise ended

    async def _say_what_may_be_lost(self, desks: Mapping[str, Desk]) -> None:
        """Log it before anything can be sent; a coin counts with its par, for prices come later."""
        if not self._outside.mode.sends:
            return
        risk, total = self._config.risk, 0
        for desk in desks.values():
            try:
                balances = await desk.money.balances()
            except (RetryableError, SkipError) as error:
                log.warning("balances_not_told", venue=desk.money.venue, reason=str(error))
                continue
            total += sum(one.total for one in balances if one.currency not in _FOREIGN)
        log.warning(
            "may_lose_at_most",
            mode=self._outside.mode.value,
            usd=round(largest_loss_usd(Wad(total), risk)),
            equity_usd=total // WAD,
            if_all_fails_usd=round(risk.max_terminal_loss * total / WAD),
            of_a_day_usd=risk.max_daily_loss_usd,
            largest_order_usd=min(risk.max_order_usd, *self._steps()),
        )

    def _steps(self) -> tuple[float, ...]:
        """What the size ramp allows to begin with; all of it where it is not in force."""
        steps = self._config.risk.ramp_usd
        if self._outside.mode is not Mode.LIVE:
            return steps[-1:] or (0.0,)
        ramp = SizeRamp(self._config.risk, self._books.ledger.decided(RAMP), is_live=True)
        return ((ramp.earned() or 0) / WAD,)

    async def stop(self) -> tuple[str, ...]:
        """Cancel open entries; returns the positions that stay open."""
        if self.engine is None:
            return self._books.ledger.open_positions
        return await self.engine.close()

    async def close(self) -> None:
        """Drop all connections."""
        self._status_path.unlink(missing_ok=True)
        await asyncio.gather(*(one.close() for one in self._connectors))

    async def _open_desks(self) -> dict[str, Desk]:
        """Return a desk per account; one that does not answer yet is asked again when needed."""
        found: dict[str, Desk] = {}
        if self._outside.mode is Mode.MONITOR:
            return found
        for account in self._config.accounts:
            options = msgspec.structs.replace(account, pairs=self._config.pairs_of(account))
            connector = CcxtConnector(options, self._outside.credentials[account.venue])
            self._connectors.append(connector)
        await asyncio.gather(*map(_open, self._connectors))
        found |= {one.venue: await self._desk(one) for one in self._connectors}
        if self._config.wallet.trade and self._outside.mode.sends:
            wallet = self._wallet = LateDesk(partial(_open_wallet, self._config))
            await wallet.begin(_OPENING_S)
            found[CHAIN_VENUE] = Desk(
                wallet,
                wallet,
                None,
                self._config.wallet.pairs,
                lambda: wallet.is_here,
                wallet.arrived,
            )
        return found

    async def _desk(self, connector: CcxtConnector) -> Desk:
        pairs = connector.options.pairs
        if self._outside.mode is not Mode.SHADOW:
            return Desk(connector, connector, CcxtOrderStream(connector), pairs)
        told = await connector.balances()
        balances = {one.currency: one.total for one in told}
        fills: list[Fill] = [
            fill for fill in self._books.ledger.fills.values() if fill.venue == connector.venue
        ]
        shadow = ShadowDesk(connector, balances, fills, self._outside.clock)
        return Desk(shadow, shadow, shadow, pairs)

    def _built(self, desks: Mapping[str, Desk]) -> PositionEngine:
        return Assembly(self._config, self._outside, self._books, self._monitor).engine(
            desks, self._notifier, self._status_path
        )


def build_positions(config: Config, outside: Outside, opened: ExitStack) -> PositionSide:
    """Return the position side, with its accounts locked and its journal open.

    `opened` closes both again.

    Raises:
        AccountLocked: another process trades on an account.
        JournalUnusable: the journal of orders cannot be trusted or written.
        BadConfiguration: an account without pairs, a source that is not known; of paper, anything
            that is not on this machine; of live, a stand-in.
    """
    if outside.mode is Mode.PAPER:
        require_here(config)
    if outside.mode is Mode.LIVE:
        require_venues(config)
    path = orders_file(config.journal, outside.mode)
    opened.enter_context(AccountLock(f"journal-{path.resolve()}"))
    if outside.mode is not Mode.MONITOR:
        for account in config.accounts:
            config.pairs_of(account)
            key = outside.credentials[account.venue].key
            name = account_name(account.venue, f"{account.url or ''}{key}")
            opened.enter_context(AccountLock(name))
    if config.wallet.trade and outside.mode.sends:
        own = hashlib.sha256(os.environ.get(WALLET_KEY, "").encode()).hexdigest()
        opened.enter_context(AccountLock(account_name(CHAIN_VENUE, own)))
    journal = OrderJournal(path)
    opened.callback(journal.close)
    return PositionSide(config, outside, LedgerBooks(journal), path)


async def _open(connector: CcxtConnector) -> None:
    try:
        await connector.open()
    except (RetryableError, SkipError) as error:
        log.warning("account_not_open", venue=connector.venue, reason=str(error))


def _open_wallet(config: Config) -> "DexDesk":
    from bot.wallet_app import open_wallet  # noqa: PLC0415 - all of web3

    return open_wallet(config)
