"""The gate before a signature: a plan's own calldata must run, and pay, on a fork of its block."""

from typing import TypeVar

import msgspec

from bot.chain.rpc import RpcClient
from bot.domain.assets import USDC
from bot.domain.errors import SimulationFailed
from bot.domain.messages import Head, NoPlan, Refusal
from bot.domain.plans import Mode, Plan
from bot.domain.units import Address, Raw, Wei
from bot.execution.access_list import AccessList, AccessLists, Touched, gas_saved, listed
from bot.execution.calldata import encode_execute
from bot.execution.in_process import InProcess
from bot.execution.signing import TransactionFields
from bot.execution.simulation import Call, Proposal
from bot.execution.simulation_gate import Passed, SimulationGate, Stopped
from bot.execution.simulation_node import NodeSimulator
from bot.market.book import MarketBook
from bot.strategy.costs import GasBid, bid_for
from bot.strategy.parameters import StrategyParameters, estimated_gas

_Found = TypeVar("_Found", Passed, tuple[str, ...])

# Asked on top of the planner's estimate, so that the simulated gas seldom exceeds it: where it does
# the calldata changes and must be simulated again.
_MARGIN_PARTS, _MARGIN_OF = 1, 8

# Refunds hide up to a fifth of what is spent, each nested call keeps a 64th back (EIP-150), and
# state may have moved. Gas that is not used costs nothing.
_GAS_LIMIT_FACTOR = 2


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """A plan that every simulator confirmed to the base unit, and what it pays to land."""

    plan: Plan
    call: Call
    gas_used: int
    bid: GasBid
    nonce: int  # of the operator's next transaction
    simulators: tuple[str, ...] = ()  # who confirmed it

    def fields(self, chain_id: int) -> TransactionFields:
        """Return what is to be signed."""
        return TransactionFields(
            chain_id=chain_id,
            nonce=self.nonce,
            to=self.call.to,
            data=self.call.data,
            gas_limit=self.gas_used * _GAS_LIMIT_FACTOR,
            max_fee_per_gas=self.bid.max_fee_per_gas,
            priority_fee_per_gas=self.bid.priority_fee_per_gas,
            access_list=self.call.access_list,
        )


class PlanCheck:
    """Simulates plans as `operator` would send them to `executor`."""

    def __init__(
        self,
        rpc: RpcClient,
        executor: Address,
        operator: Address,
        gate: SimulationGate | None = None,
        lists: AccessLists | None = None,
    ) -> None:
        """Without a `gate` it is the node and revm; without `lists` nothing is named in advance."""
        self._rpc, self._executor, self._operator = rpc, executor, operator
        self._gate = gate or SimulationGate((InProcess(rpc), NodeSimulator(rpc)))
        self._lists = lists
        self._touched: tuple[Plan, Touched] | None = None  # by the last plan, until it is learnt

    def check(
        self, plan: Plan, book: MarketBook, parameters: StrategyParameters
    ) -> Checked | NoPlan:
        """Return the plan with its real gas priced in, or why it does not pay after all.

        Raises:
            SimulationFailed: a simulator does not agree with the plan to the base unit, or did not
                answer; or the operator cannot pay the gas.
            NodeUnreachable: no answer about the operator's account.
        """
        plan = _with_margin(plan)
        named = () if self._lists is None else self._lists.of(plan)
        proposal = self._proposal(plan, book, parameters, named)
        ran = self._confirmed(proposal)
        bid = bid_for(book, plan.token, plan.profit, ran.gas_used, parameters)
        if book.in_usdc(plan.token, plan.profit - bid.cost) < parameters.min_net_profit:
            return _below_cost(plan, bid, parameters)
        touched = ran.passed.touched or {}
        if bid.cost > plan.min_profit or gas_saved(named, touched) < 0:
            # The digits of the least profit are calldata too: a few gas more or less.
            plan = msgspec.structs.replace(plan, min_profit=max(bid.cost, plan.min_profit))
            named = () if self._lists is None else listed(touched)
            proposal = self._proposal(plan, book, parameters, named)
            ran = self._confirmed(proposal)
            bid = bid_for(book, plan.token, plan.profit, ran.gas_used, parameters)
        return self._signed(proposal, ran, bid)

    def learn(self, _: Head) -> None:
        """Make use of what the last plan touched for the access lists of later ones."""
        touched, self._touched = self._touched, None
        if self._lists is not None and touched is not None:
            self._lists.learn(*touched)

    def _proposal(
        self, plan: Plan, book: MarketBook, parameters: StrategyParameters, named: AccessList
    ) -> Proposal:
        """Return the transaction with the fees of the gas that the planner expects."""
        is_program, has_tip = plan.mode is Mode.PUSH, plan.tip is not None
        gas = estimated_gas(plan.legs, plan.loans, program=is_program, tip=has_tip)
        bid = bid_for(book, plan.token, plan.profit, gas, parameters)
        call = Call(
            sender=self._operator,
            to=self._executor,
            data=encode_execute(plan),
            gas_limit=gas * _GAS_LIMIT_FACTOR,
            max_fee_per_gas=bid.max_fee_per_gas,
            priority_fee_per_gas=bid.priority_fee_per_gas,
            access_list=named,
        )
        return Proposal(plan=plan, book=book, call=call)

    def _confirmed(self, proposal: Proposal) -> "_Run":
        """Return the gas used and the operator's account, once every simulator agrees.

        Raises:
            SimulationFailed: somebody does not.
            NodeUnreachable: no answer about the account.
        """
        at = {"blockHash": proposal.book.block_hash}
        account = [
            ("eth_getTransactionCount", (self._operator, at)),
            ("eth_getBalance", (self._operator, at)),
        ]
        with self._rpc.ask(account) as asked:
            passed = _required(self._gate.passes(proposal))
            nonce, balance = asked.all()
        if passed.touched is not None:
            self._touched = proposal.plan, passed.touched
        return _Run(passed=passed, nonce=int(nonce, 16), balance=Wei(int(balance, 16)))

    def _signed(self, proposal: Proposal, ran: "_Run", bid: GasBid) -> Checked:
        """Return the plan ready to be signed, once whoever wants the signature agrees as well.

        Raises:
            SimulationFailed: it does not, or the operator cannot pay the gas.
        """
        checked = Checked(
            plan=proposal.plan,
            call=proposal.call,
            gas_used=ran.gas_used,
            bid=bid,
            nonce=ran.nonce,
            simulators=ran.passed.simulators,
        )
        fields = checked.fields(proposal.book.chain_id)
        most = fields.gas_limit * fields.max_fee_per_gas
        if most > ran.balance:
            reason = f"it has {ran.balance} wei, and {most} is what gas and tip may take"
            raise SimulationFailed("the operator's account", reason, by_pools=False)
        call = msgspec.structs.replace(
            proposal.call,
            gas_limit=fields.gas_limit,
            max_fee_per_gas=fields.max_fee_per_gas,
            priority_fee_per_gas=fields.priority_fee_per_gas,
        )
        whole = msgspec.structs.replace(proposal, call=call, gas_used=ran.gas_used)
        names = _required(self._gate.passes_signed(whole, fields))
        return msgspec.structs.replace(checked, simulators=(*checked.simulators, *names))


class _Run(msgspec.Struct, frozen=True, kw_only=True):
    passed: Passed
    nonce: int
    balance: Wei

    @property
    def gas_used(self) -> int:
        return self.passed.gas_used


def _required(found: _Found | Stopped) -> _Found:
    if isinstance(found, Stopped):
        raise SimulationFailed(found.simulators, found.reason, by_pools=found.by_pools)
    return found


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
