"""Rails side by side: where one takes what two were planned to take, it saves the other's gas.

The search cannot tell rails of one rate apart: any split of a flow between them is an optimum.
"""

from collections.abc import Sequence

import msgspec

from bot.domain.units import Raw
from bot.strategy.drafts import RAILS, Draft, depth_of_rail
from bot.strategy.parameters import gas_of_venue


def merged(drafts: Sequence[Draft]) -> list[Draft]:
    """Return the drafts with as few rails as pay the same, the cheapest in gas first."""
    rails: dict[tuple[int, int], list[Draft]] = {}
    others = []
    for draft in drafts:
        if draft.spec.kind in RAILS:
            rails.setdefault((draft.token_in, draft.token_out), []).append(draft)
        else:
            others.append(draft)
    kept = [draft for parallel in rails.values() for draft in _fewest(parallel)]
    return others + kept


def _fewest(parallel: list[Draft]) -> list[Draft]:
    """Move whole drafts into cheaper ones while those take them at no worse a rate."""
    kept: list[Draft] = []
    for draft in sorted(parallel, key=lambda draft: gas_of_venue(draft.spec.venue)):
        for at, other in enumerate(kept):
            both = Raw(other.size + draft.size)
            if _pays(other, both) >= _pays(other, other.size) + _pays(draft, draft.size) > 0:
                depth = depth_of_rail(other.pool, other.i, other.j, both)
                kept[at] = msgspec.structs.replace(other, size=both, depth=depth)
                break
        else:
            kept.append(draft)
    return kept


def _pays(draft: Draft, amount: Raw) -> int:
    return draft.pool.amount_out(draft.i, draft.j, amount)
