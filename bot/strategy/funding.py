"""How a round trip is paid for: by its own last pool where that can be, else by a flash lender.

A pool that pays before it is paid makes a lender needless, and every round trip that touches
Uniswap can be entered so that it ends in such a pool. Where it is entered decides in which token
the profit is made.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

import msgspec

from bot.amm.concentrated import ConcentratedPool
from bot.amm.constant_product import ConstantProductPool
from bot.amm.cycles import RoundTrip
from bot.amm.graph import Cycle
from bot.amm.optimum import Step, best_size, quote_path
from bot.amm.peg_module import PegModulePool
from bot.amm.pool import Pool
from bot.domain.plans import UNISWAP, AmountMode, Leg, Loan, Mode
from bot.domain.units import Raw
from bot.domain.venues import PoolSpec, Venue
from bot.market.lenders import GAS_OF_LENDER, LenderState, may_lend

_PANCAKE = 2  # the executor takes no call back from its pairs
_TRIMS = (1, 1_000_000_000, 1_000_000, 10_000)  # a float can be a hair above a cap


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
    trip: RoundTrip, pools: Mapping[PoolSpec, Pool], states: Sequence[LenderState]
) -> Iterator[Funding]:
    """Yield every way to pay for the trip, exactly; without a lender wherever that is possible."""
    cycles = list(_rotations(trip))
    own = [(cycle, paid) for cycle, paid in cycles if funds_itself(cycle)]
    for cycle, paid in own or cycles:
        steps: list[Step] = [(pools[hop.pool], hop.i, hop.j) for hop in cycle.hops]
        size = _fitting(steps, Raw(int(paid * 10**cycle.token.decimals)))
        if size > 0 and cycle.hops[0] is not trip.hops[0]:
            size = _entered(steps, size)
        if own and size > 0:
            yield pulled(cycle, steps, size)
        elif size > 0:
            yield from _on_loan(cycle, steps, size, states)


def _on_loan(
    cycle: Cycle, steps: Sequence[Step], size: Raw, states: Sequence[LenderState]
) -> Iterator[Funding]:
    """Yield the cycle on the free lender with the least gas, or else on every lender there is."""
    specs = [hop.pool for hop in cycle.hops]
    lenders = [state for state in states if state.token == cycle.token]
    free = [state for state in lenders if not state.fee(size) and may_lend(state, size, specs)]
    if free:
        yield _advanced(cycle, steps, min(free, key=_gas_of), size)
    else:
        yield from chain.from_iterable(
            _lent_in_part(cycle, steps, state, size) for state in lenders
        )


def _gas_of(state: LenderState) -> int:
    return GAS_OF_LENDER[state.lender]


def _rotations(trip: RoundTrip) -> Iterator[tuple[Cycle, float]]:
    """Yield the trip from each of its tokens, and what it pays there in whole coins."""
    for first, paid in enumerate(trip.paid):
        hops = trip.hops[first:] + trip.hops[:first]
        yield Cycle(token=hops[0].pool.tokens[hops[0].i], hops=hops), paid


def _fitting(steps: Sequence[Step], size: Raw) -> Raw:
    """Return `size` or a hair less: what the whole path takes; zero where it takes nothing."""
    pool, i, j = steps[0]
    size = Raw(min(size, pool.max_in(i, j)))
    for trim in _TRIMS:
        fitting = size if trim == 1 else Raw(size - size // trim - 1)
        if fitting > 0 and quote_path(steps, fitting)[-1] > 0:
            return fitting
    return Raw(0)


def _entered(steps: Sequence[Step], size: Raw) -> Raw:
    """Return the best size near `size`, which is best where the trip is entered elsewhere.

    What is gained stays in another token, so sizes differ by about the gain; the vertex of a
    parabola through three of them is off by the square of that.
    """
    gain = quote_path(steps, size)[-1] - size
    if gain <= 0 or 2 * gain >= size:
        return size
    sizes = [Raw(size - 2 * gain), Raw(size - gain), size]
    low, middle, high = (quote_path(steps, at)[-1] - at for at in sizes)
    bend = low - 2 * middle + high
    if bend < 0:
        sizes.append(Raw(sizes[1] + gain * (low - high) // (2 * bend)))
    return max(sizes, key=lambda at: quote_path(steps, at)[-1] - at)


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


def lent(
    cycle: Cycle, steps: Sequence[Step], state: LenderState, most: Raw | None = None
) -> Funding:
    """Return the cycle at its best size within what the lender has, its fee included.

    `most`, where given, is a size above which no fee makes it better.
    """

    def profit_of(size: Raw) -> int:
        return quote_path(steps, size)[-1] - size - state.fee(size)

    first, i, j = steps[0]
    upper = Raw(min(state.available if most is None else most, first.max_in(i, j)))
    return _advanced(cycle, steps, state, best_size(profit_of, upper)[0] if upper > 0 else Raw(0))


def _lent_in_part(
    cycle: Cycle, steps: Sequence[Step], state: LenderState, size: Raw
) -> Iterator[Funding]:
    """Yield the cycle on a loan with a fee, or on as much of `size` as there is; or nothing."""
    specs = [hop.pool for hop in cycle.hops]
    for most in (size, state.available, state.available // 2):
        if most <= size and may_lend(state, Raw(most), specs):
            yield lent(cycle, steps, state, Raw(most))
            return


def _advanced(cycle: Cycle, steps: Sequence[Step], state: LenderState, loan: Raw) -> Funding:
    received = quote_path(steps, loan)
    return Funding(
        cycle=cycle,
        state=state,
        fee=state.fee(loan),
        paid=(loan, *received[:-1]),
        received=received,
    )


def pulled(cycle: Cycle, steps: Sequence[Step], size: Raw | None = None) -> Funding:
    """Return the cycle at `size`, or at its best; each leg makes exactly what the next one takes.

    The amounts are worked out backwards, as the executor does: where a leg's price for an exact
    output is known, rounding leaves the difference in the first token.
    """
    first, i, j = steps[0]
    upper = first.max_in(i, j)
    if size is None:
        size = best_size(lambda at: quote_path(steps, at)[-1] - at, upper)[0] if upper else Raw(0)
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
