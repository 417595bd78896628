"""Composition of the way out: the relay alone, or builders beside it."""

import os
from collections.abc import Callable, Sequence

import msgspec
import structlog
from eth_account.signers.local import LocalAccount

from bot.chain.rpc import RpcClient
from bot.config import Config
from bot.domain.builders import Builder
from bot.domain.errors import BadConfiguration, NodeRefused
from bot.execution.builder_choice import tokens_of
from bot.execution.builder_line import BuilderAnswer
from bot.execution.bundle_letters import Identity
from bot.execution.bundle_sender import BundleSender
from bot.execution.bundles import BundleRelay, FlashbotsRelay
from bot.execution.fan_out import FanOut, FanOutOptions
from bot.execution.private_sender import PrivateRelay, PrivateSender
from bot.execution.send_times import SendTimes, by_heads
from bot.execution.signing import Operator
from bot.execution.slot_clock import MAINNET_GENESIS_S
from bot.modes import is_loopback

log = structlog.get_logger()

_PLAY_NODES = ("anvil", "hardhat", "ganache")  # as web3_clientVersion begins
_TO_BE_TOLD_S = 0.25  # what a relay that is alone answered in its last moment
_Told = Callable[[str, BuilderAnswer], None]


def open_relay(
    config: Config,
    identity: LocalAccount,
    rpc: RpcClient,
    told: _Told = lambda _, __: None,
    times: SendTimes | None = None,
) -> BundleRelay:
    """Return the configured relay, with the chosen builders beside it; `told` hears their answers.

    With `times` everybody is sent to at a time of the slot, and left alone for a while who fails
    again and again. Without, everybody at once, and a relay that is alone at every time.

    Raises:
        BadConfiguration: a token is missing, or play bundles would leave this machine.
        NodeUnreachable: no answer.
    """
    options = config.builders
    relay = FlashbotsRelay(
        config.relay.url,
        identity,
        timeout_s=config.relay.timeout_s,
        multiplex=options.multiplex,
    )
    builders = options.chosen
    if not builders and times is None:
        return relay
    require_home(builders, config.relay.url, rpc)
    fan = FanOutOptions(
        timeout_s=options.timeout_s if builders else config.relay.timeout_s + _TO_BE_TOLD_S,
        tokens=tokens_of(builders, os.environ),
        refund_percent=options.refund_percent,
        times=times or by_heads(),
    )
    return FanOut(relay, builders, Identity(identity), fan, told)


class Outward(msgspec.Struct, frozen=True, kw_only=True):
    """What the way out is joined to."""

    rpc: RpcClient
    told: _Told  # hears builders' answers
    times: SendTimes


def open_sender(
    config: Config, operator: Operator, identity: LocalAccount, joined: Outward
) -> BundleSender:
    """Return who signs and sends plans, as bundles or as private transactions.

    Raises:
        BadConfiguration, NodeUnreachable: see `open_relay`.
    """
    relay = open_relay(config, identity, joined.rpc, joined.told, joined.times)
    options, timeout_s = config.builders, config.relay.timeout_s
    if options.send_as == "bundle":
        return BundleSender(relay, operator, joined.times)
    log.warning("private_transactions", blocks=options.private.blocks, risk="a revert costs gas")
    signer = Identity(identity)
    line = PrivateRelay(config.relay.url, signer, options.private, timeout_s=timeout_s)
    return PrivateSender(relay, operator, line, joined.times)


def open_times(config: Config, rpc: RpcClient) -> SendTimes:
    """Return when bundles leave: by mainnet's slots, or by the heads of a play chain.

    Raises:
        NodeUnreachable: no answer.
    """
    timing = config.timing
    if timing.genesis_s is None:
        is_play = is_loopback(config.relay.url) or _why_play(rpc)
        genesis_s = 0 if is_play else MAINNET_GENESIS_S
        timing = msgspec.structs.replace(timing, genesis_s=genesis_s)
    return SendTimes(timing)


def require_home(builders: Sequence[Builder], relay_url: str, rpc: RpcClient) -> None:
    """Refuse builders elsewhere where relay or node are play: its bundles never leave the machine.

    A real node is often on this machine too: what it calls itself tells it from a play one.

    Raises:
        BadConfiguration: names the builder.
        NodeUnreachable: no answer.
    """
    away = [one for one in builders if not is_loopback(one.url)]
    if not away:
        return
    why = f"the relay {relay_url} is on it" if is_loopback(relay_url) else _why_play(rpc)
    if why:
        raise BadConfiguration(
            f"builders: {away[0].name} leads to {away[0].url}, but bundles stay on this machine "
            f"while {why}; take it out of [builders]"
        )


def _why_play(rpc: RpcClient) -> str:
    try:
        client = str(rpc.call("web3_clientVersion"))
    except NodeRefused:
        return ""
    is_play = client.lower().startswith(_PLAY_NODES)
    return f"the node {rpc.url} is a play one ({client})" if is_play else ""
