"""What the relay holds, and what replaces, cancels or outlives what."""

from bot.domain.units import Wei
from bot.sandbox.bundle_pool import Bundle, BundlePool, Fate
from bot.sandbox.raw_transactions import BundleTransaction


def bundle(name: str, *, block: int = 10, signer: str = "us", uuid: str | None = None) -> Bundle:
    transaction = BundleTransaction(
        raw=name.encode(),
        tx_hash=f"0x{name}",
        sender="0x01",
        to="0x02",
        nonce=0,
        gas=21_000,
        max_fee=Wei(1),
        max_priority_fee=Wei(1),
        value=Wei(0),
        data=b"",
        chain_id=1,
    )
    return Bundle(
        bundle_hash=name,
        signer=signer,
        target_block=block,
        transactions=(transaction,),
        replacement_uuid=uuid,
    )


def fates(pool: BundlePool) -> list[tuple[str, Fate]]:
    return [(one.bundle_hash, one.fate) for one in pool.outcomes()]


def test_only_the_bundles_of_the_asked_block_are_taken_in_order_of_arrival() -> None:
    pool = BundlePool()
    for one in (bundle("b"), bundle("a"), bundle("next", block=11)):
        pool.add(one, head=9)

    assert [one.bundle_hash for one in pool.take(10)] == ["b", "a"]
    assert pool.take(10) == []
    assert [one.bundle_hash for one in pool.take(11)] == ["next"]
    assert pool.outcomes() == []


def test_a_bundle_is_held_once_however_often_it_is_sent() -> None:
    pool = BundlePool()
    pool.add(bundle("a"), head=9)
    pool.add(bundle("a"), head=9)

    assert len(pool) == 1


def test_the_block_just_built_is_late_and_the_next_is_not() -> None:
    pool = BundlePool()
    pool.add(bundle("late", block=9), head=9)
    pool.add(bundle("held", block=10), head=9)

    assert fates(pool) == [("late", Fate.LATE)]
    assert len(pool) == 1


def test_bundles_of_skipped_blocks_are_forgotten_as_late() -> None:
    pool = BundlePool()
    pool.add(bundle("skipped"), head=9)

    assert pool.take(12) == []
    assert fates(pool) == [("skipped", Fate.LATE)]


def test_a_replacement_forgets_the_older_bundle_even_of_another_block() -> None:
    pool = BundlePool()
    pool.add(bundle("old", block=10, uuid="u"), head=9)
    pool.add(bundle("new", block=11, uuid="u"), head=9)

    assert fates(pool) == [("old", Fate.REPLACED)]
    assert [one.bundle_hash for one in pool.take(11)] == ["new"]


def test_a_late_replacement_still_forgets_the_older_bundle() -> None:
    pool = BundlePool()
    pool.add(bundle("old", block=10, uuid="u"), head=9)
    pool.add(bundle("new", block=9, uuid="u"), head=9)

    assert fates(pool) == [("old", Fate.REPLACED), ("new", Fate.LATE)]
    assert len(pool) == 0


def test_the_same_id_of_another_signer_is_another_id() -> None:
    pool = BundlePool()
    pool.add(bundle("ours", uuid="u"), head=9)
    pool.add(bundle("theirs", signer="them", uuid="u"), head=9)

    assert [one.bundle_hash for one in pool.cancel("them", "u", head=9)] == ["theirs"]
    assert [one.bundle_hash for one in pool.take(10)] == ["ours"]


def test_what_was_taken_can_no_longer_be_cancelled() -> None:
    pool = BundlePool()
    pool.add(bundle("a", uuid="u"), head=9)
    pool.take(10)

    assert pool.cancel("us", "u", head=9) == []


def test_bundles_of_a_block_that_failed_are_held_again() -> None:
    pool = BundlePool()
    pool.add(bundle("a"), head=9)
    pool.put_back(pool.take(10))

    assert [one.bundle_hash for one in pool.take(10)] == ["a"]


def test_outcomes_can_be_read_from_where_one_left_off() -> None:
    pool = BundlePool()
    for name in ("a", "b", "c"):
        pool.add(bundle(name, block=1), head=9)

    assert [one.bundle_hash for one in pool.outcomes(after=2)] == ["c"]


def test_a_time_window_includes_both_its_ends() -> None:
    both = Bundle(
        bundle_hash="x",
        signer="us",
        target_block=1,
        transactions=(),
        min_timestamp=10,
        max_timestamp=20,
    )

    assert [both.open_at(second) for second in (9, 10, 20, 21)] == [False, True, True, False]
    assert bundle("always").open_at(2**40)
