"""Which pools to look for beside those of the table."""

from typing import Annotated

import msgspec

Count = Annotated[int, msgspec.Meta(ge=0)]


class WantedPools(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Pools that the factories have made of some tokens; none while no tokens are named."""

    tokens: tuple[str, ...] = ()  # symbols of the table of tokens
    uniswap_v2: bool = True  # and the two forks of it that the executor knows
    uniswap_v3_fees: tuple[Count, ...] = (100, 500, 3_000)  # pips
    uniswap_v4_keys: tuple[tuple[Count, Count], ...] = ((10, 1), (100, 1), (500, 10))
    curve_ng: bool = True
    least_depth: Annotated[float, msgspec.Meta(ge=0)] = 10_000.0  # whole coins, of one direction
    most_pools: Count = 50  # the deepest
