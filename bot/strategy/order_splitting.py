"""An amount over several markets, at the least cost.

Water-filling: the next coin is always taken where it is cheapest after fees. For books whose price
only gets worse this is the optimum (a separable convex resource allocation: Ibaraki & Katoh 1988).
Least amounts and fixed costs break it; there every set of markets is tried.
"""

from collections.abc import Sequence
from itertools import combinations

from bot.domain.units import WAD, Wad
from bot.strategy.venue_ladders import Ladder

_MOST_MARKETS = 6  # of which every set is tried; of more, those that would get most


def split(amount: Wad, ladders: Sequence[Ladder]) -> tuple[Wad, ...]:
    """Return how much goes to each ladder, in their order; together at most `amount`.

    Every part is 0 or between what its venue takes at least and its capacity, on its step.
    """
    filled = _filled(amount, ladders, [Wad(0)] * len(ladders))
    if _is_simple(filled, ladders):
        return tuple(filled)
    ranked = sorted(range(len(ladders)), key=lambda at: -filled[at])[:_MOST_MARKETS]
    tried = [
        parts
        for count in range(1, len(ranked) + 1)
        for chosen in combinations(sorted(ranked), count)
        if (parts := _among(amount, ladders, chosen)) is not None
    ]
    return max(tried, key=lambda parts: gained(parts, ladders), default=(Wad(0),) * len(ladders))


def gained(parts: Sequence[Wad], ladders: Sequence[Ladder]) -> int:
    """Return dollars (wad of a wad) that parts are better than at the worst price taken."""
    pairs = [(part, ladder) for part, ladder in zip(parts, ladders, strict=True) if part]
    return sum(one.surplus(part) - one.market.fixed_usd * WAD for part, one in pairs)


def _is_simple(parts: Sequence[Wad], ladders: Sequence[Ladder]) -> bool:
    used = [(part, one) for part, one in zip(parts, ladders, strict=True) if part]
    return all(part >= one.least and not one.market.fixed_usd for part, one in used)


def _among(
    amount: Wad, ladders: Sequence[Ladder], chosen: tuple[int, ...]
) -> tuple[Wad, ...] | None:
    """The best that uses all of these and no other; None where there is too little."""
    least = [ladders[at].least if at in chosen else Wad(0) for at in range(len(ladders))]
    if sum(least) > amount or any(ladders[at].capacity < least[at] for at in chosen):
        return None
    some = [ladders[at] for at in chosen]
    parts = iter(_filled(amount, some, [least[at] for at in chosen]))
    return tuple(next(parts) if at in chosen else Wad(0) for at in range(len(ladders)))


def _filled(amount: Wad, ladders: Sequence[Ladder], least: list[Wad]) -> list[Wad]:
    """Fill from `least` on, rung by rung, then what rounding to steps left over."""
    parts = list(least)
    left = amount - sum(parts)
    for _, at, _, reached in _rungs(ladders):
        top = min(reached, ladders[at].capacity)
        more = max(0, min(left, top - parts[at]))
        parts[at] = Wad(parts[at] + more)
        left -= more
    parts = [one.on_step(part) for part, one in zip(parts, ladders, strict=True)]
    left = amount - sum(parts)
    for _, at, _, reached in _rungs(ladders):
        top = min(ladders[at].on_step(Wad(reached)), ladders[at].capacity)
        more = ladders[at].on_step(Wad(max(0, min(left, top - parts[at]))))
        parts[at] = Wad(parts[at] + more)
        left -= more
    return parts


def _rungs(ladders: Sequence[Ladder]) -> list[tuple[int, int, int, int]]:
    """Every rung as (-surplus, ladder, rung, amount up to and with it), the best first."""
    found = []
    for at, ladder in enumerate(ladders):
        reached = 0
        for number, rung in enumerate(ladder.rungs):
            reached += rung.amount
            found.append((-rung.surplus, at, number, reached))
    return sorted(found)
