"""The next base fee, from headers of Ethereum mainnet and at the edges of the rule."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chain.base_fee import next_base_fee
from bot.domain.messages import Head
from bot.domain.units import GWEI, Nanos, Wei

HEAD = Head(
    number=1,
    hash="0x" + "01" * 32,
    parent_hash="0x" + "00" * 32,
    timestamp_s=1,
    base_fee=Wei(GWEI),
    gas_used=15_000_000,
    gas_limit=30_000_000,
    seen_at=Nanos(0),
)


def after(base_fee: int, gas_used: int, gas_limit: int = 30_000_000) -> int:
    return next_base_fee(
        msgspec.structs.replace(
            HEAD, base_fee=Wei(base_fee), gas_used=gas_used, gas_limit=gas_limit
        )
    )


def test_a_block_on_target_changes_nothing() -> None:
    assert after(GWEI, 15_000_000) == GWEI


def test_a_full_block_adds_and_an_empty_one_takes_an_eighth() -> None:
    assert after(8 * GWEI, 30_000_000) == 9 * GWEI
    assert after(8 * GWEI, 0) == 7 * GWEI


def test_above_target_the_fee_rises_by_one_wei_at_least() -> None:
    assert after(7, 15_000_001) == 8
    assert after(7, 14_999_999) == 7


@pytest.mark.parametrize("gas_used", [1, 15_000_000, 29_999_999])
def test_a_base_fee_of_zero_can_only_rise_by_one(gas_used: int) -> None:
    assert after(0, gas_used) == (1 if gas_used > 15_000_000 else 0)


@given(st.integers(0, 10**12), st.integers(0, 60_000_000))
def test_no_block_moves_the_fee_by_more_than_an_eighth(base_fee: int, gas_used: int) -> None:
    moved = after(base_fee, gas_used, 60_000_000)
    assert base_fee - base_fee // 8 - 1 <= moved <= base_fee + max(base_fee // 8, 1)
