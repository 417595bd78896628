"""Composition of the nodes: one or two, who watches them, and where heads come from."""

from collections.abc import Sequence

import structlog

from bot.chain.quorum import MirroredRpc
from bot.chain.rpc import RpcClient
from bot.config import Config
from bot.domain.errors import NodeUnreachable
from bot.domain.units import Address
from bot.execution.node_trust_bearings import Bearings
from bot.execution.node_trust_guard import NodeGuard, TrustOptions
from bot.execution.node_trust_round import Nodes
from bot.feeds.block_feed import BlockFeed
from bot.feeds.log_feed import LogFeed
from bot.feeds.merged_heads import MergedHeads

log = structlog.get_logger()


def open_nodes(config: Config) -> Nodes:
    """Return the configured nodes, the first that answers in front, after checking their chains.

    Raises:
        NodeUnreachable: none of them answers.
        WrongChain: one serves another chain than configured.
    """
    node = config.node
    places = [(node.http_url, node.ws_url)]
    if node.second_http_url:
        places.append((node.second_http_url, node.second_ws_url))
    places = _reachable_first(places, config)
    each = [RpcClient(http, timeout_s=node.timeout_s) for http, _ in places]
    beside = each[1] if len(each) > 1 else None
    return Nodes(
        reading=MirroredRpc(places[0][0], beside, timeout_s=node.timeout_s),
        each=each,
        heads=[ws for _, ws in places],
        followers=[RpcClient(places[0][0], timeout_s=node.timeout_s) for _ in range(2)],
    )


def open_heads(config: Config) -> BlockFeed | MergedHeads:
    """Return the heads of every configured node that tells them; nothing is connected yet."""
    node = config.node
    feeds = [
        BlockFeed(url, silence_s=node.silence_s) for url in (node.ws_url, node.second_ws_url) if url
    ]
    return feeds[0] if len(feeds) == 1 else MergedHeads(feeds)


def open_guard(config: Config, nodes: Nodes, operator: Address, pools: LogFeed) -> NodeGuard:
    """Return who watches the nodes for an operator who trades in `pools`."""
    traded = {token for spec in pools.pools for token in spec.tokens}
    tokens = sorted(traded, key=lambda token: token.symbol)
    options = TrustOptions(
        operator=operator,
        good_blocks=config.node.good_blocks,
        patience_s=config.node.patience_s,
    )
    guard = NodeGuard(nodes, Bearings(config.node.chain_id, tokens), options)
    guard.on_turn = pools.forget
    return guard


def _reachable_first(places: Sequence[tuple[str, str]], config: Config) -> list[tuple[str, str]]:
    answering, silent = [], []
    failed: NodeUnreachable | None = None
    for http, ws in places:
        rpc = RpcClient(http, timeout_s=config.node.timeout_s)
        try:
            rpc.require_chain(config.node.chain_id)
            answering.append((http, ws))
        except NodeUnreachable as error:
            if len(places) == 1:
                raise
            log.warning("node_unreachable", reason=str(error))
            silent.append((http, ws))
            failed = error
        finally:
            rpc.close()
    if failed is not None and not answering:
        raise failed
    return [*answering, *silent]
