"""Every kind of pool, read through the lens: its fields and its quotes are the contract's own."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from bot.amm.balancer_stable import BalancerStablePool
from bot.amm.balancer_weighted import BalancerWeightedPool
from bot.amm.concentrated import ConcentratedPool
from bot.amm.gsm import GsmPool
from bot.amm.maker_psm import MakerPsmPool
from bot.amm.metapool import MetaPool
from bot.amm.pool import Closed, Pool
from bot.amm.stableswap_ng import StableSwapNgPool
from bot.amm.vault import VaultPool
from bot.chain.abi import decode, encode_hex, word
from bot.chain.lens import Lens
from bot.chain.rpc import RpcClient
from bot.domain import local_pools
from bot.domain.assets import DAI, USDC, USDT
from bot.domain.local_pools import (
    LOCAL_COMPOSABLE,
    LOCAL_CRVUSD_USDC,
    LOCAL_METAPOOL,
    LOCAL_SDAI_USDC,
    LOCAL_USDS_USDC,
)
from bot.domain.mainnet_pools import (
    CURVE_GHO_CRVUSD,
    CURVE_USDC_USDT,
    GHO_GSM_USDC,
    MAKER_PSM_USDC,
    SAVINGS_DAI_VAULT,
    V4_USDC_USDT_8,
    V4_USDC_USDT_10,
    V4_USDC_USDT_100,
)
from bot.domain.registry import ALL_POOLS
from bot.domain.units import WAD, Address, Raw
from bot.domain.venues import Kind, PoolSpec, Venue
from bot.feeds.pool_states import pool_from, read_of
from bot.sandbox.addresses import BALANCER_QUERIES, DEPLOYER, ZERO
from bot.sandbox.mainnet import start_local_mainnet
from bot.sandbox.pools import PANCAKE_PAIRS, SUSHI_PAIRS

pytestmark = pytest.mark.anvil

DAY_S = 86_400
NG_POOLS = (
    CURVE_USDC_USDT,
    CURVE_GHO_CRVUSD,
    LOCAL_CRVUSD_USDC,
    LOCAL_USDS_USDC,
    LOCAL_SDAI_USDC,
)
QUERY = "querySwap((bytes32,uint8,address,address,uint256,bytes),(address,bool,address,bool))"


@pytest.fixture(scope="module")
def rpc() -> Iterator[RpcClient]:
    with start_local_mainnet(no_mining=True) as anvil:
        client = RpcClient(anvil.url)
        client.call("anvil_impersonateAccount", DEPLOYER)
        client.call("anvil_setBalance", DEPLOYER, hex(10**20))
        yield client
        client.close()


@contextmanager
def undone(rpc: RpcClient) -> Iterator[None]:
    snapshot = rpc.call("evm_snapshot")
    try:
        yield
    finally:
        rpc.call("evm_revert", snapshot)


def states(rpc: RpcClient, *specs: PoolSpec) -> list[Pool | None]:
    answers = Lens([read_of(spec) for spec in specs]).look(rpc, "latest")
    return [
        pool_from(spec, answers.block, answer)
        for spec, answer in zip(specs, answers.data, strict=True)
    ]


def state(rpc: RpcClient, spec: PoolSpec) -> Any:
    (found,) = states(rpc, spec)
    assert found is not None
    assert found.spec == spec
    return found


def view(rpc: RpcClient, to: Address, signature: str, *arguments: Any) -> bytes:
    request = {"from": DEPLOYER, "to": to, "data": encode_hex(signature, *arguments)}
    return bytes.fromhex(rpc.call("eth_call", request, "latest")[2:])


def send(rpc: RpcClient, to: Address, signature: str, *arguments: Any) -> None:
    request = {"from": DEPLOYER, "to": to, "data": encode_hex(signature, *arguments)}
    transaction = rpc.call("eth_sendTransaction", request)
    rpc.call("evm_mine")
    receipt = rpc.call("eth_getTransactionReceipt", transaction)
    assert receipt["status"] == "0x1"


def newest_s(rpc: RpcClient) -> int:
    header = rpc.call("eth_getBlockByNumber", "latest", False)  # noqa: FBT003 - a JSON-RPC parameter
    return int(header["timestamp"], 16)


def raw(spec: PoolSpec, i: int, whole: int) -> Raw:
    return Raw(whole * 10 ** spec.tokens[i].decimals)


def test_the_local_mainnet_has_every_kind_of_pool(rpc: RpcClient) -> None:
    found = [pool for pool in states(rpc, *ALL_POOLS) if pool is not None]
    assert {pool.spec.kind for pool in found} == set(Kind)
    assert {pool.spec.venue for pool in found} == set(Venue) - {Venue.BALANCER_V2_BATCH}
    assert len(found) == 22


@pytest.mark.parametrize("spec", NG_POOLS, ids=lambda spec: spec.name)
def test_next_generation_pools_quote_as_get_dy(rpc: RpcClient, spec: PoolSpec) -> None:
    found = state(rpc, spec)
    assert isinstance(found, StableSwapNgPool)
    balances, rates = (
        decode("uint256[]", view(rpc, spec.address, name))[0]
        for name in ("get_balances()", "stored_rates()")
    )
    assert (found.balances, found.rates) == (balances, rates)
    for i, j in ((0, 1), (1, 0)):
        for whole in (1, 1_234_567):
            amount = raw(spec, i, whole)
            quoted = word(view(rpc, spec.address, "get_dy(int128,int128,uint256)", i, j, amount), 0)
            assert found.amount_out(i, j, amount) == quoted


def test_terms_of_a_next_generation_pool_are_its_own(rpc: RpcClient) -> None:
    found, at = state(rpc, CURVE_GHO_CRVUSD), CURVE_GHO_CRVUSD.address
    assert (found.fee, found.offpeg_fee_multiplier, found.admin_fee, found.amplification) == (
        word(view(rpc, at, "fee()"), 0),
        word(view(rpc, at, "offpeg_fee_multiplier()"), 0),
        word(view(rpc, at, "admin_fee()"), 0),
        word(view(rpc, at, "A_precise()"), 0),
    )
    assert found.ramp is None


def test_a_moving_amplification_is_known_for_the_blocks_to_come(rpc: RpcClient) -> None:
    at = CURVE_GHO_CRVUSD.address
    with undone(rpc):
        rpc.call("evm_increaseTime", 2 * DAY_S)
        rpc.call("evm_mine")
        send(rpc, at, "ramp_A(uint256,uint256)", 1_500, newest_s(rpc) + 6 * DAY_S)
        found = state(rpc, CURVE_GHO_CRVUSD)
        assert found.ramp is not None
        assert found.amplification == word(view(rpc, at, "A_precise()"), 0)
        rpc.call("evm_increaseTime", DAY_S)
        rpc.call("evm_mine")
        expected = word(view(rpc, at, "A_precise()"), 0)
        assert expected > found.amplification
        assert found.at(newest_s(rpc)).amplification == expected
        rpc.call("evm_increaseTime", 6 * DAY_S)
        rpc.call("evm_mine")
        assert state(rpc, CURVE_GHO_CRVUSD).ramp is None


@pytest.mark.parametrize(("i", "j"), [(0, 1), (0, 2), (0, 3)])
def test_a_metapool_quotes_what_its_exchange_pays(rpc: RpcClient, i: int, j: int) -> None:
    found = state(rpc, LOCAL_METAPOOL)
    assert isinstance(found, MetaPool)
    supply = word(view(rpc, LOCAL_METAPOOL.shares or ZERO, "totalSupply()"), 0)
    assert found.base_supply == supply
    assert found.base.spec == local_pools.LOCAL_BASE
    amount = raw(LOCAL_METAPOOL, i, 98_765)
    swap = "exchange_underlying(int128,int128,uint256,uint256)"
    paid = word(view(rpc, LOCAL_METAPOOL.address, swap, i, j, amount, 0), 0)
    assert found.amount_out(i, j, amount) == paid


def test_a_metapool_that_remembers_its_base_price_says_since_when(rpc: RpcClient) -> None:
    found, at = state(rpc, LOCAL_METAPOOL), LOCAL_METAPOOL.address
    assert found.base_virtual_price == word(view(rpc, at, "base_virtual_price()"), 0)
    assert found.base_cache_updated == word(view(rpc, at, "base_cache_updated()"), 0) > 0


@pytest.mark.parametrize(
    "spec",
    [pool for pool in local_pools.LOCAL_POOLS if pool.venue is Venue.BALANCER_V2],
    ids=lambda spec: spec.name,
)
def test_balancer_pools_quote_as_the_vault_would_swap(rpc: RpcClient, spec: PoolSpec) -> None:
    found = state(rpc, spec)
    assert isinstance(found, BalancerStablePool | BalancerWeightedPool)
    for i, j in ((0, 1), (1, 0)):
        amount = raw(spec, i, 321)
        sides = (spec.tokens[i].address, spec.tokens[j].address)
        single = (spec.pool_ids[0], 0, *sides, amount, b"")
        funds = (DEPLOYER, False, DEPLOYER, False)
        quoted = word(view(rpc, BALANCER_QUERIES, QUERY, single, funds), 0)
        assert found.amount_out(i, j, amount) == quoted > 0


def test_a_balancer_pool_with_other_coins_than_the_table_says_is_no_pool(rpc: RpcClient) -> None:
    turned = PoolSpec(
        name="turned",
        venue=Venue.BALANCER_V2,
        address=LOCAL_COMPOSABLE.address,
        tokens=(DAI, USDT, USDC),
        pool_ids=LOCAL_COMPOSABLE.pool_ids,
    )
    assert states(rpc, turned) == [None]


@pytest.mark.parametrize("spec", [V4_USDC_USDT_10, V4_USDC_USDT_100], ids=lambda spec: spec.name)
def test_a_v4_pool_has_its_key_and_the_range_that_was_filled(
    rpc: RpcClient, spec: PoolSpec
) -> None:
    found = state(rpc, spec)
    assert isinstance(found, ConcentratedPool)
    width = {10: 10, 100: 50}[spec.fee]
    assert (found.fee, found.tick_spacing, found.tick) == (spec.fee, spec.tick_spacing, 0)
    assert found.sqrt_price_x96 == 2**96
    assert found.ticks == (-width, width)
    assert found.liquidity_nets == (found.liquidity, -found.liquidity)
    assert (found.lowest_tick, found.highest_tick) == (-4 * 256, 5 * 256 - 1)


def test_a_v4_key_that_nobody_opened_is_no_pool(rpc: RpcClient) -> None:
    assert states(rpc, V4_USDC_USDT_8) == [None]


def test_a_protocol_fee_of_v4_is_told_by_the_coin_paid_in(rpc: RpcClient) -> None:
    manager, spec = V4_USDC_USDT_10.address, V4_USDC_USDT_10
    key = (*(token.address for token in spec.tokens), spec.fee, spec.tick_spacing, ZERO)
    with undone(rpc):
        send(rpc, manager, "setProtocolFeeController(address)", DEPLOYER)
        fees = 300 << 12 | 200  # high bits: coin 1 paid in
        change = "setProtocolFee((address,address,uint24,int24,address),uint24)"
        send(rpc, manager, change, key, fees)
        assert state(rpc, spec).protocol_fees == (200, 300)


def test_pairs_of_other_factories_have_their_own_fee(rpc: RpcClient) -> None:
    sushi, pancake = states(rpc, SUSHI_PAIRS[0], PANCAKE_PAIRS[0])
    assert (sushi.fee, pancake.fee) == (3_000, 2_500)  # type: ignore[union-attr]


def test_the_first_psm_is_what_it_says(rpc: RpcClient) -> None:
    found, at = state(rpc, MAKER_PSM_USDC), MAKER_PSM_USDC.address
    assert isinstance(found, MakerPsmPool)
    debt, ceiling = (word(view(rpc, at, name), 0) for name in ("debt()", "ceiling()"))
    assert (found.headroom, found.gem_balance) == (ceiling - debt, debt // 10**12)
    assert (found.tin, found.tout, found.factor, found.live) == (0, 0, 10**12, True)
    with undone(rpc):
        send(rpc, at, "file(bytes32,uint256)", b"tin".ljust(32, b"\0"), WAD // 100)
        send(rpc, at, "setCeiling(uint256)", debt)
        changed = state(rpc, MAKER_PSM_USDC)
        assert (changed.tin, changed.headroom) == (WAD // 100, 0)


def test_a_gsm_quotes_as_its_own_view_and_shows_its_switches(rpc: RpcClient) -> None:
    found, at = state(rpc, GHO_GSM_USDC), GHO_GSM_USDC.address
    assert isinstance(found, GsmPool)
    amount = raw(GHO_GSM_USDC, 0, 54_321)
    _, bought, *_ = decode(
        "uint256,uint256,uint256,uint256",
        view(rpc, at, "getGhoAmountForSellAsset(uint256)", amount),
    )
    assert found.amount_out(0, 1, amount) == bought
    assert found.exposure == word(view(rpc, at, "getAvailableLiquidity()"), 0)
    with undone(rpc):
        send(rpc, at, "updateExposureCap(uint128)", found.exposure)
        assert state(rpc, GHO_GSM_USDC).limits(0, 1).closed is Closed.CAPPED
        send(rpc, at, "setSwapFreeze(bool)", *[True])
        assert state(rpc, GHO_GSM_USDC).limits(1, 0).closed is Closed.FROZEN


def test_a_vault_quotes_as_its_previews(rpc: RpcClient) -> None:
    found, at = state(rpc, SAVINGS_DAI_VAULT), SAVINGS_DAI_VAULT.address
    assert isinstance(found, VaultPool)
    amount = raw(SAVINGS_DAI_VAULT, 0, 7_777)
    assert found.amount_out(0, 1, amount) == word(
        view(rpc, at, "previewDeposit(uint256)", amount), 0
    )
    assert found.amount_out(1, 0, amount) == word(
        view(rpc, at, "previewRedeem(uint256)", amount), 0
    )


def test_a_coin_that_is_a_vault_has_its_rate_of_this_block(rpc: RpcClient) -> None:
    before = state(rpc, LOCAL_SDAI_USDC)
    with undone(rpc):
        vault = SAVINGS_DAI_VAULT.address
        send(rpc, DAI.address, "transfer(address,uint256)", vault, raw(SAVINGS_DAI_VAULT, 0, 10**6))
        after = state(rpc, LOCAL_SDAI_USDC)
    assert after.rates[0] > before.rates[0]
    assert after.rates[1] == before.rates[1] == 10**30
