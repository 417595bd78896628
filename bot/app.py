"""Composition root: the only module that names concrete classes."""

import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from eth_account.signers.local import LocalAccount

from bot.afterwards import Afterwards
from bot.amm.warm_up import compile_search
from bot.atomic_watch import AtomicSight, AtomicWatch
from bot.backrun_app import OwnParts, with_backruns
from bot.chain.rpc import RpcClient
from bot.config import OPERATOR_KEY, RELAY_KEY, Config
from bot.domain.executor_lists import LOCAL_LISTS, ExecutorLists
from bot.domain.messages import Head
from bot.domain.plans import Plan
from bot.domain.units import Bps
from bot.domain.venues import PoolSpec
from bot.engine import AtomicEngine, Parts
from bot.execution.executor_check import lists_of, operator_of, require_executor
from bot.execution.flash_loans import FlashLenders
from bot.execution.inclusion import Accounted, InclusionAccount
from bot.execution.inclusion_adoption import Adopting
from bot.execution.revert_watch import RevertWatch
from bot.execution.signing import Operator, load_account
from bot.execution.tip_memory import TipMemory
from bot.feeds.block_feed import BlockFeed
from bot.feeds.discovery import market_pools
from bot.feeds.exchange_feed import ExchangeFeed, ExchangeOptions
from bot.feeds.log_feed import LogFeed
from bot.feeds.pool_feed import open_pool_feed
from bot.history.bundle_book import BundleBook
from bot.history.journal import Journal
from bot.node_app import open_guard, open_heads, open_nodes
from bot.relay_app import Outward, open_sender, open_times
from bot.simulation_app import build_check, relay_check
from bot.strategy.planning import ExecutionPlanner
from bot.strategy.tip_learning import TipLearner


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
    lists = lists_of(rpc, config.executor) if config.executor else LOCAL_LISTS
    pools = LogFeed(rpc, open_pool_feed(rpc, traded_pools(rpc, config, lists), FlashLenders))
    return pools, ExecutionPlanner(pools.pools, config.strategy)


def traded_pools(rpc: RpcClient, config: Config, lists: ExecutorLists) -> tuple[PoolSpec, ...]:
    """Return the table's pools and those that discovery finds, as far as `lists` name them.

    Raises:
        BadConfiguration: discovery is asked for a token that the table does not know.
        NodeUnreachable: no answer.
    """
    return tuple(spec for spec in market_pools(rpc, config.discovery) if lists.covers(spec))


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
    table: Sequence[PoolSpec] | None = None,
) -> AtomicEngine:
    """Return the engine, with everything checked that can be checked before the first head.

    Pools that are not on the chain are left out; without a `table` they are those of the registry
    and of discovery that the executor can name.

    Raises:
        BadConfiguration: the executor is missing, or does not take plans from `operator`.
        NodeUnreachable: no answer.
        WrongChain: another chain than configured.
    """
    nodes = open_nodes(config)
    rpc = nodes.reading
    lists = require_executor(rpc, config.executor, operator.address)
    pools_to_read = traded_pools(rpc, config, lists) if table is None else table
    journal = Journal(Path(config.journal))
    watched = partial(FlashLenders, tell=journal.note)
    feed = open_pool_feed(rpc, pools_to_read, watched)
    pools = LogFeed(rpc, feed)
    compile_search()
    bundles = BundleBook(journal)
    times = open_times(config, rpc)
    way = Outward(rpc=rpc, told=bundles.told, times=times)
    orders = open_sender(config, operator, identity, way)
    whose = Accounted(
        operator=operator.address,
        executor=config.executor,
        pools=pools.pools,
        adopting=Adopting(
            operator=operator.address,
            executor=config.executor,
            lists=lists,
            look_back=config.look_back_blocks,
        ),
    )
    own, between = nodes.followers
    tips = _tips(config, InclusionAccount(own, journal, bundles, whose), bundles)
    planner = ExecutionPlanner(pools.pools, config.strategy, tips.share_of)
    planner.blocks = orders.blocks
    reverts = RevertWatch(bundles, planner.hear_reverted)
    check = build_check(config, rpc, operator.address, relay_check(config, operator, identity))
    parts = Parts(
        rpc=rpc,
        heads=open_heads(config),
        pools=pools,
        planner=planner,
        check=check,
        orders=orders,
        journal=journal,
        times=times,
        trust=open_guard(config, nodes, operator.address, pools),
        afterwards=Afterwards(feed.lenders.check_code, tips.on_head, reverts.on_head, check.learn),
    )
    ahead = ExecutionPlanner(pools.pools, config.strategy, tips.share_of)
    own_parts = OwnParts(rpc=between, planner=ahead, operator=operator, identity=identity)
    return AtomicEngine(with_backruns(config, parts, own_parts))


class _Tips(NamedTuple):
    share_of: Callable[[float], Bps] | None  # None: every plan offers the same
    on_head: Callable[[Head], object]


def _tips(config: Config, account: InclusionAccount, bundles: BundleBook) -> _Tips:
    """Return who chooses tips, and what brings the account of bundles up to each head."""
    if not config.tips.learn:
        return _Tips(None, account.on_head)
    learner = TipLearner(
        config.tips.parameters(config.strategy.tip_share_bps), np.random.default_rng()
    )
    memory = TipMemory(learner, account, bundles)
    return _Tips(memory.board.share_of, memory.on_head)


def build_atomic_watch(
    config: Config, tell: Callable[[Plan], None], *, simulate: bool
) -> AtomicWatch:
    """Return what reads and plans every block beside the positions, and sends nothing.

    Raises:
        BadConfiguration: the executor is not there, or has other lists.
        NodeUnreachable: no answer.
        WrongChain: another chain than configured.
    """
    pools, planner = build_watch(config)
    compile_search()
    check = None
    if simulate:
        rpc = open_node(config)
        check = build_check(config, rpc, operator_of(rpc, config.executor))
    heads = BlockFeed(config.node.ws_url, silence_s=config.node.silence_s)
    return AtomicWatch(AtomicSight(heads=heads, pools=pools, planner=planner, check=check), tell)
