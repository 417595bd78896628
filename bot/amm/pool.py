"""What every pool snapshot offers to routing and sizing."""

from enum import Enum
from typing import Protocol

import msgspec

from bot.amm.image import Image
from bot.domain.units import Raw
from bot.domain.venues import PoolSpec


class Closed(Enum):
    """Why a direction takes nothing."""

    EMPTY = "a coin is missing"
    HALTED = "its fee is set to halt"
    PAUSED = "paused"
    KILLED = "killed"
    FROZEN = "frozen or seized"
    CAPPED = "at its cap"
    UNSOLVED = "its contract does not settle on an invariant"


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How far one direction goes: nothing where it is closed."""

    max_in: Raw  # taken whole
    max_out: Raw  # paid for `max_in`
    closed: Closed | None = None


class Pool(Protocol):
    """A pool as it stood at `block`. `i` and `j` are coin positions in `spec.tokens`."""

    @property
    def spec(self) -> PoolSpec:
        """Where the pool is, and its tokens."""

    @property
    def block(self) -> int:
        """Number of the block whose end state this is."""

    def amount_out(self, i: int, j: int, amount_in: Raw) -> Raw:
        """Return exactly what a swap executed on this state pays, to the base unit.

        Zero when the pool cannot take all of `amount_in` (cap, halt, end of liquidity) or pays
        nothing.
        """

    def amount_in(self, i: int, j: int, amount_out: Raw) -> Raw:
        """Return what must be paid in to get `amount_out`.

        Where the protocol sells exact outputs, its own price for it; elsewhere the least input
        whose output is at least that. Zero where nothing buys it.
        """

    def max_in(self, i: int, j: int) -> Raw:
        """Return the largest input the pool can take whole; zero when this direction is closed."""

    def limits(self, i: int, j: int) -> Limits:
        """Return how far this direction goes, and why not further where it is closed."""

    def marginal_rate(self, i: int, j: int) -> float:
        """Return d out / d in at size zero after fees, in base units; only for filters."""

    def images(self) -> tuple[Image, ...]:
        """Return the pool as the search sees it; always of the same coins in the same order."""
