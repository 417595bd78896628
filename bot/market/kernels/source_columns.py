"""What stands where in the arrays that the consensus' kernels read and write."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Kinds of row. PAR is no source: what a coin should be worth, to decide between even halves.
CEX, DEX, ORACLE, REDEMPTION, PAR = range(5)

# What became of a row.
USED, SILENT, STALE, OUTLIER, FROZEN = range(5)


class Columns(NamedTuple):
    """All sources, one row each, those of one base together; `hub` and `home` by node.

    Node 0 is the dollar. Hubs are what anything is quoted in, and every coin's par currency.
    """

    base: Ints  # node
    quote: Ints  # node
    venue: Ints
    kind: Ints
    said: Floats  # log of quote currency per base
    votes: Floats
    ready: Ints  # 1: it may be used
    seen: Ints  # nanoseconds, ours
    limit: Ints  # nanoseconds that it is believed for
    moved: Ints  # when it last said another price, ours
    shown: Ints  # 1: it also says something about its quote
    low: Ints  # the quote's number among the hubs
    hub: Ints  # its number among the hubs, the dollar's 0; -1: none
    home: Ints  # node of its par currency; -1: nobody speaks of that


class Rules(NamedTuple):
    """When sources are doubted."""

    outlier: float  # log price
    frozen: float  # log price
    patience: int  # nanoseconds


class Answer(NamedTuple):
    """Written by `solve_consensus`, and read again to see what changed."""

    x: Floats  # by node: log price in dollars
    price: Floats  # by node: in its par currency; not a number where nothing ties it to that
    used: Floats  # by row: votes that count
    state: Ints  # by row
    gaps: Floats  # by row: from the first solution, before anything is doubted; below 0: no price
    of_quote: Floats  # by row: price of the quote in the base's par currency, without the base
    of_base: (
        Floats  # by row, where shown: price of the base in the quote's par currency, without it
    )
    changed: Ints  # by node: 1 where anything above is not what it was
