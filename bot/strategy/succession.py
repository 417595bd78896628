"""Pools that one plan uses more than once: what they are after a swap."""

from typing import Protocol, Self, cast

from bot.amm.pool import Pool
from bot.domain.units import Raw


class Successive(Pool, Protocol):
    """A pool that knows the state a swap leaves behind."""

    def after(self, i: int, j: int, amount_in: Raw) -> Self:
        """Return the exact state after that swap, fees included."""


def successor(pool: Pool, i: int, j: int, amount_in: Raw) -> Pool:
    """Return `pool` after a swap; one that cannot tell is used once per plan, so stays itself."""
    return cast("Successive", pool).after(i, j, amount_in) if hasattr(pool, "after") else pool
