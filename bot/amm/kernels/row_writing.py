"""Fills the parts of a row that follow from others."""

from bot.amm.kernels.compiling import entry
from bot.amm.kernels.pair_responses import segment_of
from bot.amm.kernels.row_layout import (
    CURRENT,
    EDGE,
    HIGHEST,
    LIQUIDITY,
    LOWEST,
    MOVED_FIRST,
    MOVED_SECOND,
    ROOT,
    Rows,
)


@entry
def measure_segments(rows: Rows, row: int) -> None:
    """Find the segment of the row's price and add up what a swap to every edge moves.

    Sums start at the price, so that none is the small difference of two large ones.
    """
    segments, root = rows.segments, rows.numbers[row, ROOT]
    lowest, highest = rows.places[row, LOWEST], rows.places[row, HIGHEST]
    current = segment_of(segments, lowest, highest, root)
    rows.places[row, CURRENT] = current
    near, first, second = root, 0.0, 0.0
    for at in range(current, lowest - 1, -1):
        edge, liquidity = segments[at, EDGE], segments[at, LIQUIDITY]
        first += liquidity * (near - edge) / (near * edge)
        second += liquidity * (near - edge)
        segments[at, MOVED_FIRST], segments[at, MOVED_SECOND] = first, second
        near = edge
    near, first, second = root, 0.0, 0.0
    for at in range(current + 1, highest + 1):
        edge, liquidity = segments[at, EDGE], segments[at - 1, LIQUIDITY]
        first += liquidity * (edge - near) / (near * edge)
        second += liquidity * (edge - near)
        segments[at, MOVED_FIRST], segments[at, MOVED_SECOND] = first, second
        near = edge
