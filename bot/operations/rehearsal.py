"""The best plan of this moment, run through the simulators and explained; nothing is sent."""

import msgspec

from bot.app import build_watch, open_node
from bot.config import Config
from bot.decision import decide
from bot.domain.assets import Token
from bot.domain.messages import NoPlan, Refusal
from bot.domain.plans import Leg
from bot.domain.units import Address, Raw, Wei
from bot.execution.plan_check import Checked
from bot.operations.heads import latest_head
from bot.operations.roles import read_roles
from bot.simulation_app import build_check


class Amount(msgspec.Struct, frozen=True, kw_only=True):
    """An amount as the contracts count it and as people read it."""

    token: str
    raw: Raw
    human: str


class LegView(msgspec.Struct, frozen=True, kw_only=True):
    """One swap."""

    pool: str
    address: Address
    paid: Amount
    received: Amount


class Rehearsal(msgspec.Struct, frozen=True, kw_only=True):
    """A decision as it would be taken now; all after `refusal` only where a plan stood the test."""

    ok: bool  # a plan stood the test, or nothing pays
    block: int
    pays: bool
    verdict: str
    refusal: str | None = None
    target_block: int | None = None
    route: str | None = None
    funding: str | None = None  # who advances the stake: a pool of the route, or lenders
    stake: Amount | None = None
    fee: Amount | None = None
    legs: tuple[LegView, ...] = ()
    profit: Amount | None = None  # by plan and simulators alike, before gas and tip
    gas_used: int | None = None
    max_fee_per_gas_wei: Wei | None = None
    priority_fee_per_gas_wei: Wei | None = None
    cost_wei: Wei | None = None
    cost: Amount | None = None  # gas and tip in the token of the profit
    net: Amount | None = None
    simulators: tuple[str, ...] = ()


def simulate_once(config: Config) -> Rehearsal:
    """Decide on the newest block as the engine would, as the executor's own operator; send nothing.

    Needs no key.

    Raises:
        BadConfiguration: no executor at the configured address.
        NodeUnreachable: no answer.
        WrongChain: another chain than configured.
    """
    rpc = open_node(config)
    roles = read_roles(rpc, config.executor)
    pools, planner = build_watch(config)
    book = pools.read(latest_head(rpc))
    check = build_check(config, rpc, roles.operator)
    return rehearsal_of(decide(book, planner, check))


def rehearsal_of(decision: Checked | NoPlan) -> Rehearsal:
    """Return the decision in words and numbers."""
    if isinstance(decision, NoPlan):
        return Rehearsal(
            ok=decision.refusal is not Refusal.SIMULATION,
            block=decision.block,
            pays=False,
            verdict=decision.line,
            refusal=decision.refusal.name.lower(),
        )
    plan, bid = decision.plan, decision.bid
    return Rehearsal(
        ok=True,
        block=plan.block,
        pays=True,
        verdict=f"would pay: {plan.route}",
        target_block=plan.max_block,
        route=plan.route,
        funding=plan.funding,
        stake=amount_of(plan.token, plan.stake),
        fee=amount_of(plan.token, plan.fee),
        legs=tuple(_leg(leg) for leg in plan.swaps),
        profit=amount_of(plan.token, plan.profit),
        gas_used=decision.gas_used,
        max_fee_per_gas_wei=bid.max_fee_per_gas,
        priority_fee_per_gas_wei=bid.priority_fee_per_gas,
        cost_wei=bid.total,
        cost=amount_of(plan.token, bid.cost),
        net=amount_of(plan.token, Raw(plan.profit - bid.cost)),
        simulators=decision.simulators,
    )


def _leg(leg: Leg) -> LegView:
    return LegView(
        pool=leg.pool.name,
        address=leg.pool.address,
        paid=amount_of(leg.token_in, leg.amount_in),
        received=amount_of(leg.token_out, leg.amount_out),
    )


def amount_of(token: Token, raw: Raw) -> Amount:
    """Return `raw` in both notations, with all its digits."""
    return Amount(token=token.symbol, raw=raw, human=token.show(raw, token.decimals))
