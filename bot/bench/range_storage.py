"""Concentrated liquidity as its contracts store it: one state after another into one pool."""

import msgspec

from bot.amm.tick_math import WORD
from bot.bench.random_pools import PoolState
from bot.bench.real_contracts import RealContracts, mapping_slot
from bot.domain.units import Address
from bot.domain.venues import UNISWAP_V4_POOL_MANAGER

_UNLOCKED_WITH_ONE_OBSERVATION = 1 << 240 | 1 << 216 | 1 << 200
_UINT128 = 1 << 128
_POOLS_SLOT = 6  # of V4's manager


class Layout(msgspec.Struct, frozen=True, kw_only=True):
    """Where a contract keeps a pool; the upper bits of slot0 hold what is no price or tick."""

    address: Address
    slot0: int
    liquidity: int
    ticks: int
    bitmap: int
    spacing: int


def v3_layout(address: Address, spacing: int) -> Layout:
    """Return the layout of a `UniswapV3Pool`."""
    return Layout(address=address, slot0=0, liquidity=4, ticks=5, bitmap=6, spacing=spacing)


def v4_layout(pool_id: bytes, spacing: int) -> Layout:
    """Return the layout of one pool of the V4 manager."""
    base = mapping_slot(int.from_bytes(pool_id, "big"), _POOLS_SLOT)
    return Layout(
        address=UNISWAP_V4_POOL_MANAGER,
        slot0=base,
        liquidity=base + 3,
        ticks=base + 4,
        bitmap=base + 5,
        spacing=spacing,
    )


class RangeStorage:
    """Puts states into a pool; ticks of the state before no longer count."""

    def __init__(self, contracts: RealContracts, layout: Layout) -> None:
        self._contracts, self._layout = contracts, layout
        self._words: set[int] = set()

    def put_v3(self, state: PoolState) -> None:
        """Write a V3 pool: unlocked, with one observation."""
        self._put(state, _UNLOCKED_WITH_ONE_OBSERVATION)

    def put_v4(self, state: PoolState, fee: int, protocol_fees: tuple[int, int]) -> None:
        """Write a V4 pool and its fees in pips."""
        self._put(state, (fee << 24 | protocol_fees[1] << 12 | protocol_fees[0]) << 184)

    def _put(self, state: PoolState, upper_bits: int) -> None:
        layout = self._layout
        self._write(layout.slot0, state.sqrt_price | state.tick % (1 << 24) << 160 | upper_bits)
        self._write(layout.liquidity, state.liquidity)
        for tick, net in state.nets.items():
            gross = abs(net) or 2  # of two positions that meet there
            self._write(mapping_slot(tick, layout.ticks), gross | net % _UINT128 << 128)
        bitmap = dict.fromkeys(self._words, 0)
        for tick in state.nets:
            place, bit = divmod(tick // layout.spacing, WORD)
            bitmap[place] = bitmap.get(place, 0) | 1 << bit
        for place, bits in bitmap.items():
            self._write(mapping_slot(place, layout.bitmap), bits)
        self._words = {place for place, bits in bitmap.items() if bits}

    def _write(self, slot: int, value: int) -> None:
        self._contracts.write(self._layout.address, slot, value)
