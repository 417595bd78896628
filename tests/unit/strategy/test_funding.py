"""Who advances the input of a round trip, and how much of it is worth it."""

import msgspec
import pytest
from fakes.markets import curve_pool, lender, peg_module, raw, v2_pool, v3_pool

from bot.amm.graph import Cycle, Hop, find_cycles
from bot.amm.optimum import Step, quote_path
from bot.domain.assets import DAI, USDC, USDT
from bot.domain.plans import Mode
from bot.domain.units import Raw
from bot.domain.venues import (
    BALANCER_VAULT,
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
from bot.strategy.funding import funds_itself, lent, may_fund, mode_of, needs_lender, pulled

PAIR, RANGE = v2_pool((20e6, 21e6)), v3_pool(10**16)


def cycle_from_usdc() -> tuple[Cycle, list[Step]]:
    cycle = next(
        cycle
        for cycle in find_cycles([V2_USDC_USDT, V3_USDC_USDT], 2)
        if cycle.token == USDC and cycle.hops[0].pool == V2_USDC_USDT
    )
    return cycle, [(PAIR, 0, 1), (RANGE, 1, 0)]


def test_a_lender_funds_cycles_of_its_own_token_only() -> None:
    cycle, _ = cycle_from_usdc()
    assert may_fund(lender(Lender.MORPHO, USDC, 1), cycle)
    assert not may_fund(lender(Lender.MORPHO, USDT, 1), cycle)
    assert not may_fund(lender(Lender.MORPHO, DAI, 1), cycle)


@pytest.mark.parametrize("kind", list(Lender))
def test_only_the_balancer_vault_is_locked_during_its_own_loan(kind: Lender) -> None:
    cycle, _ = cycle_from_usdc()
    in_the_vault = msgspec.structs.replace(V2_USDC_USDT, address=BALANCER_VAULT)
    hops = (msgspec.structs.replace(cycle.hops[0], pool=in_the_vault), cycle.hops[1])
    through_the_vault = msgspec.structs.replace(cycle, hops=hops)
    assert may_fund(lender(kind, USDC, 1), cycle)
    assert may_fund(lender(kind, USDC, 1), through_the_vault) is (kind is not Lender.BALANCER_V2)


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
    ("pools", "itself", "lender_needed"),
    [
        ((CURVE_SUSD, V3_USDC_USDT), True, False),
        ((CURVE_SUSD, V2_USDC_USDT), True, False),
        ((V3_USDC_USDT, CURVE_SUSD), False, False),  # another rotation does
        ((CURVE_SUSD, CURVE_3POOL), False, True),
        ((CURVE_SUSD, V4), True, False),
    ],
)
def test_a_cycle_that_ends_on_uniswap_funds_itself(
    pools: tuple[PoolSpec, ...], *, itself: bool, lender_needed: bool
) -> None:
    assert funds_itself(ring(*pools)) is itself
    assert needs_lender(ring(*pools)) is lender_needed


def test_only_a_v4_leg_needs_the_ledger() -> None:
    assert mode_of(ring(CURVE_SUSD, V3_USDC_USDT)) is Mode.PULL
    assert mode_of(ring(V4, V3_USDC_USDT)) is Mode.PULL_LEDGER


def test_every_leg_is_asked_for_exactly_what_the_next_one_takes() -> None:
    cycle, steps = cycle_from_usdc()
    funding = pulled(cycle, steps)
    assert funding.lender is None
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
