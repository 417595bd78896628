"""Which depeg of the catalogue a detected one is: an event must count once."""

from collections.abc import Iterable

from bot.domain.past_depegs import PastDepeg
from bot.domain.units import Nanos
from bot.history.catalogue_rows import NANOS_PER_HOUR

_SLACK = 24 * NANOS_PER_HOUR  # the catalogue begins at 50 bps, or on the day of the first report
_TO_THE_DAY = len("2022-06-13")


def same_event(seen: PastDepeg, known: Iterable[PastDepeg]) -> str:
    """Return the id of the known depeg of this coin and side that overlaps most; else nothing."""
    overlaps = (
        (_overlap(seen, other), other.id)
        for other in known
        if other.asset.upper() == seen.asset.upper() and other.side is seen.side
    )
    longest, name = max(overlaps, default=(0, ""))
    return name if longest > 0 else ""


def _overlap(seen: PastDepeg, known: PastDepeg) -> int:
    """Return for how long both lasted, in nanoseconds; below zero: they are apart."""
    first, last = _span(seen)
    texts = (known.facts.start, known.facts.trough)
    if first is None or all(len(text) < _TO_THE_DAY for text in texts):
        return -1
    known_first, known_last = _span(known)
    if known_first is None:
        return -1
    return min(last, known_last + _SLACK) - max(first, known_first - _SLACK)


def _span(depeg: PastDepeg) -> tuple[Nanos | None, int]:
    first = depeg.began
    return first, max(first or 0, depeg.trough_at or 0, depeg.end or 0)
