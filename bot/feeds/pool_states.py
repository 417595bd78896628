"""How each kind of pool is read through the lens, and what its answer says."""

from collections.abc import Callable

from bot.amm.concentrated import ConcentratedPool
from bot.amm.constant_product import ConstantProductPool
from bot.amm.peg_module import PegModulePool
from bot.amm.pool import Pool
from bot.amm.stableswap import StableSwapPool, generation_of
from bot.chain.abi import decode, encode, word
from bot.domain.units import Pips, Raw, Wad
from bot.domain.venues import PoolSpec, Venue
from bot.chain.lens import LENS, Read

_WORDS_EACH_SIDE = 4  # 1,024 tick spacings up and down: 10 % of price where the spacing is one

_VIEWS: dict[Venue, Callable[[PoolSpec], bytes]] = {
    Venue.CURVE: lambda spec: encode("curve(address,uint256)", spec.address, len(spec.tokens)),
    Venue.UNISWAP_V2: lambda spec: encode("uniswapV2(address)", spec.address),
    Venue.UNISWAP_V3: lambda spec: encode(
        "uniswapV3(address,uint256)", spec.address, _WORDS_EACH_SIDE
    ),
    Venue.LITE_PSM: lambda spec: encode("litePsm(address)", spec.address),
}


def read_of(spec: PoolSpec) -> Read:
    """Return the lens view that tells the state of `spec`."""
    return Read(target=LENS, data=_VIEWS[spec.venue](spec))


def pool_from(spec: PoolSpec, block: int, answer: bytes) -> Pool | None:
    """Return the snapshot, or None where the pool does not answer on this chain."""
    return _DECODERS[spec.venue](spec, block, answer) if answer else None


def _curve(spec: PoolSpec, block: int, answer: bytes) -> Pool:
    amplification, fee, balances = decode("uint256,uint256,uint256[]", answer)
    return StableSwapPool(
        spec=spec,
        block=block,
        amplification=amplification,
        fee=fee,
        balances=tuple(Raw(balance) for balance in balances),
        generation=generation_of(spec),
    )


def _uniswap_v2(spec: PoolSpec, block: int, answer: bytes) -> Pool:
    return ConstantProductPool(
        spec=spec, block=block, reserves=(Raw(word(answer, 0)), Raw(word(answer, 1)))
    )


def _uniswap_v3(spec: PoolSpec, block: int, answer: bytes) -> Pool:
    types = "uint160,int24,uint128,uint24,int24,int24,int24,int24[],int128[]"
    price, tick, liquidity, fee, spacing, lowest, highest, ticks, nets = decode(types, answer)
    return ConcentratedPool(
        spec=spec,
        block=block,
        sqrt_price_x96=price,
        tick=tick,
        liquidity=liquidity,
        fee=Pips(fee),
        tick_spacing=spacing,
        lowest_tick=lowest,
        highest_tick=highest,
        ticks=ticks,
        liquidity_nets=nets,
    )


def _lite_psm(spec: PoolSpec, block: int, answer: bytes) -> Pool:
    return PegModulePool(
        spec=spec,
        block=block,
        tin=Wad(word(answer, 0)),
        tout=Wad(word(answer, 1)),
        factor=word(answer, 2),
        dai_balance=Raw(word(answer, 3)),
        gem_balance=Raw(word(answer, 4)),
    )


_DECODERS: dict[Venue, Callable[[PoolSpec, int, bytes], Pool]] = {
    Venue.CURVE: _curve,
    Venue.UNISWAP_V2: _uniswap_v2,
    Venue.UNISWAP_V3: _uniswap_v3,
    Venue.LITE_PSM: _lite_psm,
}
