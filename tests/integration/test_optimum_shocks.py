"""Shocks of every coin and pool on the local mainnet: the best size, landed to the base unit."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.desk import Desk, best_by_force, gap_of, undone

from bot.domain.assets import BY_SYMBOL, DAI, SUSD, USDC, USDT, Token
from bot.domain.messages import Fate, Refusal
from bot.domain.plans import Plan
from bot.domain.units import Raw
from bot.domain.venues import (
    CURVE_SUSD,
    V2_USDC_USDT,
    V3_DAI_USDC,
    V3_USDC_USDT,
    PoolSpec,
)
from bot.sandbox.bundle_pool import Fate as BundleFate
from bot.sandbox.world import World
from bot.strategy.parameters import StrategyParameters
from bot.strategy.planning import ExecutionPlanner

pytestmark = pytest.mark.anvil

SHOCKS = [
    (CURVE_SUSD, USDC, 9_000_000),
    (CURVE_SUSD, DAI, 4_000_000),
    (CURVE_SUSD, USDT, 2_000_000),
    (CURVE_SUSD, SUSD, 3_000_000),
    (V2_USDC_USDT, USDC, 1_500_000),
    (V2_USDC_USDT, USDT, 5_000_000),
    (V3_USDC_USDT, USDC, 25_000_000),
    (V3_DAI_USDC, DAI, 25_000_000),
]


@pytest.fixture
def desk(world: World, tmp_path: Path) -> Iterator[Desk]:
    with undone(world):
        yield Desk(world, tmp_path / "journal.sqlite")


@pytest.mark.parametrize(
    ("pool", "token", "coins"),
    SHOCKS,
    ids=[f"{coins:,} {token.symbol} into {pool.name}" for pool, token, coins in SHOCKS],
)
def test_the_profit_is_the_best_there_is_and_it_lands_to_the_base_unit(
    desk: Desk, pool: PoolSpec, token: Token, coins: int
) -> None:
    desk.hit(pool, token, Raw(coins * 10**token.decimals))
    before, wei_before = desk.holdings(), desk.wealth()

    seen, ticket = desk.send()
    plan = ticket.plan
    worth = seen.book.in_usdc(plan.token, plan.profit)
    assert worth >= best_by_force(seen.book) * 99_999 // 100_000

    (outcome,) = desk.build()
    assert outcome.fate is BundleFate.INCLUDED
    after = desk.look()
    (settled,) = after.settled
    assert (settled.fate, settled.block) == (Fate.INCLUDED, ticket.target_block)
    assert settled.profit == plan.profit
    found, paid = desk.holdings(), ("treasury", plan.token.symbol)
    gained = {key: held - before[key] for key, held in found.items()}
    assert gained.pop(paid) == plan.profit
    for (who, symbol), dust in gained.items():  # what rounding leaves goes to the owner, uncounted
        assert 0 <= dust < (10 ** BY_SYMBOL[symbol.upper()].decimals if who == "treasury" else 1)
    assert wei_before - desk.wealth() == settled.fee_wei <= ticket.max_fee_wei
    assert gap_of(plan, after.book) < gap_of(plan, seen.book)


@pytest.mark.parametrize(("pool", "token", "coins"), SHOCKS[:4])
def test_no_round_trip_that_was_not_tried_with_every_lender_would_have_paid_more(
    desk: Desk, pool: PoolSpec, token: Token, coins: int
) -> None:
    desk.hit(pool, token, Raw(coins * 10**token.decimals))
    seen, ticket = desk.send()
    thorough = StrategyParameters(candidates=100_000)
    best = ExecutionPlanner(tuple(seen.book.pools), thorough).plan(seen.book)
    assert isinstance(best, Plan)
    chosen = seen.book.in_usdc(ticket.plan.token, ticket.plan.profit)
    assert chosen >= seen.book.in_usdc(best.token, best.profit) * 999 // 1_000


@pytest.mark.parametrize("token", [USDC, DAI, USDT, SUSD], ids=lambda token: token.symbol)
def test_a_shock_of_one_coin_moves_nobody(desk: Desk, token: Token) -> None:
    desk.hit(CURVE_SUSD, token, Raw(10**token.decimals))
    before = desk.holdings(), desk.wealth()
    assert desk.decline().refusal in (Refusal.NO_GAP, Refusal.BELOW_COST)
    assert desk.build() == ()
    assert (desk.holdings(), desk.wealth()) == before
    assert desk.fates() == []


def test_gaps_far_apart_are_closed_by_one_plan_and_then_none_pays(desk: Desk) -> None:
    desk.hit(V3_DAI_USDC, DAI, Raw(25_000_000 * 10**18))
    desk.hit(V2_USDC_USDT, USDT, Raw(2_000_000 * 10**6))
    _, ticket = desk.send()
    assert {V3_DAI_USDC, V2_USDC_USDT} <= {leg.pool for leg in ticket.plan.swaps}
    (outcome,) = desk.build()
    assert outcome.fate is BundleFate.INCLUDED
    assert desk.decline().refusal in (Refusal.NO_GAP, Refusal.BELOW_COST)
    assert desk.fates() == ["included"]
    assert {value for (who, _), value in desk.holdings().items() if who == "executor"} == {0}
