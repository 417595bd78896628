"""The account of every bundle, brought up to each head: after the act, and bounded.

What is asked per head does not grow with what was ever sent: bundles without a landing rest until
their nonce is used, and what is final is not looked at again.
"""

from collections.abc import Callable, Sequence
from functools import partial

import msgspec
import structlog

from bot.domain.errors import NodeRefused, NodeUnreachable, RetryableError
from bot.domain.inclusions import (
    Change,
    SentBundle,
    Standing,
    TipObservation,
    Verdict,
)
from bot.domain.messages import Head
from bot.domain.units import Address
from bot.domain.venues import PoolSpec
from bot.execution.block_takers import BlockTakers
from bot.execution.finality import FINAL_BLOCKS, Finality, Lineage, MovedOn, Node
from bot.execution.inclusion_adoption import Adopting, Adoption
from bot.execution.inclusion_judge import Judge
from bot.execution.inclusion_missed import MissedWatch
from bot.execution.inclusion_nonces import NonceUsers
from bot.execution.inclusion_standing import (
    LOOKS,
    PUBLIC_BLOCKS,
    Bearings,
    is_due,
    may_end,
    rests,
    standing_of,
    used_of,
)
from bot.execution.inclusion_tips import observation_of
from bot.history.bundle_adoptions import BundleAdoptions
from bot.history.bundle_book import BundleBook, Entry
from bot.history.bundle_takes import BundleTakes
from bot.history.journal import Journal

log = structlog.get_logger()

_MOST_WATCHED, _MOST_WOKEN, _MOST_JUDGED = 256, 8, 8  # per head


class Accounted(msgspec.Struct, frozen=True, kw_only=True):
    """Whose account it is."""

    operator: Address
    executor: Address | str = ""
    pools: tuple[PoolSpec, ...] = ()  # whose gaps are looked for in every block; none: in no block
    final_blocks: int = FINAL_BLOCKS  # where the node does not say what is final
    adopting: Adopting | None = None  # where lost runs are looked for; None: nowhere


class Round(msgspec.Struct, frozen=True, kw_only=True):
    """What one head changed."""

    changes: tuple[Change, ...] = ()
    observations: tuple[TipObservation, ...] = ()


class InclusionAccount:
    """Keeps the account of one operator's bundles."""

    def __init__(self, node: Node, journal: Journal, book: BundleBook, whose: Accounted) -> None:
        self._node, self._book = node, book
        self._lineage = Lineage(node)
        self._finality = Finality(node, blocks=whose.final_blocks)
        takers = BlockTakers(node, (whose.operator, whose.executor))
        self._users = NonceUsers(node, self._lineage, book, whose.operator)
        self._judge = Judge(node, self._lineage, takers, self._users)
        missed = MissedWatch(self._lineage, takers, BundleTakes(journal), whose.pools)
        self._missed = missed if whose.pools else None
        self._adoption = None
        if whose.adopting is not None:
            kept = BundleAdoptions(journal)
            self._adoption = Adoption(node, self._lineage, kept, whose.adopting)
        self._doubts_lineage = False

    def on_head(self, head: Head) -> Round:
        """Bring the account up to a head; what is told twice changes nothing.

        Raises:
            NodeUnreachable: no answer, or none that makes sense; the next head is a new chance.
            BadConfiguration: a run of ours succeeded and paid its treasury nothing.
        """
        self._book.flush()
        try:
            return self._on_head(head)
        except MovedOn:
            self._lineage.forget()
            return Round()
        except (LookupError, TypeError, ValueError) as error:
            self._lineage.forget()
            raise NodeUnreachable("of the account", f"its answer is nonsense: {error!r}") from error

    def _on_head(self, head: Head) -> Round:
        self._lineage.follow(head)
        rows = self._book.watched(_MOST_WATCHED)
        bearings = self._bearings(head)
        rows += self._book.dormant(max(bearings.used, bearings.used_finally), _MOST_WOKEN)
        entries = self._entries(rows, bearings)
        self._require_still(head)
        if self._doubts_lineage:
            self._lineage.forget()
            self._doubts_lineage = False
        told = self._written(entries)
        if self._adoption is not None:
            self._look(partial(self._adoption.look, bearings), head, "lost_bundles_not_looked_for")
        if self._missed is not None:
            self._look(partial(self._missed.look, head.number), head, "missed_gaps_not_looked_at")
        return told

    def _look(
        self, look: Callable[[], Callable[[], None] | None], head: Head, in_vain: str
    ) -> None:
        """Look, and write what was seen of one chain; the next head is another chance."""
        try:
            write = look()
            if write is not None:
                self._require_still(head)
        except MovedOn:
            self._lineage.forget()
        except RetryableError as error:
            log.warning(in_vain, block=head.number, reason=str(error))
        else:
            if write is not None:
                write()

    def _bearings(self, head: Head) -> Bearings:
        final = self._finality.below(head.number)
        calls = [self._users.count_below(head)]
        calls += [self._users.count_at(final)] if final >= 0 else []
        counts = self._node.batch_each(calls)
        if isinstance(counts[0], NodeRefused):
            raise MovedOn
        known = final >= 0 and not isinstance(counts[1], NodeRefused)
        return Bearings(
            head=head.number,
            final=final,
            used=int(counts[0], 16),
            used_finally=int(counts[1], 16) if known else -1,
        )

    def _entries(self, rows: Sequence[SentBundle], bearings: Bearings) -> list[Entry]:
        self._lineage.learn(
            block.number for row in rows if row.verdict for block in row.verdict.relies_on
        )
        public = self._in_public(rows, bearings)
        left = _MOST_JUDGED
        entries: list[Entry] = []
        for row in rows:
            due = row.transaction_hash in public or is_due(row, bearings, self._lineage.holds)
            if due and left > 0:
                left -= 1
                entries += self._judged(row, bearings)
            elif not due:
                entries += self._aged(row, bearings)
        return sorted(entries, key=lambda one: one.bundle.row)

    def _judged(self, row: SentBundle, bearings: Bearings) -> list[Entry]:
        used = used_of(row, bearings.used)
        try:
            verdict, is_public = self._judge.judge(row, bearings.head, used)
        except MovedOn:
            self._doubts_lineage = True  # what the node says of it is not of one chain yet
            return []
        again = row.verdict is not None and row.verdict.used == used
        looks = row.verdict.looks + 1 if again and row.verdict is not None else 1
        verdict = msgspec.structs.replace(verdict, looks=min(looks, LOOKS))
        if may_end(row, verdict, bearings):
            return [_entry(row, verdict, Standing.FINAL, 0, is_public=is_public)]
        standing = standing_of(row, verdict, bearings)
        watch = 2 if rests(row, verdict, bearings) else 1
        return [_entry(row, verdict, standing, watch, is_public=is_public)]

    def _aged(self, row: SentBundle, bearings: Bearings) -> list[Entry]:
        """Return what a head makes of a verdict that still holds, if anything."""
        verdict = row.verdict
        if verdict is None:
            return []
        standing = standing_of(row, verdict, bearings)
        if is_resting := rests(row, verdict, bearings):
            return [_entry(row, verdict, standing, 2, is_public=row.is_public)]
        if standing is row.standing or is_resting:
            return []
        return [_entry(row, verdict, standing, 1, is_public=row.is_public)]

    def _in_public(self, rows: Sequence[SentBundle], bearings: Bearings) -> set[str]:
        """Return which of the bundles that just missed their block are in the node's own pool."""
        asked = [
            (row.transaction_hash, one.hash)
            for row in rows
            if row.last_block <= bearings.head <= row.last_block + PUBLIC_BLOCKS
            and not row.is_public
            and (row.verdict is None or not row.verdict.landed)
            for one in row.transactions
            if not one.sender
        ]
        answers = self._node.batch_each([("eth_getTransactionByHash", (one,)) for _, one in asked])
        return {
            key
            for (key, _), found in zip(asked, answers, strict=True)
            if isinstance(found, dict) and found.get("blockNumber") is None
        }

    def _require_still(self, head: Head) -> None:
        """Nothing is believed that was told by two chains."""
        calls = [("eth_getBlockByNumber", (hex(head.number), False))]
        (found,) = self._node.batch_each(list(calls))
        if not isinstance(found, dict) or found["hash"] != head.hash:
            raise MovedOn

    def _written(self, entries: Sequence[Entry]) -> Round:
        changes, observations = [], []
        written = self._book.write(entries) if entries else []
        for entry, (change, is_news) in zip(entries, written, strict=True):
            changes.append(change)
            _tell(entry.bundle, change)
            seen = observation_of(entry.bundle, change.verdict) if is_news else None
            observations += [] if seen is None else [seen]
        return Round(changes=tuple(changes), observations=tuple(observations))


def _entry(
    row: SentBundle, verdict: Verdict, standing: Standing, watch: int, *, is_public: bool
) -> Entry:
    return Entry(bundle=row, verdict=verdict, standing=standing, watch=watch, is_public=is_public)


def _tell(bundle: SentBundle, change: Change) -> None:
    before = bundle.verdict.ending if bundle.verdict else None
    if before is change.verdict.ending and bundle.standing is change.standing:
        return
    log.info(
        "bundle_accounted",
        transaction=change.transaction_hash,
        ending=change.verdict.ending.value,
        standing=change.standing.value,
        block=change.verdict.block,
        reason=change.verdict.reason,
        booked_profit_raw=change.booked_profit,
        booked_fee_wei=change.booked_fee,
    )
