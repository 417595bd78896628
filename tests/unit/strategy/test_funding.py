"""Who advances the input of a round trip, and how much of it is worth it."""

import msgspec
import pytest
from fakes.markets import curve_pool, lender, peg_module, raw, v2_pool, v3_pool

from bot.amm.graph import Cycle, Hop, find_cycles
from bot.amm.optimum import Step, quote_path
from bot.amm.pool import Pool
from bot.amm.router import Router
from bot.bench.golden_search import best_size
from bot.domain.assets import DAI, USDC, USDT
from bot.domain.plans import AmountMode, Mode
from bot.domain.units import Raw
from bot.domain.venues import (
    CURVE_3POOL,
    CURVE_SUSD,
    LITE_PSM_USDC,
    V2_USDC_USDT,
    V3_DAI_USDC,
    V3_USDC_USDT,
    Lender,
    PoolSpec,
    Venue,
)
from bot.market.lenders import LenderState
from bot.strategy.funding import Funding, fundings_of, funds_itself, mode_of, pulled

PAIR, RANGE = v2_pool((20e6, 21e6)), v3_pool(10**16)


def cycle_from_usdc() -> tuple[Cycle, list[Step]]:
    cycle = next(
        cycle
        for cycle in find_cycles([V2_USDC_USDT, V3_USDC_USDT], 2)
        if cycle.token == USDC and cycle.hops[0].pool == V2_USDC_USDT
    )
    return cycle, [(PAIR, 0, 1), (RANGE, 1, 0)]


def ring(*pools: PoolSpec) -> Cycle:
    """Return the cycle through two-coin pools of USDC and USDT, from USDC."""
    hops = []
    for at, pool in enumerate(pools):
        held, other = ((USDC, USDT), (USDT, USDC))[at % 2]
        hops.append(Hop(pool=pool, i=pool.tokens.index(held), j=pool.tokens.index(other)))
    return Cycle(token=USDC, hops=tuple(hops))


V4 = msgspec.structs.replace(V3_USDC_USDT, venue=Venue.UNISWAP_V4)


@pytest.mark.parametrize(
    ("pools", "itself"),
    [
        ((CURVE_SUSD, V3_USDC_USDT), True),
        ((CURVE_SUSD, V2_USDC_USDT), True),
        ((CURVE_SUSD, msgspec.structs.replace(V2_USDC_USDT, factory=2)), False),
        ((V3_USDC_USDT, CURVE_SUSD), False),
        ((CURVE_SUSD, CURVE_3POOL), False),
        ((CURVE_SUSD, V4), True),
        ((V4, V3_USDC_USDT), True),
        ((V4, V2_USDC_USDT), False),  # a pair calls back whom it pays
    ],
)
def test_a_cycle_that_ends_on_uniswap_funds_itself(
    pools: tuple[PoolSpec, ...], *, itself: bool
) -> None:
    assert funds_itself(ring(*pools)) is itself


def test_only_a_v4_leg_needs_the_ledger() -> None:
    assert mode_of(ring(CURVE_SUSD, V3_USDC_USDT)) is Mode.PULL
    assert mode_of(ring(V4, V3_USDC_USDT)) is Mode.PULL_LEDGER


def best_of(steps: list[Step]) -> Raw:
    return best_size(lambda size: quote_path(steps, size)[-1] - size, Raw(10**13))[0]


def test_every_leg_is_asked_for_exactly_what_the_next_one_takes() -> None:
    cycle, steps = cycle_from_usdc()
    funding = pulled(cycle, steps, best_of(steps))
    assert funding.state is None
    assert funding.received[:-1] == funding.paid[1:]
    assert funding.paid[0] == PAIR.amount_in(0, 1, funding.paid[1])
    assert funding.received[-1] == RANGE.amount_out(1, 0, funding.paid[1])
    assert funding.profit == funding.received[-1] - funding.paid[0] > 0


def test_pulling_leaves_at_least_what_pushing_would() -> None:
    cycle, steps = cycle_from_usdc()
    size = best_of(steps)
    assert 0 <= pulled(cycle, steps, size).profit - (quote_path(steps, size)[-1] - size) <= 2


def test_a_pool_without_a_price_for_exact_outputs_takes_what_was_quoted() -> None:
    curve = curve_pool([9e6, 9e6, 18e6, 9e6])
    cycle, steps = ring(CURVE_SUSD, V3_USDC_USDT), [(curve, 1, 2), (RANGE, 1, 0)]
    funding = pulled(cycle, steps, best_of(steps))
    assert funding.received[0] == curve.amount_out(1, 2, funding.paid[0])
    assert funding.profit > 0


def test_gem_is_bought_for_its_exact_price() -> None:
    module = peg_module(400e6, 400e6, tout=10**14)
    par_sqrt_price = 2**96 // 10**6  # one base unit of USDC for 10**12 of DAI
    market = msgspec.structs.replace(
        v3_pool(10**16, V3_DAI_USDC),
        sqrt_price_x96=par_sqrt_price,
        tick=-276_325,
        lowest_tick=-277_000,
        highest_tick=-276_000,
        ticks=(-276_500, -276_200),
    )
    hops = (Hop(pool=LITE_PSM_USDC, i=1, j=0), Hop(pool=V3_DAI_USDC, i=1, j=0))
    steps = [(module, 1, 0), (market, 1, 0)]
    funding = pulled(Cycle(token=DAI, hops=hops), steps, Raw(10**23))
    assert funding.paid[0] == module.amount_in(1, 0, funding.paid[1]) > 0


CURVE = curve_pool([13e6, 9e6, 18e6, 13e6])  # dear USDC, cheap USDT
DEEP = curve_pool([50e6] * 3, CURVE_3POOL)
MARKET: dict[PoolSpec, Pool] = {pool.spec: pool for pool in (PAIR, RANGE, CURVE, DEEP)}


def found(
    states: list[LenderState], *pools: PoolSpec, market: dict[PoolSpec, Pool] = MARKET
) -> list[Funding]:
    """Return the fundings of the best round trip through just these pools."""
    router = Router(list(market), USDC)
    router.refresh(market)
    trips = router.best_cycles({}, 2, 50)
    best = next(trip for trip in trips if {hop.pool for hop in trip.hops} == set(pools))
    return list(fundings_of(best, router.path, states))


def free_of_fee(*pools: PoolSpec) -> Funding:
    """Return the round trip on a lender that has whatever is asked for."""
    states = [lender(Lender.BALANCER_V2, token, 1e9) for token in (USDC, USDT)]
    return next(f for f in found(states, *pools) if f.cycle.token == USDC)


def test_a_trip_through_uniswap_is_entered_where_it_ends_there() -> None:
    (only,) = found([lender(Lender.MORPHO, USDT, 1e6)], V3_USDC_USDT, CURVE_SUSD)
    assert only.cycle.hops[-1].pool == V3_USDC_USDT
    assert (only.mode, only.loans) == (Mode.PULL, ())
    both = found([], V2_USDC_USDT, V3_USDC_USDT)
    assert {funding.cycle.token for funding in both} == {USDC, USDT}


def test_a_trip_without_uniswap_takes_the_lightest_free_lender_that_has_enough() -> None:
    wanted = free_of_fee(CURVE_SUSD, CURVE_3POOL)
    coins = wanted.loan / 10**6
    states = [
        lender(Lender.AAVE_V3, USDC, 2 * coins, bps=5),
        lender(Lender.BALANCER_V2, USDC, 2 * coins),
        lender(Lender.MORPHO, USDC, 2 * coins),
        lender(Lender.UNISWAP_V4, USDC, coins / 2),
    ]
    (only,) = found(states, CURVE_SUSD, CURVE_3POOL)
    assert only.mode is Mode.PUSH
    (loan,) = only.loans
    assert (loan.lender, loan.amount, loan.fee) == (Lender.BALANCER_V2, wanted.loan, 0)
    assert {leg.takes for leg in only.legs} == {AmountMode.ALL}


def test_a_loan_carries_exact_amounts() -> None:
    state = lender(Lender.AAVE_V3, USDC, 1e9, bps=5)
    (funding,) = found([state], CURVE_SUSD, CURVE_3POOL)
    steps = [(MARKET[hop.pool], hop.i, hop.j) for hop in funding.cycle.hops]
    assert funding.received == quote_path(steps, funding.loan)
    assert funding.paid == (funding.loan, *funding.received[:-1])
    assert funding.fee == state.fee(funding.loan)
    assert funding.profit == funding.received[-1] - funding.loan - funding.fee > 0


def test_a_fee_makes_the_best_loan_smaller_and_best_with_it() -> None:
    free = free_of_fee(CURVE_SUSD, CURVE_3POOL)
    state = lender(Lender.AAVE_V3, USDC, 1e9, bps=5)
    (dear,) = found([state], CURVE_SUSD, CURVE_3POOL)
    assert 0 < dear.loan < free.loan
    steps = [(MARKET[hop.pool], hop.i, hop.j) for hop in dear.cycle.hops]
    best = best_size(lambda s: quote_path(steps, s)[-1] - s - state.fee(s), free.loan)[1]
    assert best * 999_999 // 1_000_000 <= dear.profit < free.profit


def test_where_no_free_lender_has_enough_all_are_priced() -> None:
    half = free_of_fee(CURVE_SUSD, CURVE_3POOL).loan / 10**6 / 2
    states = [lender(Lender.AAVE_V3, USDC, 1e9, bps=5), lender(Lender.MORPHO, USDC, half)]
    by_lender = {f.loans[0].lender: f for f in found(states, CURVE_SUSD, CURVE_3POOL)}
    assert by_lender[Lender.MORPHO].loan == raw(USDC, half)
    assert by_lender[Lender.AAVE_V3].fee == states[0].fee(by_lender[Lender.AAVE_V3].loan) > 0


def test_a_trip_that_nobody_can_pay_for_has_no_funding() -> None:
    assert found([], CURVE_SUSD, CURVE_3POOL) == []
    assert found([lender(Lender.MORPHO, USDC, 0)], CURVE_SUSD, CURVE_3POOL) == []


def test_a_cap_is_used_up_and_never_passed() -> None:
    """The module pays for 1,000 USDC and no more."""
    module = peg_module(1_000, 400e6)
    curve = curve_pool([9e6, 18e6, 9e6, 9e6])
    market: dict[PoolSpec, Pool] = {LITE_PSM_USDC: module, CURVE_SUSD: curve}
    (only,) = found([lender(Lender.MORPHO, DAI, 1e6)], *market, market=market)
    assert only.profit > 0
    assert module.max_in(0, 1) * 99 // 100 <= only.paid[1] <= module.max_in(0, 1)


def test_a_trip_entered_elsewhere_is_sized_anew() -> None:
    """What it gains stays in the other token, so as much less of the first one goes in."""
    for funding in found([], V2_USDC_USDT, V3_USDC_USDT):
        steps = [(MARKET[hop.pool], hop.i, hop.j) for hop in funding.cycle.hops]
        best = pulled(funding.cycle, steps, best_of(steps))
        assert funding.profit >= best.profit * 999_999 // 1_000_000
