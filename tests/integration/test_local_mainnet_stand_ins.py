"""The stand-ins for Sky, GHO, crvUSD and Balancer V3: at their addresses, filled, usable."""

from collections.abc import Iterator

import pytest

from bot.chain.rpc import RpcClient
from bot.domain.assets import CRVUSD, DAI, GHO, USDC, USDS, USDT, WETH, Token
from bot.domain.units import WAD, Address, Raw
from bot.domain.venues import (
    BALANCER_V3_VAULT,
    CRVUSD_FLASH_LENDER,
    DAI_USDS,
    DSS_PSM_USDC,
    GHO_FLASH_MINTER,
    GSM_USDC,
    GSM_USDT,
)
from bot.sandbox.anvil import Anvil
from bot.sandbox.deployer import Deployer
from bot.sandbox.faucet import balance_of, fund_token
from bot.sandbox.mainnet import start_local_mainnet
from bot.sandbox.pools import PLAIN_A, PLAIN_B

pytestmark = pytest.mark.anvil

OTHER = Address("0x00000000000000000000000000000000000b0B01")
MILLION = 1_000_000


@pytest.fixture(scope="module")
def quiet_anvil() -> Iterator[Anvil]:
    """One chain for those who only ask."""
    with start_local_mainnet() as anvil:
        yield anvil


@pytest.fixture(scope="module")
def asked(quiet_anvil: Anvil) -> Deployer:
    return _deployer(quiet_anvil)


@pytest.fixture
def chain(local_mainnet: Anvil) -> Deployer:
    return _deployer(local_mainnet)


def test_faucet_hands_out_the_coins_of_the_stand_ins(asked: Deployer) -> None:
    for token in (USDS, GHO, CRVUSD, PLAIN_A, PLAIN_B):
        fund_token(asked.rpc, token, OTHER, Raw(5 * WAD))
        assert balance_of(asked.rpc, token, OTHER) == 5 * WAD


def test_converter_changes_dai_and_usds_one_for_one(chain: Deployer) -> None:
    for coin, other, convert in (
        (DAI, USDS, "daiToUsds(address,uint256)"),
        (USDS, DAI, "usdsToDai(address,uint256)"),
    ):
        before = balance_of(chain.rpc, other, OTHER)
        chain.send(coin.address, "approve(address,uint256)", DAI_USDS, 5 * WAD)
        chain.send(DAI_USDS, convert, OTHER, 5 * WAD)
        assert balance_of(chain.rpc, other, OTHER) - before == 5 * WAD


def test_first_peg_module_swaps_both_ways(chain: Deployer) -> None:
    chain.send(DSS_PSM_USDC, "sellGem(address,uint256)", OTHER, 10**6)
    assert balance_of(chain.rpc, DAI, OTHER) == WAD
    chain.send(DAI.address, "approve(address,uint256)", DSS_PSM_USDC, WAD)
    chain.send(DSS_PSM_USDC, "buyGem(address,uint256)", OTHER, 10**6)
    assert balance_of(chain.rpc, USDC, OTHER) == 10**6


@pytest.mark.parametrize(("module", "coin"), [(GSM_USDC, USDC), (GSM_USDT, USDT)])
def test_gho_modules_sell_and_buy_with_their_fee(
    chain: Deployer, module: Address, coin: Token
) -> None:
    assert chain.call(module, "getAvailableLiquidity()", "uint256") == (20 * MILLION * 10**6,)
    assert chain.call(module, "getAvailableUnderlyingExposure()", "uint256") == (
        30 * MILLION * 10**6,
    )
    chain.send(module, "sellAsset(uint256,address)", 10**9, OTHER)
    assert balance_of(chain.rpc, GHO, OTHER) == 1_000 * WAD
    _, asked_for, _, fee = chain.call(
        module, "getGhoAmountForBuyAsset(uint256)", "uint256,uint256,uint256,uint256", 10**9
    )
    assert (asked_for, fee) == (1_000 * WAD + WAD // 5, WAD // 5)
    chain.send(GHO.address, "approve(address,uint256)", module, asked_for)
    chain.send(module, "buyAsset(uint256,address)", 10**9, OTHER)
    assert balance_of(chain.rpc, coin, OTHER) == 10**9


def test_erc3156_lenders_have_what_they_lend(asked: Deployer) -> None:
    for lender, token, most in (
        (GHO_FLASH_MINTER, GHO, 50 * MILLION),
        (CRVUSD_FLASH_LENDER, CRVUSD, 10 * MILLION),
    ):
        available = asked.call(lender, "maxFlashLoan(address)", "uint256", token.address)
        fee = asked.call(lender, "flashFee(address,uint256)", "uint256", token.address, WAD)
        assert (available, fee) == ((most * WAD,), (0,))


def test_balancer_v3_vault_has_reserves_and_is_locked(asked: Deployer) -> None:
    for token, whole in ((USDC, 20 * MILLION), (USDT, 20 * MILLION), (DAI, 20 * MILLION)):
        found = asked.call(BALANCER_V3_VAULT, "getReservesOf(address)", "uint256", token.address)
        assert found == (whole * 10**token.decimals,)
    found = asked.call(BALANCER_V3_VAULT, "getReservesOf(address)", "uint256", WETH.address)
    assert found == (5_000 * WAD,)
    assert asked.call(BALANCER_V3_VAULT, "isUnlocked()", "bool") == (False,)


def _deployer(anvil: Anvil) -> Deployer:
    rpc = RpcClient(anvil.url)
    rpc.call("anvil_autoImpersonateAccount", *[True])
    rpc.call("anvil_setNextBlockBaseFeePerGas", "0x0")  # the deployer pays no gas
    return Deployer(rpc)
