"""The relay that holds hinted transactions: takes backruns, and runs them where it does."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
from eth_utils.crypto import keccak

from bot.domain.errors import (
    NodeUnreachable,
    OutcomeUnknown,
    RelayRefused,
    RelayUnavailable,
    SimulationFailed,
)
from bot.domain.units import Nanos
from bot.execution.bundle_letters import Identity, Letter
from bot.execution.bundles import BundleReceipt
from bot.execution.mev_share_letters import Backrun, backrun_letter, simulation_letter
from bot.execution.mev_share_options import MevShareOptions
from bot.execution.relay_transport import RelayTransport
from bot.execution.simulation import Proposal, Simulated, Verdict, heard

NAME = "mev_simBundle"


class _Ran(msgspec.Struct, frozen=True):
    success: bool
    error: str = "no reason given"


class MevShareRelay:
    """One relay; one attempt per call."""

    def __init__(self, url: str, identity: Identity, options: MevShareOptions) -> None:
        self.options = options
        self._identity = identity
        self._transport = RelayTransport(url, timeout_s=options.timeout_s)

    def send(self, backrun: Backrun) -> BundleReceipt:
        """Hand over a backrun; the receipt's bundle hash is the relay's own name for it.

        Raises:
            RelayUnavailable: certainly not taken.
            RelayRefused: understood and refused.
            OutcomeUnknown: it may be held until its last block has passed.
        """
        answer = self._post(backrun_letter(backrun, self.options, self._identity))
        found = answer.get("bundleHash") if isinstance(answer, dict) else None
        if not isinstance(found, str):
            raise OutcomeUnknown(self._transport.url, f"no bundle hash in {answer!r:.80}")
        return BundleReceipt(
            bundle_hash=found,
            transaction_hash="0x" + keccak(backrun.transaction).hex(),
            target_block=backrun.block,
            sent_at=Nanos(self._transport.sent_at),
        )

    def simulate(self, backrun: Backrun) -> None:
        """Let the relay run a backrun behind its transaction.

        Raises:
            SimulationFailed: it would not run.
            NodeUnreachable: no answer that says so or otherwise.
        """
        try:
            answer = self._post(simulation_letter(backrun, self._identity))
            ran = msgspec.convert(answer, _Ran)
        except RelayRefused as error:
            raise SimulationFailed(NAME, str(error), by_pools=False) from error
        except (RelayUnavailable, OutcomeUnknown, msgspec.ValidationError) as error:
            raise NodeUnreachable(NAME, str(error)) from error
        if not ran.success:
            raise SimulationFailed(NAME, ran.error, by_pools=False)

    def _post(self, letter: Letter) -> Any:
        return self._transport.post(letter.body, letter.headers)


class RelayReplay:
    """`Simulator` of what is signed; it tells neither profit nor gas of the backrun alone."""

    name = NAME

    def __init__(self, relay: MevShareRelay, behind: str) -> None:
        self._relay, self._behind = relay, behind

    @contextmanager
    def asked(self, proposal: Proposal) -> Iterator[Callable[[], Verdict]]:
        """See `Simulator.asked`."""
        yield lambda: heard(NAME, proposal, lambda: self._run(proposal))

    def _run(self, proposal: Proposal) -> Simulated:
        block = proposal.book.block + 1
        backrun = Backrun(
            behind=self._behind, transaction=proposal.signed, block=block, last_block=block
        )
        self._relay.simulate(backrun)
        return Simulated(profit=proposal.plan.profit)  # by the executor's own minimum, no more
