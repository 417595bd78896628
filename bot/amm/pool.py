"""What every pool snapshot offers to routing and sizing."""

from typing import Protocol

from bot.domain.units import Raw
from bot.domain.venues import PoolSpec


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

    def max_in(self, i: int, j: int) -> Raw:
        """Return the largest input the pool can take whole; zero when this direction is closed."""

    def marginal_rate(self, i: int, j: int) -> float:
        """Return d out / d in at size zero after fees, in base units; only for filters."""
