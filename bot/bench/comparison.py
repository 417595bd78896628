"""What the exactness benchmark is made of: pairs of answers, ours and the chain's."""

from collections.abc import Callable, Iterator
from enum import Enum

import msgspec

from bot.domain.venues import Kind

Pair = tuple[int, int]  # ours, the chain's; both zero where both refuse


class Source(Enum):
    """Who gave the chain's answer."""

    BYTECODE = "the protocol's own bytecode"
    STAND_IN = "a stand-in of this project"
    RECORDED = "values recorded from mainnet"


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """One way to check one kind of pool.

    `pairs(points, seed)` yields that many pairs from random states and sizes; recorded values are
    as many as there are.
    """

    kind: Kind
    name: str  # what is compared, such as "exchange, four coins"
    source: Source
    pairs: Callable[[int, int], Iterator[Pair]]
