"""The wide market: fifty pools that are what the bot's table says, each at the dollar's price."""

from collections.abc import Iterator

import msgspec
import pytest
from eth_abi.abi import encode as abi_encode
from eth_utils.crypto import keccak

from bot.amm.pool import Pool
from bot.chain.lens import Lens
from bot.chain.rpc import RpcClient
from bot.domain.assets import WETH, Token
from bot.domain.units import Raw
from bot.domain.venues import (
    CURVE_SUSD,
    LITE_PSM_USDC,
    UNISWAP_V4_POOL_MANAGER,
    V2_USDC_USDT,
    V3_DAI_USDC,
    V3_USDC_USDT,
    PoolSpec,
    Venue,
)
from bot.feeds.pool_states import pool_from, read_of
from bot.sandbox.addresses import ZERO
from bot.sandbox.mainnet import start_local_mainnet
from bot.sandbox.wide import MOST_POOLS, NEW_POOLS, ensure_wide_state, wide_pools

PRESENT = (CURVE_SUSD, V2_USDC_USDT, V3_USDC_USDT, V3_DAI_USDC, LITE_PSM_USDC)
POOLS = wide_pools(PRESENT)
V4_POOLS_SLOT = 6  # of the manager's storage
LIQUIDITY_WORD = 3  # of a pool's
USD_PER_WETH = 3_000

pytestmark = pytest.mark.anvil


@pytest.fixture(scope="module")
def rpc() -> Iterator[RpcClient]:
    with start_local_mainnet(ensure_wide_state()) as anvil:
        client = RpcClient(anvil.url)
        yield client
        client.close()


def dollars(token: Token, count: int) -> Raw:
    return Raw(count * 10**token.decimals // (USD_PER_WETH if token == WETH else 1))


def test_the_table_has_fifty_different_pools_and_starts_with_the_bots_own() -> None:
    assert len(POOLS) == len(set(POOLS)) == MOST_POOLS
    assert POOLS[: len(PRESENT)] == PRESENT
    places = {(pool.address, pool.tokens, pool.fee, pool.tick_spacing) for pool in POOLS}
    assert len(places) == MOST_POOLS


def test_a_pool_that_is_in_the_bots_table_under_another_name_is_not_added_again() -> None:
    alias = msgspec.structs.replace(NEW_POOLS[0], name="ours")
    chosen = wide_pools([alias], 200)
    assert alias in chosen
    assert NEW_POOLS[0] not in chosen
    assert set(NEW_POOLS[1:]) <= set(chosen)


def test_any_first_few_of_the_new_pools_are_of_three_generations() -> None:
    first = {pool.venue for pool in NEW_POOLS[:3]}
    assert first == {Venue.UNISWAP_V2, Venue.UNISWAP_V3, Venue.UNISWAP_V4}


def test_every_pair_and_v3_pool_sells_a_dollar_for_a_dollar(rpc: RpcClient) -> None:
    specs = [pool for pool in POOLS if pool.venue in (Venue.UNISWAP_V2, Venue.UNISWAP_V3)]
    answers = Lens([read_of(spec) for spec in specs]).look(rpc, "latest")
    for spec, answer in zip(specs, answers.data, strict=True):
        pool = pool_from(spec, answers.block, answer)
        assert pool is not None, spec.name
        _sells_at_par(spec, pool)


def _sells_at_par(spec: PoolSpec, pool: Pool) -> None:
    for i, j in ((0, 1), (1, 0)):
        got = pool.amount_out(i, j, dollars(spec.tokens[i], 3_000))
        expected = dollars(spec.tokens[j], 3_000)
        assert 0.99 < got / expected < 1.001, spec.name
        assert pool.amount_out(i, j, dollars(spec.tokens[i], 500_000)) > 0, spec.name


def test_every_v4_pool_is_open_at_par_with_liquidity(rpc: RpcClient) -> None:
    specs = [pool for pool in POOLS if pool.venue is Venue.UNISWAP_V4]
    assert len(specs) > 5
    for spec in specs:
        price_x96 = _v4_word(rpc, spec, 0) % (1 << 160)
        first, second = (dollars(token, 3_000) for token in spec.tokens)
        assert (price_x96 / 2**96) ** 2 * first / second == pytest.approx(1, rel=1e-4), spec.name
        assert _v4_word(rpc, spec, LIQUIDITY_WORD) > 0, spec.name


def _v4_word(rpc: RpcClient, spec: PoolSpec, offset: int) -> int:
    tokens = [token.address for token in spec.tokens]
    key = abi_encode(
        ["address", "address", "uint24", "int24", "address"],
        [*tokens, spec.fee, spec.tick_spacing, ZERO],
    )
    base = keccak(keccak(key) + V4_POOLS_SLOT.to_bytes(32, "big"))
    slot = int.from_bytes(base, "big") + offset
    return int(rpc.call("eth_getStorageAt", UNISWAP_V4_POOL_MANAGER, hex(slot), "latest"), 16)
