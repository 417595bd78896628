"""What must be advanced so that swaps that pay for each other in circles can run at all.

A lender lends a token, so that its swaps wait for nothing; or a Uniswap pool of the program pays
out first and is paid at the end, so that what it pays for waits for nothing. The second needs no
lender. Finding the fewest is the feedback vertex set problem, small enough here to search.
"""

from collections.abc import Iterator, Sequence
from heapq import heappop, heappush
from itertools import pairwise

import msgspec

from bot.domain.venues import PoolSpec, Venue
from bot.strategy.drafts import Draft

Choice = tuple[frozenset[int], frozenset[int]]  # tokens lent, swaps run ahead

# Gas of an advance above the same swaps without one, for choosing.
_LENT = 35_000
_LENT_NUMERAIRE = 34_000  # of equal ones this is the one that lenders have most of
_AHEAD = 6_000
_MOST_AHEAD = 2
_MOST_TRIED = 150  # then what was not found is guessed
_PANCAKE = 2  # the executor's flash swaps do not name its pairs


class Arc(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """All swaps from one token into another."""

    paid: int
    received: int
    swaps: frozenset[int]
    may_lead: bool  # whether all of them can pay before they are paid


def pays_first(spec: PoolSpec) -> bool:
    """Return whether a swap in the pool can be the first step and be paid for last."""
    is_pair = spec.venue is Venue.UNISWAP_V2
    return spec.venue is Venue.UNISWAP_V3 or (is_pair and spec.factory != _PANCAKE)


def arcs_of(drafts: Sequence[Draft]) -> list[Arc]:
    """Return the drafts by what they pay and receive."""
    swaps: dict[tuple[int, int], list[int]] = {}
    for at, draft in enumerate(drafts):
        swaps.setdefault((draft.token_in, draft.token_out), []).append(at)
    return [
        Arc(
            paid=paid,
            received=received,
            swaps=frozenset(places),
            may_lead=len(places) <= _MOST_AHEAD
            and all(pays_first(drafts[at].spec) for at in places),
        )
        for (paid, received), places in swaps.items()
    ]


def choices_of(arcs: Sequence[Arc], numeraire: int) -> Iterator[Choice]:
    """Yield what could be advanced, cheapest first.

    Circles are broken one after the other, each in every way, the cheapest choice so far first.
    Where that takes too long, tokens are lent that most circles are likely to run through.
    """
    open_ends: list[tuple[int, int, frozenset[int], frozenset[int]]] = []
    heappush(open_ends, (0, 0, frozenset(), frozenset()))
    seen: set[Choice] = {(frozenset(), frozenset())}
    for _ in range(_MOST_TRIED):
        if not open_ends:
            return
        cost, _, lent, ahead = heappop(open_ends)
        circle = ranked(arcs, lent, ahead)[1]
        if not circle:
            yield lent, ahead
            continue
        for dearer, tokens, swaps in _ways(arcs, circle, numeraire):
            choice = (lent | tokens, ahead | swaps)
            if choice not in seen and len(choice[1]) <= _MOST_AHEAD:
                seen.add(choice)
                heappush(open_ends, (cost + dearer, len(seen), *choice))
    yield from _guesses(arcs, numeraire)


def ranked(
    arcs: Sequence[Arc], lent: frozenset[int], ahead: frozenset[int]
) -> tuple[dict[int, int], list[int]]:
    """Return the rank of every token that may wait for others, and a circle where there is one."""
    waits: dict[int, int] = {}  # tokens that must be spent before, as bits
    for arc in arcs:
        if arc.paid not in lent:
            waits.setdefault(arc.paid, 0)
        if arc.received not in lent:
            waits.setdefault(arc.received, 0)
            if arc.paid not in lent and not arc.swaps <= ahead:
                waits[arc.received] |= 1 << arc.paid
    ranks: dict[int, int] = {}
    still = sum(1 << token for token in waits)
    while still:
        ready = [token for token, on in waits.items() if still >> token & 1 and not on & still]
        if not ready:
            return ranks, _circle({t: on & still for t, on in waits.items() if still >> t & 1})
        for token in ready:
            ranks[token] = len(ranks)
            still ^= 1 << token
    return ranks, []


def _ways(
    arcs: Sequence[Arc], circle: list[int], numeraire: int
) -> Iterator[tuple[int, frozenset[int], frozenset[int]]]:
    """Yield what breaks the circle and its gas: a lent token, or all swaps of an arc run ahead."""
    for token in circle:
        gas = _LENT_NUMERAIRE if token == numeraire else _LENT
        yield gas, frozenset((token,)), frozenset()
    on_circle = set(pairwise([*circle, circle[0]]))
    for arc in arcs:
        if arc.may_lead and (arc.paid, arc.received) in on_circle:
            yield _AHEAD * len(arc.swaps), frozenset(), arc.swaps


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


def _guesses(arcs: Sequence[Arc], numeraire: int) -> Iterator[Choice]:
    """Yield sets of lent tokens: the busiest of each circle, less those that prove needless."""
    for first in (frozenset((numeraire,)), frozenset[int]()):
        lent = first
        while circle := ranked(arcs, lent, frozenset())[1]:
            lent |= {max(circle, key=lambda token: _traffic(arcs, token, lent))}
        for token in sorted(lent, key=lambda token: _traffic(arcs, token, lent)):
            if not ranked(arcs, lent - {token}, frozenset())[1]:
                lent -= {token}
        yield lent, frozenset()


def _traffic(arcs: Sequence[Arc], token: int, lent: frozenset[int]) -> int:
    """Return how many ways lead through a token, past those that are lent."""
    sources = sum(arc.received == token and arc.paid not in lent for arc in arcs)
    return sources * sum(arc.paid == token and arc.received not in lent for arc in arcs)
