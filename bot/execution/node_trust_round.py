"""One head, and what every node says about it: asked at once, read where it is needed."""

import time
from collections.abc import Callable, Sequence

import msgspec

from bot.chain.header_hash import Header
from bot.chain.quorum import Compared, MirroredRpc, wait_for_block
from bot.chain.rpc import RpcClient
from bot.domain.errors import NodeUnreachable
from bot.domain.messages import Head
from bot.execution.node_trust import Finding
from bot.execution.node_trust_bearings import Bearings, BearingsAsked, Seen


class Nodes(msgspec.Struct, frozen=True, kw_only=True):
    """The nodes there are: one or two."""

    reading: MirroredRpc  # what the engine reads through
    each: Sequence[RpcClient]  # to ask a node itself
    heads: Sequence[str]  # the address that each announces its heads from
    followers: Sequence[RpcClient] = ()  # who else reads from the node that is believed


class TrustRound:
    """What is known about the nodes at one head."""

    def __init__(
        self, nodes: Nodes, bearings: Bearings, head: Head, parent: Header | None, patience_s: float
    ) -> None:
        """Prepare; `parent` is the header of the head's parent, if it is known."""
        self.head, self._parent = head, parent
        self._nodes, self._bearings, self._patience_s = nodes, bearings, patience_s
        self._asked: list[BearingsAsked] = []
        self._seen: dict[int, Seen] = {}
        self._compared: list[Compared] | Finding | None = None
        self._deadline = 0.0  # of all waiting for nodes that are late with the block

    def ask(self) -> None:
        """Send the questions, if they are not on their way; they are read later."""
        if not self._asked:
            calls = self._bearings.calls(self.head)
            self._asked = [BearingsAsked(node, calls) for node in self._nodes.each]

    def seen(self, at: int, *, wait: bool = False) -> Seen:
        """Return what a node says; one that is late with the block may be waited for."""
        if at not in self._seen:
            self.ask()
            self._seen[at] = self._read(at, self._asked[at])
        found = self._seen[at]
        if wait and found.header is None and found.finding is None and self._comes(at):
            calls = self._bearings.calls(self.head)
            self._seen[at] = self._read(at, BearingsAsked(self._nodes.each[at], calls))
        return self._seen[at]

    def compared(self) -> list[Compared] | Finding:
        """Return what both nodes said to what was asked of the one, or what the other lacks."""
        if self._compared is None:
            try:
                self._compared = self._nodes.reading.compared(self._left_s())
            except NodeUnreachable as error:
                self._compared = Finding(f"it does not answer: {error.reason}")
        return self._compared

    def announced_by(self, at: int) -> bool:
        """Return whether a node told the head; where there is one, who else?"""
        if len(self._nodes.each) == 1:
            return True
        return self.head.source in (self._nodes.each[at].url, self._nodes.heads[at])

    def newest(self, trusted: Callable[[int], bool]) -> Header | None:
        """Return the newest block of the nodes that are believed and fit to be heard."""
        told = [self.seen(at).newest for at in range(len(self._nodes.each)) if trusted(at)]
        return max(
            (one for one in told if one is not None), key=lambda one: one.number, default=None
        )

    def close(self) -> None:
        """Give connections back that nobody reads from."""
        for asked in self._asked:
            asked.close()

    def _read(self, at: int, asked: BearingsAsked) -> Seen:
        answers = asked.answers()
        if isinstance(answers, Finding):
            return Seen(finding=answers)
        announced = self.announced_by(at)
        return self._bearings.seen(self.head, answers, self._parent, announced=announced)

    def _comes(self, at: int) -> bool:
        try:
            deadline = time.monotonic() + self._left_s()
            return wait_for_block(self._nodes.each[at], self.head.hash, deadline)
        except NodeUnreachable:
            return False

    def _left_s(self) -> float:
        """Return what is left of the patience, which begins when it is first needed."""
        self._deadline = self._deadline or time.monotonic() + self._patience_s
        return max(0.0, self._deadline - time.monotonic())
