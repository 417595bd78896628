"""Pools that change each other: one plan may use only one of them.

A metapool swaps through its base pool, one contract can stand behind two entries of the table, and
Aave's modules pay GHO out of one reserve, all of which each of them takes for its own. After one of
them traded, the other is not what its snapshot says.
"""

from bot.amm.cycles import RoundTrip
from bot.amm.router import Solution
from bot.domain.units import Address
from bot.domain.venues import GHO_RESERVE, PoolSpec, Venue

_GHO = 1  # place among a module's coins
_OF_MANY = (Venue.UNISWAP_V4,)  # one contract, many pools that do not touch each other


def rivals_of(solution: Solution) -> frozenset[PoolSpec]:
    """Return the pools to leave out so that no two of the others change each other.

    Of each two, the one that brings less stays out.
    """
    by_share = sorted(solution.flows, key=lambda spec: -solution.shares.get(spec, 0.0))
    taken, left_out = set[Address](), set[PoolSpec]()
    for spec in by_share:
        touched = touched_by(spec)
        if spec.venue is Venue.GHO_GSM and solution.flows[spec][_GHO] > 0.0:
            touched |= {GHO_RESERVE}
        if touched & taken:
            left_out.add(spec)
        else:
            taken |= touched
    return frozenset(left_out)


def are_independent(trip: RoundTrip) -> bool:
    """Return whether no pool of the trip changes another one."""
    touched = [touched_by(hop.pool) for hop in trip.hops]
    return len(frozenset[Address]().union(*touched)) == sum(map(len, touched))


def touched_by(spec: PoolSpec) -> frozenset[Address]:
    """Return the contracts whose balances a swap in the pool moves, as far as others see them."""
    if spec.venue in _OF_MANY:
        return frozenset()
    return frozenset((spec.address, *(touched_by(spec.base) if spec.base is not None else ())))
