"""The gate before a signature: a plan's own calldata must run, and pay, on a fork of its block."""

import msgspec

from bot.chain.rpc import RpcClient
from bot.domain.assets import USDC
from bot.domain.messages import NoPlan, Refusal
from bot.domain.plans import Plan
from bot.domain.units import Address
from bot.execution.calldata import encode_execute
from bot.execution.simulation import (
    Call,
    Simulated,
    require_equal,
    simulate_in_process,
    simulate_on_node,
)
from bot.market.book import MarketBook
from bot.strategy.costs import GasBid, bid_for
from bot.strategy.parameters import StrategyParameters


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """A plan that two simulators confirmed to the base unit, and what it pays to land."""

    plan: Plan
    call: Call
    gas_used: int
    bid: GasBid


class PlanCheck:
    """Simulates plans as `operator` would send them to `executor`."""

    def __init__(self, rpc: RpcClient, executor: Address, operator: Address) -> None:
        self._rpc, self._executor, self._operator = rpc, executor, operator

    def check(
        self, plan: Plan, book: MarketBook, parameters: StrategyParameters
    ) -> Checked | NoPlan:
        """Return the plan with its real gas priced in, or why it does not pay after all.

        Raises:
            SimulationFailed: the calldata reverted or ended elsewhere than the plan.
            NodeUnreachable: no answer from the node.
        """
        simulated = self._on_node(plan, book)
        bid = bid_for(book, plan.token, plan.profit, simulated.gas_used, parameters)
        if book.in_usdc(plan.token, plan.profit - bid.cost) < parameters.min_net_profit:
            return _below_cost(plan, bid, parameters)
        if bid.cost > plan.min_profit:
            plan = msgspec.structs.replace(plan, min_profit=bid.cost)
            simulated = self._on_node(plan, book)
            # The digits of the least profit are calldata too: a few gas more or less.
            bid = bid_for(book, plan.token, plan.profit, simulated.gas_used, parameters)
        call = self._call(plan)
        require_equal(plan, simulate_in_process(self._rpc.url, book, call), "pyrevm")
        return Checked(plan=plan, call=call, gas_used=simulated.gas_used, bid=bid)

    def _on_node(self, plan: Plan, book: MarketBook) -> Simulated:
        simulated = simulate_on_node(self._rpc, book, self._call(plan))
        require_equal(plan, simulated, "the node")
        return simulated

    def _call(self, plan: Plan) -> Call:
        return Call(sender=self._operator, to=self._executor, data=encode_execute(plan))


def _below_cost(plan: Plan, bid: GasBid, parameters: StrategyParameters) -> NoPlan:
    token = plan.token
    detail = (
        f"{plan.route}: profit {token.show(plan.profit, 4)}, simulated gas and tip "
        f"{token.show(bid.cost, 4)}, least net profit {USDC.show(parameters.min_net_profit, 4)}"
    )
    return NoPlan(block=plan.block, refusal=Refusal.BELOW_COST, detail=detail)
