"""The simulation in this process, on what the node tells of the state in one request."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import structlog

from bot.chain.rpc import Asked, RpcClient
from bot.domain.errors import NodeRefused, NodeUnreachable
from bot.execution.prestate import Codes, prestate_of, read_prestate, simulate_on_prestate
from bot.execution.revm import NAME, simulate_on_fork
from bot.execution.simulation import Agrees, Failed, Proposal, Simulated, Verdict, heard

log = structlog.get_logger()

_NO_SUCH_CALL = (-32601, -32602)  # JSON-RPC: unknown method, unknown tracer


class InProcess:
    """Runs plans in revm; a fork that reads slot by slot where the node does not trace."""

    name = NAME

    def __init__(self, rpc: RpcClient) -> None:
        self._rpc, self._codes = rpc, Codes(rpc)
        self._traces = True  # until the node says that it does not

    @contextmanager
    def asked(self, proposal: Proposal) -> Iterator[Callable[[], Verdict]]:
        """See `Simulator.asked`: asks for what the call touches; the hearer runs it."""
        with ExitStack() as stack:
            asked: Asked | None = None
            if self._traces and not proposal.plan.parent_hash:  # no parent's hash but on a fork
                request = prestate_of(proposal.book, proposal.call)
                try:
                    asked = stack.enter_context(self._rpc.ask([request]))
                except NodeUnreachable as error:
                    failed = Failed(simulator=NAME, reason=str(error), is_missing=True)
                    yield lambda: failed
                    return
            yield lambda: self._verdict(asked, proposal)

    def _verdict(self, asked: Asked | None, proposal: Proposal) -> Verdict:
        verdict = heard(NAME, proposal, lambda: self._run(asked, proposal))
        if not isinstance(verdict, Agrees):
            self._codes.forget()  # what is kept may be why
        return verdict

    def _run(self, asked: Asked | None, proposal: Proposal) -> Simulated:
        (trace,) = asked.each() if asked else (None,)
        if isinstance(trace, NodeRefused) and trace.code in _NO_SUCH_CALL:
            self._traces = False
            log.warning("node_does_not_trace", reason=str(trace))
        book, call = proposal.book, proposal.call
        if trace is None or isinstance(trace, NodeRefused):
            return simulate_on_fork(self._rpc.url, book, call)
        prestate = read_prestate(self._rpc.url, trace)
        return simulate_on_prestate(prestate, self._codes, book, call)
