"""The gate: every configured simulator must agree with a plan, or it does not go out."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack

import msgspec
import structlog

from bot.execution.access_list import Touched
from bot.execution.signing import SignedTransaction, TransactionFields
from bot.execution.simulation import (
    Agrees,
    Disagrees,
    Failed,
    Figure,
    Proposal,
    Simulator,
    Verdict,
)

log = structlog.get_logger()


class Passed(msgspec.Struct, frozen=True, kw_only=True):
    """All agree."""

    gas_used: int
    touched: Touched | None  # None: nobody knows
    simulators: tuple[str, ...]


class Stopped(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody does not, or did not answer; `by_pools` where nobody says otherwise."""

    simulators: str
    reason: str
    by_pools: bool


class SignedSimulation(msgspec.Struct, frozen=True, kw_only=True):
    """Who is shown the signed transaction, when everybody else agrees."""

    simulator: Simulator
    sign: Callable[[TransactionFields], SignedTransaction]
    is_required: bool = True  # false: a missing answer stops nothing


class SimulationGate:
    """Asks all at once; what is signed is shown to its simulator last, with its final fees."""

    def __init__(self, first: Sequence[Simulator], signed: SignedSimulation | None = None) -> None:
        """One of `first` at least must tell the gas: a node does.

        What runs in this process comes first: it runs while the others are on their way.
        """
        self._first, self._signed = tuple(first), signed

    def passes(self, proposal: Proposal) -> Passed | Stopped:
        """Return whether everybody agrees who needs no signature."""
        with ExitStack() as stack:
            asked = [stack.enter_context(one.asked(proposal)) for one in self._first]
            verdicts = [hear() for hear in asked]
        return _stopped(verdicts) or _passed(verdicts)

    def passes_signed(
        self, proposal: Proposal, fields: TransactionFields
    ) -> tuple[str, ...] | Stopped:
        """Return who agrees with the signed transaction; nobody, where nobody had to.

        What was signed is not sent by this: it goes out as the same bytes, or not at all.
        """
        signed = self._signed
        if signed is None:
            return ()
        whole = msgspec.structs.replace(proposal, signed=signed.sign(fields).raw)
        with signed.simulator.asked(whole) as hear:
            verdict = hear()
        if isinstance(verdict, Failed) and verdict.is_missing and not signed.is_required:
            log.warning("simulation_missing", simulator=verdict.simulator, reason=verdict.reason)
            return ()
        stopped = _stopped([verdict])
        if stopped is None:
            return (verdict.simulator,)
        return msgspec.structs.replace(stopped, by_pools=False)  # everybody else agrees


def _passed(verdicts: Sequence[Verdict]) -> Passed | Stopped:
    agreed = [one for one in verdicts if isinstance(one, Agrees)]
    gas = [(one.simulated.gas_used, one) for one in agreed if one.simulated.gas_used is not None]
    if not gas:
        return Stopped(simulators="everybody", reason="nobody told the gas", by_pools=False)
    (gas_used, _), *others = gas
    for found, one in others:
        if found != gas_used:
            differing = Disagrees(
                simulator=one.simulator,
                figure=Figure.GAS,
                planned=gas_used,
                found=found,
                by_pools=False,
            )
            return _stop([differing])
    known = (one.simulated.touched for one in agreed)
    return Passed(
        gas_used=gas_used,
        touched=next((touched for touched in known if touched is not None), None),
        simulators=tuple(one.simulator for one in agreed),
    )


def _stopped(verdicts: Sequence[Verdict]) -> Stopped | None:
    against = [one for one in verdicts if not isinstance(one, Agrees)]
    return _stop(against) if against else None


def _stop(against: Sequence[Disagrees | Failed]) -> Stopped:
    reasons = dict.fromkeys(one.reason for one in against)
    if len(reasons) > 1:
        reasons = dict.fromkeys(f"{one.simulator}: {one.reason}" for one in against)
    return Stopped(
        simulators=" and ".join(one.simulator for one in against),
        reason="; ".join(reasons),
        by_pools=all(one.by_pools for one in against),
    )
