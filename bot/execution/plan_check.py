"""The gate before a signature: a plan's own calldata must run, and pay, on a fork of its block."""

import msgspec

from bot.chain.rpc import Asked, RpcClient
from bot.domain.assets import USDC
from bot.domain.errors import NodeRefused, SimulationFailed
from bot.domain.messages import NoPlan, Refusal
from bot.domain.plans import Plan
from bot.domain.units import Address, Raw
from bot.execution.calldata import encode_execute
from bot.execution.in_process import InProcess
from bot.execution.simulation import Call, require_equal, simulated_on_node, simulation_on_node
from bot.market.book import MarketBook
from bot.strategy.costs import GasBid, bid_for
from bot.strategy.parameters import StrategyParameters

# Asked on top of the planner's estimate, so that the simulated gas seldom exceeds it: where it does
# the calldata changes and must be simulated again.
_MARGIN_PARTS, _MARGIN_OF = 1, 8


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """A plan that two simulators confirmed to the base unit, and what it pays to land."""

    plan: Plan
    call: Call
    gas_used: int
    bid: GasBid
    nonce: int  # of the operator's next transaction


class PlanCheck:
    """Simulates plans as `operator` would send them to `executor`."""

    def __init__(self, rpc: RpcClient, executor: Address, operator: Address) -> None:
        self._rpc, self._executor, self._operator = rpc, executor, operator
        self._in_process = InProcess(rpc)

    def check(
        self, plan: Plan, book: MarketBook, parameters: StrategyParameters
    ) -> Checked | NoPlan:
        """Return the plan with its real gas priced in, or why it does not pay after all.

        Raises:
            SimulationFailed: the calldata reverted or ended elsewhere than the plan.
            NodeUnreachable: no answer from the node.
        """
        plan = _with_margin(plan)
        gas_used, nonce = self._simulate(plan, book)
        bid = bid_for(book, plan.token, plan.profit, gas_used, parameters)
        if book.in_usdc(plan.token, plan.profit - bid.cost) < parameters.min_net_profit:
            return _below_cost(plan, bid, parameters)
        if bid.cost > plan.min_profit:
            plan = msgspec.structs.replace(plan, min_profit=bid.cost)
            # The digits of the least profit are calldata too: a few gas more or less.
            gas_used, nonce = self._simulate(plan, book)
            bid = bid_for(book, plan.token, plan.profit, gas_used, parameters)
        call = self._call(plan)
        return Checked(plan=plan, call=call, gas_used=gas_used, bid=bid, nonce=nonce)

    def _simulate(self, plan: Plan, book: MarketBook) -> tuple[int, int]:
        """Return the gas used and the operator's nonce, once both simulators confirmed the plan.

        The node simulates while revm runs here on what the node told about the state.

        Raises:
            SimulationFailed: it reverted or ended elsewhere than the plan, in either.
            NodeUnreachable: no answer, or none about the nonce.
        """
        call, at = self._call(plan), {"blockHash": book.block_hash}
        confirming = [
            simulation_on_node(book, call),
            ("eth_getTransactionCount", (call.sender, at)),
        ]
        with (
            self._in_process.asked(plan, book, call) as traced,
            self._rpc.ask(confirming) as confirmed,
        ):
            ours = self._ours(plan, traced, book, call)
            answer, nonce = confirmed.each()
        if isinstance(nonce, NodeRefused):
            raise nonce
        theirs = simulated_on_node(answer)
        require_equal(plan, theirs, "the node")
        if ours is not None:
            raise ours
        return theirs.gas_used, int(nonce, 16)

    def _ours(
        self, plan: Plan, traced: Asked | None, book: MarketBook, call: Call
    ) -> SimulationFailed | None:
        """Return why revm does not confirm; the node is heard first, for it says more."""
        try:
            require_equal(plan, self._in_process.run(traced, book, call), "pyrevm")
        except SimulationFailed as error:
            self._in_process.distrust()
            return error
        return None

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
