"""The stand-ins for Curve's pools: filled, usable, and right to the unit."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.amm.generations import Generation
from bot.amm.stableswap import StableSwapPool
from bot.chain.abi import encode_hex
from bot.chain.artifacts import load_artifact
from bot.chain.rpc import RpcClient
from bot.domain.assets import CRVUSD, DAI, USDC, USDT, Token
from bot.domain.units import WAD, Raw
from bot.domain.venues import (
    CURVE_SUSD,
    NG_USDC_USDT,
    SDAI,
    PoolSpec,
    Venue,
)
from bot.sandbox.addresses import (
    CURVE_BASE_POOL,
    CURVE_META_POOL,
    DEPLOYER,
    NG_SDAI_USDC,
    labelled,
)
from bot.sandbox.anvil import Anvil
from bot.sandbox.deployer import Deployer
from bot.sandbox.faucet import balance_of
from bot.sandbox.mainnet import start_local_mainnet
from bot.sandbox.systems.curve_stand_ins import (
    BASE_AMPLIFICATION,
    BASE_COINS,
    CLASSIC_FEE,
    NG_POOLS,
    NgPool,
)

pytestmark = pytest.mark.anvil

MILLION = 1_000_000
EXCHANGE = "exchange(int128,int128,uint256,uint256)"
UNDERLYING = "exchange_underlying(int128,int128,uint256,uint256)"
QUOTE = "get_dy(int128,int128,uint256)"


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


@pytest.mark.parametrize("pool", NG_POOLS, ids=lambda p: "/".join(c.symbol for c in p.coins))
def test_ng_pool_pays_what_it_quotes_and_takes_a_transfer_as_payment(
    chain: Deployer, pool: NgPool
) -> None:
    sold, bought = pool.coins
    amount = 10_000 * 10**sold.decimals
    for signature, arguments in (
        (EXCHANGE, (0, 1, amount, 0)),
        ("exchange_received(int128,int128,uint256,uint256,address)", (0, 1, amount, 0, DEPLOYER)),
    ):
        (quoted,) = chain.call(pool.address, QUOTE, "uint256", 0, 1, amount)
        before = balance_of(chain.rpc, bought, DEPLOYER)
        if "received" in signature:
            chain.send(sold.address, "transfer(address,uint256)", pool.address, amount)
        chain.send(pool.address, signature, *arguments)
        assert balance_of(chain.rpc, bought, DEPLOYER) - before == quoted
        value = 112 * quoted // 100 if bought.address == SDAI else quoted
        paid = 112 * amount // 100 if sold.address == SDAI else amount
        scaled = value * 10**18 // 10**bought.decimals
        par = paid * 10**18 // 10**sold.decimals
        assert par * 9_990 // 10_000 < scaled < par


def test_ng_pool_is_read_as_its_documentation_says(asked: Deployer) -> None:
    views = (("N_COINS()", 2), ("A()", 10_000), ("A_precise()", 1_000_000), ("fee()", 1_000_000))
    for signature, expected in (*views, ("offpeg_fee_multiplier()", 5 * 10**10)):
        assert asked.call(NG_USDC_USDT, signature, "uint256") == (expected,)
    (rates,) = asked.call(NG_USDC_USDT, "stored_rates()", "uint256[]")
    assert rates == (10**30, 10**30)
    (rates,) = asked.call(NG_SDAI_USDC, "stored_rates()", "uint256[]")
    assert rates == (112 * WAD // 100, 10**30)
    (held,) = asked.call(NG_USDC_USDT, "get_balances()", "uint256[]")
    assert held == (10 * MILLION * 10**6,) * 2


def test_ng_arithmetic_agrees_with_curves_own_bytecode(chain: Deployer) -> None:
    """The real pool of four, and a stand-in with its coins, A, fee and balances."""
    twin = NgPool(
        address=labelled("twin"),
        coins=CURVE_SUSD.tokens,
        amplification=256,
        depths=(15 * MILLION,) * 4,
    )
    chain.deploy_at(
        twin.address,
        load_artifact("StableSwapNG").creation_code,
        "string,string,uint256[3],address[],uint8[],address",
        *("twin", "twin", (256, 4_000_000, 0), [c.address for c in twin.coins], [0] * 4, DEPLOYER),
    )
    for coin in twin.coins:
        chain.send(coin.address, "approve(address,uint256)", twin.address, 2**255)
    amounts = [15 * MILLION * 10**coin.decimals for coin in twin.coins]
    chain.send(twin.address, "add_liquidity(uint256[],uint256)", amounts, 0)
    for i, j, whole in ((0, 1, 1), (1, 2, 9 * MILLION), (2, 0, 12 * MILLION), (3, 1, 77_777)):
        amount = whole * 10 ** twin.coins[i].decimals
        (theirs,) = chain.call(CURVE_SUSD.address, QUOTE, "uint256", i, j, amount)
        (ours,) = chain.call(twin.address, QUOTE, "uint256", i, j, amount)
        assert abs(theirs - ours) <= max(1, 10 ** (twin.coins[j].decimals - 17))


@given(i=st.integers(0, 2), j=st.integers(0, 2), whole=st.integers(1, 25 * MILLION))
def test_base_pool_pays_to_the_unit_what_the_bots_own_arithmetic_says(
    asked: Deployer, i: int, j: int, whole: int
) -> None:
    if i == j:
        return
    spec = PoolSpec(name="base", venue=Venue.CURVE, address=CURVE_BASE_POOL, tokens=BASE_COINS)
    depths = tuple(Raw(30 * MILLION * 10**coin.decimals) for coin in BASE_COINS)
    pool = StableSwapPool(
        spec=spec,
        block=0,
        amplification=BASE_AMPLIFICATION,
        fee=CLASSIC_FEE,
        balances=depths,
        generation=Generation.THREE_POOL,
    )
    amount = Raw(whole * 10 ** BASE_COINS[i].decimals)
    (quoted,) = asked.call(CURVE_BASE_POOL, QUOTE, "uint256", i, j, amount)
    assert quoted == pool.get_dy(i, j, amount)
    # `exchange` returns nothing: the least it pays is found by asking for one more.
    paid = pool.amount_out(i, j, amount)
    assert _accepts(asked, encode_hex(EXCHANGE, i, j, amount, paid))
    assert not _accepts(asked, encode_hex(EXCHANGE, i, j, amount, paid + 1))


@pytest.mark.parametrize(("i", "j"), [(0, 2), (2, 0), (0, 1), (3, 0), (1, 2)])
def test_metapool_swaps_underlying_coins_near_par(chain: Deployer, i: int, j: int) -> None:
    coins = (CRVUSD, DAI, USDC, USDT)
    sold, bought = coins[i], coins[j]
    amount = 10_000 * 10**sold.decimals
    (quoted,) = chain.call(
        CURVE_META_POOL, "get_dy_underlying(int128,int128,uint256)", "uint256", i, j, amount
    )
    before = balance_of(chain.rpc, bought, DEPLOYER)
    if i:
        chain.send(sold.address, "approve(address,uint256)", CURVE_META_POOL, amount)
    chain.send(CURVE_META_POOL, UNDERLYING, i, j, amount, 0)
    got = balance_of(chain.rpc, bought, DEPLOYER) - before
    par = 10_000 * 10**bought.decimals
    assert par * 9_985 // 10_000 < got < par
    assert abs(got - quoted) < par // 100_000


def test_metapool_swaps_its_coin_for_shares_of_the_base(chain: Deployer) -> None:
    (quoted,) = chain.call(CURVE_META_POOL, QUOTE, "uint256", 0, 1, 10_000 * WAD)
    shares = Token(
        symbol="shares",
        address=chain.address_of(CURVE_META_POOL, "coins(uint256)", 1),
        decimals=18,
    )
    before = balance_of(chain.rpc, shares, DEPLOYER)
    chain.send(CURVE_META_POOL, EXCHANGE, 0, 1, 10_000 * WAD, 0)
    assert balance_of(chain.rpc, shares, DEPLOYER) - before == quoted


def _deployer(anvil: Anvil) -> Deployer:
    rpc = RpcClient(anvil.url)
    rpc.call("anvil_autoImpersonateAccount", *[True])
    rpc.call("anvil_setNextBlockBaseFeePerGas", "0x0")  # the deployer pays no gas
    return Deployer(rpc)


def _accepts(chain: Deployer, data: str) -> bool:
    """Whether the base pool would take this from the deployer."""
    request = {"from": DEPLOYER, "to": CURVE_BASE_POOL, "data": data}
    (answer,) = chain.rpc.call(
        "eth_simulateV1", {"blockStateCalls": [{"calls": [request]}]}, "latest"
    )
    return bool(answer["calls"][0]["status"] == "0x1")
