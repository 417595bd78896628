"""How a round trip is paid for: by its own last pool where that can be, else by a flash lender.

A pool that pays before it is paid makes a lender needless, and every round trip that touches
Uniswap can be entered so that it ends in such a pool. Where it is entered decides in which token
the profit is made.
"""

from collections.abc import Callable, Iterator, Sequence

import msgspec

from bot.amm.concentrated import ConcentratedPool
from bot.amm.constant_product import ConstantProductPool
from bot.amm.cycles import RoundTrip
from bot.amm.graph import Cycle, Hop
from bot.amm.optimum import Step, quote_path
from bot.amm.path_sizing import SizedPath
from bot.amm.peg_module import PegModulePool
from bot.domain.plans import UNISWAP, AmountMode, Leg, Loan, Mode
from bot.domain.units import Raw
from bot.domain.venues import Venue
from bot.market.lenders import GAS_OF_LENDER, LenderState, may_lend

_PANCAKE = 2  # the executor takes no call back from its pairs


class Funding(msgspec.Struct, frozen=True, kw_only=True):
    """A cycle with the amounts of every leg, and who advances the first one's input."""

    cycle: Cycle
    state: LenderState | None  # None: the last pool pays first
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

    @property
    def mode(self) -> Mode:
        """How it is run."""
        return mode_of(self.cycle) if self.state is None else Mode.PUSH

    @property
    def loans(self) -> tuple[Loan, ...]:
        """The lender's loan, where there is one."""
        return () if self.state is None else (self.state.loan(self.loan),)

    @property
    def legs(self) -> tuple[Leg, ...]:
        """The swaps with their amounts; on a loan each takes all there is."""
        takes = AmountMode.EXACT if self.state is None else AmountMode.ALL
        return tuple(
            Leg(
                pool=hop.pool,
                coin_in=hop.i,
                coin_out=hop.j,
                amount_in=paid,
                amount_out=received,
                takes=takes,
            )
            for hop, paid, received in zip(self.cycle.hops, self.paid, self.received, strict=True)
        )


def fundings_of(
    trip: RoundTrip, path_of: Callable[[Sequence[Hop]], SizedPath], states: Sequence[LenderState]
) -> Iterator[Funding]:
    """Yield every way to pay for the trip, exactly; without a lender wherever that is possible.

    `path_of` is the market that the trip was found in.
    """
    cycles = [_begun_at(trip, first) for first in range(len(trip.hops))]
    own = [cycle for cycle in cycles if funds_itself(cycle)]
    for cycle in own or cycles:
        path = path_of(cycle.hops)
        size, received = path.best()
        if own and size > 0:
            yield pulled(cycle, path.steps, size)
        elif size > 0:
            yield from _on_loan(cycle, path, (size, received), states)


def _begun_at(trip: RoundTrip, first: int) -> Cycle:
    hops = trip.hops[first:] + trip.hops[:first]
    return Cycle(token=hops[0].pool.tokens[hops[0].i], hops=hops)


def _on_loan(
    cycle: Cycle, path: SizedPath, free: tuple[Raw, tuple[Raw, ...]], states: Sequence[LenderState]
) -> Iterator[Funding]:
    """Yield the cycle on the free lender with the least gas, or else on every lender there is."""
    size, received = free
    specs = [hop.pool for hop in cycle.hops]
    lenders = [state for state in states if state.token == cycle.token]
    without_fee = [s for s in lenders if not s.fee(size) and may_lend(s, size, specs)]
    if without_fee:
        yield _advanced(cycle, min(without_fee, key=_gas_of), size, received)
    else:
        for state in lenders:
            yield from _lent_in_part(cycle, path, state, size)


def _gas_of(state: LenderState) -> int:
    return GAS_OF_LENDER[state.lender]


def funds_itself(cycle: Cycle) -> bool:
    """Return whether the cycle's last pool can pay before it is paid.

    Inside V4's ledger a pair cannot: it calls back whom it pays.
    """
    last = cycle.hops[-1].pool
    if last.venue is Venue.UNISWAP_V2:
        return last.factory != _PANCAKE and mode_of(cycle) is Mode.PULL
    return last.venue in UNISWAP


def mode_of(cycle: Cycle) -> Mode:
    """Return how a cycle that funds itself is run: a V4 leg needs the ledger."""
    in_ledger = any(hop.pool.venue is Venue.UNISWAP_V4 for hop in cycle.hops)
    return Mode.PULL_LEDGER if in_ledger else Mode.PULL


def _lent_in_part(
    cycle: Cycle, path: SizedPath, state: LenderState, size: Raw
) -> Iterator[Funding]:
    """Yield the cycle on a loan with a fee, or on as much of `size` as there is; or nothing."""
    specs = [hop.pool for hop in cycle.hops]
    for most in (size, state.available, Raw(state.available // 2)):
        if most <= size and may_lend(state, most, specs):
            loan, received = path.best(state.charge.rate / state.charge.scale, most)
            if loan > 0:
                yield _advanced(cycle, state, loan, received)
            return


def _advanced(cycle: Cycle, state: LenderState, loan: Raw, received: tuple[Raw, ...]) -> Funding:
    return Funding(
        cycle=cycle,
        state=state,
        fee=state.fee(loan),
        paid=(loan, *received[:-1]),
        received=received,
    )


def pulled(cycle: Cycle, steps: Sequence[Step], size: Raw) -> Funding:
    """Return the cycle at `size`; each leg makes exactly what the next one takes.

    The amounts are worked out backwards, as the executor does: where a leg's price for an exact
    output is known, rounding leaves the difference in the first token.
    """
    received = list(quote_path(steps, size))
    paid = [size, *received[:-1]]
    for at in range(len(steps) - 2, -1, -1):
        received[at] = paid[at + 1]
        paid[at] = _price(steps[at], received[at], paid[at])
    return Funding(cycle=cycle, state=None, fee=Raw(0), paid=tuple(paid), received=tuple(received))


def _price(step: Step, wanted: Raw, quoted: Raw) -> Raw:
    """Return what `wanted` costs; what was quoted, where exact outputs have no price."""
    pool, i, j = step
    if isinstance(pool, ConstantProductPool | ConcentratedPool | PegModulePool):
        return pool.amount_in(i, j, wanted) or quoted
    return quoted
