"""Who may lend, and how much is worth borrowing from whom."""

import msgspec
import pytest
from fakes.markets import lender, raw, v2_pool, v3_pool

from bot.amm.graph import Cycle, find_cycles
from bot.amm.optimum import Step, quote_path
from bot.domain.assets import DAI, USDC, USDT
from bot.domain.units import Raw
from bot.domain.venues import BALANCER_VAULT, V2_USDC_USDT, V3_USDC_USDT, Lender
from bot.strategy.flash_viability import may_fund, size_for

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
    funding = size_for(cycle, steps, state)
    assert funding.amounts == quote_path(steps, funding.loan)
    assert funding.fee == state.fee(funding.loan)
    assert funding.profit == funding.amounts[-1] - funding.loan - funding.fee > 0


def test_a_fee_makes_the_best_loan_smaller() -> None:
    cycle, steps = cycle_from_usdc()
    free = size_for(cycle, steps, lender(Lender.MORPHO, USDC, 50e6))
    dear = size_for(cycle, steps, lender(Lender.AAVE_V3, USDC, 50e6, bps=5))
    assert 0 < dear.loan < free.loan
    assert dear.profit < free.profit


def test_a_lender_with_less_than_the_best_size_lends_all_it_has() -> None:
    cycle, steps = cycle_from_usdc()
    assert size_for(cycle, steps, lender(Lender.MORPHO, USDC, 1_000)).loan == raw(USDC, 1_000)


def test_a_lender_with_nothing_lends_nothing() -> None:
    cycle, steps = cycle_from_usdc()
    funding = size_for(cycle, steps, lender(Lender.MORPHO, USDC, 0))
    assert (funding.loan, funding.fee, funding.profit) == (Raw(0), Raw(0), 0)
