"""Which lender funds a cycle best: fee, cap, gas, and who must not be borrowed from."""

from collections.abc import Sequence

import msgspec

from bot.amm.graph import Cycle
from bot.amm.optimum import Step, best_size, quote_path
from bot.domain.units import Raw
from bot.domain.venues import BALANCER_VAULT, Lender
from bot.market.lenders import LenderState

_LENDER_IS_POOL = {Lender.BALANCER_V2: BALANCER_VAULT}


class Funding(msgspec.Struct, frozen=True, kw_only=True):
    """A cycle with its loan sized for one lender."""

    cycle: Cycle
    lender: Lender
    loan: Raw
    fee: Raw
    amounts: tuple[Raw, ...]  # after every leg

    @property
    def profit(self) -> int:
        """Last leg's output less loan and fee, in base units; negative when it loses."""
        return self.amounts[-1] - self.loan - self.fee


def may_fund(state: LenderState, cycle: Cycle) -> bool:
    """Return whether `state.lender` can lend while the cycle runs.

    A lender that is locked during its own loan (the Balancer vault refuses swaps, a pool refuses to
    swap while it is flashed) must not also be one of the cycle's pools.
    """
    locked = _LENDER_IS_POOL.get(state.lender)
    return state.token == cycle.token and all(hop.pool.address != locked for hop in cycle.hops)


def size_for(cycle: Cycle, steps: Sequence[Step], state: LenderState) -> Funding:
    """Return the cycle at its best size within what the lender has, its fee included."""
    first, i, j = steps[0]

    def profit_of(size: Raw) -> int:
        return quote_path(steps, size)[-1] - size - state.fee(size)

    upper = Raw(min(state.available, first.max_in(i, j)))
    if upper <= 0:
        return Funding(cycle=cycle, lender=state.lender, loan=Raw(0), fee=Raw(0), amounts=(Raw(0),))
    loan, _ = best_size(profit_of, upper)
    return Funding(
        cycle=cycle,
        lender=state.lender,
        loan=loan,
        fee=state.fee(loan),
        amounts=quote_path(steps, loan),
    )
