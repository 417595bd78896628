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


def v3_words(layout: Layout, state: PoolState, fee_protocol: int = 0) -> dict[int, int]:
    """Return the storage words, by slot, of a V3 pool: unlocked, with one observation.

    `fee_protocol` as in slot0: who gets how much of the fee.
    """
    return _words(layout, state, _UNLOCKED_WITH_ONE_OBSERVATION | fee_protocol << 232)


def v4_words(
    layout: Layout, state: PoolState, fee: int, protocol_fees: tuple[int, int]
) -> dict[int, int]:
    """Return the storage words, by slot, of a V4 pool with its fees in pips."""
    return _words(layout, state, (fee << 24 | protocol_fees[1] << 12 | protocol_fees[0]) << 184)


class RangeStorage:
    """Puts states into a pool; ticks of the state before no longer count."""

    def __init__(self, contracts: RealContracts, layout: Layout) -> None:
        self._contracts, self.layout = contracts, layout
        self._written: set[int] = set()

    def put(self, words: dict[int, int]) -> None:
        """Write what `v3_words` or `v4_words` gave, and nothing else than that."""
        for slot in self._written - set(words):
            self._contracts.write(self.layout.address, slot, 0)
        for slot, value in words.items():
            self._contracts.write(self.layout.address, slot, value)
        self._written = set(words)


def _words(layout: Layout, state: PoolState, upper_bits: int) -> dict[int, int]:
    place = state.tick % (1 << 24) << 160
    words = {
        layout.slot0: state.sqrt_price | place | upper_bits,
        layout.liquidity: state.liquidity,
    }
    bitmap: dict[int, int] = {}
    for tick, net in state.nets.items():
        gross = abs(net) or 2  # of two positions that meet there
        words[mapping_slot(tick, layout.ticks)] = gross | net % _UINT128 << 128
        word, bit = divmod(tick // layout.spacing, WORD)
        bitmap[word] = bitmap.get(word, 0) | 1 << bit
    return words | {mapping_slot(word, layout.bitmap): bits for word, bits in bitmap.items()}
