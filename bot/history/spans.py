"""Stretches of time, half open: what is there already, and what is missing."""

from collections.abc import Iterable

Span = tuple[int, int]  # first moment inside, first moment after


def joined(spans: Iterable[Span]) -> list[Span]:
    """Return the same time in as few spans as can be, in order; empty ones vanish."""
    found: list[Span] = []
    for first, until in sorted(spans):
        if first >= until:
            continue
        if found and first <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], until))
        else:
            found.append((first, until))
    return found


def missing(wanted: Span, there: Iterable[Span]) -> list[Span]:
    """Return what of `wanted` is not covered, in order."""
    found = []
    first, last = wanted
    for start, until in joined(there):
        if start >= last:
            break
        if start > first:
            found.append((first, start))
        first = max(first, until)
    if first < last:
        found.append((first, last))
    return found
