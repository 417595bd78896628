"""A pool as it will be: after a swap of the same plan, or in the block that the plan is for."""

from typing import Protocol, Self, cast

from bot.amm.pool import Pool
from bot.domain.units import Raw


class Successive(Pool, Protocol):
    """A pool that knows the state a swap leaves behind."""

    def after(self, i: int, j: int, amount_in: Raw) -> Self:
        """Return the exact state after that swap, fees included."""


class Ageing(Pool, Protocol):
    """A pool whose parameters move with time."""

    def at(self, timestamp_s: int) -> Self:
        """Return the same balances as a block of that time finds them; itself if nothing moves."""


def successor(pool: Pool, i: int, j: int, amount_in: Raw) -> Pool:
    """Return `pool` after a swap; one that cannot tell is used once per plan, so stays itself."""
    return cast("Successive", pool).after(i, j, amount_in) if hasattr(pool, "after") else pool


def as_of(pool: Pool, timestamp_s: int) -> Pool:
    """Return `pool` as a block of that time finds it."""
    return cast("Ageing", pool).at(timestamp_s) if hasattr(pool, "at") else pool
