"""Which swap of each token takes what is left of it.

Floats leave residues, integers round. Each token has one swap that spends whatever is there instead
of what was planned, chosen so that deviations run straight home to the numeraire, where they are
profit or loss, and never round a circle: at the optimum a circle gains nothing, so what goes round
in it would never come to rest.
"""

from collections.abc import Sequence

from bot.strategy.drafts import Draft

_LEAST_DEPTH = 1e-3  # whole coins per unit of price: an exhausted pool
_PER_COIN = 1e-4  # prefers the bigger of two swaps that are equally deep


def absorbing_swaps(
    drafts: Sequence[Draft], decimals: Sequence[int], numeraire: int
) -> dict[int, int]:
    """Return, by token, the place of the swap that takes up its deviations.

    It is the first step of the cheapest way to the numeraire, where a deviation d through a swap of
    depth h loses about d^2 / 2h.
    """
    costs = [
        1.0 / max(draft.depth, _LEAST_DEPTH)
        + _PER_COIN * 10 ** decimals[draft.token_in] / max(draft.size, 1)
        for draft in drafts
    ]
    away, chosen = {numeraire: 0.0}, dict[int, int]()
    changed = True
    while changed:
        changed = False
        for at, draft in enumerate(drafts):
            rest = away.get(draft.token_out)
            if rest is None or draft.token_in == numeraire:
                continue
            cost = rest + costs[at]
            if cost < away.get(draft.token_in, float("inf")):
                away[draft.token_in], chosen[draft.token_in] = cost, at
                changed = True
    return chosen


def buying_swaps(drafts: Sequence[Draft], numeraire: int) -> dict[int, int]:
    """Return, by token, the deepest swap that buys it with the numeraire.

    Where nothing takes what is left of a token, less of it is bought.
    """
    chosen: dict[int, int] = {}
    for at, draft in enumerate(drafts):
        best = chosen.get(draft.token_out)
        if draft.token_in == numeraire and (best is None or draft.depth > drafts[best].depth):
            chosen[draft.token_out] = at
    return chosen
