"""How far the base fee can go, and where it is expected, held against the rule block by block."""

from itertools import pairwise

import msgspec
import pytest
from fakes.engine_parts import head_of
from fakes.markets import book_of, curve_pool, v2_pool
from hypothesis import given
from hypothesis import strategies as st

from bot.chain.base_fee import next_base_fee
from bot.domain.units import GWEI, Wei
from bot.market.base_fee_range import base_fees

FEES, FULLNESS = st.integers(0, 10**13), st.lists(st.floats(0, 1), max_size=8)


@given(FEES, st.lists(st.integers(0, 30_000_000), min_size=1, max_size=12), FULLNESS)
def test_no_chain_of_blocks_leaves_the_range(
    fee: int, gas_used: list[int], before: list[float]
) -> None:
    """The next block's fee is known, so a range begins with the block after it."""
    found = fee
    for place, used in enumerate(gas_used, start=2):
        head = msgspec.structs.replace(head_of(1), base_fee=Wei(found), gas_used=used)
        found = next_base_fee(head)
        fees = base_fees(Wei(fee), place, before)
        assert fees.lowest <= found <= fees.highest
        assert fees.lowest <= fees.expected <= fees.highest


@given(FEES)
def test_the_bounds_are_reached_by_empty_and_by_full_blocks(fee: int) -> None:
    for used, bound in ((0, "lowest"), (30_000_000, "highest")):
        found = Wei(fee)
        for place in range(2, 8):
            head = msgspec.structs.replace(head_of(1), base_fee=found, gas_used=used)
            found = next_base_fee(head)
            assert getattr(base_fees(Wei(fee), place), bound) == found


def test_the_next_block_is_known_whatever_was_before() -> None:
    fees = base_fees(Wei(7 * GWEI), 1, [1.0, 1.0])
    assert fees.lowest == fees.expected == fees.highest == 7 * GWEI


def test_full_blocks_let_it_rise_and_empty_ones_fall_less_and_less() -> None:
    fees = [base_fees(Wei(GWEI), blocks, [0.9] * 8).expected for blocks in range(1, 8)]
    steps = [later / earlier for earlier, later in pairwise(fees)]
    assert steps == sorted(steps, reverse=True)
    assert steps[0] == pytest.approx(1.05)
    assert base_fees(Wei(GWEI), 4, [0.1] * 8).expected < GWEI
    assert base_fees(Wei(GWEI), 4).expected == GWEI


def test_there_is_no_range_for_the_head_itself() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        base_fees(Wei(GWEI), 0)


def test_a_plan_for_several_blocks_is_priced_at_the_highest_fee_of_any() -> None:
    book = book_of([curve_pool([9e6, 9e6, 9e6, 9e6]), v2_pool((20e6, 20e6))], [])
    assert book.lasting(1) is book
    assert book.lasting(3).next_base_fee == base_fees(book.next_base_fee, 3).highest
