"""What the local mainnet is made of, and that it behaves like the real one where it hurts."""

from typing import Any

import pyrevm
import pytest

from bot.chain.abi import decode, encode, encode_hex, word
from bot.chain.rpc import RpcClient
from bot.domain.assets import DAI, SUSD, USDC, USDT, WETH, Token
from bot.domain.errors import NodeRefused
from bot.domain.units import WAD, Address, Raw
from bot.domain.venues import (
    AAVE_POOL,
    BALANCER_VAULT,
    CURVE_3POOL,
    CURVE_SUSD,
    DSS_FLASH,
    GAS_PRICE_POOLS,
    LITE_PSM_POCKET,
    LITE_PSM_USDC,
    MORPHO_BLUE,
    PERMIT2,
    POOLS,
    SDAI,
    UNISWAP_V4_POOL_MANAGER,
    V2_USDC_USDT,
    V2_USDC_WETH,
    V3_DAI_USDC,
    V3_USDC_USDT,
    PoolSpec,
    Venue,
)
from bot.sandbox.addresses import DEPLOYER, SOMEONE
from bot.sandbox.anvil import Anvil
from bot.sandbox.deployer import Deployer
from bot.sandbox.faucet import balance_of, fund_token
from bot.sandbox.provenance import provenance
from bot.sandbox.state import Account

pytestmark = pytest.mark.anvil

TOKENS = (USDC, USDT, DAI, SUSD, WETH)
LENT = (USDC, USDT, DAI)
OTHER = Address("0x00000000000000000000000000000000000b0B01")


@pytest.fixture
def rpc(local_mainnet: Anvil) -> RpcClient:
    return RpcClient(local_mainnet.url)


@pytest.fixture
def chain(rpc: RpcClient) -> Deployer:
    rpc.call("anvil_autoImpersonateAccount", *[True])
    rpc.call("anvil_setNextBlockBaseFeePerGas", "0x0")  # the deployer pays no gas
    return Deployer(rpc)


def test_chain_is_mainnet_by_its_id_and_listens_on_the_loopback_only(
    local_mainnet: Anvil, rpc: RpcClient
) -> None:
    rpc.require_chain(1)
    assert local_mainnet.url.startswith("http://127.0.0.1:")


def test_contracts_stand_where_only_mainnets_bytecode_could_put_them(chain: Deployer) -> None:
    facts = list(provenance(chain))
    assert len(facts) == 19
    assert all(found == expected for _, found, expected in facts), facts


@pytest.mark.parametrize("token", TOKENS, ids=lambda token: token.symbol)
def test_token_has_the_decimals_of_the_table(chain: Deployer, token: Token) -> None:
    assert chain.call(token.address, "decimals()", "uint8") == (token.decimals,)


@pytest.mark.parametrize(
    "pool", [p for p in (*POOLS, *GAS_PRICE_POOLS) if p != CURVE_3POOL], ids=lambda pool: pool.name
)
def test_pool_holds_the_tokens_of_the_table_in_order(chain: Deployer, pool: PoolSpec) -> None:
    if pool.venue is Venue.CURVE:
        places = range(len(pool.tokens))
        found = [chain.address_of(pool.address, "coins(int128)", place) for place in places]
    elif pool.venue is Venue.LITE_PSM:
        found = [chain.address_of(pool.address, f"{name}()") for name in ("gem", "dai")]
    else:
        found = [chain.address_of(pool.address, f"token{place}()") for place in (0, 1)]
    assert found == [token.address for token in pool.tokens]


@pytest.mark.parametrize("token", LENT, ids=lambda token: token.symbol)
def test_every_lender_has_enough_of_every_coin(chain: Deployer, token: Token) -> None:
    reserve = "getReserveData(address)"
    words = chain.call(AAVE_POOL, reserve, ",".join(["uint256"] * 15), token.address)
    a_token = Address(f"0x{words[8]:040x}")
    whole_coins = {
        lender: balance_of(chain.rpc, token, address) // 10**token.decimals
        for lender, address in (
            ("Aave", a_token),
            ("Balancer", BALANCER_VAULT),
            ("Morpho", MORPHO_BLUE),
        )
    }
    balancer = 23_000_000 if token == USDC else 20_000_000
    assert whole_coins == {"Aave": 200_000_000, "Balancer": balancer, "Morpho": 50_000_000}


def test_aave_asks_five_basis_points_for_a_flash_loan(chain: Deployer) -> None:
    assert chain.call(AAVE_POOL, "FLASHLOAN_PREMIUM_TOTAL()", "uint128") == (5,)


def test_curve_pool_is_even_with_mainnets_parameters(chain: Deployer) -> None:
    pool = CURVE_SUSD.address
    assert chain.call(pool, "A()", "uint256") == (256,)
    assert chain.call(pool, "fee()", "uint256") == (4_000_000,)
    for place, token in enumerate(CURVE_SUSD.tokens):
        (held,) = chain.call(pool, "balances(int128)", "uint256", place)
        assert held == 15_000_000 * 10**token.decimals


@pytest.mark.parametrize("pool", [V3_USDC_USDT, V3_DAI_USDC], ids=lambda pool: pool.name)
def test_concentrated_pool_has_three_ranges_around_parity(chain: Deployer, pool: PoolSpec) -> None:
    slot_0 = chain.call(pool.address, "slot0()", "uint160,int24,uint16,uint16,uint16,uint8,bool")
    edges = []
    for width in (5, 50, 500):
        tick = "uint128,int128,uint256,uint256,int56,uint160,uint32,bool"
        gross, net, *_ = chain.call(pool.address, "ticks(int24)", tick, slot_0[1] - width)
        assert gross == net > 0
        edges.append(net)
    assert edges == sorted(edges, reverse=True)
    assert chain.call(pool.address, "liquidity()", "uint128") == (sum(edges),)


def test_v2_pair_holds_twenty_million_of_each(chain: Deployer) -> None:
    reserves = chain.call(V2_USDC_USDT.address, "getReserves()", "uint112,uint112,uint32")
    assert reserves[:2] == (20_000_000 * 10**6,) * 2


def test_gas_price_pair_says_three_thousand_usdc_per_weth(chain: Deployer) -> None:
    usdc, weth, _ = chain.call(V2_USDC_WETH.address, "getReserves()", "uint112,uint112,uint32")
    assert (usdc, weth) == (6_000_000 * 10**6, 2_000 * WAD)


def test_v4_manager_holds_twenty_million_of_each_and_permit2_is_there(chain: Deployer) -> None:
    for token in (USDC, USDT):
        held = balance_of(chain.rpc, token, UNISWAP_V4_POOL_MANAGER) / 10**token.decimals
        assert 19_980_000 < held < 20_020_000
    assert len(chain.rpc.call("eth_getCode", PERMIT2, "latest")) > 10_000


def test_usdc_refuses_a_blacklisted_holder(chain: Deployer) -> None:
    fund_token(chain.rpc, USDC, OTHER, Raw(10**6))
    chain.send(USDC.address, "blacklist(address)", OTHER)
    with pytest.raises(NodeRefused, match="blacklisted"):
        _call_as(chain, OTHER, USDC, "transfer(address,uint256)", SOMEONE, 1)
    chain.send(USDC.address, "unBlacklist(address)", OTHER)
    assert _call_as(chain, OTHER, USDC, "transfer(address,uint256)", SOMEONE, 1) != b""


def test_usdt_transfer_returns_nothing(chain: Deployer) -> None:
    fund_token(chain.rpc, USDT, OTHER, Raw(10**6))
    assert _call_as(chain, OTHER, USDT, "transfer(address,uint256)", SOMEONE, 10**6) == b""
    with pytest.raises(NodeRefused):
        _call_as(chain, OTHER, USDT, "transfer(address,uint256)", SOMEONE, 10**6 + 1)


def test_usdt_refuses_to_replace_an_allowance(chain: Deployer) -> None:
    approve = "approve(address,uint256)"
    chain.send(USDT.address, approve, OTHER, 1, sender=SOMEONE)
    with pytest.raises(NodeRefused):
        _call_as(chain, SOMEONE, USDT, approve, OTHER, 2)
    assert _call_as(chain, SOMEONE, USDT, approve, OTHER, 0) == b""


def test_dai_permit_domain_is_mainnets(chain: Deployer) -> None:
    (separator,) = chain.call(DAI.address, "DOMAIN_SEPARATOR()", "bytes32")
    # Published for 0x6B17..1d0F on chain 1.
    assert separator.hex() == "dbb8cf42e1ecb028be3f3dbc922e1d878b963f411dc388ced501601c60f7c6f7"


def test_lite_psm_swaps_at_par_from_full_sides(chain: Deployer) -> None:
    psm = LITE_PSM_USDC.address
    assert balance_of(chain.rpc, USDC, LITE_PSM_POCKET) == 400_000_000 * 10**6
    assert balance_of(chain.rpc, DAI, psm) == 400_000_000 * WAD
    for fee in ("tin", "tout"):
        assert chain.call(psm, f"{fee}()", "uint256") == (0,)
    chain.send(USDC.address, "approve(address,uint256)", psm, 10**6)
    chain.send(psm, "sellGem(address,uint256)", OTHER, 10**6)
    assert balance_of(chain.rpc, DAI, OTHER) == WAD


def test_flash_mint_offers_half_a_billion_dai_for_nothing(chain: Deployer) -> None:
    max_loan = chain.call(DSS_FLASH, "maxFlashLoan(address)", "uint256", DAI.address)
    fee = chain.call(DSS_FLASH, "flashFee(address,uint256)", "uint256", DAI.address, 10**24)
    assert (max_loan, fee) == ((500_000_000 * WAD,), (0,))


def test_savings_dai_share_is_worth_more_than_a_dai(chain: Deployer) -> None:
    assert chain.call(SDAI, "convertToAssets(uint256)", "uint256", WAD) == (112 * WAD // 100,)


def test_alloc_gives_an_in_process_evm_the_same_answers(
    chain: Deployer, alloc: dict[str, Account]
) -> None:
    evm = pyrevm.EVM(env=pyrevm.Env(cfg=pyrevm.CfgEnv(chain_id=1)), spec_id="CANCUN")
    for address, account in alloc.items():
        info = pyrevm.AccountInfo(
            balance=account.balance, nonce=account.nonce, code=account.code or None
        )
        evm.insert_account_info(address, info)
        for slot, value in account.storage.items():
            evm.insert_account_storage(address, slot, value)
    sizes = (1, 10**6, 9_000_000 * 10**6)
    quote = "get_dy(int128,int128,uint256)"
    ours = [
        word(
            evm.message_call(
                SOMEONE, CURVE_SUSD.address, calldata=encode(quote, 1, 2, size), is_static=True
            ),
            0,
        )
        for size in sizes
    ]
    theirs = [chain.call(CURVE_SUSD.address, quote, "uint256", 1, 2, size)[0] for size in sizes]
    assert ours == theirs
    assert ours[-1] > 8_900_000 * 10**6


def test_deployer_has_spare_coins_and_nobody_owes_it_gas(chain: Deployer) -> None:
    assert int(chain.rpc.call("eth_getBalance", DEPLOYER, "latest"), 16) > 10**23
    for token in TOKENS:
        assert balance_of(chain.rpc, token, DEPLOYER) > 1_000 * 10**token.decimals


def _call_as(
    chain: Deployer, sender: Address, token: Token, signature: str, *arguments: Any
) -> bytes:
    request = {"from": sender, "to": token.address, "data": encode_hex(signature, *arguments)}
    answer = bytes.fromhex(chain.rpc.call("eth_call", request, "latest")[2:])
    assert answer == b"" or decode("bool", answer) == (True,)
    return answer
