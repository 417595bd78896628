"""A book as messages make it."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.units import WAD
from bot.feeds.book_news import NOT_A_NUMBER, wad_of, wad_of_text
from bot.feeds.order_book import OrderBook

UNIT = 10**14


def book(bids: list[tuple[int, int]], asks: list[tuple[int, int]]) -> OrderBook:
    made = OrderBook()
    made.bids.reset(bids)
    made.asks.reset(asks)
    return made


def test_sizes_are_absolute_and_zero_takes_a_level_away() -> None:
    made = book([(9, 5), (8, 6)], [(11, 7)])
    made.bids.apply([(9, 3), (8, 0), (7, 2), (6, 0)])
    assert made.levels(5) == (((9, 3), (7, 2)), ((11, 7),))
    assert made.top == (9, 11)


def test_a_side_without_levels_has_no_top() -> None:
    assert book([(9, 5)], []).top is None


def test_a_cut_keeps_the_best_levels_and_forgets_the_sizes_of_the_others() -> None:
    made = book([(9, 1), (8, 1), (7, 1)], [(11, 1), (12, 1), (13, 1)])
    made.cut(2)
    assert made.levels(9) == (((9, 1), (8, 1)), ((11, 1), (12, 1)))
    made.bids.apply([(7, 0)])  # fell out without a word: no error, nothing to take away
    assert made.levels(9)[0] == ((9, 1), (8, 1))


def test_depth_is_that_of_the_smaller_side_with_its_edges() -> None:
    made = book([(1000, 4), (999, 3), (998, 100)], [(1001, 10), (1002, 100)])
    assert made.depth_within(999, 1001) == 7
    assert made.depth_within(1000, 1001) == 4


LEVELS = st.lists(st.tuples(st.integers(1, 30), st.integers(0, 9)), max_size=60)


@given(LEVELS, LEVELS)
def test_any_sequence_of_changes_leaves_what_a_plain_dictionary_would(
    bids: list[tuple[int, int]], asks: list[tuple[int, int]]
) -> None:
    made = OrderBook()
    for level in bids:
        made.bids.apply([level])
    made.asks.apply(asks)
    plain = [{price: size for price, size in dict(side).items() if size} for side in (bids, asks)]
    expected = (
        tuple(sorted(plain[0].items(), reverse=True)),
        tuple(sorted(plain[1].items())),
    )
    assert made.levels(99) == expected


def test_the_checksum_is_krakens_own_example() -> None:
    """The example of Kraken's guide to the checksum of books, version 2."""
    asks = [
        ("45285.2", "0.00100000"),
        ("45286.4", "1.54571953"),
        ("45286.6", "1.54571109"),
        ("45289.6", "1.54560911"),
        ("45290.2", "0.15890660"),
        ("45291.8", "1.54553491"),
        ("45294.7", "0.04454749"),
        ("45296.1", "0.35380000"),
        ("45297.5", "0.09945542"),
        ("45299.5", "0.18772827"),
    ]
    bids = [
        ("45283.5", "0.10000000"),
        ("45283.4", "1.54582015"),
        ("45282.1", "0.10000000"),
        ("45281.0", "0.10000000"),
        ("45280.3", "1.54592586"),
        ("45279.0", "0.07990000"),
        ("45277.6", "0.03310103"),
        ("45277.5", "0.30000000"),
        ("45277.3", "1.54602737"),
        ("45276.6", "0.15445238"),
    ]
    sides = [[(wad_of(Decimal(p)), wad_of(Decimal(q))) for p, q in side] for side in (bids, asks)]
    assert book(sides[0], sides[1]).checksum(10**17, 10**10) == 3310070434


def test_numbers_become_wads_and_no_number_becomes_none() -> None:
    assert wad_of(Decimal("0.9999")) == 9999 * UNIT
    assert wad_of(Decimal(-1)) == -WAD
    assert wad_of(Decimal("0.0000000000000000019")) == 1
    assert wad_of(Decimal("1e-999999")) == 0
    for hostile in ("NaN", "sNaN", "Infinity", "-Infinity", "1e999999", "1e20"):
        assert wad_of(Decimal(hostile)) == NOT_A_NUMBER, hostile


@given(
    st.decimals(allow_nan=False, allow_infinity=False, places=18, min_value=-9999, max_value=9999)
)
def test_a_text_is_read_as_its_decimal_is(number: Decimal) -> None:
    assert wad_of_text(f"{number:f}") == wad_of(number)
    assert wad_of_text(f"{number:.4f}") == wad_of(Decimal(f"{number:.4f}"))


def test_hostile_texts_are_numbers_that_are_none_or_refused() -> None:
    for hostile in ("NaN", "Infinity", "1e999999", "9" * 400):
        assert wad_of_text(hostile) == NOT_A_NUMBER, hostile
    assert wad_of_text("1e-3") == WAD // 1000
    for text in ("", "abc", "0x10", "1.2.3", "--1", "9" * 9000 + "x"):
        with pytest.raises(ValueError, match="no number"):
            wad_of_text(text)
