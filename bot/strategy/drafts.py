"""From the flows of a whole-market solution to single swaps, sized but not yet in order."""

from collections.abc import Mapping

import msgspec

from bot.amm.pool import Pool
from bot.amm.router import Solution
from bot.domain.units import Raw
from bot.domain.venues import Kind, PoolSpec
from bot.strategy.succession import successor

_DUST = 0.5  # whole coins of the numeraire; a smaller swap is not worth any pool's gas
RAILS = (Kind.LITE_PSM, Kind.MAKER_PSM, Kind.CONVERTER, Kind.GSM, Kind.ERC4626)
_ROOM_IS_WORTH = 1e3  # a rail's price does not move at all: far deeper than its room


class Draft(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A swap that somebody still has to order and to fund."""

    spec: PoolSpec
    pool: Pool  # as the block left it
    i: int
    j: int
    token_in: int  # place among the solution's tokens, as the next
    token_out: int
    size: Raw  # planned, of what goes in
    depth: float  # whole coins more that go in for a price that is one higher


def drafts_of(solution: Solution, pools: Mapping[PoolSpec, Pool]) -> list[Draft]:
    """Return the swaps of every used pool; of more than two coins, at most one fewer than coins."""
    places = {token: place for place, token in enumerate(solution.tokens)}
    found: list[Draft] = []
    for spec, flows in solution.flows.items():
        tokens = [places[token] for token in spec.tokens]
        worth = [flow * solution.prices[at] for flow, at in zip(flows, tokens, strict=True)]
        found += _UsedPool(spec, pools[spec], tokens, solution.depths[spec]).drafts(flows, worth)
    return found


def depth_of_rail(pool: Pool, i: int, j: int, size: Raw) -> float:
    """Return how deep a rail is that takes `size`, either way, before it is at an end."""
    room = max(min(size, pool.max_in(i, j) - size), 0)
    return _ROOM_IS_WORTH * float(room / 10 ** pool.spec.tokens[i].decimals)


class _UsedPool:
    """One pool, and the pieces that its flows are cut into."""

    def __init__(
        self, spec: PoolSpec, pool: Pool, tokens: list[int], depths: tuple[float, ...]
    ) -> None:
        self._spec, self._pool, self._tokens, self._depths = spec, pool, tokens, depths

    def drafts(self, flows: tuple[float, ...], worth: list[float]) -> list[Draft]:
        """Return the pool's swaps, biggest coins first; none where all is dust."""
        coins = range(len(flows))
        ins = sorted((k for k in coins if worth[k] < -_DUST), key=worth.__getitem__)
        outs = sorted((k for k in coins if worth[k] > 0), key=worth.__getitem__, reverse=True)
        if not ins or not outs:
            return []
        if self._spec.base is not None:  # one curve behind every pair: they cannot all be used
            return [self._biggest(ins, outs, flows, worth)]
        if len(ins) == len(outs) == 1:
            return [self._draft(ins[0], outs[0], self._raw(ins[0], -flows[ins[0]]))]
        pairs = _corner(ins, outs, worth)
        return self._in_sequence(pairs, flows)

    def _biggest(
        self, ins: list[int], outs: list[int], flows: tuple[float, ...], worth: list[float]
    ) -> Draft:
        """Return the swap between the biggest coins; of several outputs it buys its part."""
        part = worth[outs[0]] / sum(worth[j] for j in outs)
        return self._draft(ins[0], outs[0], self._raw(ins[0], -flows[ins[0]] * part))

    def _in_sequence(self, pairs: list[tuple[int, int]], flows: tuple[float, ...]) -> list[Draft]:
        """Size the swaps so that one after the other they pay what was planned."""
        state, drafts = self._pool, []
        left = {i: self._raw(i, -flows[i]) for i, _ in pairs}
        want = {j: self._raw(j, flows[j]) for _, j in pairs}
        for at, (i, j) in enumerate(pairs):
            size = left[i]
            if any(i == later for later, _ in pairs[at + 1 :]):
                size = min(state.amount_in(i, j, want[j]), size) if want[j] > 0 else Raw(0)
            received = state.amount_out(i, j, size) if size > 0 else Raw(0)
            if received <= 0:
                continue
            left[i], want[j] = Raw(left[i] - size), Raw(want[j] - received)
            drafts.append(self._draft(i, j, size))
            if at + 1 < len(pairs):
                state = successor(state, i, j, size)
        return drafts

    def _draft(self, i: int, j: int, size: Raw) -> Draft:
        return Draft(
            spec=self._spec,
            pool=self._pool,
            i=i,
            j=j,
            token_in=self._tokens[i],
            token_out=self._tokens[j],
            size=size,
            depth=depth_of_rail(self._pool, i, j, size)
            if self._spec.kind in RAILS
            else self._depths[i],
        )

    def _raw(self, coin: int, coins: float) -> Raw:
        return Raw(int(coins * 10 ** self._spec.tokens[coin].decimals))


def _corner(ins: list[int], outs: list[int], worth: list[float]) -> list[tuple[int, int]]:
    """Return which coins to swap into which: the north-west corner rule of transport problems."""
    paid, got = -sum(worth[i] for i in ins), sum(worth[j] for j in outs)
    pairs, a, b = [], 0, 0
    left, want = -worth[ins[0]] / paid, worth[outs[0]] / got
    while True:
        part = min(left, want)
        if part * paid > _DUST:
            pairs.append((ins[a], outs[b]))
        left, want = left - part, want - part
        if left <= want:
            a += 1
            if a == len(ins):
                return pairs
            left = -worth[ins[a]] / paid
        else:
            b += 1
            if b == len(outs):
                return pairs
            want = worth[outs[b]] / got
