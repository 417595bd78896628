"""Round trips over the asset graph: tokens are nodes, coins of a pool are edges."""

from collections.abc import Iterator, Sequence

import msgspec

from bot.domain.assets import Token
from bot.domain.venues import PoolSpec


class Hop(msgspec.Struct, frozen=True, kw_only=True):
    """One directed edge: coin `i` of `pool` into coin `j`."""

    pool: PoolSpec
    i: int
    j: int


class Cycle(msgspec.Struct, frozen=True, kw_only=True):
    """A closed path that starts and ends in `token` and visits no pool and no token twice."""

    token: Token
    hops: tuple[Hop, ...]

    @property
    def route(self) -> str:
        """The tokens and pools in order, for people."""
        steps = (f" -[{hop.pool.name}]-> {hop.pool.tokens[hop.j].symbol}" for hop in self.hops)
        return self.token.symbol + "".join(steps)


def find_cycles(pools: Sequence[PoolSpec], max_legs: int) -> tuple[Cycle, ...]:
    """Return every cycle of two to `max_legs` hops, once per starting token, in a fixed order.

    A pool is used once: its state after the first swap is not the snapshot's any more.
    """
    edges: dict[Token, list[Hop]] = {}
    for pool in pools:
        for i, token in enumerate(pool.tokens):
            hops = [Hop(pool=pool, i=i, j=j) for j in range(len(pool.tokens)) if j != i]
            edges.setdefault(token, []).extend(hops)
    return tuple(
        Cycle(token=token, hops=hops)
        for token in edges
        for hops in _walk(edges, token, (), max_legs)
    )


def _walk(
    edges: dict[Token, list[Hop]], start: Token, path: tuple[Hop, ...], max_legs: int
) -> Iterator[tuple[Hop, ...]]:
    here = path[-1].pool.tokens[path[-1].j] if path else start
    visited = {hop.pool.tokens[hop.j] for hop in path}
    used = {hop.pool.address for hop in path}
    for hop in edges[here]:
        there = hop.pool.tokens[hop.j]
        if hop.pool.address in used or there in visited:
            continue
        extended = (*path, hop)
        if there == start:
            if path:
                yield extended
        elif len(extended) < max_legs:
            yield from _walk(edges, start, extended, max_legs)
