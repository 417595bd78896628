import pytest
from pool_examples import peg_module

from bot.amm.peg_module import HALTED
from bot.domain.units import WAD

GEM, DAI = 0, 1
ONE_GEM, ONE_DAI = 10**6, WAD


def test_without_fees_the_rate_is_one() -> None:
    pool = peg_module()
    assert pool.amount_out(GEM, DAI, ONE_GEM) == ONE_DAI
    assert pool.amount_out(DAI, GEM, ONE_DAI) == ONE_GEM


def test_fees_are_taken_from_the_dai() -> None:
    pool = peg_module(tin=WAD // 100, tout=WAD // 100)
    assert pool.amount_out(GEM, DAI, ONE_GEM) == ONE_DAI * 99 // 100
    assert pool.amount_out(DAI, GEM, ONE_DAI * 101 // 100) == ONE_GEM
    assert pool.amount_out(DAI, GEM, ONE_DAI * 101 // 100 - 1) == ONE_GEM - 1


@pytest.mark.parametrize(("fee", "closed", "open_"), [("tin", GEM, DAI), ("tout", DAI, GEM)])
def test_halted_direction_is_closed_and_the_other_is_not(fee: str, closed: int, open_: int) -> None:
    pool = peg_module(**{fee: HALTED})
    assert pool.max_in(closed, open_) == pool.amount_out(closed, open_, ONE_DAI) == 0
    assert pool.marginal_rate(closed, open_) == 0
    assert pool.amount_out(open_, closed, ONE_DAI if open_ == DAI else ONE_GEM) > 0


def test_cash_on_the_other_side_is_the_limit() -> None:
    pool = peg_module(dai_balance=7 * ONE_DAI, gem_balance=3 * ONE_GEM)
    assert pool.max_in(GEM, DAI) == 7 * ONE_GEM
    assert pool.amount_out(DAI, GEM, pool.max_in(DAI, GEM)) == 3 * ONE_GEM
    assert pool.max_in(DAI, GEM) - 3 * ONE_DAI < pool.factor  # the rest buys no base unit of gem
