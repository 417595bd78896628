"""Logs applied to pools by hand: what is followed, and what is not trusted."""

import pytest
from fakes.markets import BLOCK, curve_pool, peg_module, v2_pool, v3_pool

from bot.amm.pool import Pool
from bot.domain.units import Raw
from bot.feeds.block_logs import Log
from bot.feeds.log_effects import Misfit, can_follow, follow, topic
from bot.feeds.same_state import same_state

DEPTH = 10**16
POOL_ADDRESS = "0x" + "11" * 20


def words(*values: int) -> str:
    return "0x" + "".join(f"{value % 2**256:064x}" for value in values)


def log(event: str, *data: int, indexed: tuple[int, ...] = ()) -> Log:
    topics = (topic(event), *(f"0x{value % 2**256:064x}" for value in indexed))
    return Log(address=POOL_ADDRESS, topics=topics, data=words(*data), block_hash="0x1")


def swap(price: int, liquidity: int, tick: int) -> Log:
    event = "Swap(address,address,int256,int256,uint160,uint128,int24)"
    return log(event, -5, 5, price, liquidity, tick, indexed=(1, 2))


def mint(lower: int, upper: int, amount: int) -> Log:
    event = "Mint(address,address,int24,int24,uint128,uint256,uint256)"
    return log(event, 9, amount, 1, 1, indexed=(9, lower, upper))


def burn(lower: int, upper: int, amount: int) -> Log:
    event = "Burn(address,int24,int24,uint128,uint256,uint256)"
    return log(event, amount, 1, 1, indexed=(9, lower, upper))


def after(pool: Pool, *logs: Log) -> Pool:
    found = follow(pool, logs, BLOCK + 1)
    assert not isinstance(found, Misfit), found.reason
    return found


def misfit(pool: Pool, *logs: Log) -> str:
    found = follow(pool, logs, BLOCK + 1)
    assert isinstance(found, Misfit)
    return found.reason


def test_the_last_sync_of_a_block_is_the_state_of_a_pair() -> None:
    sync = "Sync(uint112,uint112)"
    pool = after(v2_pool((5.0, 7.0)), log(sync, 1, 2), log(sync, 3, 4))
    assert (pool.reserves, pool.block) == ((3, 4), BLOCK + 1)  # type: ignore[attr-defined]


def test_a_transfer_of_a_pairs_shares_leaves_the_very_same_object() -> None:
    pool = v2_pool((5.0, 7.0))
    assert after(pool, log("Transfer(address,address,uint256)", 1, indexed=(2, 3))) is pool


@pytest.mark.parametrize("pool", [v2_pool((5.0, 7.0)), v3_pool(DEPTH), curve_pool([9e6] * 4)])
def test_an_event_that_nobody_knows_is_never_followed(pool: Pool) -> None:
    assert "unknown event" in misfit(pool, log("Upgraded(address)", 1))


def test_a_swap_moves_the_price_where_the_liquidity_is_what_our_ticks_give() -> None:
    pool = after(v3_pool(DEPTH), swap(2**96 + 5, DEPTH, 3))
    assert (pool.sqrt_price_x96, pool.tick) == (2**96 + 5, 3)  # type: ignore[attr-defined]
    past_the_position = after(v3_pool(DEPTH), swap(2**97, 0, 150))
    assert past_the_position.liquidity == 0  # type: ignore[attr-defined]


@pytest.mark.parametrize(("liquidity", "tick"), [(DEPTH + 1, 3), (DEPTH, 150), (0, 3)])
def test_a_swap_with_another_liquidity_than_our_ticks_give_is_a_misfit(
    liquidity: int, tick: int
) -> None:
    assert "our ticks give" in misfit(v3_pool(DEPTH), swap(2**96, liquidity, tick))


def test_liquidity_counts_from_its_lower_tick_to_below_its_upper_one() -> None:
    pool = v3_pool(DEPTH)  # at tick 0
    for lower, upper, added in ((0, 10, 5), (-10, 0, 0), (1, 10, 0), (-10, 1, 5)):
        assert after(pool, mint(lower, upper, 5)).liquidity == DEPTH + added  # type: ignore[attr-defined]


def test_what_was_minted_is_passed_by_a_later_swap_of_the_block() -> None:
    pool = after(v3_pool(DEPTH), mint(20, 40, 7), swap(2**96 + 9, DEPTH + 7, 25))
    assert pool.ticks == (-100, 20, 40, 100)  # type: ignore[attr-defined]
    assert pool.liquidity_nets == (DEPTH, 7, -7, -DEPTH)  # type: ignore[attr-defined]


def test_liquidity_that_reaches_out_of_the_scan_counts_inside_it() -> None:
    pool = after(v3_pool(DEPTH), mint(-5_000, 10, 7), swap(2**96 - 9, DEPTH + 7, -50))
    assert pool.ticks == (-100, 10, 100)  # type: ignore[attr-defined]
    wide = after(v3_pool(DEPTH), mint(-5_000, 5_000, 7), swap(2**97, 7, 150))
    assert wide.ticks == (-100, 100)  # type: ignore[attr-defined]


def test_a_burn_that_leaves_a_tick_without_net_is_a_misfit_because_it_may_be_gone() -> None:
    assert "may be gone" in misfit(v3_pool(DEPTH), burn(-100, 100, DEPTH))
    left = after(v3_pool(DEPTH), burn(-100, 100, DEPTH - 1))
    assert left.liquidity_nets == (1, -1)  # type: ignore[attr-defined]


def test_a_burn_of_nothing_changes_nothing() -> None:
    pool = v3_pool(DEPTH)
    assert after(pool, burn(-100, 100, 0)) is pool


def test_a_burn_at_ticks_that_are_not_known_is_a_misfit() -> None:
    assert "not known" in misfit(v3_pool(DEPTH), burn(-99, 100, 1))


@pytest.mark.parametrize("tick", [-900, 900, 5_000])
def test_a_price_near_or_past_the_end_of_the_scan_is_a_misfit(tick: int) -> None:
    assert "end of the scan" in misfit(v3_pool(DEPTH), swap(2**96, 0, tick))


def test_curve_swaps_are_followed_exactly_where_they_paid_what_we_compute() -> None:
    pool = curve_pool([9e6, 8e6, 7e6, 6e6])
    sold = Raw(10**24)
    paid = pool.amount_out(0, 1, sold)
    exchange = "TokenExchange(address,int128,uint256,int128,uint256)"
    moved = after(pool, log(exchange, 0, sold, 1, paid, indexed=(1,)))
    assert same_state(moved, pool.after(0, 1, sold))
    for wrong in (paid - 1, paid + 1):
        assert "by our arithmetic" in misfit(pool, log(exchange, 0, sold, 1, wrong, indexed=(1,)))


@pytest.mark.parametrize("coins", [(0, 4), (7, 1)])
def test_a_swap_of_coins_the_pool_does_not_have_is_a_misfit(coins: tuple[int, int]) -> None:
    exchange = "TokenExchange(address,int128,uint256,int128,uint256)"
    data = (coins[0], 10**20, coins[1], 10**6)
    assert "a swap from coin" in misfit(curve_pool([9e6] * 4), log(exchange, *data, indexed=(1,)))


def test_data_that_ends_too_early_is_a_misfit() -> None:
    assert "no word" in misfit(v2_pool((5.0, 7.0)), log("Sync(uint112,uint112)", 1))
    cut = Log(address="", topics=(mint(1, 2, 3).topics[0],), data=words(9, 9), block_hash="0x1")
    assert "missing" in misfit(v3_pool(DEPTH), cut)


def test_rails_are_not_told_by_logs() -> None:
    module = peg_module(1e6, 1e6)
    assert not can_follow(module)
    assert "no log tells" in misfit(module, log("Sync(uint112,uint112)", 1, 2))
