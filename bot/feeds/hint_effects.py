"""The market as it will be behind a hint's transaction: its logs, applied to the pools they are of.

A hint carries no calldata that could be run, so only where its logs tell a pool's whole new state
is anything known: reserves of Uniswap V2, price and liquidity of V3, amounts of Curve's pools.
"""

from collections.abc import Sequence

import msgspec

from bot.amm.pool import Pool
from bot.domain.venues import PoolSpec, Venue
from bot.feeds.block_logs import Log
from bot.feeds.hint_words import Hint, HintLog
from bot.feeds.log_effects import Misfit, can_follow, follow
from bot.market.book import MarketBook

_MOST_MOVED = 4  # pools; each swap is repeated in the simulation


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """A market behind a transaction that only its hint is known of."""

    hint: Hint
    book: MarketBook
    logs: tuple[tuple[PoolSpec, Log], ...]  # of our pools, in order

    @property
    def pools(self) -> frozenset[PoolSpec]:
        """What the transaction moves."""
        return frozenset(spec for spec, _ in self.logs)


class Unmoved(msgspec.Struct, frozen=True):
    """Nothing follows from a hint, and why."""

    reason: str


def moved_by(hint: Hint, book: MarketBook) -> Moved | Unmoved:
    """Return the market behind a hint's transaction, as far as its logs tell it."""
    if hint.txs is not None and len(hint.txs) > 1:
        return Unmoved("it is of several transactions")
    found = _ours(hint.logs or (), book)
    if isinstance(found, Unmoved):
        return found
    by_pool: dict[PoolSpec, list[Log]] = {}
    for spec, log in found:
        by_pool.setdefault(spec, []).append(log)
    pools = dict(book.pools)
    for spec, logs in by_pool.items():
        after = _after(pools[spec], logs, book.block)
        if isinstance(after, Unmoved):
            return after
        pools[spec] = after
    moved = tuple((spec, log) for spec, log in found if pools[spec] is not book.pools[spec])
    if not 0 < len({spec for spec, _ in moved}) <= _MOST_MOVED:
        return Unmoved("it moves none of our pools that it tells the amounts of, or too many")
    return Moved(hint=hint, book=msgspec.structs.replace(book, pools=pools), logs=moved)


def _ours(logs: Sequence[HintLog], book: MarketBook) -> list[tuple[PoolSpec, Log]] | Unmoved:
    """Return the logs of our pools; a pool inside a contract of many cannot be told from them."""
    by_address = {spec.address.lower(): spec for spec in book.pools}
    found = []
    for one in logs:
        spec = by_address.get(one.address.lower())
        if spec is None:
            continue
        if spec.venue is Venue.UNISWAP_V4:
            return Unmoved("it is in Uniswap V4, where its swap cannot be repeated")
        topics = tuple(topic.lower() for topic in one.topics)
        log = Log(address=one.address.lower(), topics=topics, data=one.data.lower(), block_hash="")
        found.append((spec, log))
    return found


def _after(pool: Pool, logs: Sequence[Log], block: int) -> Pool | Unmoved:
    if not can_follow(pool):
        return Unmoved(f"no log tells the state of {pool.spec.name}")
    if not all(log.topics for log in logs):
        return Unmoved(f"an event of {pool.spec.name} has no name")
    after = follow(pool, logs, block)
    if isinstance(after, Misfit):
        return Unmoved(f"{pool.spec.name}: {after.reason}")
    return after
