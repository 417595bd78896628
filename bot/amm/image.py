"""Float pictures of pools, for search only: every amount is computed again by the exact pool.

Amounts are whole coins, so that prices stand near one. A pool gives the same pictures of the same
coins every block, a closed one `Shut` in their place: rows of the search arrays keep their owners.
"""

from collections.abc import Sequence

import msgspec


class Shut(msgspec.Struct, frozen=True):
    """Nothing can be traded between these coins now."""

    coins: tuple[int, ...]


class Product(msgspec.Struct, frozen=True):
    """Two reserves whose product stays: `keep` is one less the fee, taken from what comes in."""

    coins: tuple[int, int]
    reserves: tuple[float, float]
    keep: float


class Segments(msgspec.Struct, frozen=True):
    """Liquidity in ranges of the square-root price (second coin per first coin).

    Also the picture of any smooth pair that has no form of its own, cut into ranges.
    """

    coins: tuple[int, int]
    price: float  # square root, now; inside the edges
    edges: Sequence[float]  # square-root prices, rising; beyond the outermost nothing is known
    liquidity: Sequence[float]  # between each two edges
    keep: float


class Stable(msgspec.Struct, frozen=True):
    """ann * sum(x) + d = ann * d + d^(n+1) / (n^n * prod(x)); the fee is taken from what leaves.

    Balances are in the curve's own units; `units` of them make one whole coin (rates of wrapped
    coins), `ann` carries no extra precision. With `fee_on_input` the fee is taken from what comes
    in.
    """

    coins: tuple[int, ...]
    balances: tuple[float, ...]
    units: tuple[float, ...]
    ann: float
    invariant: float
    keep: float
    fee_on_input: bool = False


class Weighted(msgspec.Struct, frozen=True):
    """Two balances under prod(x^w): `weights` add up to any number, only their ratio counts."""

    coins: tuple[int, int]
    balances: tuple[float, float]
    weights: tuple[float, float]
    keep: float


class Rail(msgspec.Struct, frozen=True):
    """One direction at a fixed rate, fee included, up to a cap in coins paid in."""

    coins: tuple[int, int]  # in, out
    rate: float
    cap: float


Image = Shut | Product | Segments | Stable | Weighted | Rail
