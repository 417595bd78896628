"""Who advances the input of a round trip, and how much of it is worth it."""

import msgspec
import pytest
from fakes.markets import curve_pool, lender, peg_module, raw, v2_pool, v3_pool

from bot.amm.cycles import RoundTrip
from bot.amm.graph import Cycle, Hop, find_cycles
from bot.amm.optimum import Step, best_size, quote_path
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
from bot.strategy.funding import fundings_of, funds_itself, lent, mode_of, pulled

PAIR, RANGE = v2_pool((20e6, 21e6)), v3_pool(10**16)


def cycle_from_usdc() -> tuple[Cycle, list[Step]]:
    cycle = next(
        cycle
        for cycle in find_cycles([V2_USDC_USDT, V3_USDC_USDT], 2)
        if cycle.token == USDC and cycle.hops[0].pool == V2_USDC_USDT
    )
    return cycle, [(PAIR, 0, 1), (RANGE, 1, 0)]


def test_a_funded_cycle_carries_exact_amounts() -> None:
    cycle, steps = cycle_from_usdc()
    state = lender(Lender.AAVE_V3, USDC, 50e6, bps=5)
    funding = lent(cycle, steps, state)
    assert funding.received == quote_path(steps, funding.loan)
    assert funding.paid == (funding.loan, *funding.received[:-1])
    assert funding.fee == state.fee(funding.loan)
    assert funding.profit == funding.received[-1] - funding.loan - funding.fee > 0


def test_a_fee_makes_the_best_loan_smaller() -> None:
    cycle, steps = cycle_from_usdc()
    free = lent(cycle, steps, lender(Lender.MORPHO, USDC, 50e6))
    dear = lent(cycle, steps, lender(Lender.AAVE_V3, USDC, 50e6, bps=5))
    assert 0 < dear.loan < free.loan
    assert dear.profit < free.profit


def test_a_lender_with_less_than_the_best_size_lends_all_it_has() -> None:
    cycle, steps = cycle_from_usdc()
    assert lent(cycle, steps, lender(Lender.MORPHO, USDC, 1_000)).loan == raw(USDC, 1_000)


def test_a_lender_with_nothing_lends_nothing() -> None:
    cycle, steps = cycle_from_usdc()
    funding = lent(cycle, steps, lender(Lender.MORPHO, USDC, 0))
    assert (funding.loan, funding.fee, funding.profit) == (Raw(0), Raw(0), 0)


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


def test_every_leg_is_asked_for_exactly_what_the_next_one_takes() -> None:
    cycle, steps = cycle_from_usdc()
    funding = pulled(cycle, steps)
    assert funding.state is None
    assert funding.received[:-1] == funding.paid[1:]
    assert funding.paid[0] == PAIR.amount_in(0, 1, funding.paid[1])
    assert funding.received[-1] == RANGE.amount_out(1, 0, funding.paid[1])
    assert funding.profit == funding.received[-1] - funding.paid[0] > 0


def test_pulling_leaves_at_least_what_pushing_would() -> None:
    cycle, steps = cycle_from_usdc()
    pushed = lent(cycle, steps, lender(Lender.MORPHO, USDC, 50e6))
    assert 0 <= pulled(cycle, steps).profit - pushed.profit <= 2


def test_a_pool_without_a_price_for_exact_outputs_takes_what_was_quoted() -> None:
    curve = curve_pool([9e6, 9e6, 18e6, 9e6])
    cycle, steps = ring(CURVE_SUSD, V3_USDC_USDT), [(curve, 1, 2), (RANGE, 1, 0)]
    funding = pulled(cycle, steps)
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
    funding = pulled(Cycle(token=DAI, hops=hops), steps)
    assert funding.paid[0] == module.amount_in(1, 0, funding.paid[1]) > 0


def trip(*pools: PoolSpec, size: float = 100_000.0) -> RoundTrip:
    """Return the round trip through pools of USDC and USDT, about `size` coins at each."""
    return RoundTrip(hops=ring(*pools).hops, paid=(size,) * len(pools), gain=1.0)


CURVE, DEEP = curve_pool([9e6, 9e6, 18e6, 9e6]), curve_pool([50e6] * 3, CURVE_3POOL)
MARKET = {pool.spec: pool for pool in (PAIR, RANGE, CURVE, DEEP)}


def test_a_trip_through_uniswap_is_entered_where_it_ends_there() -> None:
    (only,) = fundings_of(
        trip(V3_USDC_USDT, CURVE_SUSD), MARKET, [lender(Lender.MORPHO, USDT, 1e6)]
    )
    assert only.cycle.hops[-1].pool == V3_USDC_USDT
    assert (only.mode, only.loans) == (Mode.PULL, ())
    assert only.paid[0] == raw(only.cycle.token, 100_000)
    both = list(fundings_of(trip(V2_USDC_USDT, V3_USDC_USDT), MARKET, []))
    assert {funding.cycle.token for funding in both} == {USDC, USDT}


def test_a_trip_without_uniswap_takes_the_lightest_free_lender_that_has_enough() -> None:
    states = [
        lender(Lender.AAVE_V3, USDC, 1e6, bps=5),
        lender(Lender.BALANCER_V2, USDC, 1e6),
        lender(Lender.MORPHO, USDC, 1e6),
        lender(Lender.UNISWAP_V4, USDC, 50_000),
    ]
    (only,) = fundings_of(trip(CURVE_SUSD, CURVE_3POOL), MARKET, states)
    assert only.mode is Mode.PUSH
    (loan,) = only.loans
    assert (loan.lender, loan.amount, loan.fee) == (Lender.BALANCER_V2, raw(USDC, 100_000), 0)
    assert {leg.takes for leg in only.legs} == {AmountMode.ALL}


def test_where_no_free_lender_has_enough_all_are_priced() -> None:
    states = [lender(Lender.AAVE_V3, USDC, 1e6, bps=5), lender(Lender.MORPHO, USDC, 70_000)]
    found = list(fundings_of(trip(CURVE_SUSD, CURVE_3POOL), MARKET, states))
    by_lender = {funding.loans[0].lender: funding for funding in found}
    assert by_lender[Lender.MORPHO].loan == raw(USDC, 70_000)
    assert by_lender[Lender.AAVE_V3].fee == states[0].fee(by_lender[Lender.AAVE_V3].loan) > 0


def test_a_trip_that_nobody_can_pay_for_has_no_funding() -> None:
    assert list(fundings_of(trip(CURVE_SUSD, CURVE_3POOL), MARKET, [])) == []
    broke = [lender(Lender.MORPHO, USDC, 0)]
    assert list(fundings_of(trip(CURVE_SUSD, CURVE_3POOL), MARKET, broke)) == []


def test_a_size_a_hair_above_a_cap_is_trimmed_to_what_the_path_takes() -> None:
    """The module takes 1,000 USDC; the float says a millionth more."""
    module = peg_module(1_000, 400e6)
    market = {LITE_PSM_USDC: module, CURVE_SUSD: curve_pool([9e6, 18e6, 9e6, 9e6])}
    hops = (Hop(pool=CURVE_SUSD, i=0, j=1), Hop(pool=LITE_PSM_USDC, i=0, j=1))
    paid = market[CURVE_SUSD].amount_in(0, 1, module.max_in(0, 1)) / 10**18
    over = RoundTrip(hops=hops, paid=(paid * (1 + 1e-7), 1_000.0001), gain=1.0)
    states = [lender(Lender.MORPHO, DAI, 1e6)]
    (only,) = fundings_of(over, market, states)
    assert only.profit > 0
    assert only.loan == pytest.approx(paid * 10**18, rel=1e-3)
    assert only.paid[1] <= module.max_in(0, 1)


def test_a_trip_entered_elsewhere_is_sized_anew() -> None:
    """What it gains stays in the other token, so as much less of the first one goes in."""
    cheap, level = v2_pool((22e6, 20e6)), RANGE
    market = {cheap.spec: cheap, level.spec: level}
    steps = [(cheap, 1, 0), (level, 0, 1)]
    paid, _ = best_size(lambda size: quote_path(steps, size)[-1] - size, raw(USDT, 5e6))
    hops = (Hop(pool=V2_USDC_USDT, i=1, j=0), Hop(pool=V3_USDC_USDT, i=0, j=1))
    amounts = (paid / 10**6, cheap.amount_out(1, 0, paid) / 10**6)
    found = fundings_of(RoundTrip(hops=hops, paid=amounts, gain=1.0), market, [])
    for funding in found:
        again = [(market[hop.pool], hop.i, hop.j) for hop in funding.cycle.hops]
        assert funding.profit >= pulled(funding.cycle, again).profit * 99_999 // 100_000
