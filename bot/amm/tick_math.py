"""Uniswap V3 ticks: square-root prices, and where the swap loop stops.

Source: Uniswap V3 `TickMath`, `TickBitmap`.
"""

from collections.abc import Iterable
from functools import cache

MIN_TICK = -887_272
MAX_TICK = 887_272
MIN_SQRT_RATIO = 4_295_128_739
MAX_SQRT_RATIO = 1461446703485210103287273052203988822378723970342
WORD = 256  # ticks, in units of the spacing, that one word of the bitmap holds

_ONE_X128 = 1 << 128
_FACTORS_X128 = (  # 1.0001 ** -(2**k / 2)
    0xFFFCB933BD6FAD37AA2D162D1A594001,
    0xFFF97272373D413259A46990580E213A,
    0xFFF2E50F5F656932EF12357CF3C7FDCC,
    0xFFE5CACA7E10E4E61C3624EAA0941CD0,
    0xFFCB9843D60F6159C9DB58835C926644,
    0xFF973B41FA98C081472E6896DFB254C0,
    0xFF2EA16466C96A3843EC78B326B52861,
    0xFE5DEE046A99A2A811C461F1969C3053,
    0xFCBE86C7900A88AEDCFFC83B479AA3A4,
    0xF987A7253AC413176F2B074CF7815E54,
    0xF3392B0822B70005940C7A398E4B70F3,
    0xE7159475A2C29B7443B29C7FA6E889D9,
    0xD097F3BDFD2022B8845AD8F792AA5825,
    0xA9F746462D870FDF8A65DC1F90E061E5,
    0x70D869A156D2A1B890BB3DF62BAF32F7,
    0x31BE135F97D08FD981231505542FCFA6,
    0x9AA508B5B7A84E1C677DE54F3E99BC9,
    0x5D6AF8DEDB81196699C329225EE604,
    0x2216E584F5FA1EA926041BEDFE98,
    0x48A170391F7DC42444E8FA2,
)


@cache
def sqrt_ratio_at(tick: int) -> int:
    """Return sqrt(1.0001 ** tick) scaled by 2**96, rounded up, as `getSqrtRatioAtTick` does."""
    magnitude = abs(tick)
    if magnitude > MAX_TICK:
        raise ValueError(f"tick {tick} is outside {MIN_TICK}..{MAX_TICK}")
    ratio = _ONE_X128
    for bit, factor in enumerate(_FACTORS_X128):
        if magnitude >> bit & 1:
            ratio = ratio * factor >> 128
    if tick > 0:
        ratio = ((1 << 256) - 1) // ratio
    return -(-ratio >> 32)


def downward_stops(ticks: Iterable[int], spacing: int, low: int, high: int) -> tuple[int, ...]:
    """Return, rising, the ticks within low..high where a falling price makes the loop stop.

    Besides initialised ticks these are the lowest tick of each bitmap word, initialised or not:
    the loop rounds there, so leaving them out would be off by some base units.
    """
    return _stops(ticks, spacing, (low, high), 0)


def upward_stops(ticks: Iterable[int], spacing: int, low: int, high: int) -> tuple[int, ...]:
    """Return, rising, the ticks within low..high where a rising price makes the loop stop.

    Here the word's edge is its highest tick.
    """
    return _stops(ticks, spacing, (low, high), WORD - 1)


def _stops(
    ticks: Iterable[int], spacing: int, bounds: tuple[int, int], edge: int
) -> tuple[int, ...]:
    low, high = bounds
    stride = WORD * spacing
    first_edge = edge * spacing + -(-(low - edge * spacing) // stride) * stride
    return tuple(sorted({*ticks, *range(first_edge, high + 1, stride)}))
