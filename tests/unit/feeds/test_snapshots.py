"""What is remembered of blocks, and for how long."""

from fakes.markets import v2_pool

from bot.domain.venues import V2_USDC_USDT
from bot.feeds.snapshots import Snapshot, Snapshots


def snapshot(number: int, block_hash: str) -> Snapshot:
    return Snapshot(number=number, block_hash=block_hash, pools={V2_USDC_USDT: v2_pool((1.0, 1.0))})


def test_two_blocks_of_one_height_are_told_apart_by_their_hash() -> None:
    known = Snapshots()
    one, other = snapshot(7, "0xa"), snapshot(7, "0xb")
    known.keep(one)
    known.keep(other)
    assert known.of("0xa") is one
    assert known.of("0xb") is other
    assert known.of("0xc") is None


def test_the_block_that_was_read_longest_ago_is_forgotten_first() -> None:
    known = Snapshots(kept=2)
    for block_hash in ("0xa", "0xb", "0xa", "0xc"):
        known.keep(snapshot(7, block_hash))
    assert known.of("0xb") is None
    assert known.of("0xa") is not None
    assert known.newest is known.of("0xc")


def test_in_the_beginning_nothing_is_known() -> None:
    assert Snapshots().newest is None
