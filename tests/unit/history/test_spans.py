from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bot.history.spans import Span, joined, missing

MOMENTS = st.integers(0, 60)
SPANS = st.lists(st.tuples(MOMENTS, MOMENTS), max_size=8)


def moments(spans: list[Span]) -> set[int]:
    return {moment for first, until in spans for moment in range(first, until)}


@given(SPANS)
def test_joining_keeps_exactly_the_same_time_in_spans_that_do_not_touch(spans: list[Span]) -> None:
    found = joined(spans)
    assert moments(found) == moments(spans)
    assert all(one[1] < other[0] for one, other in pairwise(found))


@given(MOMENTS, MOMENTS, SPANS)
def test_what_is_missing_is_what_is_wanted_and_not_there(
    first: int, until: int, there: list[Span]
) -> None:
    found = missing((first, until), there)
    assert moments(found) == moments([(first, until)]) - moments(there)
    assert found == joined(found)
