"""Balancer V2's pools as the lens tells them."""

import msgspec

from bot.amm.balancer_curve import Rounding
from bot.amm.balancer_stable import BalancerStablePool
from bot.amm.balancer_weighted import BalancerWeightedPool
from bot.amm.pool import Pool
from bot.amm.ramp import Ramp
from bot.chain.abi import encode
from bot.chain.answers import number, numbers, offset
from bot.domain.units import Raw, Wad
from bot.domain.venues import PoolSpec


class _State(msgspec.Struct, frozen=True):
    fee: Wad
    lists_itself: bool
    paused: bool
    balances: tuple[Raw, ...]
    scaling: tuple[Wad, ...]


def stable_view(spec: PoolSpec) -> bytes:
    """Return the question for a stable pool."""
    return encode("balancerStable(address,bytes32)", spec.address, spec.pool_ids[0])


def stable(spec: PoolSpec, block: int, answer: bytes) -> Pool | None:
    """Return the snapshot of a stable pool; None where it has other coins than the table says."""
    state = _state(spec, answer)
    if state is None:
        return None
    initial, future, begin, end = (number(answer, 2 + k) for k in range(4))
    moving = Ramp(initial=initial, future=future, initial_time=begin, future_time=end)
    return BalancerStablePool(
        spec=spec,
        block=block,
        balances=state.balances,
        amplification=number(answer, 1),
        fee=state.fee,
        scaling_factors=state.scaling,
        rounding=Rounding.COMPOSABLE if state.lists_itself else Rounding.FIRST,
        paused=state.paused,
        ramp=moving if end else None,
    )


def weighted_view(spec: PoolSpec) -> bytes:
    """Return the question for a weighted pool."""
    return encode("balancerWeighted(address,bytes32)", spec.address, spec.pool_ids[0])


def weighted(spec: PoolSpec, block: int, answer: bytes) -> Pool | None:
    """Return the snapshot of a weighted pool; None where it has other coins than the table says."""
    state = _state(spec, answer)
    if state is None:
        return None
    return BalancerWeightedPool(
        spec=spec,
        block=block,
        balances=state.balances,
        weights=tuple(map(Wad, numbers(answer, 1))),
        fee=state.fee,
        paused=state.paused,
    )


def _state(spec: PoolSpec, answer: bytes) -> _State | None:
    start = offset(answer, 0)
    if numbers(answer, 3, start) != tuple(int(token.address, 16) for token in spec.tokens):
        return None
    return _State(
        fee=Wad(number(answer, 0, start)),
        lists_itself=bool(number(answer, 1, start)),
        paused=bool(number(answer, 2, start)),
        balances=tuple(map(Raw, numbers(answer, 4, start))),
        scaling=tuple(map(Wad, numbers(answer, 5, start))),
    )
