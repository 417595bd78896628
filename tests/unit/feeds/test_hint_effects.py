"""What follows from a hint's logs for a market, and what does not."""

import pytest
from fakes.markets import book_of, curve_pool, peg_module, v2_pool, v3_pool

from bot.amm.pool import Pool
from bot.domain.units import Raw
from bot.domain.venues import CURVE_SUSD, LITE_PSM_USDC, V2_USDC_USDT, V3_USDC_USDT, PoolSpec
from bot.execution.hint_swaps import told_swap
from bot.feeds.block_logs import Log
from bot.feeds.hint_effects import Moved, Unmoved, moved_by
from bot.feeds.hint_words import Hint, HintCall, HintLog
from bot.feeds.log_effects import topic
from bot.market.book import MarketBook

SYNC = topic("Sync(uint112,uint112)")
V2_SWAP = topic("Swap(address,uint256,uint256,uint256,uint256,address)")
V3_SWAP = topic("Swap(address,address,int256,int256,uint160,uint128,int24)")
EXCHANGE = topic("TokenExchange(address,int128,uint256,int128,uint256)")
MILLION = 10**12


def words(*values: int) -> str:
    return "0x" + "".join(f"{value % 2**256:064x}" for value in values)


def told(spec: PoolSpec, event: str, *data: int) -> HintLog:
    return HintLog(address=spec.address, topics=(event,), data=words(*data))


def hint(*logs: HintLog, calls: int = 1) -> Hint:
    return Hint(hash="0x" + "12" * 32, logs=logs, txs=(HintCall(),) * calls)


@pytest.fixture
def book() -> MarketBook:
    pools: list[Pool] = [curve_pool([9e6] * 4), v2_pool((20e6, 20e6)), v3_pool(10**16)]
    return book_of([*pools, peg_module(5e6, 5e6)], [])


def reason(found: Moved | Unmoved) -> str:
    assert isinstance(found, Unmoved)
    return found.reason


def test_reserves_price_and_amounts_become_the_pools_own(book: MarketBook) -> None:
    bought = book.pools[CURVE_SUSD].amount_out(1, 2, Raw(MILLION))
    found = moved_by(
        hint(
            told(V2_USDC_USDT, SYNC, 21 * MILLION, 19 * MILLION),
            told(V3_USDC_USDT, V3_SWAP, MILLION, -MILLION, 2**96 + 2**80, 10**16, 0),
            told(CURVE_SUSD, EXCHANGE, 1, MILLION, 2, bought),
        ),
        book,
    )
    assert isinstance(found, Moved)
    assert found.pools == {V2_USDC_USDT, V3_USDC_USDT, CURVE_SUSD}
    after = found.book.pools
    assert after[V2_USDC_USDT].reserves == (21 * MILLION, 19 * MILLION)
    assert after[V3_USDC_USDT].sqrt_price_x96 == 2**96 + 2**80
    assert after[CURVE_SUSD].balances[1] == 10 * MILLION
    assert after[LITE_PSM_USDC] is book.pools[LITE_PSM_USDC]
    assert book.pools[V2_USDC_USDT].reserves[0] == 20 * MILLION


@pytest.mark.parametrize("spec", [V2_USDC_USDT, V3_USDC_USDT, CURVE_SUSD], ids=lambda s: s.name)
def test_names_without_amounts_move_nothing(book: MarketBook, spec: PoolSpec) -> None:
    event = {V2_USDC_USDT: V2_SWAP, V3_USDC_USDT: V3_SWAP, CURVE_SUSD: EXCHANGE}[spec]
    assert reason(moved_by(hint(HintLog(address=spec.address, topics=(event,))), book))


def test_hints_that_say_nothing_of_our_pools_move_nothing(book: MarketBook) -> None:
    stranger = HintLog(address="0x" + "77" * 20, topics=(SYNC,), data=words(1, 2))
    for one in (hint(), hint(stranger), Hint(hash="0x" + "12" * 32)):
        assert "none of our pools" in reason(moved_by(one, book))
    both = hint(told(V2_USDC_USDT, SYNC, 21 * MILLION, 19 * MILLION), calls=2)
    assert "several transactions" in reason(moved_by(both, book))


def test_what_no_log_tells_or_our_arithmetic_denies_moves_nothing(book: MarketBook) -> None:
    rail = HintLog(address=LITE_PSM_USDC.address, topics=(SYNC,), data=words(1))
    assert "no log tells" in reason(moved_by(hint(rail), book))
    lie = told(CURVE_SUSD, EXCHANGE, 1, MILLION, 2, MILLION)
    assert "by our arithmetic" in reason(moved_by(hint(lie), book))
    deep = told(V3_USDC_USDT, V3_SWAP, MILLION, -MILLION, 2**96, 10**15, 0)
    assert "our ticks give" in reason(moved_by(hint(deep), book))
    nameless = HintLog(address=V2_USDC_USDT.address, topics=(), data=words(1, 2))
    assert "has no name" in reason(moved_by(hint(nameless), book))


def log_of(spec: PoolSpec, event: str, *data: int) -> Log:
    return Log(address=spec.address, topics=(event,), data=words(*data), block_hash="")


def test_a_swap_is_read_out_of_its_event() -> None:
    pair = told_swap(V2_USDC_USDT, log_of(V2_USDC_USDT, V2_SWAP, 0, 7, 5, 0))
    assert (pair.coin_in, pair.coin_out, pair.sold, pair.bought) == (1, 0, 7, 5)
    pool = told_swap(V3_USDC_USDT, log_of(V3_USDC_USDT, V3_SWAP, -5, 7, 1, 1, 1))
    assert (pool.coin_in, pool.coin_out, pool.sold, pool.bought) == (1, 0, 7, 5)
    curve = told_swap(CURVE_SUSD, log_of(CURVE_SUSD, EXCHANGE, 2, 7, 0, 5))
    assert (curve.coin_in, curve.coin_out, curve.sold, curve.bought) == (2, 0, 7, 5)


@pytest.mark.parametrize(
    ("spec", "event", "data"),
    [
        (V2_USDC_USDT, V2_SWAP, (1, 1, 1, 1)),
        (V2_USDC_USDT, V2_SWAP, (0, 0, 0, 0)),
        (V3_USDC_USDT, V3_SWAP, (5, 5, 1, 1, 1)),
        (V3_USDC_USDT, V3_SWAP, (0, 0, 1, 1, 1)),
        (CURVE_SUSD, EXCHANGE, (9, 7, 0, 5)),
        (CURVE_SUSD, EXCHANGE, (1, 7, 1, 5)),
        (CURVE_SUSD, EXCHANGE, (1, 7)),
        (LITE_PSM_USDC, EXCHANGE, (1, 7, 0, 5)),
    ],
)
def test_what_is_no_swap_cannot_be_repeated(
    spec: PoolSpec, event: str, data: tuple[int, ...]
) -> None:
    with pytest.raises(ValueError, match=r"swap|word|repeats"):
        told_swap(spec, log_of(spec, event, *data))
