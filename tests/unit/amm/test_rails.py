from math import isclose
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pool_examples import peg_module
from rail_examples import MILLION, converter, first_psm, gsm, vault

from bot.amm.gsm import GsmPool
from bot.amm.image import Rail, Shut
from bot.amm.peg_module import HALTED
from bot.amm.pool import Closed, Pool
from bot.amm.rails import MOST_COINS
from bot.domain.assets import GHO, Token
from bot.domain.mainnet_pools import GHO_GSM_USDC
from bot.domain.units import WAD

ONE_USDC = 10**6
FEES = st.sampled_from([0, 1, 10**14, WAD // 100, WAD // 2])
WADS = st.integers(0, 10**27)
COINS = st.integers(0, 10**15)
RAILS = st.one_of(
    st.builds(peg_module, tin=FEES, tout=FEES, dai_balance=WADS, gem_balance=COINS),
    st.builds(first_psm, tin=FEES, tout=FEES, headroom=WADS, gem_balance=COINS, live=st.booleans()),
    st.builds(vault, assets=st.integers(1, 10**30), shares=st.integers(1, 10**30)),
    st.builds(converter, live=st.booleans()),
)


@st.composite
def modules(draw: st.DrawFn) -> GsmPool:
    """Return modules of assets of 2 to 18 decimals, at any price."""
    asset = Token(
        symbol="ASSET", address=GHO.address, decimals=draw(st.sampled_from([2, 6, 8, 18]))
    )
    amounts, used = st.integers(0, 10 ** (asset.decimals + 8)), draw(WADS)
    return gsm(
        spec=msgspec.structs.replace(GHO_GSM_USDC, tokens=(asset, GHO)),
        price_ratio=draw(st.sampled_from([WAD, WAD * 98 // 100, 3 * WAD + 1, WAD // 7])),
        buy_fee=draw(st.sampled_from([0, 1, 2, 30, 4_999])),
        sell_fee=draw(st.sampled_from([0, 1, 2, 30, 4_999])),
        exposure=draw(amounts),
        exposure_cap=draw(amounts),
        reserve_limit=used + draw(WADS),
        reserve_used=used,
        reserve_balance=draw(WADS),
    )


def sizes(limit: int) -> st.SearchStrategy[int]:
    return st.one_of(
        st.integers(1, max(limit, 1)),
        st.floats(0, 1).map(lambda share: int(max(limit, 1) ** share)),
    )


@given(st.data(), st.one_of(RAILS, modules()), st.sampled_from([0, 1]))
def test_amount_in_is_the_least_input_that_pays_the_output(
    data: st.DataObject, rail: Pool, i: int
) -> None:
    limits = rail.limits(i, 1 - i)
    wanted = data.draw(sizes(limits.max_out))
    paid = rail.amount_in(i, 1 - i, wanted)
    if not limits.max_out:
        assert paid == 0
    else:
        assert rail.amount_out(i, 1 - i, paid) >= wanted
        assert rail.amount_out(i, 1 - i, paid - 1) < wanted


@given(st.one_of(RAILS, modules()), st.sampled_from([0, 1]))
def test_nothing_is_paid_above_the_limit_and_most_at_it(rail: Pool, i: int) -> None:
    limits = rail.limits(i, 1 - i)
    assert limits.max_in == rail.max_in(i, 1 - i)
    assert limits.max_out == rail.amount_out(i, 1 - i, limits.max_in)
    assert rail.amount_out(i, 1 - i, limits.max_in + 1) == 0
    assert rail.amount_in(i, 1 - i, limits.max_out + 1) == 0
    assert (limits.closed is None) == (limits.max_in > 0)


@given(st.one_of(RAILS, modules()))
def test_pictures_show_both_directions_in_the_same_order(rail: Pool) -> None:
    pictures = rail.images()
    assert [picture.coins for picture in pictures] == [(0, 1), (1, 0)]
    for picture in pictures:
        i, j = picture.coins
        ones = [10 ** rail.spec.tokens[k].decimals for k in (i, j)]
        if rail.max_in(i, j):
            assert isinstance(picture, Rail)
            assert isclose(picture.rate, rail.marginal_rate(i, j) * ones[0] / ones[1])
            assert isclose(picture.cap, min(rail.max_in(i, j) / ones[0], MOST_COINS))
        else:
            assert isinstance(picture, Shut)


@pytest.mark.parametrize(
    ("rail", "i", "closed"),
    [
        (peg_module(tin=HALTED), 0, Closed.HALTED),
        (peg_module(tout=HALTED), 1, Closed.HALTED),
        (peg_module(dai_balance=0), 0, Closed.EMPTY),
        (peg_module(gem_balance=0), 1, Closed.EMPTY),
        (first_psm(tin=WAD + 1), 0, Closed.HALTED),
        (first_psm(live=False), 0, Closed.HALTED),
        (first_psm(live=False), 1, None),
        (first_psm(headroom=0), 0, Closed.CAPPED),
        (first_psm(gem_balance=0), 1, Closed.EMPTY),
        (converter(live=False), 0, None),
        (converter(live=False), 1, Closed.KILLED),
        (gsm(frozen=True), 0, Closed.FROZEN),
        (gsm(seized=True), 1, Closed.FROZEN),
        (gsm(exposure_cap=20 * MILLION), 0, Closed.CAPPED),
        (gsm(reserve_limit=0), 0, Closed.CAPPED),
        (gsm(reserve_balance=0), 0, Closed.CAPPED),
        (gsm(exposure=0), 1, Closed.EMPTY),
        (vault(max_deposit=0), 0, Closed.CAPPED),
        (vault(max_redeem=0), 1, Closed.CAPPED),
        (vault(assets=0), 0, Closed.EMPTY),
    ],
)
def test_a_closed_direction_says_why(rail: Pool, i: int, closed: Closed | None) -> None:
    assert rail.limits(i, 1 - i).closed is closed


def test_what_the_first_module_sells_counts_against_its_ceiling_fee_included() -> None:
    module = first_psm(tin=WAD // 10, headroom=100 * WAD)
    assert module.max_in(0, 1) == 100 * ONE_USDC
    assert module.amount_out(0, 1, 100 * ONE_USDC) == 90 * WAD


@pytest.mark.parametrize(
    ("changed", "most"),
    [
        ({}, 30 * MILLION),
        ({"reserve_balance": 7 * WAD, "sell_fee": 0}, 7 * ONE_USDC),
        ({"reserve_limit": 20_000_003 * WAD, "sell_fee": 0}, 3 * ONE_USDC),
    ],
)
def test_cap_limit_and_cash_each_end_what_the_gsm_takes(changed: dict[str, Any], most: int) -> None:
    assert gsm(**changed).max_in(0, 1) == most


def test_gsm_fees_are_rounded_up() -> None:
    module = gsm(buy_fee=1, sell_fee=1)
    assert module.amount_out(0, 1, 1) == 10**12 - 10**8
    assert module.amount_in(1, 0, 1) == 10**12 + 10**8
    odd = gsm(buy_fee=1, sell_fee=1, price_ratio=WAD + 1)
    assert odd.amount_in(1, 0, 1) == 10**12 + 1 + 10**8 + 1


def test_both_ways_through_a_vault_round_against_the_caller() -> None:
    pool = vault(assets=3, shares=2)
    assert pool.amount_out(0, 1, 100) == 66
    assert pool.amount_out(1, 0, 67) == 100
    assert pool.amount_in(0, 1, 66) == 99
    assert pool.amount_in(1, 0, 100) == 67


def test_converter_changes_nothing() -> None:
    pool = converter()
    assert pool.amount_out(0, 1, 10**18) == pool.amount_in(1, 0, 10**18) == 10**18
