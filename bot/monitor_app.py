"""Composition root of what listens to prices: feeds, watch, monitor."""

from collections.abc import Sequence
from functools import partial

from bot.config import Config
from bot.feeds.chain_options import ProviderOptions
from bot.feeds.exchange_stream import ExchangeStream
from bot.feeds.fallback_order import FallbackOrder
from bot.feeds.feed import Clock, Feed
from bot.feeds.llama_prices import LLAMA_URL, LlamaPrices
from bot.feeds.merged_feed import MergedFeed
from bot.feeds.provider_feed import ProviderFeed
from bot.history.belief_file import read_model
from bot.market.consensus import Consensus
from bot.market.consensus_warm_up import compile_consensus
from bot.monitor import Monitor
from bot.strategy.classification import OpportunityClassifier
from bot.strategy.detection import DepegDetector
from bot.strategy.evidence_memory import EvidenceMemory
from bot.strategy.judged_watch import JudgedWatch
from bot.strategy.price_watch import PriceWatch


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


def chain_prices(config: Config, clock: Clock) -> Feed:
    """Return the feed of the node's blocks; nothing is connected yet.

    Raises:
        BadConfiguration: the node's URL is none.
    """
    # What reads chains is slow to load, and nothing that listens to exchanges alone needs it.
    from bot.chain.rpc import RpcClient  # noqa: PLC0415
    from bot.feeds.block_feed import BlockFeed  # noqa: PLC0415
    from bot.feeds.chain_feed import ChainFeed  # noqa: PLC0415
    from bot.feeds.chain_sources import open_chain_sources  # noqa: PLC0415

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


def build_monitor(config: Config, clock: Clock, beside: Sequence[Feed] = ()) -> Monitor:
    """Return the monitor of all configured sources, and of those `beside` them.

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
    feeds = [*price_feeds(config, clock), *beside]
    return Monitor(feeds, judged, clock, busy_poll=config.busy_poll)
