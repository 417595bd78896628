"""The market block by block: pools kept current by logs, rails and lenders read afresh.

Two requests per block, at once: lens calls at the block's hash for whatever no log tells, for pools
that are out of trust, for one followed pool in turn, which must be what we made it, and for the
lenders; and the logs of the same hash, which are applied while the node still looks. A pool that
does not fit its logs is read again in another request, or is out of the market until it can be.
Snapshots are values kept by hash: a reorg is a look-up of the last common block, and its own logs
are applied from there.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

import msgspec
import structlog

from bot.amm.pool import Pool
from bot.chain.rpc import RpcClient
from bot.domain.errors import NodeRefused
from bot.domain.messages import Head
from bot.domain.venues import PoolSpec
from bot.feeds.block_logs import LogQuery
from bot.feeds.doubts import Doubts
from bot.feeds.log_effects import TOLD_BY_LOGS, Misfit, can_follow, follow
from bot.feeds.pool_feed import PoolFeed, Sight
from bot.feeds.same_state import same_state
from bot.feeds.snapshots import Snapshot, Snapshots
from bot.market.book import MarketBook

log = structlog.get_logger()

MOST_MISSED = 8  # blocks between the last one that was read and the head

_WHOLE_TRANSACTIONS = False


class _Way(msgspec.Struct, frozen=True):
    """From what is known to the head."""

    base: Snapshot
    hashes: tuple[str, ...]  # blocks after the base in their order, the head last


class LogFeed:
    """A `PoolFeed` that remembers."""

    def __init__(self, rpc: RpcClient, feed: PoolFeed) -> None:
        self._rpc, self._feed = rpc, feed
        self.pools = feed.pools
        self._query = LogQuery([spec for spec in feed.specs if spec.kind in TOLD_BY_LOGS])
        self._known = Snapshots()
        self._doubts = Doubts()
        self._turn = 0

    def read(self, head: Head) -> MarketBook:
        """Return the market at the end of `head`, equal to a full read of it.

        Raises:
            NodeUnreachable: no answer, or one about another block.
            NodeRefused: the node does not have the block.
        """
        book = self._read(head)
        self._doubts.were_read()
        left = {s: p for s, p in book.pools.items() if not self._doubts.is_out(s, head.number)}
        if len(left) == len(book.pools):
            return book
        absent = [spec.name for spec in book.pools if spec not in left]
        log.warning("pools_left_out", block=head.number, pools=absent)
        return msgspec.structs.replace(book, pools=left)

    def doubt(self, specs: Iterable[PoolSpec], block: int) -> None:
        """Hear that a plan through these pools, made on `block`, was not confirmed."""
        self._doubts.add(specs, block)

    def forget(self) -> None:
        """Know nothing: who told what is known is not believed any more."""
        self._known = Snapshots()

    def _read(self, head: Head) -> MarketBook:
        way = self._way(head)
        if way is None:
            return self._remembered(head, self._feed.read(head))
        try:
            return self._followed(head, way)
        except (NodeRefused, ValueError) as error:
            log.warning("logs_unusable", block=head.number, reason=str(error))
            return self._remembered(head, self._feed.read(head))

    def _way(self, head: Head) -> _Way | None:
        """Return the way from the nearest ancestor that is known, None where none is near."""
        base = self._known.of(head.hash)
        if base is not None:
            return _Way(base, ())
        hashes, parent = [head.hash], head.parent_hash
        while self._known.newest and len(hashes) <= MOST_MISSED:
            base = self._known.of(parent)
            if base is not None:
                return _Way(base, tuple(reversed(hashes)))
            hashes.append(parent)
            (header,) = self._rpc.batch_each(
                [("eth_getBlockByHash", (parent, _WHOLE_TRANSACTIONS))]
            )
            if not isinstance(header, dict):
                return None
            parent = header["parentHash"]
        return None

    def _followed(self, head: Head, way: _Way) -> MarketBook:
        base = way.base.pools
        told = {
            spec: pool
            for spec, pool in base.items()
            if can_follow(pool) and not self._doubts.is_unread(spec)
        }
        audited = self._audited(tuple(told))
        asked = (*(spec for spec in self._feed.specs if spec not in told), *audited)
        with self._rpc.ask(self._feed.calls(asked, head.hash)) as looking:
            self._hear(told, way.hashes, head.number)
            sight = self._feed.sight(head, asked, looking.all())
        return self._kept(head, base, told, sight)

    def _hear(self, told: dict[PoolSpec, Pool], hashes: Sequence[str], number: int) -> None:
        """Bring `told` past some blocks; all their logs come with one request."""
        requests = [self._query.calls(block_hash) for block_hash in hashes]
        answers = iter(self._rpc.batch([call for calls in requests for call in calls]))
        for block_hash, calls in zip(hashes, requests, strict=True):
            self._apply(told, block_hash, list(islice(answers, len(calls))), number)

    def _apply(
        self,
        told: dict[PoolSpec, Pool],
        block_hash: str,
        answers: Sequence[object],
        number: int,
    ) -> None:
        """Bring `told` past one block; what does not fit leaves it."""
        for spec, logs in self._query.sort(block_hash, answers).items():
            if spec not in told:
                continue
            after = follow(told.pop(spec), logs, number)
            if isinstance(after, Misfit):
                log.info("pool_read_again", block=number, pool=spec.name, reason=after.reason)
            else:
                told[spec] = after

    def _kept(
        self,
        head: Head,
        base: Mapping[PoolSpec, Pool],
        told: dict[PoolSpec, Pool],
        sight: Sight,
    ) -> MarketBook:
        """Join what logs told and what was read; an unchanged pool stays the same object."""
        fresh = dict(sight.found)
        lost = tuple(spec for spec in self._feed.specs if spec not in told and spec not in fresh)
        fresh |= self._read_again(head, lost)
        found: dict[PoolSpec, Pool] = {}
        for spec in self._feed.specs:
            ours, read = told.get(spec), fresh.get(spec)
            if spec not in fresh and ours is not None:
                found[spec] = ours
            elif read is not None:
                found[spec] = self._newest(head, ours or base.get(spec), read, told=spec in told)
        self._known.keep(Snapshot(number=head.number, block_hash=head.hash, pools=found))
        return self._feed.book(head, found, sight.lenders)

    def _newest(self, head: Head, ours: Pool | None, read: Pool, *, told: bool) -> Pool:
        if ours is not None and same_state(ours, read):
            return ours
        if told:
            log.warning("pool_state_diverged", block=head.number, pool=read.spec.name)
        return read

    def _read_again(self, head: Head, specs: tuple[PoolSpec, ...]) -> dict[PoolSpec, Pool | None]:
        if not specs:
            return {}
        pools, _ = self._feed.calls(specs, head.hash)
        (answer,) = self._rpc.batch([pools])
        return self._feed.pools_at(head, specs, answer)

    def _audited(self, told: tuple[PoolSpec, ...]) -> tuple[PoolSpec, ...]:
        """Return whose turn it is to be read although logs tell it."""
        self._turn += 1
        return (told[self._turn % len(told)],) if told else ()

    def _remembered(self, head: Head, book: MarketBook) -> MarketBook:
        pools = {pool.spec: pool for pool in book.gas_pools} | book.pools
        self._known.keep(Snapshot(number=head.number, block_hash=head.hash, pools=pools))
        return book
