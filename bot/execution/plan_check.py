"""The gate before a signature: a plan's own calldata must run, and pay, on a fork of its block."""

from typing import Any

import msgspec
import structlog

from bot.chain.rpc import RpcClient
from bot.domain.assets import USDC
from bot.domain.errors import NodeRefused
from bot.domain.messages import NoPlan, Refusal
from bot.domain.plans import Plan
from bot.domain.units import Address, Raw
from bot.execution.calldata import encode_execute
from bot.execution.prestate import prestate_of, read_prestate, simulate_on_prestate
from bot.execution.simulation import (
    Call,
    Simulated,
    require_equal,
    simulate_in_process,
    simulate_on_node,
    simulated_on_node,
    simulation_on_node,
)
from bot.market.book import MarketBook
from bot.strategy.costs import GasBid, bid_for
from bot.strategy.parameters import StrategyParameters

log = structlog.get_logger()

# Asked on top of the planner's estimate, so that the simulated gas seldom exceeds it: where it does
# the calldata changes and must be simulated again.
_MARGIN_PARTS, _MARGIN_OF = 1, 8
_NO_SUCH_CALL = (-32601, -32602)  # JSON-RPC: unknown method, unknown tracer


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """A plan that two simulators confirmed to the base unit, and what it pays to land."""

    plan: Plan
    call: Call
    gas_used: int
    bid: GasBid
    nonce: int  # of the operator's next transaction


class _Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What one request told about a call."""

    simulated: Simulated
    trace: Any  # what revm needs, or the node's refusal to tell it
    nonce: int


class PlanCheck:
    """Simulates plans as `operator` would send them to `executor`."""

    def __init__(self, rpc: RpcClient, executor: Address, operator: Address) -> None:
        self._rpc, self._executor, self._operator = rpc, executor, operator
        self._traces = True  # until the node says that it does not

    def check(
        self, plan: Plan, book: MarketBook, parameters: StrategyParameters
    ) -> Checked | NoPlan:
        """Return the plan with its real gas priced in, or why it does not pay after all.

        Raises:
            SimulationFailed: the calldata reverted or ended elsewhere than the plan.
            NodeUnreachable: no answer from the node.
        """
        plan = _with_margin(plan)
        seen = self._look(plan, book)
        simulated = seen.simulated
        bid = bid_for(book, plan.token, plan.profit, simulated.gas_used, parameters)
        if book.in_usdc(plan.token, plan.profit - bid.cost) < parameters.min_net_profit:
            return _below_cost(plan, bid, parameters)
        if bid.cost > plan.min_profit:
            plan = msgspec.structs.replace(plan, min_profit=bid.cost)
            simulated = simulate_on_node(self._rpc, book, self._call(plan))
            require_equal(plan, simulated, "the node")
            # The digits of the least profit are calldata too: a few gas more or less.
            bid = bid_for(book, plan.token, plan.profit, simulated.gas_used, parameters)
        require_equal(plan, self._in_process(plan, book, seen.trace), "pyrevm")
        return Checked(
            plan=plan,
            call=self._call(plan),
            gas_used=simulated.gas_used,
            bid=bid,
            nonce=seen.nonce,
        )

    def _look(self, plan: Plan, book: MarketBook) -> _Seen:
        """Simulate on the node, and ask in the same request for what the later steps need.

        Raises:
            SimulationFailed: it reverted or ended elsewhere than the plan.
            NodeUnreachable: no answer, or none about the nonce.
        """
        call = self._call(plan)
        at = {"blockHash": book.block_hash}
        calls = [simulation_on_node(book, call), ("eth_getTransactionCount", (call.sender, at))]
        if self._traces:
            calls.append(prestate_of(book, call))
        answer, nonce, *traces = self._rpc.batch_each(calls)
        if isinstance(nonce, NodeRefused):
            raise nonce
        simulated = simulated_on_node(answer)
        require_equal(plan, simulated, "the node")
        return _Seen(simulated=simulated, trace=traces[0] if traces else None, nonce=int(nonce, 16))

    def _in_process(self, plan: Plan, book: MarketBook, trace: Any) -> Simulated:
        call = self._call(plan)
        refused = trace is None or isinstance(trace, NodeRefused)
        if isinstance(trace, NodeRefused) and trace.code in _NO_SUCH_CALL:
            self._traces = False
            log.warning("node_does_not_trace", reason=str(trace))
        if refused or plan.parent_hash:
            return simulate_in_process(self._rpc.url, book, call)
        return simulate_on_prestate(read_prestate(self._rpc.url, trace), book, call)

    def _call(self, plan: Plan) -> Call:
        return Call(sender=self._operator, to=self._executor, data=encode_execute(plan))


def _with_margin(plan: Plan) -> Plan:
    asked = plan.min_profit + plan.min_profit * _MARGIN_PARTS // _MARGIN_OF
    return msgspec.structs.replace(plan, min_profit=Raw(min(asked, plan.profit)))


def _below_cost(plan: Plan, bid: GasBid, parameters: StrategyParameters) -> NoPlan:
    token = plan.token
    detail = (
        f"{plan.route}: profit {token.show(plan.profit, 4)}, simulated gas and tip "
        f"{token.show(bid.cost, 4)}, least net profit {USDC.show(parameters.min_net_profit, 4)}"
    )
    return NoPlan(block=plan.block, refusal=Refusal.BELOW_COST, detail=detail)
