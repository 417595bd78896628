"""Looks through blocks for gaps that others took, a few per head."""

from collections.abc import Callable, Sequence

from bot.domain.inclusions import BlockId, Take
from bot.domain.venues import PoolSpec
from bot.execution.block_takers import BlockTakers
from bot.execution.finality import Header, Lineage
from bot.history.bundle_takes import BundleTakes

_MOST_BLOCKS = 2  # per head
_FARTHEST = 64  # blocks that were missed and are still looked at
_REMEMBERED = 16  # heights at which a reorganisation is noticed
_LEAST_POOLS = 2


class MissedWatch:
    """Looks at each block once it has one on top of it."""

    def __init__(
        self,
        lineage: Lineage,
        takers: BlockTakers,
        takes: BundleTakes,
        pools: tuple[PoolSpec, ...],
    ) -> None:
        self._lineage, self._takers, self._takes, self._pools = lineage, takers, takes, pools

    def look(self, head: int) -> Callable[[], None]:
        """Look at the next blocks; return what writes down what they held.

        Raises:
            NodeUnreachable: no answer.
            MovedOn: the node is on another chain.
        """
        seen = self._takes.looked_at(_REMEMBERED)
        self._lineage.learn(one.number for one in seen)
        gone = [one.number for one in seen if not self._lineage.holds(one.number, one.hash)]
        newest = max((one.number for one in seen if one.number not in gone), default=head - 2)
        first = max(min([newest + 1, *gone]), head - _FARTHEST)
        numbers = range(first, min(first + _MOST_BLOCKS, head))
        self._lineage.learn(numbers)
        found = self._found([self._lineage.header(number) for number in numbers])

        def write() -> None:
            if gone:
                self._takes.drop(min(gone))
            for header, takes in found:
                self._takes.write(BlockId(header.number, header.hash), header.timestamp_s, takes)

        return write

    def _found(self, headers: Sequence[Header]) -> list[tuple[Header, list[Take]]]:
        moves = self._takers.moves([one.hash for one in headers], self._pools)
        return [
            (header, [take for take, _ in self._takers.takes(header, moved, least=_LEAST_POOLS)])
            for header, moved in zip(headers, moves, strict=True)
        ]
