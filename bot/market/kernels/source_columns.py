"""What stands where in the arrays that the consensus' kernels read and write."""

from typing import NamedTuple

import numpy as np
from numba.extending import register_jitable
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
    ready: Ints  # 1: it may be used
    seen: Ints  # nanoseconds, ours
    limit: Ints  # nanoseconds that it is believed for
    moved: Ints  # when it last said another price, ours
    shown: Ints  # 1: it also says something about its quote
    low: Ints  # the quote's number among the hubs
    said: Floats  # log of quote currency per base
    votes: Floats
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


class Sheets(NamedTuple):
    """The columns in as few arrays as they fit in: each that a kernel is handed costs a call 1 us.

    `columns_in` tells which row of a sheet is which column.
    """

    row_ints: Ints
    row_floats: Floats
    nodes: Ints


class AnswerSheets(NamedTuple):
    """The answer in as few arrays; `answer_in` tells what is where."""

    nodes: Floats
    rows: Floats
    states: Ints
    changed: Ints


@register_jitable
def columns_in(sheets: Sheets) -> Columns:
    """Return the columns that are written on sheets; what changes here changes there."""
    ints, floats, nodes = sheets
    return Columns(
        ints[0],
        ints[1],
        ints[2],
        ints[3],
        ints[4],
        ints[5],
        ints[6],
        ints[7],
        ints[8],
        ints[9],
        floats[0],
        floats[1],
        nodes[0],
        nodes[1],
    )


@register_jitable
def answer_in(sheets: AnswerSheets) -> Answer:
    """Return the answer that is written on sheets; what changes here changes there."""
    nodes, rows, states, changed = sheets
    return Answer(nodes[0], nodes[1], rows[0], states, rows[1], rows[2], rows[3], changed)


def sheets_of(columns: Columns) -> Sheets:
    """Return copies of columns, on sheets."""
    return Sheets(np.array(columns[:10]), np.array(columns[10:12]), np.array(columns[12:]))


def empty_answer(columns: Columns) -> AnswerSheets:
    """Return room for an answer about these columns; nothing is known yet."""
    nodes, rows = columns.hub.size, columns.base.size
    sheets = AnswerSheets(
        nodes=np.zeros((2, nodes)),
        rows=np.zeros((4, rows)),
        states=np.full(rows, -1, dtype=np.int64),
        changed=np.zeros(nodes, dtype=np.int64),
    )
    answer = answer_in(sheets)
    for unheard in (answer.price, answer.of_quote, answer.of_base):
        unheard[:] = -1.0
    return sheets
