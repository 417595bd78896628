"""Live trading starts small and earns each larger size by what it did; a bad run takes it back.

Every position that closes is noted in the journal with where the ramp stands after it, so that a
restart, or another size of `[risk]`, changes nothing about what was earned.
"""

from collections.abc import Iterable
from math import isfinite

import msgspec
from msgspec.structs import replace

from bot.control.proper import exactly, is_signed
from bot.domain.ledger_events import Decided
from bot.domain.risk import RiskLimits
from bot.domain.units import NANOS_PER_S, Nanos, Wad, human

RAMP = "ramp"  # `Decided.what`
_DAY = 86_400 * NANOS_PER_S


class RampResult(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured of a closed position."""

    position: str
    net_usd: Wad  # after all fees; below 0: a loss
    beyond_bps: float  # slippage, worse than estimated by so much; below 0: better
    traded_usd: Wad  # entered
    is_whole: bool = True  # False: of a fee nobody knows what it was worth


class RampState(msgspec.Struct, frozen=True, kw_only=True):
    """Where the ramp stands, as the journal has it."""

    step: int = 0  # of `ramp_usd`, from 0
    good: int = 0  # acceptable positions at this step
    bad: int = 0  # others, since the last acceptable one
    net_usd: Wad = Wad(0)  # of all positions at this step
    why: str = ""  # what moved it, empty if nothing did


class SizeRamp:
    """Knows what was earned. It decides, and believes itself once that is in the journal."""

    def __init__(
        self, limits: RiskLimits, past: Iterable[Decided] = (), *, is_live: bool = True
    ) -> None:
        """`past`: decisions of the journal, oldest first; others than the ramp's are left out."""
        self._limits, self._is_live = limits, is_live
        self._counted: set[str] = set()
        self.state = RampState()
        for event in past:
            self.apply(event)

    @property
    def step(self) -> int:
        """The step in force; outside of live trading the last one."""
        last = len(self._limits.ramp_usd) - 1
        return min(self.state.step, last) if self._is_live else last

    def earned(self) -> Wad | None:
        """Return the largest order in dollars; None, and thereby no entry, without any step."""
        steps = self._limits.ramp_usd
        return exactly(steps[self.step]) if steps else None

    def apply(self, event: Decided) -> None:
        """Take a decision that is in the journal.

        Raises:
            ValueError: it is not one that this version wrote.
        """
        if event.what == RAMP:
            self._counted.add(event.subject)
            self.state = msgspec.json.decode(event.detail, type=RampState)

    def closed(self, result: RampResult, now: Nanos) -> Decided | None:
        """Return what to write down of a closed position; None where it was counted before.

        One of which nothing was entered neither earns anything nor ends a bad run.
        """
        if not self._is_live or result.position in self._counted:
            return None
        if not result.traded_usd and not result.net_usd:
            return None
        state = self._counting(result)
        if state.bad >= self._limits.ramp_bad_run:
            state = self._back(f"{state.bad} bad positions in a row")
        elif state.good >= self._limits.ramp_trades and state.net_usd >= 0:
            state = self._on(f"{state.good} good ones, net {human(state.net_usd, 18)} usd")
        return _noted(result.position, state, now)

    def lost_the_day(self, now: Nanos) -> Decided | None:
        """Return what to write down when the day's loss is reached; once of a UTC day."""
        day = f"loss of day {now // _DAY}"
        if not self._is_live or day in self._counted:
            return None
        return _noted(day, self._back("the day's loss was reached"), now)

    def is_good(self, result: RampResult) -> bool:
        """Return whether a result is acceptable: no loss, and no worse fills than estimated."""
        slipped = isfinite(result.beyond_bps) and (
            result.beyond_bps <= self._limits.ramp_slippage_bps
        )
        return slipped and is_signed(result.net_usd) and result.net_usd >= 0

    def _counting(self, result: RampResult) -> RampState:
        """Count a result; a good one that was small for its step or is not whole earns nothing."""
        net = result.net_usd if is_signed(result.net_usd) else Wad(0)
        state = replace(self.state, net_usd=Wad(self.state.net_usd + net), why="")
        if not self.is_good(result):
            return replace(state, bad=state.bad + 1)
        if not result.is_whole:
            return state
        large = 2 * result.traded_usd >= (self.earned() or 0)
        return replace(state, good=state.good + large, bad=0)

    def _on(self, why: str) -> RampState:
        last = len(self._limits.ramp_usd) - 1
        if self.step >= last:
            return RampState(step=self.step)
        return RampState(step=self.step + 1, why=why)

    def _back(self, why: str) -> RampState:
        return RampState(step=max(self.step - 1, 0), why=why)


def _noted(subject: str, state: RampState, now: Nanos) -> Decided:
    detail = msgspec.json.encode(state).decode()
    return Decided(what=RAMP, subject=subject, detail=detail, at=now)
