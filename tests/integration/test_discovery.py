"""Pools that factories made, found on the local mainnet with the wide market."""

from collections.abc import Iterator

import pytest

from bot.chain.rpc import RpcClient
from bot.domain.assets import CRVUSD, GHO, USDC, USDS
from bot.domain.errors import BadConfiguration
from bot.domain.registry import ALL_POOLS
from bot.domain.venues import GAS_PRICE_POOLS, PoolSpec, Venue
from bot.domain.wanted_pools import WantedPools
from bot.feeds.discovery import discover, market_pools
from bot.sandbox.mainnet import start_local_mainnet
from bot.sandbox.wide import NEW_POOLS, ensure_wide_state

pytestmark = pytest.mark.anvil

EVERY = ("USDC", "USDT", "DAI", "sUSD", "WETH", "USDS", "GHO", "crvUSD")


@pytest.fixture(scope="module")
def rpc() -> Iterator[RpcClient]:
    with start_local_mainnet(ensure_wide_state(), no_mining=True) as anvil:
        client = RpcClient(anvil.url)
        yield client
        client.close()


def places(pools: tuple[PoolSpec, ...]) -> set[tuple[object, ...]]:
    return {(pool.address, pool.tokens, pool.fee, pool.tick_spacing) for pool in pools}


def test_every_pool_that_uniswaps_factories_made_of_known_tokens_is_found(rpc: RpcClient) -> None:
    found = discover(rpc, WantedPools(tokens=EVERY, most_pools=100), ALL_POOLS)
    assert places(NEW_POOLS) <= places((*found, *ALL_POOLS))
    assert {pool.venue for pool in found} == {
        Venue.UNISWAP_V2,
        Venue.UNISWAP_V3,
        Venue.UNISWAP_V4,
    }


def test_what_is_known_already_is_not_found_again(rpc: RpcClient) -> None:
    wanted = WantedPools(tokens=EVERY, most_pools=100)
    known = (*ALL_POOLS, *GAS_PRICE_POOLS)
    found = discover(rpc, wanted, known)
    assert not places(found) & places(known)
    assert discover(rpc, wanted, (*known, *found)) == ()
    assert len(places(found)) == len({pool.name for pool in found}) == len(found)


def test_only_pools_of_the_tokens_that_are_named_are_found(rpc: RpcClient) -> None:
    found = discover(rpc, WantedPools(tokens=("gho", "crvusd")), ALL_POOLS)
    assert found
    assert {token for pool in found for token in pool.tokens} == {GHO, CRVUSD}


def test_the_deepest_come_first_and_the_shallow_not_at_all(rpc: RpcClient) -> None:
    everything = discover(rpc, WantedPools(tokens=EVERY, most_pools=100), ALL_POOLS)
    few = discover(rpc, WantedPools(tokens=EVERY, most_pools=3), ALL_POOLS)
    assert few == everything[:3]
    deep = discover(rpc, WantedPools(tokens=EVERY, least_depth=2.5e6), ALL_POOLS)
    assert 0 < len(deep) < len(everything)
    assert deep == everything[: len(deep)]


def test_factories_and_keys_that_are_not_asked_for_are_left_alone(rpc: RpcClient) -> None:
    only_v4 = WantedPools(
        tokens=("USDC", "USDS"), uniswap_v2=False, uniswap_v3_fees=(), uniswap_v4_keys=((100, 1),)
    )
    (found,) = discover(rpc, only_v4, ALL_POOLS)
    assert (found.venue, found.fee, found.tick_spacing) == (Venue.UNISWAP_V4, 100, 1)
    assert set(found.tokens) == {USDC, USDS}


def test_nothing_is_looked_for_unless_tokens_are_named(rpc: RpcClient) -> None:
    assert market_pools(rpc, WantedPools()) == ALL_POOLS
    with pytest.raises(BadConfiguration, match="no token 'PEPE'"):
        discover(rpc, WantedPools(tokens=("USDC", "PEPE")), ALL_POOLS)
