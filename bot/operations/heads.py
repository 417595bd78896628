"""The block a person means by "now"."""

import time

import msgspec

from bot.chain.rpc import RpcClient
from bot.domain.errors import NodeUnreachable
from bot.domain.messages import Head
from bot.domain.units import Nanos
from bot.feeds.block_feed import parse_head

_FULL_TRANSACTIONS = False


def latest_head(rpc: RpcClient) -> Head:
    """Return the newest block the node has, whenever it came.

    Raises:
        NodeUnreachable: no answer, or no block.
    """
    seen_at = Nanos(time.monotonic_ns())
    header = rpc.call("eth_getBlockByNumber", "latest", _FULL_TRANSACTIONS)
    if not isinstance(header, dict):
        raise NodeUnreachable(rpc.url, "it has no latest block")
    try:
        return msgspec.structs.replace(parse_head(header, seen_at), source=rpc.url)
    except ValueError as error:
        raise NodeUnreachable(rpc.url, str(error)) from error
