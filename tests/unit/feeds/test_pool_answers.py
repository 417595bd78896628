"""What the lens's answers become, word by word, and those that become nothing."""

import pytest
from eth_abi.abi import encode as abi_encode

from bot.amm.concentrated import ConcentratedPool
from bot.amm.constant_product import ConstantProductPool
from bot.amm.maker_psm import MakerPsmPool
from bot.amm.stableswap import StableSwapPool
from bot.chain.answers import number, numbers, offset
from bot.domain.mainnet_pools import MAKER_PSM_USDC, V4_USDC_USDT_10
from bot.domain.venues import CURVE_3POOL, V2_USDC_USDT, V3_USDC_USDT
from bot.feeds.pool_states import pool_from

RANGES = "(uint160,int24,uint128,uint24,uint24[2],int24,int24,int24,int24[],int128[])"
CURVE = "(uint256,uint256,uint256,uint256,uint256[4],bool,uint256,uint256[])"


def ranges(tick: int, ticks: list[int], price: int = 2**96) -> bytes:
    nets = [(-1) ** place * 5 for place in range(len(ticks))]
    state = (price, tick, 77, 100, (3, 4), 1, -1_024, 1_279, ticks, nets)
    return abi_encode([RANGES], [state])


def curve(now_s: int, ramp: tuple[int, int, int, int]) -> bytes:
    state = (2_000, 1, 10**6, 5 * 10**9, ramp, False, now_s, [1, 2, 3])
    return abi_encode([CURVE], [state])


def test_arrays_and_structs_are_found_where_the_abi_puts_them() -> None:
    data = abi_encode(["uint256", "(uint256,int24[])"], [9, (8, [-1, 2])])
    start = offset(data, 1)
    assert (number(data, 0), number(data, 0, start)) == (9, 8)
    assert numbers(data, 1, start, signed=True) == (-1, 2)
    assert numbers(abi_encode(["uint256[]"], [[]]), 0) == ()


@pytest.mark.parametrize("spec", [V3_USDC_USDT, V4_USDC_USDT_10], ids=lambda spec: spec.name)
def test_negative_ticks_and_nets_keep_their_sign(spec: object) -> None:
    pool = pool_from(spec, 7, ranges(-5, [-10, 10]))  # type: ignore[arg-type]
    assert isinstance(pool, ConcentratedPool)
    assert (pool.tick, pool.ticks, pool.liquidity_nets) == (-5, (-10, 10), (5, -5))
    assert (pool.lowest_tick, pool.highest_tick, pool.fee) == (-1_024, 1_279, 100)
    assert (pool.protocol_fees, pool.block) == ((3, 4), 7)


def test_a_state_that_cannot_be_is_no_state() -> None:
    assert pool_from(V3_USDC_USDT, 7, ranges(5_000, [])) is None  # outside of what was scanned
    assert pool_from(V3_USDC_USDT, 7, ranges(0, [10, -10])) is None
    assert pool_from(V3_USDC_USDT, 7, ranges(0, [], price=0)) is None
    assert pool_from(V3_USDC_USDT, 7, b"") is None


def test_a_ramp_counts_until_it_is_over() -> None:
    moving = pool_from(CURVE_3POOL, 7, curve(15, (1_000, 3_000, 10, 20)))
    over = pool_from(CURVE_3POOL, 7, curve(20, (1_000, 3_000, 10, 20)))
    assert isinstance(moving, StableSwapPool)
    assert isinstance(over, StableSwapPool)
    assert moving.ramp is not None
    assert moving.at(16).amplification == 1_000 + 2_000 * 6 // 10
    assert over.ramp is None
    assert over.balances == (1, 2, 3)


def test_gems_leave_the_first_module_only_against_its_debt() -> None:
    words = (0, 0, 10**12, 90 * 10**18, 80 * 10**18, 100 * 10**6, True)
    pool = pool_from(MAKER_PSM_USDC, 7, abi_encode([*6 * ["uint256"], "bool"], words))
    assert isinstance(pool, MakerPsmPool)
    assert (pool.headroom, pool.gem_balance) == (0, 90 * 10**6)


def test_a_pair_has_two_reserves() -> None:
    pool = pool_from(V2_USDC_USDT, 7, abi_encode(["uint256", "uint256"], [3, 4]))
    assert isinstance(pool, ConstantProductPool)
    assert (pool.reserves, pool.fee) == ((3, 4), 3_000)
