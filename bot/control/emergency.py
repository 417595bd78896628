"""Carries out what an emergency asks for: entries stop at once, then everything else together."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from typing import Any, Protocol

import structlog

from bot.control.alert import Alert, Severity
from bot.control.conditions import Condition, Emergency, EmergencyParameters, Response, response
from bot.domain.ledger_events import Commanded
from bot.domain.trade_plans import Held
from bot.domain.units import Nanos

log = structlog.get_logger()

_PATIENCE_S = 0.5  # that one emergency may take of the look at all of them


class Hands(Protocol):
    """What carries it out. Whatever one of them raises is told, and stops none of the others."""

    def held(self) -> tuple[Held, ...]:
        """Return every open position."""
        ...

    def write(self, *commands: Commanded) -> None:
        """Write commands down, all at once, so that they stand after a crash, too."""
        ...

    async def cancel_entries(self, coin: str, venue: str) -> None:
        """Cancel entry orders of a coin at a venue; empty: of any."""
        ...

    async def leave(self, position: str) -> None:
        """Give orders that flatten a position, now."""
        ...


class EmergencyProtocol:
    """Knows which emergencies last, and what they stop."""

    def __init__(
        self,
        hands: Hands,
        tell: Callable[[Alert], None],
        now: Callable[[], Nanos],
        parameters: EmergencyParameters,
    ) -> None:
        self._hands, self._tell, self._now = hands, tell, now
        self._parameters = parameters
        self._lasting: dict[tuple[Condition, str, str], Emergency] = {}
        self._done: dict[tuple[Condition, str, str], Response] = {}
        self._complained: dict[tuple[Condition, str, str], str] = {}
        self._acting: dict[str, asyncio.Task[None]] = {}

    @property
    def lasting(self) -> tuple[Emergency, ...]:
        """What is not over yet, oldest first."""
        return tuple(self._lasting.values())

    def stopped(self, coin: str, venue: str) -> str:
        """Return why there are no entries of a coin at a venue, empty if there may be."""
        for one in self._lasting.values():
            if one.coin in ("", coin) and one.venue in ("", venue):
                return f"{one.condition.value}: {one.detail}" if one.detail else one.condition.value
        return ""

    async def declare(self, emergency: Emergency) -> Response:
        """Do what an emergency asks for; said again, do only what was not done yet.

        Positions that must be left are asked for again every time: leaving takes more than one
        look where books are thin. What takes longer than a moment goes on behind. Never raises but
        for being cancelled.
        """
        key = emergency.key
        self._lasting[key] = emergency
        wanted = response(emergency, self._hands.held(), self._parameters)
        before = self._done.get(key)
        self._done[key] = wanted
        if before is None or _is_more(wanted, before):
            self._announce(emergency, wanted)
        by = f"{emergency.condition.value} {emergency.detail}".strip()
        self._write(emergency, wanted, before, by)
        acts: dict[str, Callable[[], Awaitable[None]]] = {}
        if before is None:
            acts[f"cancel {key}"] = partial(self._hands.cancel_entries, *key[1:])
        acts |= {position: partial(self._hands.leave, position) for position in wanted.leave}
        await self._start(emergency, acts)
        return wanted

    def over(self, condition: Condition, coin: str = "", venue: str = "") -> None:
        """An emergency is over: its entries may be made again; a freeze stays for a person."""
        ended = self._lasting.pop((condition, coin, venue), None)
        self._done.pop((condition, coin, venue), None)
        self._complained.pop((condition, coin, venue), None)
        if ended is not None:
            log.info("emergency_over", condition=condition.name, coin=coin, venue=venue)
            self._say(ended, Severity.INFO, "over")

    async def _start(
        self, emergency: Emergency, acts: dict[str, Callable[[], Awaitable[None]]]
    ) -> None:
        """Begin what is not under way already, and wait a moment for it.

        A venue that does not answer holds up neither another act nor another emergency.
        """
        begun = [
            self._begin(name, self._guarded(emergency, act))
            for name, act in acts.items()
            if name not in self._acting
        ]
        if begun:
            await asyncio.wait(begun, timeout=_PATIENCE_S)

    def _begin(self, name: str, act: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(act)
        self._acting[name] = task
        task.add_done_callback(lambda _: self._acting.pop(name))
        return task

    async def _guarded(self, emergency: Emergency, act: Callable[[], Awaitable[None]]) -> None:
        try:
            await act()
        except Exception as error:  # noqa: BLE001 - one act that fails must not end the others
            self._complain(emergency, error)

    def _write(
        self, emergency: Emergency, wanted: Response, before: Response | None, by: str
    ) -> None:
        """Write down what must stand after a crash; a full disk keeps no order from its cancel."""
        commands = []
        if wanted.freeze and not (before and before.freeze):
            commands.append(Commanded(command="freeze", by=by, at=self._now()))
        if wanted.pause and not (before and before.pause):
            commands.append(Commanded(command="pause", by=by, at=self._now()))
        known = before.leave if before else ()
        commands += [
            Commanded(command="flatten", subject=position, by=by, at=self._now())
            for position in wanted.leave
            if position not in known
        ]
        try:
            self._hands.write(*commands)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with the journal, go on
            self._complain(emergency, error)

    def _announce(self, emergency: Emergency, wanted: Response) -> None:
        log.warning(
            "emergency",
            condition=emergency.condition.name,
            coin=emergency.coin,
            venue=emergency.venue,
            detail=emergency.detail,
            leaves=wanted.leave,
            freezes=wanted.freeze,
            pauses=wanted.pause,
        )
        leaves = f"; leaving {', '.join(wanted.leave)}" if wanted.leave else ""
        frozen = "; frozen" if wanted.freeze else "; paused" if wanted.pause else ""
        self._say(emergency, wanted.severity, f"{emergency.detail}{leaves}{frozen}")

    def _complain(self, emergency: Emergency, error: Exception) -> None:
        text = f"{type(error).__name__}: {error}"
        if self._complained.get(emergency.key) != text:  # not again every second
            self._complained[emergency.key] = text
            log.error("emergency_act_failed", condition=emergency.condition.name, fault=text)
            self._say(emergency, Severity.CRITICAL, f"not all of it could be done: {text}")

    def _say(self, emergency: Emergency, severity: Severity, text: str) -> None:
        place = " ".join(part for part in (emergency.coin, emergency.venue) if part)
        subject = f"{emergency.condition.value} {place}".strip()
        self._tell(Alert(severity=severity, subject=subject, text=text, at=self._now()))


def _is_more(wanted: Response, before: Response) -> bool:
    """Return whether a person should be told again."""
    grew = wanted.severity.value > before.severity.value
    return grew or not set(wanted.leave) <= set(before.leave)
