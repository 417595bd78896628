"""How long pools of failed plans are doubted."""

from bot.domain.venues import CURVE_SUSD, V2_USDC_USDT
from bot.feeds.doubts import FIRST_ABSENCE, FORGOTTEN_AFTER, Doubts


def absence(doubts: Doubts, since: int) -> int:
    """Count the blocks after `since` without the pool."""
    return sum(doubts.is_out(CURVE_SUSD, since + k) for k in range(1, 2_000))


def test_one_failure_asks_for_a_fresh_read_and_nothing_more() -> None:
    doubts = Doubts()
    doubts.add([CURVE_SUSD], 100)
    assert doubts.is_unread(CURVE_SUSD)
    assert not doubts.is_unread(V2_USDC_USDT)
    assert absence(doubts, 100) == 0
    doubts.were_read()
    assert not doubts.is_unread(CURVE_SUSD)


def test_each_failure_more_doubles_the_absence_up_to_a_limit() -> None:
    doubts, seen, block = Doubts(), [], 100
    for _ in range(9):
        doubts.add([CURVE_SUSD], block)
        seen.append(absence(doubts, block))
        block += seen[-1] + 1
    assert seen == [0, 8, 16, 32, 64, 128, 256, 256, 256]
    assert seen[1] == FIRST_ABSENCE


def test_a_failure_long_ago_is_forgotten() -> None:
    doubts = Doubts()
    for block in (100, 101, 101 + FIRST_ABSENCE + FORGOTTEN_AFTER + 1):
        doubts.add([CURVE_SUSD], block)
    assert absence(doubts, block) == 0
    doubts.add([CURVE_SUSD], block + FORGOTTEN_AFTER)
    assert absence(doubts, block + FORGOTTEN_AFTER) == FIRST_ABSENCE


def test_a_pool_that_never_failed_is_never_out() -> None:
    assert not any(Doubts().is_out(CURVE_SUSD, block) for block in range(3))
