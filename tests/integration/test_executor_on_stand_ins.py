"""The executor through every rail and lender that the local mainnet stands in for, and the forks.

Somebody moves a pool off its price first; the plan then closes the gap with borrowed money.
"""

from collections.abc import Iterator

import msgspec
import pytest
from route_quotes import quoted
from stand_in_routes import CASES, SAVINGS, Case

from bot.chain.abi import encode_hex, word
from bot.chain.artifacts import load_artifact
from bot.chain.rpc import RpcClient
from bot.domain.assets import CRVUSD, DAI, GHO, SUSD, USDC, USDS, USDT, WETH, Token
from bot.domain.executor_lists import ExecutorLists, Target, targets_of
from bot.domain.plans import AmountMode, Leg, Loan, Mode, Plan
from bot.domain.units import Address, Raw
from bot.domain.venues import (
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

pytestmark = pytest.mark.anvil

MILLION = 1_000_000
TREASURY, OPERATOR = labelled("stand-in test: treasury"), labelled("stand-in test: operator")


@pytest.fixture
def chain() -> Iterator[Deployer]:
    with start_local_mainnet() as anvil:
        rpc = RpcClient(anvil.url)
        rpc.call("anvil_autoImpersonateAccount", *[True])
        rpc.call("anvil_setNextBlockBaseFeePerGas", "0x0")  # the deployer pays no gas
        yield Deployer(rpc)
        rpc.close()


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_plan_earns_what_our_quotes_say_and_leaves_nothing_behind(
    chain: Deployer, case: Case
) -> None:
    lists = _lists(chain)
    executor = _deploy(chain, lists)
    case.shock(chain)
    data = "0x" + encode_execute(_plan(chain, case), lists).hex()
    request = {"from": OPERATOR, "to": executor, "data": data, "gas": hex(5 * MILLION)}
    expected = word(bytes.fromhex(chain.rpc.call("eth_call", request, "latest")[2:]), 0)
    borrowed = _borrowed(case)
    assert quoted(chain.rpc, case.route, case.start, borrowed) - borrowed == expected
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
    amount = _borrowed(case)
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


def _borrowed(case: Case) -> Raw:
    """Return the loan, which costs nothing at any of these lenders."""
    return Raw(100_000 * 10**case.start.decimals)


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
