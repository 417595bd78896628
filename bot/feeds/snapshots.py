"""What is known of the last blocks, by their hash: a reorg is a look-up of the common ancestor."""

from collections import OrderedDict
from collections.abc import Mapping

import msgspec

from bot.amm.pool import Pool
from bot.domain.venues import PoolSpec

BLOCKS_KEPT = 64


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """The pools that can be trusted at the end of one block."""

    number: int
    block_hash: str
    pools: Mapping[PoolSpec, Pool]  # never changed after it is made


class Snapshots:
    """The newest blocks that were read; pools that did not change are shared between them."""

    def __init__(self, kept: int = BLOCKS_KEPT) -> None:
        self._kept = kept
        self._by_hash: OrderedDict[str, Snapshot] = OrderedDict()

    def keep(self, snapshot: Snapshot) -> None:
        """Remember a block, forgetting the one that was read longest ago."""
        self._by_hash[snapshot.block_hash] = snapshot
        self._by_hash.move_to_end(snapshot.block_hash)
        if len(self._by_hash) > self._kept:
            self._by_hash.popitem(last=False)

    def of(self, block_hash: str) -> Snapshot | None:
        """Return what is known of a block, or None."""
        return self._by_hash.get(block_hash)

    @property
    def newest(self) -> Snapshot | None:
        """The block that was read last."""
        return next(reversed(self._by_hash.values()), None)
