"""The executor on real bytecode: each lender, each venue, to the base unit."""

from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
import pytest
from executor_world import (
    LENDERS,
    OPERATOR,
    OWNER,
    TREASURY,
    ExecutorWorld,
    leg,
    plan,
)

from bot.chain.abi import word
from bot.chain.rpc import RpcClient
from bot.domain import venues
from bot.domain.assets import DAI, USDC, USDT
from bot.domain.plans import Plan
from bot.domain.units import BPS, PIPS, mul_div_up
from bot.domain.venues import Lender
from bot.execution.calldata import encode_withdraw
from bot.sandbox.faucet import balance_of, fund_token
from bot.sandbox.mainnet import start_local_mainnet
from bot.sandbox.pools import V3_DAI_USDT

pytestmark = pytest.mark.anvil

SHOCK = 9_000_000  # USDC
LOAN = 7_000_000  # USDT


@contextmanager
def new_world() -> Iterator[ExecutorWorld]:
    with start_local_mainnet() as anvil:
        rpc = RpcClient(anvil.url)
        yield ExecutorWorld(rpc)
        rpc.close()


@pytest.fixture
def world() -> Iterator[ExecutorWorld]:
    with new_world() as world:
        yield world


def round_trip(world: ExecutorWorld, lender: Lender) -> Plan:
    return plan(
        world,
        LOAN,
        leg(venues.CURVE_SUSD, USDT, USDC),
        leg(venues.V3_USDC_USDT, USDC, USDT),
        lender=lender,
    )


@pytest.mark.parametrize("lender", LENDERS)
def test_each_lender_closes_the_depeg_and_the_treasury_has_the_profit(
    world: ExecutorWorld, lender: Lender
) -> None:
    world.depeg(USDC, SHOCK, into=USDT)
    ran, profit = world.run(round_trip(world, lender))
    assert ran.succeeded
    assert profit > 20_000 * 10**USDT.decimals
    assert balance_of(world.rpc, USDT, TREASURY) == profit
    world.assert_nothing_left()


def test_aave_and_uniswap_v3_charge_their_fees_and_nobody_else_does() -> None:
    profits, premium_bps = {}, 0
    for lender in LENDERS:
        with new_world() as world:
            world.depeg(USDC, SHOCK, into=USDT)
            premium_bps = word(world.view(venues.AAVE_POOL, "FLASHLOAN_PREMIUM_TOTAL()"), 0)
            _, profits[lender] = world.run(round_trip(world, lender))
    loan = LOAN * 10**USDT.decimals
    free = profits[Lender.MORPHO]
    assert profits[Lender.BALANCER_V2] == profits[Lender.UNISWAP_V4] == free
    assert free - profits[Lender.AAVE_V3] == loan * premium_bps // BPS
    assert free - profits[Lender.UNISWAP_V3] == mul_div_up(loan, V3_DAI_USDT.fee, PIPS)


def test_the_peg_module_buys_what_curve_sells_too_cheaply(world: ExecutorWorld) -> None:
    world.depeg(DAI, 6_000_000, into=USDC)
    selling_dai = plan(
        world,
        3_000_000,
        leg(venues.CURVE_SUSD, USDC, DAI),
        leg(venues.LITE_PSM_USDC, DAI, USDC),
    )
    ran, profit = world.run(selling_dai)
    assert ran.succeeded
    assert balance_of(world.rpc, USDC, TREASURY) == profit > 0
    dust = balance_of(world.rpc, DAI, TREASURY)
    assert 0 < dust < 10**12  # less than one base unit of USDC
    world.assert_nothing_left()


def test_the_peg_module_sells_what_curve_buys_too_dearly(world: ExecutorWorld) -> None:
    world.depeg(USDC, 6_000_000, into=DAI)
    buying_dai = plan(
        world,
        3_000_000,
        leg(venues.CURVE_SUSD, DAI, USDC),
        leg(venues.LITE_PSM_USDC, USDC, DAI),
        lender=Lender.MORPHO,
    )
    ran, profit = world.run(buying_dai)
    assert ran.succeeded
    assert balance_of(world.rpc, DAI, TREASURY) == profit > 0
    world.assert_nothing_left()


def test_a_uniswap_v2_pair_pays_the_whole_of_its_curve(world: ExecutorWorld) -> None:
    world.depeg(USDC, SHOCK, into=USDT)
    through_v2 = plan(
        world, 50_000, leg(venues.CURVE_SUSD, USDT, USDC), leg(venues.V2_USDC_USDT, USDC, USDT)
    )
    ran, profit = world.run(through_v2)
    assert ran.succeeded
    assert balance_of(world.rpc, USDT, TREASURY) == profit > 0
    world.assert_nothing_left()


def test_three_legs_of_three_venues_chain_on_what_was_measured(world: ExecutorWorld) -> None:
    world.depeg(USDC, SHOCK, into=USDT)
    three_legs = plan(
        world,
        1_000_000,
        leg(venues.CURVE_SUSD, USDT, USDC),
        leg(venues.LITE_PSM_USDC, USDC, DAI),
        leg(venues.V3_DAI_USDC, DAI, USDC),
        leg(venues.V3_USDC_USDT, USDC, USDT),
    )
    ran, profit = world.run(three_legs)
    assert ran.succeeded
    assert balance_of(world.rpc, USDT, TREASURY) == profit > 0
    world.assert_nothing_left()


def test_a_donation_is_not_profit_and_waits_for_the_owner_to_withdraw_it(
    world: ExecutorWorld,
) -> None:
    world.depeg(USDC, SHOCK, into=USDT)
    closing = round_trip(world, Lender.AAVE_V3)
    snapshot = world.rpc.call("evm_snapshot")
    _, undisturbed = world.run(closing)
    world.rpc.call("evm_revert", snapshot)
    donation = 123_456_789
    fund_token(world.rpc, USDT, world.executor, donation)
    fund_token(world.rpc, USDC, world.executor, donation)
    ran, profit = world.run(closing)
    assert ran.succeeded
    assert profit == undisturbed == balance_of(world.rpc, USDT, TREASURY)
    assert balance_of(world.rpc, USDT, world.executor) == donation
    for token in (USDT, USDC):
        assert world.send(OWNER, world.executor, encode_withdraw(token.address)).succeeded
    assert balance_of(world.rpc, USDC, TREASURY) == donation
    world.assert_nothing_left()


def test_a_plan_runs_in_its_last_block_and_not_after_it(world: ExecutorWorld) -> None:
    world.depeg(USDC, SHOCK, into=USDT)
    next_block = world.block() + 1
    closing = msgspec.structs.replace(round_trip(world, Lender.MORPHO), max_block=next_block)
    snapshot = world.rpc.call("evm_snapshot")
    world.rpc.call("anvil_mine", hex(1))
    world.assert_refused(closing, f"TooLate: blockNumber {next_block + 1}, maxBlock {next_block}")
    world.rpc.call("evm_revert", snapshot)
    ran, _ = world.run(closing)
    assert ran.succeeded
    assert ran.block == next_block
    assert balance_of(world.rpc, USDT, OPERATOR) == 0
