"""Programs repay everybody, leave nothing but profit, and repeat what the pools say."""

from collections.abc import Mapping

import pytest
from fakes.markets import curve_pool, lender, peg_module, raw, v2_pool, v3_pool
from fakes.solutions import solution_of
from support.replay import replay

from bot.amm.pool import Pool
from bot.amm.router import Solution
from bot.domain.assets import DAI, USDC, USDT
from bot.domain.plans import AmountMode
from bot.domain.units import Raw
from bot.domain.venues import (
    CURVE_3POOL,
    CURVE_SUSD,
    LITE_PSM_USDC,
    V2_USDC_USDT,
    V3_USDC_USDT,
    Lender,
    PoolSpec,
)
from bot.strategy.assembly import Program, exact_profit, program_of

CURVE: Pool = curve_pool([9e6, 18e6, 9e6, 9e6])
PAIR: Pool = v2_pool((21e6, 20e6))
RANGE: Pool = v3_pool(10**16)
MODULE: Pool = peg_module(400e6, 400e6)
POOLS: dict[PoolSpec, Pool] = {
    pool.spec: pool for pool in (CURVE, PAIR, RANGE, MODULE, curve_pool([5e7] * 3, CURVE_3POOL))
}
MORPHO = [lender(Lender.MORPHO, token, 50e6) for token in (USDC, USDT, DAI)]
AAVE = [lender(Lender.AAVE_V3, token, 50e6, bps=5) for token in (USDC, USDT, DAI)]


def out(spec: PoolSpec, i: int, j: int, coins: float) -> float:
    """Return whole coins that a pool pays for whole coins."""
    paid = POOLS[spec].amount_out(i, j, raw(spec.tokens[i], coins))
    return paid / 10 ** spec.tokens[j].decimals


def split(usdt: float = 2_000_000.0, share: float = 0.9) -> Solution:
    """USDT buys USDC in Curve and in the pair; the V3 pool sells the USDC for that USDT again."""
    first, second = usdt * share, usdt * (1 - share)
    bought = out(CURVE_SUSD, 2, 1, first), out(V2_USDC_USDT, 1, 0, second)
    paid = next(x for x in range(int(usdt), 10**9, 10) if out(V3_USDC_USDT, 0, 1, x) >= usdt)
    return solution_of(
        {
            CURVE_SUSD: (0.0, bought[0], -first, 0.0),
            V2_USDC_USDT: (bought[1], -second),
            V3_USDC_USDT: (-float(paid), usdt),
        }
    )


def through_dai(dai: float = 1_500_000.0) -> Solution:
    """DAI buys USDC in Curve, the peg module takes it back at par: nobody pays first."""
    bought = out(CURVE_SUSD, 0, 1, dai)
    return solution_of({CURVE_SUSD: (-dai, bought, 0.0, 0.0), LITE_PSM_USDC: (-dai, dai)})


def made(solution: Solution, lenders: list, pools: Mapping[PoolSpec, Pool] = POOLS) -> Program:  # type: ignore[type-arg]
    program = program_of(solution, pools, USDC, lenders)
    assert program is not None
    left = replay(pools, program.loans, program.legs)
    assert left.pop(USDC) == program.profit > 0
    assert all(0 <= rest <= 10 ** (token.decimals - 5) for token, rest in left.items())
    return program


def test_a_split_is_funded_by_the_pool_that_joins_it() -> None:
    program = made(split(), [])
    (swap,) = program.loans
    assert (swap.lender, swap.pool) == (Lender.UNISWAP_V3_SWAP, V3_USDC_USDT)
    assert {leg.pool for leg in program.legs} == {CURVE_SUSD, V2_USDC_USDT}
    assert program.profit == exact_profit(split(), POOLS, USDC)


def test_a_program_without_uniswap_is_funded_by_a_lender() -> None:
    program = made(through_dai(), MORPHO)
    (loan,) = program.loans
    assert loan.lender is Lender.MORPHO
    assert loan.token in (USDC, DAI)


def test_a_program_that_nobody_can_fund_is_none() -> None:
    broke = [lender(Lender.MORPHO, token, 0) for token in (USDC, USDT, DAI)]
    assert program_of(through_dai(), POOLS, USDC, broke) is None
    assert program_of(through_dai(), POOLS, USDC, []) is None


def test_a_lender_with_half_of_it_funds_about_half_of_the_program() -> None:
    whole = made(through_dai(), MORPHO)
    (loan,) = whole.loans
    half = [lender(Lender.MORPHO, loan.token, loan.amount / 10**loan.token.decimals / 2)]
    part = made(through_dai(), half)
    assert half[0].available * 98 // 100 <= part.loans[0].amount <= half[0].available
    assert whole.profit // 2 < part.profit < whole.profit


def test_a_fee_makes_the_whole_program_smaller() -> None:
    """The last coins earn less than the five basis points that they would cost."""
    best = 3_900_000.0
    whole, dear = made(through_dai(best), MORPHO), made(through_dai(best), AAVE)
    (loan,) = dear.loans
    assert loan.amount < raw(loan.token, best * 0.98)
    assert dear.profit > whole.profit - raw(USDC, best) * 5 // 10_000


@pytest.mark.parametrize("token", [USDC, DAI], ids=lambda token: token.symbol)
def test_a_fee_is_paid_to_the_base_unit_whatever_token_is_lent(token: object) -> None:
    """The replay takes loan and fee from what is held: short by one unit it would fail."""
    only = [state for state in AAVE if state.token == token]
    program = made(through_dai(), only)
    (loan,) = program.loans
    assert (loan.token, loan.fee) == (token, only[0].fee(loan.amount))
    free = made(through_dai(), MORPHO)
    assert 0 < program.profit < free.profit


def test_another_token_is_borrowed_where_the_first_choice_has_too_little() -> None:
    only_dai = [lender(Lender.MORPHO, USDC, 100), lender(Lender.MORPHO, DAI, 50e6)]
    (loan,) = made(through_dai(), only_dai).loans
    assert loan.token == DAI


def test_a_free_lender_is_preferred_to_a_dear_one_of_another_token() -> None:
    program = made(through_dai(), [AAVE[0], MORPHO[2]])
    (loan,) = program.loans
    assert (loan.token, loan.lender, loan.fee) == (DAI, Lender.MORPHO, 0)


def test_three_coins_of_one_pool_are_quoted_one_after_the_other() -> None:
    """The second swap of the pool meets the state that the first one left."""
    dai, usdt = 800_000.0, 700_000.0
    after = curve_pool([9e6, 18e6, 9e6, 9e6]).after(0, 1, raw(DAI, dai))
    bought = (out(CURVE_SUSD, 0, 1, dai), after.amount_out(2, 1, raw(USDT, usdt)) / 1e6)
    sold = 700_080.0
    solution = solution_of(
        {
            CURVE_SUSD: (-dai, sum(bought), -usdt, 0.0),
            LITE_PSM_USDC: (-dai, dai),
            V3_USDC_USDT: (-sold, out(V3_USDC_USDT, 0, 1, sold)),
        }
    )
    program = made(solution, MORPHO)
    curve = [leg for leg in program.legs if leg.pool == CURVE_SUSD]
    assert len(curve) == 2
    alone = [
        POOLS[CURVE_SUSD].amount_out(leg.coin_in, leg.coin_out, leg.amount_in) for leg in curve
    ]
    assert curve[0].amount_out == alone[0]
    assert curve[1].amount_out != alone[1]


def test_what_a_pool_cannot_take_is_not_sold_to_it() -> None:
    module = peg_module(1_000_000, 400e6)
    program = made(through_dai(), MORPHO, {**POOLS, LITE_PSM_USDC: module})
    sold = next(leg for leg in program.legs if leg.pool == LITE_PSM_USDC)
    assert sold.amount_in == module.max_in(0, 1)


def test_what_nobody_takes_is_not_bought() -> None:
    """The module pays 1,000,000 USDC and no more, a tenth less than was planned."""
    module, cheap_dai = peg_module(1e6, 1e6), curve_pool([18e6, 9e6, 9e6, 9e6])
    pools: dict[PoolSpec, Pool] = {CURVE_SUSD: cheap_dai, LITE_PSM_USDC: module}
    bought = 1_100_000.0
    spent = cheap_dai.amount_in(1, 0, raw(DAI, bought)) / 10**6
    solution = solution_of(
        {CURVE_SUSD: (bought, -spent, 0.0, 0.0), LITE_PSM_USDC: (bought, -bought)}
    )
    program = made(solution, MORPHO, pools)  # next to nothing is left of DAI
    paid = next(leg for leg in program.legs if leg.pool == CURVE_SUSD)
    assert paid.amount_out == pytest.approx(raw(DAI, 1_000_000), rel=1e-6)


@pytest.mark.parametrize("residue", [-40.0, -0.7, 0.7, 40.0])
def test_residues_of_the_search_run_home_as_profit_or_loss(residue: float) -> None:
    """The V3 pool was planned to pay a little less or more USDT than the others take."""
    planned = split()
    sold, paid = planned.flows[V3_USDC_USDT]
    moved = {**planned.flows, V3_USDC_USDT: (sold + residue, paid)}
    program = made(solution_of(moved), MORPHO)
    assert program.profit == pytest.approx(exact_profit(planned, POOLS, USDC), rel=2e-3)


def test_whatever_takes_all_that_is_held_says_so() -> None:
    program = made(split(), [])
    modes = [leg.takes for leg in program.legs]
    assert modes[-1] is AmountMode.ALL
    assert AmountMode.SHARE not in modes


def test_a_solution_that_only_loses_makes_no_program() -> None:
    backwards = solution_of(
        {CURVE_SUSD: (999_000.0, -1_000_000.0, 0.0, 0.0), LITE_PSM_USDC: (999_000.0, -999_000.0)}
    )
    assert program_of(backwards, POOLS, USDC, MORPHO) is None
    assert exact_profit(backwards, POOLS, USDC) == Raw(0)


def test_nothing_to_swap_makes_no_program() -> None:
    assert program_of(solution_of({V2_USDC_USDT: (0.0, 0.0)}), POOLS, USDC, MORPHO) is None
