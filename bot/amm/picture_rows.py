"""Pictures of pools as rows of numbers, the form in which kernels read them."""

from collections.abc import Sequence
from math import exp, isfinite, log, nan, sqrt
from typing import TypeVar

import msgspec
import numpy as np

from bot.amm.image import Image, Product, Rail, Segments, Shut, Stable, Weighted
from bot.amm.kernels import row_layout as at
from bot.amm.kernels.row_layout import Floats, Places, Rows
from bot.amm.kernels.row_writing import measure_segments

_MOST_COINS_PAID = 1e11  # a rail without a cap: more than there is of any token we trade
_RAIL_SCALE = 1e7  # whole coins over which a rail's kink is smoothed, where its cap is wider
_Array = TypeVar("_Array", Places, Floats)
_NOBODY = np.zeros(0, np.int64)


class _Edges(msgspec.Struct):
    """What a row's segments hold now, and where they are."""

    start: int
    room: int
    edges: Sequence[float] = ()
    liquidity: Sequence[float] = ()


class PictureRows:
    """The arrays. A row is written again whenever its picture changes; edges only if they do."""

    def __init__(self) -> None:
        self.coins: list[tuple[int, ...]] = []  # by row: places in the pool's tokens
        self._places = np.zeros((0, at.PLACES_WIDTH), np.int64)
        self._numbers = np.zeros((0, at.NUMBERS_WIDTH))
        self._memory = np.zeros((0, at.MEMORY_WIDTH))
        self._segments = np.zeros((0, at.SEGMENTS_WIDTH))
        self._edges: dict[int, _Edges] = {}
        self._count = 0  # rows in use; the arrays are longer
        self._edge_count = 0
        self._shown: Rows | None = None  # until an array is another one

    def view(self, chosen: Places | None = None) -> Rows:
        """Return the arrays themselves and the rows that take part: all of them by default."""
        if self._shown is None:
            count = self._count
            self._shown = Rows(
                self._places[:count],
                self._numbers[:count],
                self._segments,
                self._memory[:count],
                np.arange(count),
            )
        shown = self._shown
        if chosen is None:
            return shown
        return Rows(shown.places, shown.numbers, shown.segments, shown.memory, chosen)

    def forget(self) -> None:
        """Drop what the search has learnt about the rows."""
        self._memory[:, at.USED] = 0.0
        self._memory[:, at.TAU] = nan

    def add(self, image: Image, owner: int, tokens: Sequence[int]) -> int:
        """Return a new row of pool `owner` for pictures like `image`, of these tokens; shut yet.

        Raises:
            ValueError: the pool has more coins than a row has places.
        """
        if len(image.coins) > at.MOST_COINS:
            raise ValueError(f"{len(image.coins)} coins, a row has {at.MOST_COINS} places")
        self.coins.append(image.coins)
        row, self._count, self._shown = self._count, self._count + 1, None
        self._places = _long_enough(self._places, self._count)
        self._numbers = _long_enough(self._numbers, self._count)
        self._memory = _long_enough(self._memory, self._count)
        self._memory[row] = (0.0, nan)
        ends = [tokens[coin] for coin in image.coins]
        self._places[row, : at.TOKENS] = (at.SHUT, len(ends), owner, 0, 0, 0)
        self._places[row, at.TOKENS : at.TOKENS + len(ends)] = ends
        return row

    def kind(self, row: int) -> int:
        """Return what the row shows now."""
        return int(self._places[row, at.KIND])

    def shut(self, row: int) -> None:
        """Take the row out of the market."""
        self._places[row, at.KIND] = at.SHUT

    def write(self, row: int, image: Image) -> None:
        """Let the row show `image`, which is of the same coins as the one it was added for.

        A picture with a number that is none is shut: it would spoil the prices of all others.
        """
        numbers = self._numbers[row]
        if isinstance(image, Segments):
            self._write_segments(row, image)
        elif isinstance(image, Stable):
            self._places[row, at.KIND] = at.STABLE
            _write_stable(numbers, image)
        elif isinstance(image, Product):
            self._places[row, at.KIND] = at.PRODUCT
            root = sqrt(image.reserves[1] / image.reserves[0])
            numbers[: at.DEPTH + 1] = (image.keep, root, image.reserves[0] * root)
        elif isinstance(image, Weighted):
            self._places[row, at.KIND] = at.WEIGHTED
            share = image.weights[0] / sum(image.weights)
            numbers[: at.SHARE + 1] = (image.keep, *image.balances, share)
        elif isinstance(image, Rail):
            self._places[row, at.KIND] = at.RAIL
            cap = min(image.cap, _MOST_COINS_PAID)
            numbers[: at.SCALE + 1] = (1.0, image.rate, cap, min(cap, _RAIL_SCALE))
            self._memory[row, at.USED] = min(self._memory[row, at.USED], cap)
        if isinstance(image, Shut) or not isfinite(numbers.sum()):
            self.shut(row)

    def _write_segments(self, row: int, image: Segments) -> None:
        held = self._edges.get(row)
        if held is None or held.room < len(image.edges):
            held = self._edges[row] = self._room_for(len(image.edges))
        # Edges stay the same objects while a pool's ticks do not change.
        if held.edges is not image.edges or held.liquidity is not image.liquidity:
            held.edges, held.liquidity = image.edges, image.liquidity
            rows = slice(held.start, held.start + len(image.edges))
            self._segments[rows, at.EDGE] = image.edges
            self._segments[rows, at.LIQUIDITY] = (*image.liquidity, 0.0)
        end = held.start + len(image.edges) - 1
        self._places[row, at.KIND] = at.SEGMENTS
        self._places[row, at.LOWEST : at.HIGHEST + 1] = (held.start, end)
        self._numbers[row, : at.ROOT + 1] = (image.keep, image.price)
        measure_segments(self.view(_NOBODY), row)

    def _room_for(self, edges: int) -> _Edges:
        start, room = self._edge_count, edges + edges // 4
        self._edge_count += room
        self._segments, self._shown = _long_enough(self._segments, self._edge_count), None
        return _Edges(start, room)


def _write_stable(numbers: Floats, image: Stable) -> None:
    coins = len(image.coins)
    log_c = (coins + 1) * log(image.invariant) - coins * log(coins)
    k0 = exp(log_c - sum(map(log, image.balances)))
    scales = (1.0 / image.keep, 1.0) if image.fee_on_input else (1.0, image.keep)
    numbers[: at.BALANCES] = (image.keep, image.ann, image.invariant, log_c, k0, *scales)
    numbers[at.BALANCES : at.BALANCES + coins] = image.balances
    numbers[at.WHOLES : at.WHOLES + coins] = [1.0 / units for units in image.units]


def _long_enough(array: _Array, count: int) -> _Array:
    """Return `array` if it has `count` rows, else a copy twice as long."""
    if count <= len(array):
        return array
    longer = np.zeros((2 * count, array.shape[1]), array.dtype)
    longer[: len(array)] = array
    return longer
