"""Uniswap's pools as the lens tells them."""

from bot.amm.concentrated import ConcentratedPool
from bot.amm.constant_product import ConstantProductPool
from bot.amm.pool import Pool
from bot.chain.abi import encode, signed_word
from bot.chain.answers import number, numbers, offset
from bot.chain.pool_key import pool_id
from bot.domain.units import Pips, Raw
from bot.domain.venues import PoolSpec, Venue

_WORDS_EACH_SIDE = 4  # 1,024 tick spacings up and down: 10 % of price where the spacing is one
_PAIR_FEES = (Pips(3_000), Pips(3_000), Pips(2_500))  # by factory: Uniswap, Sushi, Pancake


def pair_view(spec: PoolSpec) -> bytes:
    """Return the question for a V2 pair."""
    return encode("uniswapV2(address)", spec.address)


def pair(spec: PoolSpec, block: int, answer: bytes) -> Pool:
    """Return the snapshot of a V2 pair."""
    return ConstantProductPool(
        spec=spec,
        block=block,
        reserves=(Raw(number(answer, 0)), Raw(number(answer, 1))),
        fee=_PAIR_FEES[spec.factory],
    )


def ranges_view(spec: PoolSpec) -> bytes:
    """Return the question for a pool of V3 or V4."""
    if spec.venue is Venue.UNISWAP_V4:
        where = (spec.address, pool_id(spec), spec.tick_spacing)
        return encode("uniswapV4(address,bytes32,int24,uint256)", *where, _WORDS_EACH_SIDE)
    return encode("uniswapV3(address,uint256)", spec.address, _WORDS_EACH_SIDE)


def ranges(spec: PoolSpec, block: int, answer: bytes) -> Pool | None:
    """Return the snapshot of a pool of V3 or V4; None where nobody has given it a price."""
    start = offset(answer, 0)
    if not number(answer, 0, start):
        return None
    first = start // 32
    return ConcentratedPool(
        spec=spec,
        block=block,
        sqrt_price_x96=number(answer, 0, start),
        tick=signed_word(answer, first + 1),
        liquidity=number(answer, 2, start),
        fee=Pips(number(answer, 3, start)),
        protocol_fees=(Pips(number(answer, 4, start)), Pips(number(answer, 5, start))),
        tick_spacing=signed_word(answer, first + 6),
        lowest_tick=signed_word(answer, first + 7),
        highest_tick=signed_word(answer, first + 8),
        ticks=numbers(answer, 9, start, signed=True),
        liquidity_nets=numbers(answer, 10, start, signed=True),
    )
