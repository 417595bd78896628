"""What gas costs in a token, and what a profit is worth: always to our own disadvantage."""

import msgspec
import pytest
from fakes.markets import (
    USD_PER_ETH,
    book_of,
    curve_pool,
    gas_pool,
    peg_module,
    raw,
    v2_pool,
)

from bot.domain.assets import DAI, SUSD, USDC, USDT
from bot.domain.units import WAD, Raw, Wei

ONE_ETH = Wei(10**18)
EVEN = curve_pool([9e6, 9e6, 9e6, 9e6])


def test_gas_is_priced_in_usdc_by_the_gas_pool() -> None:
    cost = book_of([EVEN]).cost_in(USDC, ONE_ETH)
    assert cost == pytest.approx(raw(USDC, USD_PER_ETH * 0.997), rel=1e-4)


def test_the_smallest_cost_is_one_base_unit_and_not_zero() -> None:
    book = book_of([EVEN])
    assert book.cost_in(USDC, Wei(1)) == book.cost_in(USDT, Wei(1)) == 1
    assert book.cost_in(USDC, Wei(0)) == 0


def test_a_cost_never_falls_when_the_amount_grows() -> None:
    book = book_of([EVEN])
    costs = [book.cost_in(DAI, Wei(wei)) for wei in range(10**12, 10**13, 10**11)]
    assert costs == sorted(costs)


def test_a_cheap_token_is_asked_for_more_of_and_a_dear_one_not_for_less() -> None:
    usdt_floods = book_of([curve_pool([9e6, 9e6, 60e6, 9e6])])
    usdt_is_rare = book_of([curve_pool([9e6, 9e6, 1e6, 9e6])])
    in_usdc = usdt_floods.cost_in(USDC, ONE_ETH)
    assert usdt_floods.cost_in(USDT, ONE_ETH) > in_usdc
    assert usdt_is_rare.cost_in(USDT, ONE_ETH) == in_usdc


def test_of_two_pools_the_one_that_makes_gas_dearer_is_believed() -> None:
    flooded = curve_pool([9e6, 9e6, 60e6, 9e6])
    both = book_of([flooded, v2_pool((20e6, 20e6))])
    assert both.cost_in(USDT, ONE_ETH) == book_of([flooded]).cost_in(USDT, ONE_ETH)


def test_costs_are_scaled_to_the_decimals_of_the_token() -> None:
    book = book_of([peg_module(1e6, 1e6)])
    assert book.cost_in(DAI, ONE_ETH) == book.cost_in(USDC, ONE_ETH) * 10**12


def test_a_token_without_a_pool_counts_at_par() -> None:
    book = book_of([v2_pool((20e6, 20e6))])
    assert book.in_usdc(SUSD, 5 * WAD) == 5 * 10**6
    assert book.cost_in(SUSD, ONE_ETH) == book.cost_in(USDC, ONE_ETH) * 10**12


def test_a_profit_is_worth_what_the_pools_pay_for_it() -> None:
    flooded = book_of([curve_pool([9e6, 9e6, 60e6, 9e6])])
    assert flooded.in_usdc(USDT, 10**6) < 10**6
    assert flooded.in_usdc(USDC, 10**6) == 10**6


def test_a_loss_stays_a_loss() -> None:
    book = book_of([EVEN])
    assert book.in_usdc(DAI, -1) == -1
    assert book.in_usdc(USDC, -7) == -7


def test_a_halted_pool_has_no_say_in_what_a_token_is_worth() -> None:
    halted = peg_module(1e6, 1e6, tout=2**256 - 1)
    empty = peg_module(0, 0)
    alone = book_of([EVEN]).in_usdc(DAI, 10**18)
    assert alone > 0
    assert book_of([EVEN, halted]).in_usdc(DAI, 10**18) == alone
    assert book_of([empty]).in_usdc(DAI, 10**18) == 10**6


def test_dear_ether_makes_dear_gas() -> None:
    cheap, dear = (
        book_of([EVEN], gas=gas_pool(usd)).cost_in(USDC, ONE_ETH) for usd in (1_500, 3_000)
    )
    assert dear == pytest.approx(2 * cheap, rel=1e-6)
    assert book_of([EVEN]).cost_in(USDC, Wei(0)) == Raw(0)


def test_moving_one_of_two_gas_pools_down_does_not_make_gas_cheaper() -> None:
    honest = book_of([EVEN], gas=gas_pool(3_000))
    moved = msgspec.structs.replace(honest, gas_pools=(gas_pool(3), gas_pool(3_000)))
    assert moved.cost_in(USDC, ONE_ETH) == honest.cost_in(USDC, ONE_ETH)
