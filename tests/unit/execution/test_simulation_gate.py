"""A plan goes out only if everybody who is asked says exactly what it says."""

import pytest
from fakes.simulators import (
    FIELDS,
    GAS_USED,
    PROPOSAL,
    ToldSimulator,
    agreeing,
    signed_as_bytes,
)
from msgspec.structs import replace

from bot.domain.errors import NodeRefused, NodeUnreachable, RepegError, SimulationFailed
from bot.domain.plans import Tip
from bot.domain.units import Bps, Raw, Wei
from bot.execution.simulation import (
    Disagrees,
    Failed,
    Figure,
    Proposal,
    Simulated,
    Verdict,
    heard,
)
from bot.execution.simulation_gate import Passed, SignedSimulation, SimulationGate, Stopped

PLAN = PROPOSAL.plan


def stopped_by(*verdicts: Verdict) -> Stopped:
    found = SimulationGate([ToldSimulator(one.simulator, one) for one in verdicts]).passes(PROPOSAL)
    assert isinstance(found, Stopped)
    return found


def off_by_one(name: str) -> Disagrees:
    planned = PLAN.profit
    return Disagrees(simulator=name, figure=Figure.PROFIT, planned=planned, found=planned - 1)


def test_all_are_asked_before_the_first_is_waited_for() -> None:
    asked = [ToldSimulator("revm", agreeing("revm", gas=None)), ToldSimulator("the node")]
    waiting: list[int] = []
    asked[0].on_hearing = lambda: waiting.append(sum(len(one.proposals) for one in asked))
    found = SimulationGate(asked).passes(PROPOSAL)
    assert waiting == [2]
    assert found == Passed(gas_used=GAS_USED, touched=None, simulators=("revm", "the node"))


@pytest.mark.parametrize("at", [0, 1, 2])
def test_one_that_disagrees_by_one_base_unit_stops_the_plan_with_both_figures(at: int) -> None:
    names = ("revm", "the node", "the second node")
    verdicts: list[Verdict] = [agreeing(name) for name in names]
    verdicts[at] = off_by_one(names[at])
    found = stopped_by(*verdicts)
    assert found.simulators == names[at]
    assert f"{PLAN.profit - 1}" in found.reason
    assert f"{PLAN.profit}" in found.reason


def test_a_missing_answer_stops_the_plan_and_is_no_doubt_of_its_pools() -> None:
    missing = Failed(simulator="the node", reason="timed out", is_missing=True)
    found = stopped_by(agreeing("revm"), missing)
    assert (found.reason, found.by_pools) == ("timed out", False)


def test_pools_are_doubted_only_where_nobody_knows_another_reason() -> None:
    reverted = Failed(simulator="revm", reason="ProfitBelowMinimum", by_pools=True)
    paused = Failed(simulator="the node", reason="IsPaused")
    assert stopped_by(reverted, off_by_one("the node")).by_pools
    found = stopped_by(reverted, paused)
    assert not found.by_pools
    assert found.reason == "revm: ProfitBelowMinimum; the node: IsPaused"


def test_two_nodes_that_measure_other_gas_do_not_agree() -> None:
    found = stopped_by(agreeing("the node"), agreeing("the second node", gas=GAS_USED + 1))
    assert found.simulators == "the second node"
    assert "gas" in found.reason


def test_a_plan_whose_gas_nobody_tells_does_not_pass() -> None:
    assert "gas" in stopped_by(agreeing("revm", gas=None)).reason


def signed_gate(verdict: Verdict | None = None, *, required: bool = True) -> SimulationGate:
    relay = ToldSimulator("the relay", verdict)
    signed = SignedSimulation(simulator=relay, sign=signed_as_bytes, is_required=required)
    return SimulationGate([], signed)


def test_what_is_shown_to_the_relay_is_what_is_signed() -> None:
    relay = ToldSimulator("the relay")
    gate = SimulationGate([], SignedSimulation(simulator=relay, sign=signed_as_bytes))
    assert gate.passes_signed(PROPOSAL, FIELDS) == ("the relay",)
    assert [one.signed for one in relay.proposals] == [signed_as_bytes(FIELDS).raw]


def test_without_a_relay_nothing_is_signed_for_one() -> None:
    assert SimulationGate([]).passes_signed(PROPOSAL, FIELDS) == ()


@pytest.mark.parametrize(
    ("verdict", "required", "stops"),
    [
        (Failed(simulator="the relay", reason="429", is_missing=True), True, True),
        (Failed(simulator="the relay", reason="429", is_missing=True), False, False),
        (Failed(simulator="the relay", reason="reverted"), False, True),
        (off_by_one("the relay"), False, True),
    ],
)
def test_only_a_relay_that_is_not_required_may_be_silent_and_none_may_disagree(
    verdict: Verdict, *, required: bool, stops: bool
) -> None:
    found = signed_gate(verdict, required=required).passes_signed(PROPOSAL, FIELDS)
    assert isinstance(found, Stopped) == stops


def said(simulated: Simulated, proposal: Proposal = PROPOSAL) -> Verdict:
    return heard("the node", proposal, lambda: simulated)


@pytest.mark.parametrize("off", [-1, 1])
def test_a_builder_that_gets_one_wei_more_or_less_than_planned_is_a_disagreement(off: int) -> None:
    owed = PROPOSAL.call.priority_fee_per_gas * GAS_USED
    found = said(Simulated(profit=PLAN.profit, gas_used=GAS_USED, paid=Wei(owed + off)))
    assert isinstance(found, Disagrees)
    assert (found.figure, found.planned, found.found) == (Figure.PAYMENT, owed, owed + off)


@pytest.mark.parametrize(("direct", "agrees"), [(0, True), (100, True), (101, False)])
def test_a_plan_that_tips_on_chain_may_pay_up_to_its_cap(direct: int, *, agrees: bool) -> None:
    plan = replace(PLAN, tip=Tip(share=Bps(1_000), cap=Wei(100)))
    owed = PROPOSAL.call.priority_fee_per_gas * GAS_USED
    simulated = Simulated(profit=plan.profit, gas_used=GAS_USED, paid=Wei(owed + direct))
    assert isinstance(said(simulated, replace(PROPOSAL, plan=plan)), Disagrees) != agrees


@pytest.mark.parametrize(
    ("error", "missing"),
    [
        (SimulationFailed("the node", "ProfitBelowMinimum"), False),
        (NodeUnreachable("http://node", "timed out"), True),
        (NodeRefused("eth_simulateV1", -32000, "header not found"), True),
    ],
)
def test_whatever_goes_wrong_is_a_verdict(error: RepegError, *, missing: bool) -> None:
    def run() -> Simulated:
        raise error

    found = heard("the node", PROPOSAL, run)
    assert isinstance(found, Failed)
    assert found.is_missing == missing


def test_a_profit_of_one_base_unit_more_is_a_disagreement_too() -> None:
    assert isinstance(said(Simulated(profit=Raw(PLAN.profit + 1))), Disagrees)
