"""The registry: every entry once, and a check for all that can be checked."""

from collections import Counter

import pytest
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from bot.chain.pool_key import pool_id
from bot.domain.assets import BY_ADDRESS, TOKENS
from bot.domain.local_pools import (
    LOCAL_BASE,
    LOCAL_COMPOSABLE,
    LOCAL_CRVUSD_USDC,
    LOCAL_METAPOOL,
    LOCAL_POOLS,
    LOCAL_SDAI_USDC,
    LOCAL_USDS_USDC,
    LOCAL_WEIGHTED,
)
from bot.domain.mainnet_pools import (
    MORE_POOLS,
    V4_USDC_USDT_8,
    V4_USDC_USDT_10,
)
from bot.domain.registry import ALL_POOLS, ENTRIES, Need, Role
from bot.domain.units import Address
from bot.domain.venues import (
    GAS_PRICE_POOLS,
    UNISWAP_V2_FACTORY,
    UNISWAP_V3_FACTORY,
    PoolSpec,
    Venue,
)
from bot.feeds.pool_states import read_of
from bot.sandbox import addresses

CODE_HASHES = {
    Venue.UNISWAP_V2: "96e8ac4277198ff8b6f785478aa9a39f403cb768dd02cbee326c3e7da348845f",
    Venue.UNISWAP_V3: "e34f199b19b2b4f47f68442619d555527d244f78a3297ea89325f843f87b8b54",
}
SORTED = (Venue.UNISWAP_V2, Venue.UNISWAP_V3, Venue.UNISWAP_V4)


def test_every_address_is_checksummed() -> None:
    found = [entry.address for entry in ENTRIES]
    found += [check.target for entry in ENTRIES for check in entry.checks]
    assert found == [to_checksum_address(address) for address in found]


def test_no_pool_stands_twice_and_no_name_either() -> None:
    assert max(Counter(ALL_POOLS).values()) == 1
    assert max(Counter(pool.name for pool in ALL_POOLS).values()) == 1
    assert max(Counter((entry.name, entry.role) for entry in ENTRIES).values()) == 1


def test_only_pools_of_one_manager_share_an_address() -> None:
    shared = Counter(pool.address for pool in ALL_POOLS)
    alone = [pool for pool in ALL_POOLS if pool.venue is not Venue.UNISWAP_V4]
    assert all(shared[pool.address] == 1 for pool in alone)


def test_every_pool_and_every_token_of_the_market_is_an_entry() -> None:
    pools = {entry.pool for entry in ENTRIES if entry.pool is not None}
    assert pools == {*ALL_POOLS, *GAS_PRICE_POOLS}
    coins = {entry.address for entry in ENTRIES if entry.role is Role.COIN}
    assert coins == {token.address for token in TOKENS}
    assert all(token.address in coins for pool in ALL_POOLS for token in pool.tokens)
    assert len(BY_ADDRESS) == len(TOKENS)


def test_every_entry_has_a_check_but_for_pools_that_their_key_names() -> None:
    unchecked = [entry for entry in ENTRIES if not entry.checks]
    assert {entry.pool.venue for entry in unchecked if entry.pool} == {Venue.UNISWAP_V4}
    assert all(entry.pool for entry in unchecked)


def test_the_lens_can_be_asked_for_every_pool() -> None:
    assert all(read_of(pool).data for pool in ALL_POOLS)


@pytest.mark.parametrize(
    "pool", [pool for pool in MORE_POOLS if pool.venue in CODE_HASHES], ids=lambda pool: pool.name
)
def test_pools_of_factories_stand_where_create2_puts_them(pool: PoolSpec) -> None:
    sides = [bytes.fromhex(token.address[2:]) for token in pool.tokens]
    if pool.venue is Venue.UNISWAP_V2:
        factory, salt = UNISWAP_V2_FACTORY, keccak(b"".join(sides))
    else:
        words = [bytes(12) + side for side in sides]
        factory, salt = UNISWAP_V3_FACTORY, keccak(b"".join(words) + pool.fee.to_bytes(32, "big"))
    parts = (b"\xff", bytes.fromhex(factory[2:]), salt, bytes.fromhex(CODE_HASHES[pool.venue]))
    assert to_checksum_address(keccak(b"".join(parts))[-20:]) == pool.address


def test_uniswap_tokens_stand_in_the_order_of_their_addresses() -> None:
    for pool in (*ALL_POOLS, *GAS_PRICE_POOLS):
        if pool.venue in SORTED:
            numbers = [int(token.address, 16) for token in pool.tokens]
            assert numbers == sorted(numbers)


def test_ids_of_v4_pools_are_those_that_mainnet_knows() -> None:
    known = {
        V4_USDC_USDT_10: "8aa4e11cbdf30eedc92100f4c8a31ff748e201d44712cc8c90d189edaa8e4e47",
        V4_USDC_USDT_8: "395f91b34aa34a477ce3bc6505639a821b286a62b1a164fc1887fa3a5ef713a5",
    }
    assert {pool: pool_id(pool).hex() for pool in known} == known


def test_local_pools_are_where_the_local_mainnet_puts_them_and_needed_by_nobody() -> None:
    built: dict[PoolSpec, Address] = {
        LOCAL_CRVUSD_USDC: addresses.NG_CRVUSD_USDC,
        LOCAL_USDS_USDC: addresses.NG_USDS_USDC,
        LOCAL_SDAI_USDC: addresses.NG_SDAI_USDC,
        LOCAL_BASE: addresses.CURVE_BASE_POOL,
        LOCAL_METAPOOL: addresses.CURVE_META_POOL,
        LOCAL_COMPOSABLE: addresses.BALANCER_COMPOSABLE_POOL,
        LOCAL_WEIGHTED: addresses.BALANCER_WEIGHTED_POOL,
    }
    assert {pool: pool.address for pool in built} == built
    assert LOCAL_METAPOOL.shares == addresses.CURVE_BASE_LP
    needs = {entry.need for entry in ENTRIES if entry.pool in LOCAL_POOLS}
    assert needs == {Need.LOCAL}
