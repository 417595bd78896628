"""The simulation in this process, on what the node tells of the state in one request."""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from bot.chain.rpc import Asked, RpcClient
from bot.domain.errors import NodeRefused
from bot.domain.plans import Plan
from bot.execution.prestate import Codes, prestate_of, read_prestate, simulate_on_prestate
from bot.execution.simulation import Call, Simulated, simulate_in_process
from bot.market.book import MarketBook

log = structlog.get_logger()

_NO_SUCH_CALL = (-32601, -32602)  # JSON-RPC: unknown method, unknown tracer


class InProcess:
    """Runs plans in revm; a fork that reads slot by slot where the node does not trace."""

    def __init__(self, rpc: RpcClient) -> None:
        self._rpc, self._codes = rpc, Codes(rpc)
        self._traces = True  # until the node says that it does not

    @contextmanager
    def asked(self, plan: Plan, book: MarketBook, call: Call) -> Iterator[Asked | None]:
        """Ask for what `call` touches; None where a fork has to do.

        Raises:
            NodeUnreachable: the request could not be sent.
        """
        if plan.parent_hash or not self._traces:
            yield None
            return
        with self._rpc.ask([prestate_of(book, call)]) as asked:
            yield asked

    def run(self, asked: Asked | None, book: MarketBook, call: Call) -> Simulated:
        """Run `call` as the first of the block after `book`.

        Raises:
            SimulationFailed: it reverted.
            NodeUnreachable: no answer from the node.
        """
        (trace,) = asked.each() if asked else (None,)
        if isinstance(trace, NodeRefused) and trace.code in _NO_SUCH_CALL:
            self._traces = False
            log.warning("node_does_not_trace", reason=str(trace))
        if trace is None or isinstance(trace, NodeRefused):
            return simulate_in_process(self._rpc.url, book, call)
        prestate = read_prestate(self._rpc.url, trace)
        return simulate_on_prestate(prestate, self._codes, book, call)

    def distrust(self) -> None:
        """Hear that a run ended elsewhere than its plan: what is kept may be why."""
        self._codes.forget()
