"""Stands between the nodes and a bundle: nothing goes out that rests on one node's wrong word.

At every head both nodes are asked who they are and what the block is, while the plan is made; the
other node gets the engine's own requests about the block as well. The answers are read when a plan
is about to be signed, and judged when the head is dealt with.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import msgspec
import structlog

from bot.chain.header_hash import Header, head_as_announced
from bot.domain.errors import HeadDoubted, NodeLied, NodeUnreachable
from bot.domain.messages import Head, NoPlan, Refusal
from bot.domain.units import Address, Nanos
from bot.execution.node_trust import Finding, NodeRecord, first_trusted
from bot.execution.node_trust_bearings import Bearings, Seen
from bot.execution.node_trust_evidence import Evidence
from bot.execution.node_trust_headers import KnownHeaders
from bot.execution.node_trust_round import Nodes, TrustRound
from bot.execution.node_trust_verdicts import Court, Verdicts, disagreement
from bot.market.book import MarketBook

log = structlog.get_logger()

_APART_TOLERATED = 1  # heads in a row that two nodes may differ before a person is told


class TrustOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What the guard needs to know."""

    operator: Address
    good_blocks: int  # in a row, before a node is believed again
    patience_s: float  # how long a node that is late with a block is waited for


class Trouble(msgspec.Struct, frozen=True, kw_only=True):
    """News about nodes for a person; `over`: it is good news."""

    node: str  # its host; empty: the nodes together
    text: str
    is_over: bool = False
    is_blind: bool = False  # no node is left that can be believed
    at: Nanos  # by the machine's clock


class NodeGuard:
    """Watches one node or two."""

    def __init__(self, nodes: Nodes, bearings: Bearings, options: TrustOptions) -> None:
        self._nodes, self._bearings, self._options = nodes, bearings, options
        self._evidence = Evidence(nodes.each)
        self._known = KnownHeaders()
        self._court = Court(self._evidence, self._known)
        self.records = tuple(NodeRecord(url=node.url) for node in nodes.each)
        self._active = 0
        self._round: TrustRound | None = None
        self._best: Header | None = None  # newest block of a believed node, at earlier heads
        self._nonce: int | None = None  # proven, at an earlier head
        self._apart = 0  # heads in a row
        self._vouched = ""  # the last block that every believed node said the same about
        self.on_trouble: Callable[[Trouble], None] = lambda _: None
        self.on_turn: Callable[[], None] = lambda: None  # what was read came from another node

    @contextmanager
    def watching(self, head: Head) -> Iterator[None]:
        """Ask every node about a head while it is dealt with, and judge them afterwards.

        Raises:
            HeadDoubted: there is nothing to deal with.
        """
        self._nodes.reading.begin()
        parent, patience_s = self._known.of(head.parent_hash), self._options.patience_s
        self._round = TrustRound(self._nodes, self._bearings, head, parent, patience_s)
        failed: NodeUnreachable | None = None
        try:
            self._require_new(head)
            yield
        except NodeUnreachable as error:
            failed = error
            raise
        finally:
            try:
                self._judge(self._round, failed)
            finally:
                self._round.close()
                self._nodes.reading.begin()

    def forbids(self, book: MarketBook) -> NoPlan | None:
        """Return why nothing may be planned on a book; None: it may, as far as is known."""
        if self.records[self._active].is_trusted:
            if self._round is not None:
                self._round.ask()  # while the plan is made, the nodes have nothing else to do
            return None
        told = [f"{_host(one.url)}: {one.reason}" for one in self.records]
        return _refused(book, "; ".join(told))

    def unvouched(self, book: MarketBook) -> NoPlan | None:
        """Return why nothing may go out on `book` after its head was dealt with; None: it may."""
        if self._vouched == book.block_hash:
            return None
        return _refused(book, "the nodes were not found to agree about this block")

    def objection(self, book: MarketBook, nonce: int) -> NoPlan | None:
        """Return why a plan on `book` may not be signed with that nonce; None: nothing is wrong.

        Every node that is believed must have the block, and must have said the same about it.
        """
        found = self._round
        if found is None or found.head.hash != book.block_hash:
            return _refused(book, "the nodes were not asked about this block")
        trusted = [at for at, one in enumerate(self.records) if one.is_trusted]
        for at in trusted:
            seen = found.seen(at, wait=True)
            if wrong := _trouble_of(seen, found.head):
                return _refused(book, f"{_host(self.records[at].url)}: {wrong}")
        newest = found.newest(lambda at: at in trusted)
        if (late := self._overtaken(book, newest)) is not None:
            return late
        if len(trusted) > 1:
            compared = found.compared()
            told = compared.reason if isinstance(compared, Finding) else disagreement(compared)
            return _refused(book, f"the nodes differ: {told}") if told else None
        return self._nonce_objection(book, nonce)

    def _require_new(self, head: Head) -> None:
        """A second look at a head is allowed: after a slot without a block it is the newest."""
        known = self._known.of(head.hash)
        if known is not None and (wrong := head_as_announced(known, head)):
            raise HeadDoubted(head.number, wrong)
        if self._best is not None and self._known.is_below(head.hash, self._best):
            raise HeadDoubted(head.number, f"block {self._best.number} is out already")

    def _overtaken(self, book: MarketBook, newest: Header | None) -> NoPlan | None:
        if newest is None or not self._known.is_below(book.block_hash, newest):
            return None
        return _refused(book, f"block {newest.number} is out already")

    def _nonce_objection(self, book: MarketBook, nonce: int) -> NoPlan | None:
        """Where only one node is believed, its nonce must be what it was, or proven."""
        if nonce == self._nonce:
            return None
        proven = self._evidence.nonce(self._options.operator, book.block_hash)
        if proven is None or proven == nonce:
            return None
        return _refused(book, f"nonce {nonce} was told, {proven} is proven")

    def _judge(self, found: TrustRound, failed: NodeUnreachable | None) -> None:
        heard = self._nodes.reading.heard()
        verdicts = self._court.verdicts(found, self.records, self._active, heard)
        if failed is not None and failed.url == self._nodes.reading.url:
            verdicts = _with_failure(verdicts, self._active, failed)
        number, before = found.head.number, self.records
        self.records = tuple(
            record.judged(number, finding, self._options.good_blocks)
            for record, finding in zip(before, verdicts.findings, strict=True)
        )
        self._learn(found, verdicts)
        self._vouched = found.head.hash if self._is_settled(verdicts) else ""
        self._turn(was_trusted=before[self._active].is_trusted)
        for was, now in zip(before, self.records, strict=True):
            self._tell_change(was, now)
        self._tell_apart(verdicts.apart)

    def _is_settled(self, verdicts: Verdicts) -> bool:
        """Whether no node that is believed was found wrong, and they do not differ."""
        each = zip(self.records, verdicts.findings, strict=True)
        is_good = all(finding is None for record, finding in each if record.is_trusted)
        return is_good and not verdicts.apart and self.records[self._active].is_trusted

    def _learn(self, found: TrustRound, verdicts: Verdicts) -> None:
        good = [finding is None for finding in verdicts.findings]
        newest = found.newest(lambda at: self.records[at].is_trusted and good[at])
        self._best = newest or self._best
        if sum(one.is_trusted for one in self.records) == 1 and good[self._active]:
            self._nonce = self._evidence.nonce(self._options.operator, found.head.hash)

    def _turn(self, *, was_trusted: bool) -> None:
        """Read from a node that is believed; what one told that is not any more is forgotten."""
        chosen = first_trusted(self.records, self._active)
        if chosen == self._active:
            return
        if chosen is None:
            if was_trusted:
                self.on_turn()
            return
        self._active = chosen
        reading = self._nodes.reading
        for client in (reading, *self._nodes.followers):
            client.move(self._nodes.each[chosen].url)
        reading.beside = self._nodes.each[1 - chosen]
        self.on_turn()

    def _tell_change(self, was: NodeRecord, now: NodeRecord) -> None:
        if was.is_trusted == now.is_trusted:
            return
        host, is_blind = _host(now.url), not any(one.is_trusted for one in self.records)
        if now.is_trusted:
            log.warning("node_believed_again", node=host, reason=was.reason)
            text = f"believed again after {self._options.good_blocks} good blocks"
        else:
            log.warning("node_quarantined", node=host, block=now.since, reason=now.reason)
            rest = "nothing is sent" if is_blind else f"read: {_host(self._nodes.reading.url)}"
            text = f"block {now.since}: {now.reason}; {rest}"
        self._say(host, text, is_over=now.is_trusted, is_blind=is_blind)

    def _tell_apart(self, apart: str) -> None:
        """A difference that nothing settles stops every plan; a person is told if it stays."""
        self._apart = self._apart + 1 if apart else 0
        if self._apart == _APART_TOLERATED + 1:
            log.warning("nodes_disagree", reason=apart)
            self._say("", f"{apart}, and nothing says which is right; nothing is sent")

    def _say(self, node: str, text: str, *, is_over: bool = False, is_blind: bool = False) -> None:
        at = Nanos(time.time_ns())
        self.on_trouble(Trouble(node=node, text=text, is_over=is_over, is_blind=is_blind, at=at))


def _refused(book: MarketBook, detail: str) -> NoPlan:
    return NoPlan(block=book.block, refusal=Refusal.NODE, detail=detail)


def _trouble_of(seen: Seen, head: Head) -> str:
    if seen.finding is not None:
        return seen.finding.reason
    if seen.header is None:
        return "it does not have the block"
    return head_as_announced(seen.header, head)


def _with_failure(verdicts: Verdicts, active: int, failed: NodeUnreachable) -> Verdicts:
    findings = list(verdicts.findings)
    found = Finding(f"it cannot be read: {failed.reason}", proven=isinstance(failed, NodeLied))
    findings[active] = findings[active] or found
    return msgspec.structs.replace(verdicts, findings=tuple(findings))


def _host(url: str) -> str:
    """Return a node without what its address may carry: a password, a key in the path."""
    return urlsplit(url).netloc.rpartition("@")[2]
