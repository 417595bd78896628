"""The order of a program's swaps, and which tokens must be advanced for it to run.

A swap can run once its token is all there. Where swaps form circles, somebody advances: a lender
lends a token, so that its swaps wait for nothing; or a Uniswap pool of the program pays out first
and is paid at the end, so that what it pays for waits for nothing. The second needs no lender.
"""

from collections.abc import Iterator, Sequence
from functools import reduce
from heapq import heappop, heappush
from itertools import pairwise
from operator import or_

import msgspec

from bot.domain.venues import PoolSpec, Venue
from bot.strategy.drafts import Draft

# Gas of an advance above the same swaps without one, for choosing.
_LENT = 35_000
_LENT_NUMERAIRE = 34_000  # of equal ones this is the one that lenders have most of
_AHEAD = 6_000
_MOST_TRIED = 400
_PANCAKE = 2  # the executor's flash swaps do not name its pairs


class Shape(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One way to run the swaps; everything by place."""

    ahead: tuple[int, ...]  # flash swaps: they pay before the first step and are paid at the end
    order: tuple[int, ...]  # the others
    lent: tuple[int, ...]  # tokens


def pays_first(spec: PoolSpec) -> bool:
    """Return whether a swap in the pool can be the first step and be paid for last."""
    is_pair = spec.venue is Venue.UNISWAP_V2
    return spec.venue is Venue.UNISWAP_V3 or (is_pair and spec.factory != _PANCAKE)


def shapes_of(
    drafts: Sequence[Draft], numeraire: int, absorbing: frozenset[int]
) -> Iterator[Shape]:
    """Yield ways to run `drafts`, cheapest first; none that advances more than it must.

    Of the swaps out of one token those in `absorbing` come last: they take what is left. Circles
    are broken one after the other, each in every way, the cheapest choice so far first.
    """
    open_ends: list[tuple[int, int, frozenset[int], frozenset[int]]] = []
    heappush(open_ends, (0, 0, frozenset(), frozenset()))
    seen = {(frozenset[int](), frozenset[int]())}
    for _ in range(_MOST_TRIED):
        if not open_ends:
            return
        cost, _, lent, ahead = heappop(open_ends)
        ranks, circle = _ranked(drafts, lent, ahead)
        if not circle:
            order = _ordered(drafts, ranks, ahead, absorbing)
            yield Shape(ahead=tuple(sorted(ahead)), order=order, lent=tuple(sorted(lent)))
            continue
        for dearer, token, swaps in _ways(drafts, circle, ahead, numeraire):
            choice = (lent | token, ahead | swaps)
            if choice not in seen:
                seen.add(choice)
                heappush(open_ends, (cost + dearer, len(seen), *choice))


def _ways(
    drafts: Sequence[Draft], circle: list[int], ahead: frozenset[int], numeraire: int
) -> Iterator[tuple[int, frozenset[int], frozenset[int]]]:
    """Yield what breaks the circle and its gas: a lent token, or all swaps of an arc run ahead."""
    for token in circle:
        gas = _LENT_NUMERAIRE if token == numeraire else _LENT
        yield gas, frozenset((token,)), frozenset()
    for paid, received in pairwise([*circle, circle[0]]):
        swaps = frozenset(
            at
            for at, draft in enumerate(drafts)
            if (draft.token_in, draft.token_out) == (paid, received) and at not in ahead
        )
        if all(pays_first(drafts[at].spec) for at in swaps):
            yield _AHEAD * len(swaps), frozenset(), swaps


def _ranked(
    drafts: Sequence[Draft], lent: frozenset[int], ahead: frozenset[int]
) -> tuple[dict[int, int], list[int]]:
    """Return the rank of every token that waits for others, and a circle that has none if any."""
    waits: dict[int, int] = {}  # tokens that must be spent before, as bits
    for at, draft in enumerate(drafts):
        paid, received = draft.token_in, draft.token_out
        if paid not in lent:
            waits.setdefault(paid, 0)
        if received not in lent:
            waits.setdefault(received, 0)
            if at not in ahead and paid not in lent:
                waits[received] |= 1 << paid
    ranks: dict[int, int] = {}
    while waits:
        still = reduce(or_, (1 << token for token in waits))
        ready = [token for token, on in waits.items() if not on & still]
        if not ready:
            return ranks, _circle({token: on & still for token, on in waits.items()})
        for token in ready:
            ranks[token] = len(ranks)
            del waits[token]
    return ranks, []


def _circle(waits: dict[int, int]) -> list[int]:
    """Return tokens each of which waits for the one before, the first for the last; a pair if any.

    Everybody waits for somebody here.
    """
    for token, on in waits.items():
        for other, too in waits.items():
            if on >> other & 1 and too >> token & 1:
                return [other, token]
    path = [next(iter(waits))]
    while True:
        before = (waits[path[-1]] & -waits[path[-1]]).bit_length() - 1
        if before in path:
            return path[path.index(before) :][::-1]
        path.append(before)


def _ordered(
    drafts: Sequence[Draft],
    ranks: dict[int, int],
    ahead: frozenset[int],
    absorbing: frozenset[int],
) -> tuple[int, ...]:
    """Return swaps out of lent tokens just before what they pay for is needed, the rest by rank."""
    end = len(ranks)

    def when(at: int) -> tuple[int, bool, bool]:
        paid, received = drafts[at].token_in, drafts[at].token_out
        lent = paid not in ranks
        return ranks.get(received if lent else paid, end), not lent, at in absorbing

    return tuple(sorted((at for at in range(len(drafts)) if at not in ahead), key=when))
