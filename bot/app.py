"""Composition root: the only module that names concrete classes."""

import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from eth_account.signers.local import LocalAccount

from bot.amm.warm_up import compile_search
from bot.chain.rpc import RpcClient
from bot.config import OPERATOR_KEY, RELAY_KEY, Config
from bot.domain.executor_lists import LOCAL_LISTS, ExecutorLists
from bot.domain.venues import PoolSpec
from bot.engine import AtomicEngine, Parts
from bot.execution.bundle_sender import BundleSender
from bot.execution.bundles import FlashbotsRelay
from bot.execution.executor_check import lists_of, require_executor
from bot.execution.flash_loans import FlashLenders
from bot.execution.plan_check import PlanCheck
from bot.execution.signing import Operator, load_account
from bot.feeds.block_feed import BlockFeed
from bot.feeds.chain_feed import ChainFeed
from bot.feeds.chain_options import ProviderOptions
from bot.feeds.chain_sources import open_chain_sources
from bot.feeds.discovery import market_pools
from bot.feeds.exchange_feed import ExchangeFeed, ExchangeOptions
from bot.feeds.exchange_stream import ExchangeStream
from bot.feeds.fallback_order import FallbackOrder
from bot.feeds.feed import Clock, Feed
from bot.feeds.llama_prices import LLAMA_URL, LlamaPrices
from bot.feeds.log_feed import LogFeed
from bot.feeds.merged_feed import MergedFeed
from bot.feeds.pool_feed import open_pool_feed
from bot.feeds.provider_feed import ProviderFeed
from bot.history.belief_file import read_model
from bot.history.journal import Journal
from bot.market.consensus import Consensus
from bot.market.consensus_warm_up import compile_consensus
from bot.monitor import Monitor
from bot.strategy.classification import OpportunityClassifier
from bot.strategy.detection import DepegDetector
from bot.strategy.evidence_memory import EvidenceMemory
from bot.strategy.judged_watch import JudgedWatch
from bot.strategy.planning import ExecutionPlanner
from bot.strategy.price_watch import PriceWatch


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
    rpc = open_node(config)
    lists = require_executor(rpc, config.executor, operator.address)
    pools_to_read = traded_pools(rpc, config, lists) if table is None else table
    journal = Journal(Path(config.journal))
    watched = partial(FlashLenders, tell=journal.note)
    feed = open_pool_feed(rpc, pools_to_read, watched)
    pools = LogFeed(rpc, feed)
    compile_search()
    relay = FlashbotsRelay(config.relay.url, identity, timeout_s=config.relay.timeout_s)
    return AtomicEngine(
        Parts(
            rpc=rpc,
            heads=BlockFeed(config.node.ws_url, silence_s=config.node.silence_s),
            pools=pools,
            planner=ExecutionPlanner(pools.pools, config.strategy),
            check=PlanCheck(rpc, config.executor, operator.address),
            orders=BundleSender(relay, operator),
            journal=journal,
            afterwards=feed.lenders.check_code,
        )
    )


def price_feeds(config: Config, clock: Clock) -> list[Feed]:
    """Return everything that `repeg monitor` listens to; nothing is connected yet.

    Raises:
        BadConfiguration: an exchange or a coin that is not known, or the node's URL is none.
    """
    feeds: list[Feed] = [
        ExchangeStream(one.venue, one.pairs, one.options, clock) for one in config.streams
    ]
    if config.chain.listen:
        feeds.append(chain_prices(config, clock))
    if config.provider.coins:
        feeds.append(provider_prices(config.provider, clock))
    if config.fallback.order:
        order = FallbackOrder(config.fallback.order, config.fallback.silence_s)
        return [MergedFeed(feeds, order)]
    return feeds


def chain_prices(config: Config, clock: Clock) -> ChainFeed:
    """Return the feed of the node's blocks; nothing is connected yet.

    Raises:
        BadConfiguration: the node's URL is none.
    """
    node, options = config.node, config.chain
    rpc = RpcClient(node.http_url, timeout_s=node.timeout_s)
    heads = BlockFeed(node.ws_url, silence_s=options.silence_s)
    sources = partial(open_chain_sources, rpc, node.chain_id, config.discovery, options)
    return ChainFeed(rpc, heads, sources, clock)


def provider_prices(options: ProviderOptions, clock: Clock) -> ProviderFeed:
    """Return the feed of the provider that needs no key; nothing is connected yet.

    Raises:
        BadConfiguration: a coin that it is not known to price.
    """
    url = options.url or LLAMA_URL
    provider = LlamaPrices(options.coins, url=url, timeout_s=options.timeout_s)
    return ProviderFeed(provider, options, clock)


def build_monitor(config: Config, clock: Clock) -> Monitor:
    """Return the monitor of all configured sources.

    Raises:
        BadConfiguration: a source that is not known, or a model that cannot be read.
    """
    compile_consensus()
    watch = PriceWatch(
        Consensus(config.consensus),
        DepegDetector(config.detection),
        EvidenceMemory(config.evidence),
    )
    judged = JudgedWatch(watch, OpportunityClassifier(read_model(config.belief), config.costs))
    return Monitor(price_feeds(config, clock), judged, clock)
