"""The relay's simulation: the signed transaction itself, by `eth_callBundle`.

The relay sees what it would be sent anyway, a moment sooner, and nobody else does. It is asked no
more often than it grants, and not at all while it wants to be left alone.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from bot.chain.abi import word
from bot.domain.errors import OutcomeUnknown, RelayRefused, RelayUnavailable, SimulationFailed
from bot.domain.units import NANOS_PER_S, Nanos, Raw
from bot.execution.bundles import BundleSimulation
from bot.execution.relay_health import RelayHealth
from bot.execution.simulation import (
    Disagrees,
    Failed,
    Figure,
    Proposal,
    Simulated,
    Verdict,
    heard,
)

THE_RELAY = "the relay"
_BURST = 4.0  # at once, after a rest: a block's plans and those of a head that replaced it


class CallsBundles(Protocol):
    """The part of a relay that simulates."""

    def simulate(
        self,
        raw_tx: bytes,
        target_block: int,
        *,
        state_block: int | None = None,
        timestamp_s: int | None = None,
    ) -> BundleSimulation:
        """See `FlashbotsRelay.simulate`."""


class Allowance:
    """So many requests a second, a few of them at once after a rest."""

    def __init__(self, per_s: float, now: Callable[[], int]) -> None:
        self._per_s, self._now = per_s, now
        self._left, self._at = _BURST, now()

    def take(self) -> bool:
        """Return whether one may leave now, and count it."""
        now = self._now()
        grown = (now - self._at) * self._per_s / NANOS_PER_S
        self._left, self._at = min(self._left + grown, _BURST), now
        if self._left < 1:
            return False
        self._left -= 1
        return True


class RelaySimulator:
    """Asks one relay about proposals that are signed."""

    name = THE_RELAY

    def __init__(
        self, relay: CallsBundles, per_s: float, now: Callable[[], int] = time.monotonic_ns
    ) -> None:
        self._relay, self._now = relay, now
        self._allowance, self._health = Allowance(per_s, now), RelayHealth()

    @contextmanager
    def asked(self, proposal: Proposal) -> Iterator[Callable[[], Verdict]]:
        """See `Simulator.asked`; the request leaves when the verdict is waited for."""
        yield lambda: self._verdict(proposal)

    def _verdict(self, proposal: Proposal) -> Verdict:
        if not self._allowance.take():
            return _missing("as many requests as a second has room for have been made")
        if not self._health.may_try(Nanos(self._now())):
            return _missing("it is left alone after failures, or because it asked for that")
        try:
            answer = self._relay.simulate(
                proposal.signed,
                proposal.book.block + 1,
                state_block=proposal.book.block,
                timestamp_s=proposal.book.next_timestamp_s,
            )
        except RelayUnavailable as error:
            self._told(well=False, wait_s=error.retry_after_s)
            return _missing(str(error))
        except (RelayRefused, OutcomeUnknown) as error:
            self._told(well=False)
            return _missing(str(error))
        except SimulationFailed as error:
            self._told(well=True)
            return Failed(simulator=THE_RELAY, reason=error.reason)
        self._told(well=True)
        return _judged(proposal, answer)

    def _told(self, *, well: bool, wait_s: float | None = None) -> None:
        self._health.told(Nanos(self._now()), well=well, wait_s=wait_s)


def _missing(reason: str) -> Failed:
    return Failed(simulator=THE_RELAY, reason=reason, is_missing=True)


def _judged(proposal: Proposal, answer: BundleSimulation) -> Verdict:
    """Return what an answer means; what it says of another block says nothing."""
    if answer.state_block != proposal.book.block:
        return _missing(f"it simulated on block {answer.state_block}")
    if answer.error is not None:
        return Failed(simulator=THE_RELAY, reason=f"reverted: {answer.error}")
    if len(answer.returned) != 32:
        return _missing("it does not tell what the transaction returned")
    if answer.gas_used > proposal.gas_used:
        return Disagrees(
            simulator=THE_RELAY,
            figure=Figure.GAS,
            planned=proposal.gas_used,
            found=answer.gas_used,
            by_pools=False,
        )
    simulated = Simulated(
        profit=Raw(word(answer.returned, 0)),
        gas_used=answer.gas_used,
        paid=answer.coinbase_payment,
    )
    return heard(THE_RELAY, proposal, lambda: simulated)
