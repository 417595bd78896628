"""What the executor refuses on real bytecode; nothing moves in any of these cases."""

from collections.abc import Iterator

import msgspec
import pytest
from executor_world import LENDERS, OPERATOR, OWNER, STRANGER, TREASURY, ExecutorWorld, leg, plan

from bot.chain.abi import encode, word
from bot.chain.rpc import RpcClient
from bot.domain import venues
from bot.domain.assets import SUSD, USDC, USDT
from bot.domain.plans import Plan
from bot.domain.units import Raw
from bot.domain.venues import Lender
from bot.execution.calldata import encode_execute, encode_withdraw
from bot.sandbox.faucet import balance_of, fund_token
from bot.sandbox.mainnet import start_local_mainnet

pytestmark = pytest.mark.anvil

SHOCK = 9_000_000  # USDC
LOAN = 7_000_000  # USDT
TOO_MUCH = 24_000_000  # USDT: more than the Curve pool holds of anything
WALKS_THE_EMPTY_TICKS = 50_000_000  # gas; with less, the pool runs out of it on the way


@pytest.fixture(scope="module")
def shocked() -> Iterator[ExecutorWorld]:
    with start_local_mainnet() as anvil:
        rpc = RpcClient(anvil.url)
        world = ExecutorWorld(rpc)
        world.depeg(USDC, SHOCK, into=USDT)
        yield world
        rpc.close()


@pytest.fixture
def world(shocked: ExecutorWorld) -> Iterator[ExecutorWorld]:
    snapshot = shocked.rpc.call("evm_snapshot")
    yield shocked
    assert shocked.rpc.call("evm_revert", snapshot)


def round_trip(
    world: ExecutorWorld, whole: int = LOAN, lender: Lender = Lender.BALANCER_V2
) -> Plan:
    legs = (leg(venues.CURVE_SUSD, USDT, USDC), leg(venues.V3_USDC_USDT, USDC, USDT))
    return plan(world, whole, *legs, lender=lender)


@pytest.mark.parametrize("lender", [Lender.AAVE_V3, Lender.MORPHO])
def test_an_oversized_loan_reverts(world: ExecutorWorld, lender: Lender) -> None:
    world.assert_refused(round_trip(world, TOO_MUCH, lender), "ProfitBelowMinimum")


@pytest.mark.parametrize(
    ("lender", "reason"),
    [
        (Lender.AAVE_V3, "reverted without a reason"),  # by the token
        (Lender.BALANCER_V2, "reverted: BAL#528"),  # insufficient flash loan balance
        (Lender.MORPHO, "reverted: transfer reverted"),
    ],
)
def test_a_loan_larger_than_the_lender_reverts(
    world: ExecutorWorld, lender: Lender, reason: str
) -> None:
    world.assert_refused(round_trip(world, 1_000_000_000, lender), reason)


def test_a_swap_larger_than_the_liquidity_reverts_as_partial(world: ExecutorWorld) -> None:
    legs = (leg(venues.V3_USDC_USDT, USDT, USDC), leg(venues.CURVE_SUSD, USDC, USDT))
    oversized = plan(world, 90_000_000, *legs, lender=Lender.AAVE_V3)
    world.assert_refused(oversized, "PartialFill", gas=WALKS_THE_EMPTY_TICKS)


def test_a_stale_plan_reverts_when_the_pool_moved_before_it(world: ExecutorWorld) -> None:
    stale = round_trip(world)
    world.depeg(USDT, 8_000_000, into=USDC)  # somebody else closed the gap
    world.assert_refused(stale, "ProfitBelowMinimum")


def test_a_plan_reverts_when_the_pool_moved_by_the_least_against_it(world: ExecutorWorld) -> None:
    snapshot = world.rpc.call("evm_snapshot")
    _, profit = world.run(round_trip(world))
    world.rpc.call("evm_revert", snapshot)
    exact = msgspec.structs.replace(round_trip(world), min_profit=profit)
    world.depeg(USDT, 1, into=SUSD)
    world.assert_refused(exact, "ProfitBelowMinimum: shortfallRaw ")


@pytest.mark.parametrize("lender", LENDERS)
def test_the_second_run_in_the_same_block_reverts(world: ExecutorWorld, lender: Lender) -> None:
    data = encode_execute(round_trip(world, lender=lender))
    profit = word(world.call(OPERATOR, world.executor, data), 0)
    world.rpc.call("evm_setAutomine", False)  # noqa: FBT003 - a JSON-RPC parameter
    first, second = (world.post(OPERATOR, world.executor, data) for _ in range(2))
    world.rpc.call("anvil_mine", hex(1))
    world.rpc.call("evm_setAutomine", True)  # noqa: FBT003 - a JSON-RPC parameter
    ran, again = world.ran(first), world.ran(second)
    assert ran.block == again.block
    assert (ran.succeeded, again.succeeded) == (True, False)
    assert balance_of(world.rpc, USDT, TREASURY) == profit
    world.assert_nothing_left()


@pytest.mark.parametrize("caller", [STRANGER, OWNER])
def test_only_the_operator_enters(world: ExecutorWorld, caller: str) -> None:
    before = world.balances()
    data = encode_execute(round_trip(world))
    assert world.refusal(caller, world.executor, data) == f"NotOperator: caller {caller}"
    assert not world.send(caller, world.executor, data).succeeded
    assert world.balances() == before


@pytest.mark.parametrize("caller", [STRANGER, OPERATOR])
def test_only_the_owner_withdraws(world: ExecutorWorld, caller: str) -> None:
    fund_token(world.rpc, USDC, world.executor, Raw(5))
    before = world.balances()
    data = encode_withdraw(USDC.address)
    assert world.refusal(caller, world.executor, data) == f"NotOwner: caller {caller}"
    assert not world.send(caller, world.executor, data).succeeded
    assert world.balances() == before


def context_of(run: Plan) -> bytes:
    """Return the very bytes that a lender would hand back for this plan."""
    return encode_execute(run)[4:]


def callbacks(world: ExecutorWorld) -> dict[str, bytes]:
    context, loan = context_of(round_trip(world)), LOAN * 10**USDT.decimals
    return {
        "executeOperation": encode(
            "executeOperation(address,uint256,uint256,address,bytes)",
            *(USDT.address, loan, 0, world.executor, context),
        ),
        "receiveFlashLoan": encode(
            "receiveFlashLoan(address[],uint256[],uint256[],bytes)",
            *([USDT.address], [loan], [0], context),
        ),
        "onMorphoFlashLoan": encode("onMorphoFlashLoan(uint256,bytes)", loan, context),
        "uniswapV3SwapCallback": encode(
            "uniswapV3SwapCallback(int256,int256,bytes)", 10**6, -1, context
        ),
        "uniswapV3FlashCallback": encode(
            "uniswapV3FlashCallback(uint256,uint256,bytes)", 0, 0, context
        ),
        "uniswapV2Call": encode(
            "uniswapV2Call(address,uint256,uint256,bytes)", world.executor, 0, loan, context
        ),
        "unlockCallback": encode("unlockCallback(bytes)", context),
        "onBalancerV3Unlock": encode("onBalancerV3Unlock(bytes)", context),
        "onFlashLoan": encode(
            "onFlashLoan(address,address,uint256,uint256,bytes)",
            *(world.executor, USDT.address, loan, 0, context),
        ),
    }


@pytest.mark.parametrize("caller", [STRANGER, OWNER, OPERATOR])
def test_nobody_may_call_any_callback(world: ExecutorWorld, caller: str) -> None:
    fund_token(world.rpc, USDT, world.executor, Raw(10**9))
    before = world.balances()
    for data in callbacks(world).values():
        reason = world.refusal(caller, world.executor, data)
        assert reason == f"UnexpectedCallback: caller {caller}"
        assert not world.send(caller, world.executor, data).succeeded
    assert world.balances() == before


def loans_for_the_executor(world: ExecutorWorld) -> dict[str, bytes]:
    """Return loans that anybody can open at the real lenders with the executor as receiver."""
    context, loan = context_of(round_trip(world)), LOAN * 10**USDT.decimals
    return {
        venues.AAVE_POOL: encode(
            "flashLoanSimple(address,address,uint256,bytes,uint16)",
            *(world.executor, USDT.address, loan, context, 0),
        ),
        venues.BALANCER_VAULT: encode(
            "flashLoan(address,address[],uint256[],bytes)",
            *(world.executor, [USDT.address], [loan], context),
        ),
    }


def test_a_stranger_cannot_open_a_loan_for_the_executor(world: ExecutorWorld) -> None:
    before = world.balances()
    for lender, data in loans_for_the_executor(world).items():
        assert world.refusal(STRANGER, lender, data) == f"UnexpectedCallback: caller {lender}"
        assert not world.send(STRANGER, lender, data).succeeded
    assert world.balances() == before
