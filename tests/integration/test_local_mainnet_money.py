"""The faucet and the shock, on the local mainnet and on a fork of it."""

from collections.abc import Iterator
from typing import Any

import pytest

from bot.chain.abi import decode, encode_hex
from bot.chain.rpc import RpcClient
from bot.domain.assets import CRVUSD, DAI, SUSD, USDC, USDS, USDT, WETH, Token
from bot.domain.errors import BadConfiguration, NodeUnreachable, WrongChain
from bot.domain.local_pools import LOCAL_COMPOSABLE, LOCAL_METAPOOL, LOCAL_USDS_USDC
from bot.domain.mainnet_pools import GHO_GSM_USDC, SAVINGS_DAI_VAULT, V4_USDC_USDT_10
from bot.domain.units import Address, Raw, Wei
from bot.domain.venues import (
    BALANCER_VAULT,
    CURVE_SUSD,
    LITE_PSM_USDC,
    V2_USDC_USDT,
    V3_DAI_USDC,
    V3_USDC_USDT,
    PoolSpec,
)
from bot.sandbox.addresses import SOMEONE
from bot.sandbox.anvil import Anvil, AnvilOptions
from bot.sandbox.faucet import balance_of, fund_eth, fund_token, shock
from bot.sandbox.mainnet import start_local_mainnet

pytestmark = pytest.mark.anvil

WHO = Address("0x00000000000000000000000000000000000b0B01")
MILLION = 1_000_000


@pytest.fixture(params=["local mainnet", "fork"])
def quiet(request: pytest.FixtureRequest) -> Iterator[RpcClient]:
    """A chain that mines only when told."""
    if request.param == "local mainnet":
        with start_local_mainnet(no_mining=True, order_fifo=True) as anvil:
            yield RpcClient(anvil.url)
    else:
        with (
            start_local_mainnet() as upstream,
            Anvil(AnvilOptions(fork_url=upstream.url, no_mining=True, order_fifo=True)) as anvil,
        ):
            yield RpcClient(anvil.url)


def test_faucet_adds_to_what_is_there(quiet: RpcClient) -> None:
    fund_eth(quiet, WHO, Wei(5))
    fund_eth(quiet, WHO, Wei(7))
    assert int(quiet.call("eth_getBalance", WHO, "latest"), 16) == 12
    for token in (USDC, USDT, DAI, SUSD, WETH):
        fund_token(quiet, token, WHO, Raw(5))
        fund_token(quiet, token, WHO, Raw(7))
        assert balance_of(quiet, token, WHO) == 12


@pytest.mark.parametrize(
    ("pool", "token", "amount"),
    [
        (CURVE_SUSD, USDC, 9 * MILLION),
        (CURVE_SUSD, DAI, 4 * MILLION),
        (CURVE_SUSD, USDT, 2 * MILLION),
        (V2_USDC_USDT, USDT, MILLION),
        (V3_USDC_USDT, USDC, 30 * MILLION),
        (V3_DAI_USDC, USDC, MILLION),
        (LOCAL_USDS_USDC, USDS, MILLION),
        (LOCAL_METAPOOL, CRVUSD, MILLION),
    ],
    ids=lambda value: getattr(value, "symbol", None) or getattr(value, "name", None),
)
def test_shock_waits_for_a_block_and_then_moves_the_pool(
    quiet: RpcClient, pool: PoolSpec, token: Token, amount: int
) -> None:
    raw = Raw(amount * 10**token.decimals)
    before = balance_of(quiet, token, pool.address)
    swap = shock(quiet, pool, token, raw)
    assert quiet.call("eth_getTransactionReceipt", swap) is None
    assert balance_of(quiet, token, pool.address) == before
    quiet.call("evm_mine")
    assert quiet.call("eth_getTransactionReceipt", swap)["status"] == "0x1"
    assert balance_of(quiet, token, pool.address) - before == raw
    assert balance_of(quiet, token, SOMEONE) == 0


def test_shock_of_a_balancer_pool_moves_its_balance_in_the_vault(quiet: RpcClient) -> None:
    raw = Raw(MILLION * 10**6)
    before = balance_of(quiet, USDT, BALANCER_VAULT)
    swap = shock(quiet, LOCAL_COMPOSABLE, USDT, raw, into=USDC)
    quiet.call("evm_mine")
    assert quiet.call("eth_getTransactionReceipt", swap)["status"] == "0x1"
    assert balance_of(quiet, USDT, BALANCER_VAULT) - before == raw


def test_two_shocks_fit_in_one_block(quiet: RpcClient) -> None:
    swaps = [shock(quiet, CURVE_SUSD, USDT, Raw(10**9)) for _ in range(2)]
    quiet.call("evm_mine")
    receipts = [quiet.call("eth_getTransactionReceipt", swap) for swap in swaps]
    assert [receipt["status"] for receipt in receipts] == ["0x1", "0x1"]
    assert receipts[0]["blockNumber"] == receipts[1]["blockNumber"]
    assert _view(quiet, USDT, "allowance(address,address)", SOMEONE, CURVE_SUSD.address) == 0


def test_v3_shock_that_outgrows_the_ranges_sells_what_fits() -> None:
    with start_local_mainnet(no_mining=True) as anvil:
        rpc = RpcClient(anvil.url)
        raw = Raw(60 * MILLION * 10**6)
        swap = shock(rpc, V3_USDC_USDT, USDC, raw)
        rpc.call("evm_mine")
        assert rpc.call("eth_getTransactionReceipt", swap)["status"] == "0x1"
        left = balance_of(rpc, USDC, SOMEONE)
        assert 0 < left < raw


def test_shock_refuses_what_makes_no_sense(local_mainnet: Anvil) -> None:
    rpc = RpcClient(local_mainnet.url)
    with pytest.raises(BadConfiguration, match="does not swap WETH"):
        shock(rpc, CURVE_SUSD, WETH, Raw(1))
    with pytest.raises(BadConfiguration, match="does not swap USDC for USDC"):
        shock(rpc, CURVE_SUSD, USDC, Raw(1), into=USDC)
    with pytest.raises(BadConfiguration, match="more than"):
        shock(rpc, CURVE_SUSD, USDC, Raw(0))
    for rail in (LITE_PSM_USDC, GHO_GSM_USDC, SAVINGS_DAI_VAULT):
        with pytest.raises(BadConfiguration, match="one price"):
            shock(rpc, rail, rail.tokens[0], Raw(1))
    with pytest.raises(BadConfiguration, match="no plain swap"):
        shock(rpc, V4_USDC_USDT_10, USDC, Raw(1))
    assert balance_of(rpc, USDC, SOMEONE) == 0


def test_fork_of_another_chain_is_refused_before_anything_starts() -> None:
    with (
        Anvil(AnvilOptions(chain_id=5)) as other,
        pytest.raises(WrongChain, match="serves chain 5, expected 1"),
    ):
        Anvil(AnvilOptions(fork_url=other.url))


def test_fork_of_nothing_says_that_nobody_answers() -> None:
    with pytest.raises(NodeUnreachable, match="is it running"):
        Anvil(AnvilOptions(fork_url="http://127.0.0.1:1"))


def _view(rpc: RpcClient, token: Token, signature: str, *arguments: Any) -> int:
    request = {"to": token.address, "data": encode_hex(signature, *arguments)}
    answer = bytes.fromhex(rpc.call("eth_call", request, "latest")[2:])
    return int(decode("uint256", answer)[0])
