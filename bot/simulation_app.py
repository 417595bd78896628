"""Composition of the gate before a signature: who must confirm a plan."""

from eth_account.signers.local import LocalAccount

from bot.chain.rpc import RpcClient
from bot.config import Config
from bot.domain.units import Address
from bot.execution.access_list import AccessLists
from bot.execution.bundles import FlashbotsRelay
from bot.execution.in_process import InProcess
from bot.execution.plan_check import PlanCheck
from bot.execution.signing import Operator
from bot.execution.simulation import Simulator
from bot.execution.simulation_gate import SignedSimulation, SimulationGate
from bot.execution.simulation_node import NodeSimulator
from bot.execution.simulation_relay import RelaySimulator


def build_check(
    config: Config,
    rpc: RpcClient,
    operator: Address,
    signed: SignedSimulation | None = None,
) -> PlanCheck:
    """Return what confirms plans of `operator` with the configured simulators.

    Without `signed` nothing is signed, so the relay is not asked: see `relay_check`. Access lists
    are made of what `PlanCheck.learn` is told to learn.
    """
    options = config.simulation
    first: list[Simulator] = [InProcess(rpc)] if "revm" in options.simulators else []
    first.append(NodeSimulator(rpc))
    lists = AccessLists() if options.access_lists else None
    return PlanCheck(rpc, config.executor, operator, SimulationGate(first, signed), lists)


def relay_check(
    config: Config, operator: Operator, identity: LocalAccount
) -> SignedSimulation | None:
    """Return the relay's part, where it is configured, on a connection of its own."""
    options = config.simulation
    if "relay" not in options.simulators:
        return None
    relay = FlashbotsRelay(config.relay.url, identity, timeout_s=config.relay.timeout_s)
    return SignedSimulation(
        simulator=RelaySimulator(relay, options.relay_per_s),
        sign=operator.sign,
        is_required=options.relay_required,
    )
