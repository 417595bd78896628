"""Whole-market solutions made by hand: what the search would say of small markets."""

from collections.abc import Mapping

from bot.amm.router import Solution
from bot.domain.assets import Token
from bot.domain.venues import PoolSpec

DEPTH = 1e9  # whole coins per unit of price


def solution_of(
    flows: Mapping[PoolSpec, tuple[float, ...]],
    *,
    bound: float = 0.0,
    prices: Mapping[Token, float] | None = None,
) -> Solution:
    """Return a solution with these flows, at prices of one where none is named."""
    tokens = tuple(dict.fromkeys(token for spec in flows for token in spec.tokens))
    at = prices or {}
    return Solution(
        tokens=tokens,
        prices=tuple(at.get(token, 1.0) for token in tokens),
        flows=dict(flows),
        depths={spec: (DEPTH,) * len(spec.tokens) for spec in flows},
        shares=dict.fromkeys(flows, 0.0),
        bound=bound,
        value=bound,
        gap=0.0,
    )
