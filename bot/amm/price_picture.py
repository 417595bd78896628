"""The float picture of concentrated liquidity: edges and liquidity in whole coins."""

from collections.abc import Sequence
from functools import lru_cache

from bot.amm.image import Segments, Shut
from bot.amm.price_ladder import Range
from bot.amm.tick_math import sqrt_ratio_at
from bot.domain.assets import Token
from bot.domain.units import PIPS

_Q96 = 1 << 96
_PICTURES_KEPT = 1_024  # one for each pool whose ticks did not change

_Lines = tuple[tuple[float, ...], tuple[float, ...]]


def picture_of(known: Range, sqrt_price_x96: int, tokens: Sequence[Token]) -> Segments | Shut:
    """Return the known ranges as the search sees them, `Shut` where none holds liquidity.

    The price is brought inside the edges: a swap can leave it within one tick beyond the last.
    """
    first, second = (token.decimals for token in tokens)
    edges, liquidity = _lines(known, first, second)
    if not any(liquidity):
        return Shut(coins=(0, 1))
    price = sqrt_price_x96 / _Q96 * 10 ** ((first - second) / 2)
    return Segments(
        coins=(0, 1),
        price=min(max(price, edges[0]), edges[-1]),
        edges=edges,
        liquidity=liquidity,
        keep=(PIPS - known.fee) / PIPS,
    )


@lru_cache(maxsize=_PICTURES_KEPT)
def _lines(known: Range, first: int, second: int) -> _Lines:
    """Return edges and the liquidity between them; ranges of equal liquidity are one."""
    total, ticks, amounts = known.below, [known.low], [known.below]
    for tick, net in zip(known.ticks, known.nets, strict=True):
        total += net
        if tick == ticks[-1]:
            amounts[-1] = total
        else:
            ticks.append(tick)
            amounts.append(total)
    if ticks[-1] < known.high:
        ticks.append(known.high)
    per_price = 10 ** ((first - second) / 2)
    per_liquidity = 10 ** (-(first + second) / 2)
    edges = tuple(sqrt_ratio_at(tick) / _Q96 * per_price for tick in ticks)
    between = tuple(amount * per_liquidity for amount in amounts[: len(ticks) - 1])
    return edges, between
