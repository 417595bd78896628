"""The instants at which the bot is killed: just as something of a phase happens."""

import time
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from random import Random

import msgspec
from crash.own_books import read_bundles, read_events
from crash.stage import BLOCK_TIME_S, Stage

from bot.domain.client_ids import read_client_id
from bot.domain.ledger_events import OrderIntended
from bot.domain.orders import Purpose
from bot.sandbox.exchange.account_truth import Act
from bot.sandbox.exchange.orders import OrderState

_POLL_S = 0.001
_WAIT_S = 0.25  # of one question for acts
_WRITE_S, _SHORT_S, _LONG_S = 0.003, 0.010, 0.050


class Phase(Enum):
    """What the bot is doing when it is killed."""

    ENTRY = "entry"
    FILL = "fill"
    EXIT = "exit"
    BUNDLE = "bundle"
    COMMIT = "commit"
    START = "start"  # of a life that was to recover from another death
    COMMAND = "command"  # it, or another process that was told to leave everything in its place


class Struck(msgspec.Struct, frozen=True, kw_only=True):
    """What was seen, and how long after it the bot was killed."""

    seen: str  # empty: nothing of the phase happened in time
    after_s: float


class Moments:
    """Waits for a phase on one stage."""

    def __init__(self, stage: Stage, chance: Random) -> None:
        self._stage, self._chance = stage, chance
        self._ways: dict[Phase, tuple[Callable[[float], Struck | None], ...]] = {
            Phase.ENTRY: (self._entry_intended, self._entry_accepted),
            Phase.FILL: (self._filled,),
            Phase.EXIT: (self._exit_intended, self._exit_accepted),
            Phase.BUNDLE: (self._bundle_intended, self._bundle_on_its_way),
            Phase.COMMIT: (self._orders_written, self._bundles_written),
        }

    def wait_for(self, phase: Phase, patience_s: float) -> Struck:
        """Return at a random instant of the phase, or when patience is over."""
        way = self._chance.choice(self._ways[phase])
        found = way(time.monotonic() + patience_s)
        if found is None:
            return Struck(seen="", after_s=0.0)
        time.sleep(found.after_s)
        return found

    def _entry_intended(self, deadline: float) -> Struck | None:
        return self._intended((Purpose.ENTRY,), deadline)

    def _exit_intended(self, deadline: float) -> Struck | None:
        return self._intended((Purpose.EXIT, Purpose.FLATTEN), deadline)

    def _entry_accepted(self, deadline: float) -> Struck | None:
        return self._act(lambda act: _is_new(act, (Purpose.ENTRY,)), deadline)

    def _exit_accepted(self, deadline: float) -> Struck | None:
        return self._act(lambda act: _is_new(act, (Purpose.EXIT, Purpose.FLATTEN)), deadline)

    def _filled(self, deadline: float) -> Struck | None:
        return self._act(lambda act: act.is_fill, deadline)

    def _orders_written(self, deadline: float) -> Struck | None:
        return self._written(self._stage.orders_path, deadline)

    def _bundles_written(self, deadline: float) -> Struck | None:
        return self._written(self._stage.bundles_path, deadline)

    def _intended(self, purposes: tuple[Purpose, ...], deadline: float) -> Struck | None:
        """An order is on disk, and about to be sent."""
        path = self._stage.orders_path
        last = max((seq for seq, _ in read_events(path)), default=0)
        log = _Log(path)
        while time.monotonic() < deadline:
            if not log.has_grown():
                time.sleep(_POLL_S)
                continue
            for seq, event in read_events(path, last):
                last = seq
                if isinstance(event, OrderIntended) and event.order.purpose in purposes:
                    return self._struck("intended, not sent", _SHORT_S)
        return None

    def _act(self, is_it: Callable[[Act], bool], deadline: float) -> Struck | None:
        """The venue did something; the bot may not know yet."""
        exchange = self._stage.exchange
        last = max((act.number for act in exchange.acts(0)), default=0)
        while time.monotonic() < deadline:
            for act in exchange.acts(last, _WAIT_S):
                last = act.number
                if is_it(act):
                    return self._struck(f"{act.state.value} at {act.venue}", _LONG_S)
        return None

    def _written(self, database: Path, deadline: float) -> Struck | None:
        """A commit is being written."""
        log = _Log(database)
        while time.monotonic() < deadline:
            if log.has_grown():
                return self._struck(f"{database.name} written", _WRITE_S)
        return None

    def _bundle_intended(self, deadline: float) -> Struck | None:
        return self._bundle(_LONG_S, deadline)

    def _bundle_on_its_way(self, deadline: float) -> Struck | None:
        """From before it is sent until its block was built and settled."""
        return self._bundle(1.5 * BLOCK_TIME_S, deadline)

    def _bundle(self, within_s: float, deadline: float) -> Struck | None:
        path = self._stage.bundles_path
        known = len(read_bundles(path))
        log = _Log(path)
        while time.monotonic() < deadline:
            if not log.has_grown():
                time.sleep(_POLL_S)
            elif len(read_bundles(path)) > known:
                return self._struck("bundle intended", within_s)
        return None

    def _struck(self, seen: str, within_s: float) -> Struck:
        return Struck(seen=seen, after_s=self._chance.uniform(0.0, within_s))


class _Log:
    """The log of one database: the cheapest sign that something was written."""

    def __init__(self, database: Path) -> None:
        self._path = database.with_name(database.name + "-wal")
        self._last = self._state()

    def has_grown(self) -> bool:
        """Return whether it was written since the last question."""
        state = self._state()
        changed, self._last = state != self._last, state
        return changed

    def _state(self) -> tuple[int, int]:
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return 0, 0
        return found.st_size, found.st_mtime_ns


def _is_new(act: Act, purposes: tuple[Purpose, ...]) -> bool:
    name = read_client_id(act.client_id)
    is_one = name is not None and name.purpose in purposes
    return is_one and act.state is OrderState.OPEN and not act.is_fill
