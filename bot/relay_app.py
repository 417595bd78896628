"""Composition of the way out: the relay alone, or builders beside it."""

import os
from collections.abc import Callable, Sequence

from eth_account.signers.local import LocalAccount

from bot.chain.rpc import RpcClient
from bot.config import Config
from bot.domain.builders import Builder
from bot.domain.errors import BadConfiguration, NodeRefused
from bot.execution.builder_choice import tokens_of
from bot.execution.builder_line import BuilderAnswer
from bot.execution.bundle_letters import Identity
from bot.execution.bundles import BundleRelay, FlashbotsRelay
from bot.execution.fan_out import FanOut, FanOutOptions
from bot.modes import is_loopback

_PLAY_NODES = ("anvil", "hardhat", "ganache")  # as web3_clientVersion begins
_Told = Callable[[str, BuilderAnswer], None]


def open_relay(
    config: Config, identity: LocalAccount, rpc: RpcClient, told: _Told = lambda _, __: None
) -> BundleRelay:
    """Return the configured relay, with the chosen builders beside it; `told` hears their answers.

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
    if not builders:
        return relay
    require_home(builders, config.relay.url, rpc)
    fan = FanOutOptions(
        timeout_s=options.timeout_s,
        tokens=tokens_of(builders, os.environ),
        refund_percent=options.refund_percent,
    )
    return FanOut(relay, builders, Identity(identity), fan, told)


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
