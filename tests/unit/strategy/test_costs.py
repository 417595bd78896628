"""The bid: the exact base fee of the target block, and a tip out of what is left."""

import pytest
from fakes.markets import book_of, curve_pool, raw

from bot.domain.assets import DAI, USDC
from bot.domain.units import GWEI, Bps, Raw, Wei
from bot.strategy.costs import bid_for
from bot.strategy.parameters import StrategyParameters

GAS = 500_000
PARAMETERS = StrategyParameters()
BOOK = book_of([curve_pool([9e6, 9e6, 9e6, 9e6])])


def test_the_bid_pays_the_base_fee_of_the_target_block_and_the_tip_and_no_more() -> None:
    bid = bid_for(BOOK, USDC, raw(USDC, 1_000), GAS, PARAMETERS)
    assert bid.max_fee_per_gas == GWEI + bid.priority_fee_per_gas
    assert bid.total == GAS * bid.max_fee_per_gas
    assert bid.cost == BOOK.cost_in(USDC, bid.total)


def test_the_tip_is_the_configured_share_of_what_the_base_fee_leaves() -> None:
    profit = raw(USDC, 1_000)
    bid = bid_for(BOOK, USDC, profit, GAS, PARAMETERS)
    surplus = profit - BOOK.cost_in(USDC, Wei(GAS * GWEI))
    tip = BOOK.cost_in(USDC, Wei(GAS * bid.priority_fee_per_gas))
    assert tip == pytest.approx(surplus // 10, rel=1e-5)
    assert tip <= surplus // 10 + 1


def test_the_tip_is_never_above_its_cap() -> None:
    capped = StrategyParameters(max_tip_wei=Wei(10**16))
    bid = bid_for(BOOK, USDC, raw(USDC, 10e6), GAS, capped)
    assert bid.priority_fee_per_gas == 10**16 // GAS


@pytest.mark.parametrize("profit", [0, 1, 10**6, -(10**6)])
def test_a_profit_below_the_base_fee_tips_one_wei_per_gas(profit: int) -> None:
    bid = bid_for(BOOK, USDC, Raw(profit), GAS, PARAMETERS)
    assert bid.priority_fee_per_gas == 1


def test_a_bid_costs_as_much_in_dai_as_in_usdc() -> None:
    parameters = StrategyParameters(tip_share_bps=Bps(0))
    in_dai = bid_for(BOOK, DAI, raw(DAI, 1_000), GAS, parameters).cost
    in_usdc = bid_for(BOOK, USDC, raw(USDC, 1_000), GAS, parameters).cost
    assert in_dai == in_usdc * 10**12
