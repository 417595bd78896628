"""Composition root of the account on chain: apart, for it loads all of web3."""

import os
from threading import Lock

from bot.app import open_node, traded_pools
from bot.config import RELAY_KEY, WALLET_KEY, Config
from bot.domain.errors import NodeUnreachable
from bot.domain.executor_lists import LOCAL_LISTS
from bot.execution.dex_desk import DexDesk
from bot.execution.dex_wallet import DexWallet
from bot.execution.executor_check import lists_of
from bot.execution.flash_loans import FlashLenders
from bot.execution.signing import Operator, load_account
from bot.feeds.block_feed import parse_head
from bot.feeds.feed import SystemClock
from bot.feeds.log_feed import LogFeed
from bot.feeds.pool_feed import open_pool_feed
from bot.market.book import MarketBook
from bot.relay_app import open_relay


def open_wallet(config: Config) -> DexDesk:
    """Return the desk of the account whose key is in the environment.

    Raises:
        BadConfiguration: a key is missing or unusable.
        NodeUnreachable: no answer.
        WrongChain: another chain than configured.
    """
    wallet = Operator(load_account(os.environ, WALLET_KEY))
    identity = load_account(os.environ, RELAY_KEY)
    rpc = open_node(config)
    lists = lists_of(rpc, config.executor) if config.executor else LOCAL_LISTS
    pools = LogFeed(rpc, open_pool_feed(rpc, traded_pools(rpc, config, lists), FlashLenders))
    relay = open_relay(config, identity, rpc)
    clock, alone = SystemClock(), Lock()

    def look() -> MarketBook:
        """Read the market at the newest block; one thread at a time, for the feed remembers."""
        header = rpc.call("eth_getBlockByNumber", "latest", False)  # noqa: FBT003 - JSON-RPC
        if not isinstance(header, dict):
            raise NodeUnreachable(rpc.url, "it has no latest block")
        with alone:
            return pools.read(parse_head(header, clock.monotonic()))

    return DexDesk(DexWallet(rpc, relay, wallet, look))
