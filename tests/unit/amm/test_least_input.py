from bisect import bisect_left
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.amm.least_input import least_input


def root(size: int) -> int:
    return int(size**0.5 * 1_000)


def steps(size: int) -> int:
    return size // 997


def saturated(size: int) -> int:
    return size * 10**12 // (size + 10**9)


@pytest.mark.parametrize("quote", [root, steps, saturated])
@given(wanted=st.integers(1, 10**7), guess=st.floats(1e-12, 1e12))
def test_least_input_is_where_a_plain_search_ends(
    quote: Callable[[int], int], wanted: int, guess: float
) -> None:
    limit = 10**11
    expected = bisect_left(range(limit + 1), wanted, key=quote)
    assert least_input(quote, wanted, limit, guess) == (expected if expected <= limit else 0)


def test_far_answers_take_few_quotes() -> None:
    asked: list[int] = []

    def quote(size: int) -> int:
        asked.append(size)
        return saturated(size)

    assert least_input(quote, 9 * 10**11, 10**30, 1_000.0) == 9 * 10**9
    assert len(asked) < 60


@pytest.mark.parametrize(("wanted", "limit"), [(0, 100), (-1, 100), (5, 0), (101, 100)])
def test_nothing_wanted_or_nothing_to_be_had_is_zero(wanted: int, limit: int) -> None:
    assert least_input(lambda size: size, wanted, limit, 1.0) == 0
