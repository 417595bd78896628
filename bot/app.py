"""Composition root: the only module that names concrete classes."""

import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from eth_account.signers.local import LocalAccount

from bot.chain.rpc import RpcClient
from bot.config import OPERATOR_KEY, RELAY_KEY, Config
from bot.domain.venues import POOLS, PoolSpec
from bot.engine import AtomicEngine, Parts
from bot.execution.bundles import FlashbotsRelay
from bot.execution.executor_check import require_executor
from bot.execution.flash_loans import FlashLenders
from bot.execution.order_manager import OrderManager
from bot.execution.plan_check import PlanCheck
from bot.execution.signing import Operator, load_account
from bot.feeds.block_feed import BlockFeed
from bot.feeds.exchange_feed import ExchangeFeed, ExchangeOptions
from bot.feeds.log_feed import LogFeed
from bot.feeds.pool_feed import open_pool_feed
from bot.history.journal import Journal
from bot.strategy.planning import ExecutionPlanner


def open_node(config: Config) -> RpcClient:
    """Return a client of the configured node, after checking which chain it serves.

    Raises:
        NodeUnreachable: no answer.
        WrongChain: another chain than configured.
    """
    rpc = RpcClient(config.node.http_url, timeout_s=config.node.timeout_s)
    rpc.require_chain(config.node.chain_id)
    return rpc


def build_watch(config: Config) -> tuple[LogFeed, ExecutionPlanner]:
    """Return what it takes to see and plan, and to send nothing: no key is needed."""
    rpc = open_node(config)
    pools = LogFeed(rpc, open_pool_feed(rpc, POOLS, FlashLenders))
    return pools, ExecutionPlanner(pools.pools, config.strategy)


def open_exchange(config: Config) -> ExchangeFeed | None:
    """Return the feed of the configured exchange, if there is one; the caller closes it.

    Raises:
        BadConfiguration: no exchange of that name.
    """
    chosen = config.exchange
    if not chosen.venue:
        return None
    options = ExchangeOptions(
        timeout_s=chosen.timeout_s, max_age_s=chosen.max_age_s, url=chosen.url
    )
    return ExchangeFeed(chosen.venue, chosen.pairs, options)


def keys_from_environment() -> tuple[Operator, LocalAccount]:
    """Return the operator, who pays gas and runs plans, and the identity that relays know us by.

    Raises:
        BadConfiguration: a key is missing or unusable.
    """
    return Operator(load_account(os.environ, OPERATOR_KEY)), load_account(os.environ, RELAY_KEY)


def build_engine(
    config: Config,
    operator: Operator,
    identity: LocalAccount,
    table: Sequence[PoolSpec] = POOLS,
) -> AtomicEngine:
    """Return the engine, with everything checked that can be checked before the first head.

    Pools of `table` that are not on the chain are left out.

    Raises:
        BadConfiguration: the executor is missing, or does not take plans from `operator`.
        NodeUnreachable: no answer.
        WrongChain: another chain than configured.
    """
    rpc = open_node(config)
    require_executor(rpc, config.executor, operator.address)
    journal = Journal(Path(config.journal))
    watched = partial(FlashLenders, tell=journal.note)
    feed = open_pool_feed(rpc, table, watched)
    pools = LogFeed(rpc, feed)
    relay = FlashbotsRelay(config.relay.url, identity, timeout_s=config.relay.timeout_s)
    return AtomicEngine(
        Parts(
            rpc=rpc,
            heads=BlockFeed(config.node.ws_url, silence_s=config.node.silence_s),
            pools=pools,
            planner=ExecutionPlanner(pools.pools, config.strategy),
            check=PlanCheck(rpc, config.executor, operator.address),
            orders=OrderManager(relay, operator),
            journal=journal,
            afterwards=feed.lenders.check_code,
        )
    )
