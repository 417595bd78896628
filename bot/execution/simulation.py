"""What simulators are asked, and what they may say: the port of the gate before a signature.

A plan's own calldata is run on the state of the block it was made on, as the first transaction of
the next. A simulator agrees to the base unit or it does not; there is nothing in between.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from enum import Enum
from typing import Any, Protocol

import msgspec

from bot.domain.errors import NodeRefused, NodeUnreachable, SimulationFailed
from bot.domain.plans import Plan
from bot.domain.units import Address, Raw, Wei
from bot.execution.access_list import AccessList, Touched, spelled_out
from bot.market.book import MarketBook

GAS_LIMIT = 15_000_000  # below EIP-7825's cap on one transaction


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """The transaction to simulate, without signature and nonce."""

    sender: Address
    to: Address
    data: bytes
    gas_limit: int = GAS_LIMIT
    max_fee_per_gas: Wei = Wei(0)
    priority_fee_per_gas: Wei = Wei(0)
    access_list: AccessList = ()

    @property
    def free(self) -> dict[str, Any]:
        """The call as JSON-RPC wants it, as if gas cost nothing, without access list."""
        return {
            "from": self.sender,
            "to": self.to,
            "input": "0x" + self.data.hex(),
            "gas": hex(GAS_LIMIT),
        }

    @property
    def paid(self) -> dict[str, Any]:
        """The call as JSON-RPC wants it, with all that is signed except the nonce."""
        return self.free | {
            "gas": hex(self.gas_limit),
            "maxFeePerGas": hex(self.max_fee_per_gas),
            "maxPriorityFeePerGas": hex(self.priority_fee_per_gas),
            "accessList": spelled_out(self.access_list),
        }


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """A plan as the transaction that carries it."""

    plan: Plan
    book: MarketBook
    call: Call
    gas_used: int = 0  # priced into the fees, where it is signed
    signed: bytes = b""  # the very bytes that would be sent, where the fees are final


class Simulated(msgspec.Struct, frozen=True, kw_only=True):
    """What an execution returned."""

    profit: Raw
    gas_used: int | None = None  # of the whole transaction, after refunds; None: not known
    paid: Wei | None = None  # to the block's builder in all; None: not looked at
    touched: Touched | None = None  # None: not known


class Figure(Enum):
    """What a simulator can disagree about."""

    PROFIT = "profit in base units"
    GAS = "gas"
    PAYMENT = "wei to the builder"


class Agrees(msgspec.Struct, frozen=True, kw_only=True):
    """It ended exactly where the plan said."""

    simulator: str
    simulated: Simulated


class Disagrees(msgspec.Struct, frozen=True, kw_only=True):
    """It ran, and ended elsewhere."""

    simulator: str
    figure: Figure
    planned: int
    found: int
    by_pools: bool = True

    @property
    def reason(self) -> str:
        """Both figures."""
        return f"{self.figure.value}: {self.found}, the plan said {self.planned}"


class Failed(msgspec.Struct, frozen=True, kw_only=True):
    """It reverted, or there is no answer; `by_pools` as in `SimulationFailed`."""

    simulator: str
    reason: str
    by_pools: bool = False
    is_missing: bool = False  # nothing was heard of the plan itself


Verdict = Agrees | Disagrees | Failed


class Simulator(Protocol):
    """Runs plans somewhere; several are asked at once."""

    @property
    def name(self) -> str:
        """What it is called in reasons."""

    def asked(self, proposal: Proposal) -> AbstractContextManager[Callable[[], Verdict]]:
        """Begin, and have the verdict told within the with-block, once.

        Whatever goes wrong is a verdict too.
        """


def heard(name: str, proposal: Proposal, run: Callable[[], Simulated]) -> Verdict:
    """Return what a run makes of a plan: every figure that it knows must be the plan's."""
    try:
        simulated = run()
    except SimulationFailed as error:
        return Failed(simulator=name, reason=error.reason, by_pools=error.by_pools)
    except (NodeUnreachable, NodeRefused) as error:
        return Failed(simulator=name, reason=str(error), is_missing=True)
    plan = proposal.plan
    if simulated.profit != plan.profit:
        return Disagrees(
            simulator=name,
            figure=Figure.PROFIT,
            planned=plan.profit,
            found=simulated.profit,
        )
    return _wrong_payment(name, proposal, simulated) or Agrees(simulator=name, simulated=simulated)


def _wrong_payment(name: str, proposal: Proposal, simulated: Simulated) -> Disagrees | None:
    if simulated.paid is None or simulated.gas_used is None:
        return None
    owed = proposal.call.priority_fee_per_gas * simulated.gas_used
    tip = proposal.plan.tip
    most = owed + (0 if tip is None else tip.cap)
    if owed <= simulated.paid <= most:
        return None
    return Disagrees(
        simulator=name,
        figure=Figure.PAYMENT,
        planned=owed if simulated.paid < owed else most,
        found=simulated.paid,
        by_pools=False,
    )
