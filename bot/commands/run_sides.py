"""The two engines of one run, side by side: bundles block by block, positions turn by turn."""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Callable, Coroutine
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, cast

import msgspec
import structlog

from bot.commands.atomic_run import Onlooker, Trader, look_on, require_keys, trade
from bot.commands.paper_asked import PaperAsked
from bot.commands.paper_journal import require_no_play_left
from bot.config import OPERATOR_KEY, RELAY_KEY, WALLET_KEY, Config
from bot.domain.errors import HaltError, RepegError
from bot.execution.account_options import Credentials, credentials_of
from bot.feeds.feed import SystemClock
from bot.flash_board import FlashBoard
from bot.flash_landing import landing_rate
from bot.modes import Mode, orders_file
from bot.node_alerts import node_alerts
from bot.position_app import PositionSide, build_positions
from bot.position_assembly import Outside

if TYPE_CHECKING:
    from bot.commands.paper_world import PaperWorld

log = structlog.get_logger()

_LOADS_AFTER_S, _READY_POLL_S = 4.0, 0.02


class Running:
    """Everything of one run that must be closed again; leaving the with-block does so."""

    def __init__(self, mode: Mode, config: Config, paper: PaperAsked) -> None:
        """Put together what the mode asks for; nothing is sent yet.

        Raises:
            HaltError: a setting or a key is missing, another process trades on an account.
            NodeUnreachable: no answer.
        """
        self._mode = mode
        with ExitStack() as opened:
            self._world = None
            if paper.is_given:
                require_no_play_left(orders_file(config.journal, mode), fresh=paper.fresh)
                self._world = opened.enter_context(_paper_world(config, paper))
            self._config = config if self._world is None else self._world.config
            bundles = Path(self._config.journal)
            self._flash = FlashBoard(SystemClock(), lambda: landing_rate(bundles))
            if config.executor and mode.sends:
                require_keys(os.environ, OPERATOR_KEY, RELAY_KEY)
            if config.wallet.trade and mode.sends:
                require_keys(os.environ, WALLET_KEY, RELAY_KEY)
            self._positions = self._position_side(opened)
            # Alone it is put together now, and what is missing is said before anything is written.
            alone = config.executor and self._positions is None
            self._atomic = _atomic_side(self._config, mode) if alone else None
            self._opened = opened.pop_all()

    async def run(self, blocks: int | None, seconds: float | None) -> tuple[str, ...]:
        """Run until a signal, the last block, the end of the recording or of the time.

        Returns the positions that are still open.

        Raises:
            HaltError: a person must act.
            NodeUnreachable: the node never gave a head.
        """
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, _stopper(stop, "interrupted"))
        acts = self._acts(blocks)
        tasks = [asyncio.create_task(act) for act in acts]
        waiting = asyncio.create_task(stop.wait())
        try:
            async with asyncio.timeout(seconds):
                await asyncio.wait([waiting, *tasks], return_when=asyncio.FIRST_COMPLETED)
        except TimeoutError:
            log.info("engine_stopped", reason="its time is over")
        finally:
            still_open = await self._end([waiting, *tasks])
        for task in tasks:
            if task.done() and not task.cancelled():
                task.result()
        return still_open

    def _acts(self, blocks: int | None) -> list[Coroutine[Any, Any, None]]:
        acts: list[Coroutine[Any, Any, None]] = []
        if self._config.executor:
            acts.append(self._run_atomic(blocks))
        if self._positions is not None:
            acts.append(self._positions.run(self._world.prepare if self._world else None))
        if self._world is not None:
            acts.append(self._world.live())
        return acts

    async def _run_atomic(self, blocks: int | None) -> None:
        """Put it together once positions are ready, which need nothing that it loads; run it."""
        if self._positions is not None:
            await _ready(self._positions)
        try:
            side = self._atomic or await asyncio.to_thread(_atomic_side, self._config, self._mode)
        except RepegError:
            raise
        except Exception as error:  # whatever it is, positions end in order and a person is told
            told = f"{type(error).__name__}: {error}"
            raise HaltError(f"the side that trades on chain did not start: {told}") from error
        if side is not None and self._positions is not None:
            side.tell_offers(self._flash.hear)
        if self._mode.sends:
            trader, positions = cast(Trader, side), self._positions
            tell = None if positions is None else positions.alert
            async with node_alerts(self._config.alerts, tell) as hear:
                trader.tell_trouble(hear)
                await trade(trader, blocks)
        else:
            await look_on(cast(Onlooker, side), blocks, self._note_bundle)

    def _note_bundle(self, decision: object) -> None:
        """Write down what a shadow would have sent; a monitor only says so."""
        if self._positions is None or self._mode is not Mode.SHADOW:
            return
        route = getattr(decision, "route", "")  # of a plan; what is no plan has none
        if route:
            self._positions.note("bundle", route, f"profit {getattr(decision, 'profit', 0)} raw")

    async def _end(self, tasks: list[asyncio.Task[Any]]) -> tuple[str, ...]:
        """Cancel what runs, then what may be cancelled at the venues."""
        still_open: tuple[str, ...] = ()
        if self._positions is not None:
            with contextlib.suppress(RepegError):
                still_open = await self._positions.stop()
        for task in tasks:
            if not task.done():
                task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._positions is not None:
            await self._positions.close()
        return still_open

    def _position_side(self, opened: ExitStack) -> PositionSide | None:
        config, mode, world = self._config, self._mode, self._world
        if mode.sends and not (config.accounts or config.wallet.trade):
            return None
        keys: dict[str, Credentials] = {}
        if mode is not Mode.MONITOR:
            for account in config.accounts:
                own = None if world is None else world.credentials[account.venue]
                keys[account.venue] = own or credentials_of(os.environ, account.venue)
        outside = Outside(mode=mode, credentials=keys, flash=self._flash)
        if world is not None:
            outside = msgspec.structs.replace(
                outside, clock=world.clock, feeds=world.feeds, before=world.before
            )
        return build_positions(config, outside, opened)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._opened.close()


async def _ready(positions: PositionSide) -> None:
    """Wait until positions may be traded, but not for long: bundles need them even less."""
    until = time.monotonic() + _LOADS_AFTER_S
    while time.monotonic() < until:
        if positions.engine is not None and positions.engine.is_ready:
            return
        await asyncio.sleep(_READY_POLL_S)


def _stopper(stop: asyncio.Event, reason: str) -> Callable[[], None]:
    def act() -> None:
        log.info("engine_stopped", reason=reason)
        stop.set()

    return act


def _atomic_side(config: Config, mode: Mode) -> Trader | Onlooker:
    """Return the side that trades block by block; without a mode that sends, its eyes alone."""
    from bot.app import (  # noqa: PLC0415 - all of web3: seconds that positions do not wait for
        build_atomic_watch,
        build_engine,
        keys_from_environment,
    )

    if not mode.sends:
        return build_atomic_watch(config, lambda _: None, simulate=mode is Mode.SHADOW)
    operator, identity = keys_from_environment()
    engine = build_engine(config, operator, identity)
    log.info("engine_started", operator=operator.address, relay_identity=identity.address)
    return engine


def _paper_world(config: Config, paper: PaperAsked) -> "PaperWorld":
    from bot.commands.paper_world import PaperWorld  # noqa: PLC0415 - all of the sandbox

    return PaperWorld(config, paper)
