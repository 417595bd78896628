"""Composition of backruns, where a stream of hints is configured."""

import msgspec
from eth_account.signers.local import LocalAccount

from bot.backruns import BackrunParts, Backruns
from bot.chain.rpc import RpcClient
from bot.config import Config
from bot.domain.builders import Builder
from bot.engine import Parts
from bot.execution.bundle_letters import Identity
from bot.execution.hint_replay import HintReplay
from bot.execution.mev_share_relay import MevShareRelay, RelayReplay
from bot.execution.plan_check import PlanCheck
from bot.execution.signing import Operator
from bot.execution.simulation_gate import SignedSimulation, SimulationGate
from bot.feeds.hint_effects import Moved
from bot.feeds.hint_stream import HintFeed
from bot.relay_app import require_home
from bot.strategy.planning import ExecutionPlanner


class OwnParts(msgspec.Struct, frozen=True, kw_only=True):
    """What backruns do not share with the engine, and who signs."""

    rpc: RpcClient
    planner: ExecutionPlanner
    operator: Operator
    identity: LocalAccount


def with_backruns(config: Config, parts: Parts, own: OwnParts) -> Parts:
    """Return an engine's parts with what acts between heads, if a stream is configured.

    Raises:
        BadConfiguration: play bundles would leave this machine.
        NodeUnreachable: no answer.
    """
    options = config.mev_share
    if not options.stream:
        return parts
    url = options.url or config.relay.url
    require_home((Builder(name="mev_share", url=url),), config.relay.url, own.rpc)
    relay = MevShareRelay(url, Identity(own.identity), options)

    def check_of(moved: Moved) -> PlanCheck:
        signed = None
        if options.simulate:
            asked = RelayReplay(relay, moved.hint.hash)
            signed = SignedSimulation(simulator=asked, sign=own.operator.sign)
        gate = SimulationGate((HintReplay(own.rpc, moved),), signed)
        return PlanCheck(own.rpc, config.executor, own.operator.address, gate)

    trust = parts.trust
    backruns = Backruns(
        BackrunParts(
            hints=HintFeed(options.stream, silence_s=options.silence_s),
            last=parts.last,
            planner=own.planner,
            check_of=check_of,
            orders=parts.orders,
            relay=relay,
            journal=parts.journal,
            times=parts.times,
            forbids=(lambda _: None) if trust is None else trust.unvouched,
        )
    )
    return msgspec.structs.replace(parts, between=backruns.run)
