"""Finds runs of plans on chain that the journal lost, or never had, and gives them rows.

A journal can lose its newest rows with the disk, and a new one has none. Every landed transaction
of the operator used a nonce, so whichever no row accounts for is looked for on chain. What is
found gets a row whose fate is not known, and is settled, booked and taken back like any other.
"""

from collections.abc import Callable, Collection
from typing import Any

import msgspec
import structlog

from bot.domain.adoptions import LOOK_BACK_BLOCKS
from bot.domain.executor_lists import ExecutorLists
from bot.domain.units import Address
from bot.execution.finality import Lineage, MovedOn, Node
from bot.execution.inclusion_lost import LostRuns, write_down
from bot.execution.inclusion_search import Act, NonceSearch
from bot.execution.inclusion_standing import Bearings
from bot.execution.reconciliation import treasury_topic
from bot.history.bundle_adoptions import BundleAdoptions

log = structlog.get_logger()

_MOST_BODIES = 8  # blocks read per head
_MOST_LOGGED, _MOST_PAYING = 2_000, 64  # blocks, and transactions of theirs, per head
_NOTED_EVERY = 64  # blocks between two notes of how far all is known


class Adopting(msgspec.Struct, frozen=True, kw_only=True):
    """Whose runs are looked for, and where."""

    operator: Address
    executor: Address | str
    lists: ExecutorLists
    look_back: int = LOOK_BACK_BLOCKS


class _Known(msgspec.Struct, frozen=True):
    """From where on nonces are counted."""

    block: int
    used: int  # by its end; all of them are accounted for


class Adoption:
    """Looks, a little at every head, until every nonce is accounted for."""

    def __init__(
        self, node: Node, lineage: Lineage, kept: BundleAdoptions, whose: Adopting
    ) -> None:
        self._node, self._lineage, self._kept, self._whose = node, lineage, kept, whose
        self._search = NonceSearch(node, whose.operator)
        self._lost = LostRuns(node, lineage, whose.executor, whose.lists)
        self._known: _Known | None = None
        self._noted = -1  # block
        self._stateless = range(0)  # blocks of which the node has logs alone

    def look(self, bearings: Bearings) -> Callable[[], None] | None:
        """Return what writes down what is known by this head, where that is news.

        Raises:
            NodeUnreachable: no answer.
            MovedOn: the node is on another chain.
        """
        known = self._known or self._begin(bearings)
        foreign = self._kept.foreign(known.used)
        self._lineage.learn(one.block for one in foreign)
        gone = [one for one in foreign if not self._lineage.holds(one.block, one.block_hash)]
        missing = set(range(known.used, bearings.used)) - self._kept.landed(known.used)
        missing -= {one.nonce for one in foreign} - {one.nonce for one in gone}
        if not (missing or gone or self._stateless):
            return self._note(known, bearings)
        acts = self._acts(missing, known.block, bearings.head)
        paying, done = self._paying()
        written = self._kept.hashes([int(one["nonce"], 16) for one in (*acts, *paying)])
        unknown = {one["hash"]: one for one in (*paying, *acts) if one["hash"] not in written}
        found = self._lost.told_apart(list(unknown.values()))

        def write() -> None:
            write_down(self._kept, found, gone)
            self._stateless = self._stateless[done:]

        return write

    def _begin(self, bearings: Bearings) -> _Known:
        """Count from where the journal says, or from a look-back before the head."""
        noted = self._kept.known_to()
        first = bearings.head - self._whose.look_back if noted is None else noted
        first = max(min(first, bearings.head), 0)
        block, used = self._search.first_kept(first, bearings.head)
        log.info("lost_bundles_looked_for", after_block=block, nonces=bearings.used - used)
        if block > first:
            self._stateless = range(first + 1, block + 1)
            log.warning("no_state_of_blocks", first=first + 1, last=block, lost="runs that failed")
        self._known, self._noted = _Known(block, used), -1 if noted is None else noted
        return self._known

    def _note(self, known: _Known, bearings: Bearings) -> Callable[[], None] | None:
        """Count from the newest final block on: everything up to the head is accounted for."""
        block, used = bearings.final, bearings.used_finally
        if used < known.used or block <= known.block:
            return None

        self._known = _Known(block, used)
        if used == known.used and block - self._noted < _NOTED_EVERY:
            return None

        def write() -> None:
            self._kept.know_to(block)
            self._noted = block

        return write

    def _acts(self, missing: Collection[int], below: int, head: int) -> list[Act]:
        """Return what used missing nonces, oldest first, in a few blocks at most."""
        acts: list[Act] = []
        left = sorted(missing)
        for _ in range(_MOST_BODIES):
            if not left:
                return acts
            number = self._search.block_of(left[0], below, head)
            own = {int(one["nonce"], 16): one for one in self._in_block(number)}
            if left[0] not in own:
                raise MovedOn
            acts += [one for nonce, one in own.items() if nonce in missing]
            left, below = [one for one in left if one not in own], number - 1
        log.info("lost_bundles_looked_for", after_block=below + 1, nonces=len(left))
        return acts

    def _in_block(self, number: int) -> list[Act]:
        return self._search.acts_in(self._lineage.header(number))

    def _paying(self) -> tuple[list[Act], int]:
        """Return runs in blocks without state, and how many of these blocks are done with."""
        asked = self._stateless[:_MOST_LOGGED]
        if not asked:
            return [], 0
        node: Any = self._node  # remembered by who it is
        topic = treasury_topic(node, self._whose.executor)
        tokens = [token.address for token in self._whose.lists.tokens]
        paid = self._search.paying(tokens, topic, asked)
        if paid is None:
            log.warning("no_logs_of_blocks", first=asked.start, last=asked.stop - 1)
            return [], len(asked)
        done = len(asked)
        if len(paid) > _MOST_PAYING:
            done = max(paid[_MOST_PAYING][0] - asked.start, 1)
            paid = [one for one in paid if one[0] < asked.start + done]
        log.info("lost_bundles_looked_for", after_block=asked.start + done - 1, in_logs=len(paid))
        return self._search.acts_of([key for _, key in paid]), done
