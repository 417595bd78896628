"""One client for two nodes: what is asked of the first about a block, the second is asked as well.

The other node's answers are not waited for: they are read when a plan is about to go out, or when
the head is dealt with.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from typing import Any

import msgspec

from bot.chain.quorum_answers import block_of, lacks_block
from bot.chain.rpc import Asked, RpcCall, RpcClient
from bot.domain.errors import NodeUnreachable

_POLL_S = 0.01
_WHOLE_TRANSACTIONS = False


class Compared(msgspec.Struct, frozen=True):
    """One request, and what each of the two nodes said."""

    call: RpcCall
    ours: Any
    theirs: Any


class MirroredRpc(RpcClient):
    """Asks one node, and where there is another, that one too."""

    def __init__(self, url: str, beside: RpcClient | None, *, timeout_s: float) -> None:
        super().__init__(url, timeout_s=timeout_s)
        self.beside = beside
        self._open: list[_Pair] = []
        self._opened = ExitStack()

    def begin(self) -> None:
        """Forget what was asked before: another head is looked at."""
        self._opened.close()
        self._open.clear()

    def ask(self, calls: Sequence[RpcCall]) -> Asked:
        """Send `calls` to the node, and those about one block to the other too.

        Raises:
            NodeUnreachable: they could not be sent to the node; the other's trouble is kept.
        """
        requests = [self._request(method, params) for method, params in calls]
        heard = _Heard(self.url, requests, self._begin(requests) if requests else None)
        chosen = [at for at, call in enumerate(calls) if block_of(call) is not None]
        if chosen:
            wanted = [calls[at] for at in chosen]
            self._open.append(_Pair(wanted, chosen, heard, self._beside_asked(wanted)))
        return heard

    def compared(self, patience_s: float) -> list[Compared]:
        """Return what both nodes said since `begin`; the other's answers are read now.

        A block that the other node does not have is waited for, up to `patience_s` in all.

        Raises:
            NodeUnreachable: the other node did not answer.
        """
        deadline = time.monotonic() + patience_s
        found = [one for pair in self._open for one in self._answers(pair, deadline)]
        self._open.clear()
        self._opened.close()
        return found

    def heard(self) -> list[tuple[RpcCall, Any]]:
        """Return what the node itself said about blocks since `begin`; None: nothing yet."""
        return [
            (call, pair.heard.results[at] if pair.heard.results else None)
            for pair in self._open
            for call, at in zip(pair.calls, pair.places, strict=True)
        ]

    def close(self) -> None:
        """Drop the pooled connections."""
        super().close()
        self.begin()

    def _beside_asked(self, calls: list[RpcCall]) -> Asked | NodeUnreachable | None:
        if self.beside is None:
            return None
        try:
            return self._opened.enter_context(self.beside.ask(calls))
        except NodeUnreachable as error:
            return error

    def _answers(self, pair: "_Pair", deadline: float) -> Iterator[Compared]:
        if self.beside is None or pair.beside is None or not pair.heard.results:
            return
        if isinstance(pair.beside, NodeUnreachable):
            raise pair.beside
        theirs = pair.beside.each()
        ours = [pair.heard.results[at] for at in pair.places]
        behind = any(
            lacks_block(they) and not lacks_block(we) for they, we in zip(theirs, ours, strict=True)
        )
        if behind and wait_for_block(self.beside, str(block_of(pair.calls[-1])), deadline):
            theirs = self.beside.batch_each(pair.calls)
        for call, we, they in zip(pair.calls, ours, theirs, strict=True):
            yield Compared(call, we, they)


class _Heard(Asked):
    """Keeps what was answered."""

    results: Sequence[Any] = ()

    def each(self) -> list[Any]:
        found = super().each()
        self.results = found
        return found


class _Pair(msgspec.Struct, frozen=True):
    calls: list[RpcCall]
    places: list[int]  # of these calls in what the node was asked
    heard: _Heard
    beside: Asked | NodeUnreachable | None


def wait_for_block(node: RpcClient, block_hash: str, deadline: float) -> bool:
    """Wait until a node has a block; False: it does not, in that time."""
    while True:
        (answer,) = node.batch_each([("eth_getBlockByHash", (block_hash, _WHOLE_TRANSACTIONS))])
        if isinstance(answer, dict):
            return True
        if time.monotonic() >= deadline:
            return False
        time.sleep(_POLL_S)
