"""A metapool as mainnet had it; `tests/property/test_exactness.py` compares its quotes."""

import pytest

from bot.bench.exact_curve import (
    recorded_metapool,
    recorded_metapool_pairs,
    recorded_three_pool_pairs,
)

pytestmark = pytest.mark.usefixtures("data_dir")


def test_metapool_uses_the_price_it_keeps_until_that_is_ten_minutes_old() -> None:
    pool = recorded_metapool()
    updated, fresh = pool.base_cache_updated, pool.shares.virtual_price()
    assert pool.virtual_price == pool.at(updated + 600).virtual_price == 1_039_823_717_209_616_949
    assert pool.at(updated + 601).virtual_price == fresh == 1_039_823_717_209_618_332


def test_expired_price_is_renewed_by_a_swap() -> None:
    pool = recorded_metapool()
    late = pool.at(pool.base_cache_updated + 601)
    left = late.after(0, 1, 10**18)
    assert left.base_virtual_price == late.shares.virtual_price()
    assert left.base_cache_updated == late.timestamp_s


def test_time_that_changes_nothing_leaves_the_same_object() -> None:
    pool = recorded_metapool()
    assert pool.at(pool.timestamp_s + 12) is pool
    assert pool.at(pool.base_cache_updated + 601) is not pool


def test_every_recorded_answer_is_compared() -> None:
    assert len(list(recorded_three_pool_pairs(0, 0))) == 18 + 18 + 288 + 52
    assert len(list(recorded_metapool_pairs(0, 0))) == 42
