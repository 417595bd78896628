"""Curve's pools as the lens tells them."""

import msgspec

from bot.amm.generations import generation_of
from bot.amm.metapool import MetaPool
from bot.amm.pool import Pool
from bot.amm.ramp import Ramp
from bot.amm.stableswap import StableSwapPool
from bot.amm.stableswap_ng import StableSwapNgPool
from bot.chain.abi import encode
from bot.chain.answers import number, numbers, offset
from bot.domain.units import Raw
from bot.domain.venues import PoolSpec

_RAMP, _KILLED, _TIMESTAMP, _BALANCES = 4, 8, 9, 10  # words of the lens's CurveState


class _Terms(msgspec.Struct, frozen=True):
    amplification: int
    precision: int
    fee: int
    admin_fee: int
    ramp: Ramp | None
    killed: bool
    timestamp_s: int
    balances: tuple[Raw, ...]


def classic_view(spec: PoolSpec) -> bytes:
    """Return the question for a pool of the first generations."""
    return encode("curve(address,uint256)", spec.address, len(spec.tokens))


def classic_pool(spec: PoolSpec, block: int, answer: bytes) -> Pool:
    """Return the snapshot of a pool of the first generations."""
    return _classic(spec, block, _terms(answer, offset(answer, 0)))


def next_generation_view(spec: PoolSpec) -> bytes:
    """Return the question for a plain StableSwap-NG pool."""
    return encode("stableSwapNg(address)", spec.address)


def next_generation_pool(spec: PoolSpec, block: int, answer: bytes) -> Pool:
    """Return the snapshot of a plain StableSwap-NG pool."""
    terms = _terms(answer, offset(answer, 0))
    return StableSwapNgPool(
        spec=spec,
        block=block,
        amplification=terms.amplification,
        fee=terms.fee,
        offpeg_fee_multiplier=number(answer, 1),
        admin_fee=terms.admin_fee,
        balances=terms.balances,
        rates=numbers(answer, 2),
        ramp=terms.ramp,
        timestamp_s=terms.timestamp_s,
    )


def metapool_view(spec: PoolSpec) -> bytes:
    """Return the question for a metapool and its base."""
    base = spec.base
    if base is None or spec.shares is None:
        raise ValueError(f"{spec.name}: a metapool needs its base and the base's shares")
    where = (spec.address, base.address, spec.shares, len(base.tokens))
    return encode("metapool(address,address,address,uint256)", *where)


def metapool(spec: PoolSpec, block: int, answer: bytes) -> Pool:
    """Return the snapshot of a metapool and its base."""
    if spec.base is None:
        raise ValueError(f"{spec.name}: a metapool needs its base")
    terms = _terms(answer, offset(answer, 0))
    coin, shares = terms.balances
    return MetaPool(
        spec=spec,
        block=block,
        amplification=terms.amplification,
        amplification_precision=terms.precision,
        fee=terms.fee,
        admin_fee=terms.admin_fee,
        balances=(coin, shares),
        killed=terms.killed,
        ramp=terms.ramp,
        timestamp_s=terms.timestamp_s,
        base=_classic(spec.base, block, _terms(answer, offset(answer, 1))),
        base_supply=Raw(number(answer, 2)),
        base_virtual_price=number(answer, 3),
        base_cache_updated=number(answer, 4),
    )


def _classic(spec: PoolSpec, block: int, terms: _Terms) -> StableSwapPool:
    return StableSwapPool(
        spec=spec,
        block=block,
        amplification=terms.amplification,
        amplification_precision=terms.precision,
        fee=terms.fee,
        admin_fee=terms.admin_fee,
        balances=terms.balances,
        generation=generation_of(spec, terms.precision),
        killed=terms.killed,
        ramp=terms.ramp,
        timestamp_s=terms.timestamp_s,
    )


def _terms(answer: bytes, start: int) -> _Terms:
    timestamp_s = number(answer, _TIMESTAMP, start)
    initial, future, begin, end = (number(answer, _RAMP + k, start) for k in range(4))
    moving = Ramp(initial=initial, future=future, initial_time=begin, future_time=end)
    return _Terms(
        amplification=number(answer, 0, start),
        precision=number(answer, 1, start),
        fee=number(answer, 2, start),
        admin_fee=number(answer, 3, start),
        ramp=moving if end > timestamp_s else None,
        killed=bool(number(answer, _KILLED, start)),
        timestamp_s=timestamp_s,
        balances=tuple(map(Raw, numbers(answer, _BALANCES, start))),
    )
