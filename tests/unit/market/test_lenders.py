"""What a loan costs to the base unit, and which lender a plan may use."""

import msgspec
import pytest
from fakes.markets import lender

from bot.domain.assets import CRVUSD, DAI, USDC, USDT, Token
from bot.domain.units import Address, Bps, Pips, Raw
from bot.domain.venues import (
    BALANCER_VAULT,
    CRVUSD_FLASH_LENDER,
    CURVE_SUSD,
    DSS_FLASH,
    V2_USDC_USDT,
    V3_DAI_USDC,
    V3_USDC_USDT,
    Lender,
    PoolSpec,
    Venue,
)
from bot.market.lenders import (
    GAS_OF_LENDER,
    LenderState,
    bps_up,
    cheapest,
    feasible,
    may_lend,
    pips_up,
)

ONE, TEN = Raw(10**6), Raw(10 * 10**6)  # whole USDC
BALANCER_POOL = PoolSpec(
    name="in the vault",
    venue=Venue.BALANCER_V2,
    address=Address("0x" + "11" * 20),
    tokens=(USDC, USDT),
)
LEDGER_POOL = PoolSpec(
    name="in the ledger",
    venue=Venue.UNISWAP_V4,
    address=Address("0x" + "22" * 20),
    tokens=(USDC, USDT),
)


def v3_flash(pool: PoolSpec, token: Token = USDC) -> LenderState:
    state = lender(Lender.UNISWAP_V3, token, 100)
    return msgspec.structs.replace(state, pool=pool, charge=pips_up(Pips(100)))


def erc3156(target: Address, token: Token) -> LenderState:
    return msgspec.structs.replace(lender(Lender.ERC3156, token, 100), target=target)


@pytest.mark.parametrize(
    ("loan", "fee"),
    [
        (999, 0),
        (1_000, 1),
        (1_001, 1),
        (2_999, 1),
        (3_000, 2),
        (10_000, 5),
        (4_000 * 10**18, 2 * 10**18),
    ],
)
def test_aave_asks_five_basis_points_rounded_half_up(loan: int, fee: int) -> None:
    assert lender(Lender.AAVE_V3, USDC, 1e6, bps=5).fee(Raw(loan)) == fee


@pytest.mark.parametrize(("loan", "fee"), [(1, 1), (2_000, 1), (2_001, 2), (10_000, 5)])
def test_aave_from_its_release_3_5_on_rounds_up(loan: int, fee: int) -> None:
    assert bps_up(Bps(5)).of(Raw(loan)) == fee


@pytest.mark.parametrize(("loan", "fee"), [(1, 1), (10_000, 1), (10_001, 2), (20_000, 2)])
def test_balancer_rounds_its_percentage_up(loan: int, fee: int) -> None:
    assert lender(Lender.BALANCER_V2, USDC, 1e6, wad=0.0001).fee(Raw(loan)) == fee


@pytest.mark.parametrize(("loan", "fee"), [(1, 1), (10_000, 1), (10_001, 2)])
def test_flash_of_a_v3_pool_asks_its_fee_rounded_up(loan: int, fee: int) -> None:
    assert v3_flash(V3_USDC_USDT).fee(Raw(loan)) == fee


@pytest.mark.parametrize("kind", list(Lender))
def test_a_lender_without_a_fee_asks_for_nothing(kind: Lender) -> None:
    assert lender(kind, USDC, 1e6).fee(Raw(10**30)) == 0


def test_a_loan_carries_what_the_executor_must_know() -> None:
    loan = v3_flash(V3_USDC_USDT).loan(TEN)
    assert (loan.amount, loan.fee, loan.pool) == (TEN, 1_000, V3_USDC_USDT)
    waiting = msgspec.structs.replace(erc3156(CRVUSD_FLASH_LENDER, CRVUSD), takes_back=True)
    assert waiting.loan(ONE).target == CRVUSD_FLASH_LENDER
    assert waiting.loan(ONE).takes_back


@pytest.mark.parametrize("amount", [0, -1, 100 * 10**6 + 1])
def test_a_loan_of_nothing_or_of_more_than_there_is_is_refused(amount: int) -> None:
    state = lender(Lender.MORPHO, USDC, 100)
    with pytest.raises(ValueError, match="MORPHO has 100000000"):
        state.loan(Raw(amount))
    assert not may_lend(state, Raw(amount), ())
    assert state.loan(Raw(100 * 10**6)).amount == state.available


@pytest.mark.parametrize("kind", [Lender.MORPHO, Lender.AAVE_V3, Lender.BALANCER_V3])
def test_most_lenders_do_not_mind_what_the_plan_does(kind: Lender) -> None:
    state = lender(kind, USDC, 100)
    pools = (BALANCER_POOL, LEDGER_POOL, V3_USDC_USDT, CURVE_SUSD)
    assert may_lend(state, Raw(100 * 10**6), pools)


def test_the_vault_of_balancer_lends_to_no_plan_that_swaps_in_it() -> None:
    state = lender(Lender.BALANCER_V2, USDC, 100)
    assert may_lend(state, TEN, (V2_USDC_USDT, LEDGER_POOL))
    assert not may_lend(state, TEN, (V2_USDC_USDT, BALANCER_POOL))
    by_address = msgspec.structs.replace(V2_USDC_USDT, address=BALANCER_VAULT)
    assert not may_lend(state, TEN, (by_address,))


def test_a_v3_pool_lends_to_plans_that_swap_in_other_pools_only() -> None:
    assert may_lend(v3_flash(V3_DAI_USDC), TEN, (V3_USDC_USDT,))
    assert not may_lend(v3_flash(V3_DAI_USDC), TEN, (V3_USDC_USDT, V3_DAI_USDC))


def test_a_locked_lender_does_not_lend_twice_but_another_of_its_kind_does() -> None:
    first = v3_flash(V3_DAI_USDC)
    taken = [first.loan(ONE), erc3156(DSS_FLASH, DAI).loan(ONE)]
    assert not may_lend(first, ONE, (), taken)
    assert may_lend(v3_flash(V3_USDC_USDT), ONE, (), taken)
    assert not may_lend(erc3156(DSS_FLASH, DAI), ONE, (), taken)
    assert may_lend(erc3156(CRVUSD_FLASH_LENDER, CRVUSD), ONE, (), taken)


def test_what_was_taken_of_the_same_token_is_gone() -> None:
    state = lender(Lender.MORPHO, USDC, 100)
    taken = [state.loan(Raw(60 * 10**6))]
    assert may_lend(state, Raw(40 * 10**6), (), taken)
    assert not may_lend(state, Raw(40 * 10**6 + 1), (), taken)
    assert may_lend(lender(Lender.MORPHO, DAI, 100), Raw(100 * 10**18), (), taken)


def test_the_ledger_keeps_half_for_the_swaps_of_its_own_pools() -> None:
    usdc, dai = lender(Lender.UNISWAP_V4, USDC, 100), lender(Lender.UNISWAP_V4, DAI, 100)
    assert may_lend(usdc, Raw(100 * 10**6), (V3_USDC_USDT,))
    assert may_lend(usdc, Raw(50 * 10**6), (LEDGER_POOL,))
    assert not may_lend(usdc, Raw(50 * 10**6 + 1), (LEDGER_POOL,))
    assert may_lend(dai, Raw(100 * 10**18), (LEDGER_POOL,))


def test_the_cheapest_is_the_lowest_fee_and_then_the_least_gas() -> None:
    aave = lender(Lender.AAVE_V3, USDC, 1_000, bps=5)
    morpho, ledger = lender(Lender.MORPHO, USDC, 50), lender(Lender.UNISWAP_V4, USDC, 20)
    states = [aave, morpho, ledger, lender(Lender.MORPHO, DAI, 9_999)]
    assert cheapest(states, USDC, TEN, ()) == ledger
    assert cheapest(states, USDC, TEN, (LEDGER_POOL,)) == ledger
    assert cheapest(states, USDC, Raw(20 * 10**6), (LEDGER_POOL,)) == morpho
    assert cheapest(states, USDC, Raw(51 * 10**6), ()) == aave
    assert cheapest(states, USDC, Raw(1_001 * 10**6), ()) is None
    assert cheapest(states, USDT, ONE, ()) is None
    assert list(feasible(states, USDC, Raw(30 * 10**6), ())) == [aave, morpho]


def test_gas_is_known_of_every_lender_that_is_read() -> None:
    flash_swaps = {Lender.UNISWAP_V3_SWAP, Lender.UNISWAP_V2_SWAP}
    assert set(GAS_OF_LENDER) == set(Lender) - flash_swaps
