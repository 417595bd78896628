"""What each node did wrong at one head: by itself, against the other, and against proofs."""

from collections.abc import Sequence
from typing import Any

import msgspec

from bot.chain.header_hash import Header
from bot.chain.quorum import Compared
from bot.chain.quorum_answers import difference, essence, lacks_block
from bot.chain.rpc import RpcCall
from bot.execution.node_trust import Finding, NodeRecord
from bot.execution.node_trust_evidence import Evidence
from bot.execution.node_trust_headers import KnownHeaders
from bot.execution.node_trust_round import TrustRound

MOST_BEHIND = 1  # blocks
_AUDITED = ("eth_getLogs", "eth_getTransactionCount")  # of a node that nobody else checks


class Verdicts(msgspec.Struct, frozen=True, kw_only=True):
    """What was found; `apart`: the nodes differ and nothing says who is right."""

    findings: tuple[Finding | None, ...]
    apart: str = ""


class Court:
    """Judges a round when its head is dealt with."""

    def __init__(self, evidence: Evidence, known: KnownHeaders) -> None:
        self._evidence, self._known = evidence, known

    def verdicts(
        self,
        found: TrustRound,
        records: Sequence[NodeRecord],
        active: int,
        heard: Sequence[tuple[RpcCall, Any]],
    ) -> Verdicts:
        """Return what is wrong with each node; `heard` is what the one that is read from said."""
        count = len(records)
        findings = [self._alone(found, at, records[at]) for at in range(count)]
        for at, finding in enumerate(self._behind(found, findings, records)):
            findings[at] = findings[at] or finding
        apart = ""
        other = 1 - active
        if count > 1 and not findings[active] and not findings[other]:
            apart = self._side_by_side(found, findings, records, active)
        if not findings[active] and not (count > 1 and records[other].is_trusted):
            findings[active] = self._audit(heard)
        return Verdicts(findings=tuple(findings), apart=apart)

    def _alone(self, found: TrustRound, at: int, record: NodeRecord) -> Finding | None:
        seen = found.seen(at, wait=True)
        if seen.finding is not None:
            return seen.finding
        if seen.newest is None:
            return Finding("it has no newest block")
        highest = self._known.went_back(at, seen.newest)
        if highest is not None:
            back = f"it went back from block {highest.number} to {seen.newest.number}"
            return Finding(back, proven=True)
        for header in (seen.header, seen.newest):
            if header is not None:
                self._known.learn(header)
        if seen.header is None and not record.is_trusted:
            return Finding(f"it does not have block {found.head.number}")
        return None

    def _behind(
        self,
        found: TrustRound,
        findings: Sequence[Finding | None],
        records: Sequence[NodeRecord],
    ) -> list[Finding | None]:
        """Return who is more than a block behind the best that a believed node tells."""
        best = found.newest(lambda at: records[at].is_trusted and findings[at] is None)
        verdicts: list[Finding | None] = []
        for at in range(len(records)):
            newest = found.seen(at).newest
            late = 0 if best is None or newest is None else best.number - newest.number
            verdicts.append(
                Finding(f"it is {late} blocks behind", proven=True) if late > MOST_BEHIND else None
            )
        return verdicts

    def _side_by_side(
        self,
        found: TrustRound,
        findings: list[Finding | None],
        records: Sequence[NodeRecord],
        active: int,
    ) -> str:
        """Compare the answers, and put what is wrong into `findings`; return what stays open."""
        other = 1 - active
        compared = found.compared()
        if isinstance(compared, Finding):
            findings[other] = compared
            return ""
        if found.seen(other).header is None:
            return _two_chains(found, other)
        judged: set[str] = set()
        apart = ""
        for one in compared:
            differs = _differs(one)
            if not differs or one.call[0] in judged:
                continue
            judged.add(one.call[0])
            apart = self._blame(one, findings, records, active) or apart
        return apart

    def _blame(
        self,
        one: Compared,
        findings: list[Finding | None],
        records: Sequence[NodeRecord],
        active: int,
    ) -> str:
        """Say which node is wrong, by a proof; without one it is whoever was wrong before."""
        method, other = one.call[0], 1 - active
        truth = self._evidence.truth(one.call)
        if truth is not None:
            right = essence(method, truth)
            for at, said in ((active, one.ours), (other, one.theirs)):
                if essence(method, said) != right:
                    findings[at] = Finding(
                        f"its answer to {method} is not the chain's", proven=True
                    )
            return ""
        if not records[other].is_trusted:
            findings[other] = Finding(f"its answer to {method} is not the other node's")
            return ""
        return f"the nodes differ in their answers to {method}"

    def _audit(self, heard: Sequence[tuple[RpcCall, Any]]) -> Finding | None:
        """Hold logs and nonces of the only node there is against proofs."""
        for call, said in heard:
            if call[0] not in _AUDITED or said is None or lacks_block(said):
                continue
            truth = self._evidence.truth(call)
            if truth is not None and essence(call[0], said) != essence(call[0], truth):
                return Finding(f"its answer to {call[0]} is not the chain's", proven=True)
        return None


def disagreement(compared: Sequence[Compared]) -> str:
    """Return the first answer that two nodes differ in; empty: none."""
    return next((told for one in compared if (told := _differs(one))), "")


def _differs(one: Compared) -> str:
    return difference(one.call, one.ours, one.theirs)


def _two_chains(found: TrustRound, other: int) -> str:
    newest: Header | None = found.seen(other).newest
    if newest is None or newest.number < found.head.number:
        return ""
    return f"one node has block {found.head.number}, the other another one at that height"
