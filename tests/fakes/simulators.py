"""Stand-ins for simulators and for a relay that simulates: they say what a test tells them to."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from fakes.markets import book_of
from fakes.tickets import PLAN

from bot.domain.errors import RepegError
from bot.domain.units import GWEI, Address, Raw, Wei
from bot.execution.bundles import BundleSimulation
from bot.execution.signing import SignedTransaction, TransactionFields
from bot.execution.simulation import Agrees, Call, Proposal, Simulated, Simulator, Verdict

TIP = Wei(2 * GWEI)
GAS_USED = 300_000
PROPOSAL = Proposal(
    plan=PLAN,
    book=book_of([]),
    call=Call(
        sender=Address("0x" + "11" * 20),
        to=Address("0x" + "22" * 20),
        data=b"\x01",
        max_fee_per_gas=Wei(3 * GWEI),
        priority_fee_per_gas=TIP,
    ),
    gas_used=GAS_USED,
    signed=b"\x02signed",
)
FIELDS = TransactionFields(
    chain_id=1,
    nonce=0,
    to=PROPOSAL.call.to,
    data=PROPOSAL.call.data,
    gas_limit=2 * GAS_USED,
    max_fee_per_gas=PROPOSAL.call.max_fee_per_gas,
    priority_fee_per_gas=TIP,
)


class ToldSimulator:
    """Says one verdict, and remembers what it was asked and when others were asked."""

    def __init__(self, name: str, verdict: Verdict | None = None) -> None:
        self.name = name
        self.verdict = verdict or agreeing(name)
        self.proposals: list[Proposal] = []
        self.on_hearing: Callable[[], None] = lambda: None

    @contextmanager
    def asked(self, proposal: Proposal) -> Iterator[Callable[[], Verdict]]:
        self.proposals.append(proposal)
        yield self._hear

    def _hear(self) -> Verdict:
        self.on_hearing()
        return self.verdict


class ToldRelay:
    """Simulates as told, or raises; counts how often it was asked."""

    def __init__(self) -> None:
        self.answer = simulated_by_relay()
        self.failure: RepegError | None = None
        self.asked: list[tuple[bytes, int, int | None, int | None]] = []

    def simulate(
        self,
        raw_tx: bytes,
        target_block: int,
        *,
        state_block: int | None = None,
        timestamp_s: int | None = None,
    ) -> BundleSimulation:
        self.asked.append((raw_tx, target_block, state_block, timestamp_s))
        if self.failure is not None:
            raise self.failure
        return self.answer


def simulated_by_relay() -> BundleSimulation:
    """What an honest relay says of the proposal."""
    return BundleSimulation(
        bundle_hash="0x",
        gas_used=GAS_USED,
        coinbase_payment=Wei(TIP * GAS_USED),
        state_block=PROPOSAL.book.block,
        error=None,
        returned=PLAN.profit.to_bytes(32, "big"),
    )


def agreeing(name: str, *, gas: int | None = GAS_USED) -> Agrees:
    """The plan's own profit."""
    return Agrees(simulator=name, simulated=Simulated(profit=Raw(PLAN.profit), gas_used=gas))


def signed_as_bytes(fields: TransactionFields) -> SignedTransaction:
    """No signature: the nonce."""
    return SignedTransaction(raw=b"\x02" + bytes([fields.nonce]), hash="0x")


_fits_the_port: type[Simulator] = ToldSimulator
