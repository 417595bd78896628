"""The executor through every rail and lender that the local mainnet stands in for, and the forks.

Somebody moves a pool off its price first; the plan then closes the gap with borrowed money.
"""

from collections.abc import Callable, Iterator

import msgspec
import pytest

from bot.chain.abi import encode_hex, word
from bot.chain.artifacts import load_artifact
from bot.chain.rpc import RpcClient
from bot.domain.assets import CRVUSD, DAI, GHO, SUSD, USDC, USDS, USDT, WETH, Token
from bot.domain.executor_lists import ExecutorLists, Target, targets_of
from bot.domain.plans import AmountMode, Leg, Loan, Mode, Plan
from bot.domain.units import Address, Raw
from bot.domain.venues import (
    BALANCER_VAULT,
    CRVUSD_FLASH_LENDER,
    DAI_USDS,
    DSS_FLASH,
    DSS_PSM_USDC,
    DSS_PSM_USDC_JOIN,
    GHO_FLASH_MINTER,
    GSM_USDC,
    LITE_PSM_USDC,
    NG_GHO_CRVUSD,
    NG_USDC_USDT,
    SDAI,
    V3_USDC_USDT,
    Lender,
    PoolSpec,
    Venue,
)
from bot.execution.calldata import encode_constructor, encode_execute
from bot.sandbox.addresses import (
    BALANCER_COMPOSABLE_POOL,
    BALANCER_STABLE_POOL,
    BALANCER_WEIGHTED_POOL,
    CURVE_META_POOL,
    DEPLOYER,
    NG_CRVUSD_USDC,
    NG_SDAI_USDC,
    NG_USDS_USDC,
    labelled,
)
from bot.sandbox.deployer import Deployer
from bot.sandbox.faucet import balance_of
from bot.sandbox.mainnet import start_local_mainnet
from bot.sandbox.pools import PANCAKE_PAIRS, SUSHI_PAIRS, V3_USDC_WETH

pytestmark = pytest.mark.anvil

TREASURY, OPERATOR = labelled("stand-in test: treasury"), labelled("stand-in test: operator")
MILLION = 1_000_000
SAVINGS = Token(symbol="sDAI", address=SDAI, decimals=18)
EXCHANGE = "exchange(int128,int128,uint256,uint256)"
SWAP = (
    "swap((bytes32,uint8,address,address,uint256,bytes),(address,bool,address,bool),"
    "uint256,uint256)"
)


def pool(venue: Venue, address: Address, *tokens: Token) -> PoolSpec:
    return PoolSpec(name=venue.name, venue=venue, address=address, tokens=tokens)


NG_STABLE = pool(Venue.CURVE, NG_USDC_USDT, USDC, USDT)
NG_RECEIVED = pool(Venue.CURVE_RECEIVED, NG_USDC_USDT, USDC, USDT)
NG_CRVUSD = pool(Venue.CURVE, NG_CRVUSD_USDC, USDC, CRVUSD)
NG_GHO = pool(Venue.CURVE, NG_GHO_CRVUSD, GHO, CRVUSD)
NG_USDS = pool(Venue.CURVE, NG_USDS_USDC, USDS, USDC)
NG_SAVINGS = pool(Venue.CURVE, NG_SDAI_USDC, SAVINGS, USDC)
META = pool(Venue.CURVE_UNDERLYING, CURVE_META_POOL, CRVUSD, DAI, USDC, USDT)
CONVERTER = pool(Venue.DAI_USDS, DAI_USDS, DAI, USDS)
MODULE = pool(Venue.GHO_GSM, GSM_USDC, USDC, GHO)
VAULT = pool(Venue.ERC4626, SDAI, DAI, SAVINGS)
FIRST_PSM = msgspec.structs.replace(
    pool(Venue.MAKER_PSM, DSS_PSM_USDC, USDC, DAI), puller=DSS_PSM_USDC_JOIN
)


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """A route, what moves its price, and who advances 100,000 coins of its first token."""

    route: tuple[tuple[PoolSpec, Token], ...]  # pool, token received
    start: Token = USDC
    shock: Callable[[Deployer], None]
    lender: Lender = Lender.MORPHO
    target: Address | None = None


def sells(where: PoolSpec, token: Token, whole: int) -> Callable[[Deployer], None]:
    def act(chain: Deployer) -> None:
        i = where.tokens.index(token)
        amount = whole * 10**token.decimals
        if where.venue is Venue.UNISWAP_V2:
            chain.send(token.address, "transfer(address,uint256)", where.address, amount)
            outs = [0, 0]
            outs[1 - i] = whole * 10 ** where.tokens[1 - i].decimals // 2
            swap = "swap(uint256,uint256,address,bytes)"
            chain.send(where.address, swap, *outs, DEPLOYER, b"")
        else:
            chain.send(where.address, EXCHANGE, i, 1 - i, amount, 0)

    return act


def sells_to_balancer(
    address: Address, token: Token, into: Token, whole: int
) -> Callable[[Deployer], None]:
    def act(chain: Deployer) -> None:
        (pool_id,) = chain.call(address, "getPoolId()", "bytes32")
        amount = whole * 10**token.decimals
        single = (pool_id, 0, token.address, into.address, amount, b"")
        funds = (DEPLOYER, False, DEPLOYER, False)
        chain.send(BALANCER_VAULT, SWAP, single, funds, 0, 2**255)

    return act


BACK = (V3_USDC_USDT, USDC)
CASES = {
    "NG exchange": Case(route=((NG_STABLE, USDT), BACK), shock=sells(NG_STABLE, USDT, 9 * MILLION)),
    "NG exchange_received": Case(
        route=((NG_RECEIVED, USDT), BACK), shock=sells(NG_STABLE, USDT, 9 * MILLION)
    ),
    "metapool out": Case(
        route=((NG_CRVUSD, CRVUSD), (META, USDC)), shock=sells(NG_CRVUSD, CRVUSD, 8 * MILLION)
    ),
    "metapool in": Case(
        route=((META, CRVUSD), (NG_CRVUSD, USDC)), shock=sells(NG_CRVUSD, USDC, 8 * MILLION)
    ),
    "converter, first PSM buys": Case(
        route=((NG_USDS, USDS), (CONVERTER, DAI), (FIRST_PSM, USDC)),
        shock=sells(NG_USDS, USDS, 8 * MILLION),
    ),
    "first PSM sells, converter back": Case(
        route=((FIRST_PSM, DAI), (CONVERTER, USDS), (NG_USDS, USDC)),
        shock=sells(NG_USDS, USDC, 8 * MILLION),
    ),
    "GSM sells": Case(
        route=((MODULE, GHO), (NG_GHO, CRVUSD), (NG_CRVUSD, USDC)),
        shock=sells(NG_GHO, CRVUSD, 4 * MILLION),
    ),
    "GSM buys": Case(
        route=((NG_CRVUSD, CRVUSD), (NG_GHO, GHO), (MODULE, USDC)),
        shock=sells(NG_GHO, GHO, 4 * MILLION),
    ),
    "vault deposits": Case(
        route=((LITE_PSM_USDC, DAI), (VAULT, SAVINGS), (NG_SAVINGS, USDC)),
        shock=sells(NG_SAVINGS, USDC, 4 * MILLION),
    ),
    "vault redeems": Case(
        route=((NG_SAVINGS, SAVINGS), (VAULT, DAI), (LITE_PSM_USDC, USDC)),
        shock=sells(NG_SAVINGS, SAVINGS, 4 * MILLION),
    ),
    "SushiSwap": Case(
        route=((SUSHI_PAIRS[0], USDT), BACK), shock=sells(SUSHI_PAIRS[0], USDT, 500_000)
    ),
    "PancakeSwap": Case(
        route=((PANCAKE_PAIRS[0], USDT), BACK), shock=sells(PANCAKE_PAIRS[0], USDT, 500_000)
    ),
    "Balancer composable": Case(
        route=((pool(Venue.BALANCER_V2, BALANCER_COMPOSABLE_POOL, USDC, USDT), USDT), BACK),
        shock=sells_to_balancer(BALANCER_COMPOSABLE_POOL, USDT, USDC, 9 * MILLION),
    ),
    "Balancer two hops": Case(
        route=(
            (
                msgspec.structs.replace(
                    pool(Venue.BALANCER_V2_BATCH, BALANCER_COMPOSABLE_POOL, USDC, USDT),
                    between=DAI,
                ),
                USDT,
            ),
            BACK,
        ),
        shock=sells_to_balancer(BALANCER_STABLE_POOL, USDT, DAI, 9 * MILLION),
    ),
    "Balancer weighted": Case(
        route=(
            (pool(Venue.BALANCER_V2, BALANCER_WEIGHTED_POOL, USDC, WETH), WETH),
            (V3_USDC_WETH, USDC),
        ),
        shock=sells_to_balancer(BALANCER_WEIGHTED_POOL, WETH, USDC, 600),
    ),
    "Balancer V3 lends": Case(
        route=((NG_STABLE, USDT), BACK),
        shock=sells(NG_STABLE, USDT, 9 * MILLION),
        lender=Lender.BALANCER_V3,
    ),
    "GHO minter lends": Case(
        start=GHO,
        route=((NG_GHO, CRVUSD), (NG_CRVUSD, USDC), (MODULE, GHO)),
        shock=sells(NG_GHO, CRVUSD, 4 * MILLION),
        lender=Lender.ERC3156,
        target=GHO_FLASH_MINTER,
    ),
    "crvUSD lender lends": Case(
        start=CRVUSD,
        route=((NG_CRVUSD, USDC), (META, CRVUSD)),
        shock=sells(NG_CRVUSD, USDC, 8 * MILLION),
        lender=Lender.ERC3156,
        target=CRVUSD_FLASH_LENDER,
    ),
    "DssFlash lends": Case(
        start=DAI,
        route=((CONVERTER, USDS), (NG_USDS, USDC), (LITE_PSM_USDC, DAI)),
        shock=sells(NG_USDS, USDC, 8 * MILLION),
        lender=Lender.ERC3156,
        target=DSS_FLASH,
    ),
}


@pytest.fixture
def chain() -> Iterator[Deployer]:
    with start_local_mainnet() as anvil:
        rpc = RpcClient(anvil.url)
        rpc.call("anvil_autoImpersonateAccount", *[True])
        rpc.call("anvil_setNextBlockBaseFeePerGas", "0x0")  # the deployer pays no gas
        yield Deployer(rpc)
        rpc.close()


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_plan_closes_the_gap_and_leaves_nothing_behind(chain: Deployer, case: Case) -> None:
    lists = _lists(chain)
    executor = _deploy(chain, lists)
    case.shock(chain)
    data = "0x" + encode_execute(_plan(chain, case), lists).hex()
    request = {"from": OPERATOR, "to": executor, "data": data, "gas": hex(5 * MILLION)}
    expected = word(bytes.fromhex(chain.rpc.call("eth_call", request, "latest")[2:]), 0)
    before = balance_of(chain.rpc, case.start, TREASURY)
    chain._transact(request, OPERATOR)
    assert balance_of(chain.rpc, case.start, TREASURY) - before == expected > 0
    for token in lists.tokens:
        assert balance_of(chain.rpc, token, executor) == 0
        for target in lists.targets:
            spender = Address("0x" + target.word[-20:].hex())
            assert _allowance(chain, token, executor, spender) == 0


def _plan(chain: Deployer, case: Case) -> Plan:
    held, legs = case.start, []
    amount = Raw(100_000 * 10**case.start.decimals)
    for spec, received in case.route:
        whole = _with_ids(chain, spec)
        legs.append(
            Leg(
                pool=whole,
                coin_in=whole.tokens.index(held),
                coin_out=whole.tokens.index(received),
                amount_in=amount,
                amount_out=Raw(0),
                takes=AmountMode.ALL,
            )
        )
        held = received
    height = int(chain.rpc.call("eth_blockNumber"), 16)
    loan = Loan(lender=case.lender, token=case.start, amount=amount, target=case.target)
    return Plan(
        block=height,
        mode=Mode.PUSH,
        token=case.start,
        legs=tuple(legs),
        loans=(loan,),
        profit=Raw(0),
        min_profit=Raw(0),
        max_block=height + 10,
    )


def _with_ids(chain: Deployer, spec: PoolSpec) -> PoolSpec:
    """Name a Balancer pool by what only the chain knows, the order of registration."""
    if spec.venue is Venue.BALANCER_V2:
        return msgspec.structs.replace(spec, pool_ids=(_pool_id(chain, spec.address),))
    if spec.venue is Venue.BALANCER_V2_BATCH:
        ids = (_pool_id(chain, spec.address), _pool_id(chain, BALANCER_STABLE_POOL))
        return msgspec.structs.replace(spec, pool_ids=ids)
    return spec


def _lists(chain: Deployer) -> ExecutorLists:
    contracts = {
        "NG stable": NG_USDC_USDT,
        "NG crvUSD": NG_CRVUSD_USDC,
        "NG GHO": NG_GHO_CRVUSD,
        "NG USDS": NG_USDS_USDC,
        "NG sDAI": NG_SDAI_USDC,
        "metapool": CURVE_META_POOL,
        "converter": DAI_USDS,
        "LitePSM": LITE_PSM_USDC.address,
        "first PSM": DSS_PSM_USDC,
        "its join": DSS_PSM_USDC_JOIN,
        "GSM": GSM_USDC,
        "DssFlash": DSS_FLASH,
        "GHO minter": GHO_FLASH_MINTER,
        "crvUSD lender": CRVUSD_FLASH_LENDER,
    }
    balancer = (BALANCER_COMPOSABLE_POOL, BALANCER_STABLE_POOL, BALANCER_WEIGHTED_POOL)
    ids = tuple(Target(name=pool_, word=_pool_id(chain, pool_)) for pool_ in balancer)
    return ExecutorLists(
        tokens=(USDC, USDT, DAI, SUSD, WETH, USDS, GHO, CRVUSD, SAVINGS),
        targets=(*targets_of(list(contracts.items())), *ids),
    )


def _deploy(chain: Deployer, lists: ExecutorLists) -> Address:
    code = load_artifact("DepegExecutor").creation_code
    return chain.deploy(code + encode_constructor(DEPLOYER, OPERATOR, TREASURY, lists))


def _pool_id(chain: Deployer, address: Address) -> bytes:
    (pool_id,) = chain.call(address, "getPoolId()", "bytes32")
    return bytes(pool_id)


def _allowance(chain: Deployer, token: Token, holder: Address, spender: Address) -> int:
    data = encode_hex("allowance(address,address)", holder, spender)
    answer = chain.rpc.call("eth_call", {"to": token.address, "data": data}, "latest")
    return word(bytes.fromhex(answer[2:]), 0)
