"""How a round trip is paid for: by its own last pool where that can be, else by a flash lender.

A pool that pays before it is paid makes a lender needless, and every cycle that touches Uniswap
ends in such a pool in one of its rotations. The rotation decides in which token the profit is made.
"""

from collections.abc import Sequence

import msgspec

from bot.amm.concentrated import ConcentratedPool
from bot.amm.constant_product import ConstantProductPool
from bot.amm.graph import Cycle
from bot.amm.optimum import Step, best_size, quote_path
from bot.amm.peg_module import PegModulePool
from bot.domain.plans import UNISWAP, Mode
from bot.domain.units import Raw
from bot.domain.venues import BALANCER_VAULT, Lender, Venue
from bot.market.lenders import LenderState

_LENDER_IS_POOL = {Lender.BALANCER_V2: BALANCER_VAULT}


class Funding(msgspec.Struct, frozen=True, kw_only=True):
    """A cycle with the amounts of every leg, and who advances the first one's input."""

    cycle: Cycle
    lender: Lender | None  # None: the last pool pays first
    fee: Raw
    paid: tuple[Raw, ...]  # into every leg
    received: tuple[Raw, ...]  # out of every leg, as far as the next one needs it

    @property
    def loan(self) -> Raw:
        """What the first leg takes."""
        return self.paid[0]

    @property
    def profit(self) -> int:
        """Last leg's output less loan and fee, in base units; negative when it loses."""
        return self.received[-1] - self.paid[0] - self.fee


def funds_itself(cycle: Cycle) -> bool:
    """Return whether the cycle's last pool can pay before it is paid."""
    return cycle.hops[-1].pool.venue in UNISWAP


def needs_lender(cycle: Cycle) -> bool:
    """Return whether no rotation of the cycle can fund itself."""
    return all(hop.pool.venue not in UNISWAP for hop in cycle.hops)


def mode_of(cycle: Cycle) -> Mode:
    """Return how a cycle that funds itself is run: a V4 leg needs the ledger."""
    in_ledger = any(hop.pool.venue is Venue.UNISWAP_V4 for hop in cycle.hops)
    return Mode.PULL_LEDGER if in_ledger else Mode.PULL


def may_fund(state: LenderState, cycle: Cycle) -> bool:
    """Return whether `state.lender` can lend while the cycle runs.

    A lender that is locked during its own loan (the Balancer vault refuses swaps, a pool refuses to
    swap while it is flashed) must not also be one of the cycle's pools.
    """
    locked = _LENDER_IS_POOL.get(state.lender)
    return state.token == cycle.token and all(hop.pool.address != locked for hop in cycle.hops)


def lent(cycle: Cycle, steps: Sequence[Step], state: LenderState) -> Funding:
    """Return the cycle at its best size within what the lender has, its fee included."""

    def profit_of(size: Raw) -> int:
        return quote_path(steps, size)[-1] - size - state.fee(size)

    first, i, j = steps[0]
    upper = Raw(min(state.available, first.max_in(i, j)))
    loan = best_size(profit_of, upper)[0] if upper > 0 else Raw(0)
    received = quote_path(steps, loan)
    return Funding(
        cycle=cycle,
        lender=state.lender,
        fee=state.fee(loan),
        paid=(loan, *received[:-1]),
        received=received,
    )


def pulled(cycle: Cycle, steps: Sequence[Step]) -> Funding:
    """Return the cycle at its best size, each leg asked for exactly what the next one takes.

    The amounts are worked out backwards, as the executor does: where a leg's price for an exact
    output is known, rounding leaves the difference in the loan token.
    """

    def profit_of(size: Raw) -> int:
        return quote_path(steps, size)[-1] - size

    first, i, j = steps[0]
    upper = first.max_in(i, j)
    size = best_size(profit_of, upper)[0] if upper > 0 else Raw(0)
    received = list(quote_path(steps, size))
    paid = [size, *received[:-1]]
    for at in range(len(steps) - 2, -1, -1):
        received[at] = paid[at + 1]
        paid[at] = _price(steps[at], received[at], paid[at])
    return Funding(cycle=cycle, lender=None, fee=Raw(0), paid=tuple(paid), received=tuple(received))


def _price(step: Step, wanted: Raw, quoted: Raw) -> Raw:
    """Return what `wanted` costs; what was quoted, where exact outputs have no price."""
    pool, i, j = step
    if isinstance(pool, ConstantProductPool | ConcentratedPool | PegModulePool):
        return pool.amount_in(i, j, wanted) or quoted
    return quoted
