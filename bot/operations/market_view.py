"""The market block by block, for a person or a log: prices, the widest gap, and its worth."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence

import msgspec

from bot.amm.graph import Cycle
from bot.amm.optimum import rate_of
from bot.amm.pool import Pool
from bot.app import build_watch, open_exchange, open_node
from bot.config import Config
from bot.domain.errors import RepegError, RetryableError, SkipError
from bot.domain.messages import Head, NoPlan
from bot.domain.plans import Plan
from bot.domain.quotes import Quote
from bot.domain.units import BPS, WAD, Raw, Wei
from bot.feeds.block_feed import BlockFeed
from bot.feeds.exchange_feed import ExchangeFeed
from bot.market.book import MarketBook
from bot.operations.heads import latest_head
from bot.strategy.planning import ExecutionPlanner


class Price(msgspec.Struct, frozen=True, kw_only=True):
    """What one asset fetches and costs at size zero, after fees; rounded, only to be looked at."""

    venue: str
    asset: str
    currency: str
    bid: float | None  # currency per 1.0 asset for who sells; None: this way is closed
    ask: float | None  # the same for who buys
    problem: str = ""  # why an exchange gives no price


class BlockView(msgspec.Struct, frozen=True, kw_only=True):
    """One block as the planner sees it."""

    block: int
    timestamp_s: int
    next_base_fee_wei: Wei
    prices: tuple[Price, ...]
    gap_bps: float | None  # of the best round trip at size zero; negative: it loses its pool fees
    gap_route: str
    pays: bool  # after loan fee, gas and tip
    verdict: str
    funding: str | None = None  # who advances the stake
    token: str | None = None
    stake_raw: Raw | None = None
    profit_raw: Raw | None = None  # before gas and tip
    cost_raw: Raw | None = None  # gas and tip, estimated


async def watch(config: Config, *, blocks: int | None = None) -> AsyncIterator[BlockView]:
    """Yield the newest block's view at once, then one per new block, `blocks` in all or for ever.

    Needs no key and sends nothing.

    Raises:
        NodeUnreachable: no answer, or the head feed ended.
        HaltError: the settings, the chain or the exchange are not what they should be.
    """
    pools, planner = await asyncio.to_thread(build_watch, config)
    exchange = open_exchange(config)
    seen = 0
    try:
        async for head in _heads(config):
            book, quotes = await asyncio.gather(
                asyncio.to_thread(pools.read, head), _quotes(exchange)
            )
            yield view_of(book, planner, quotes)
            seen += 1
            if seen == blocks:
                return
    finally:
        if exchange is not None:
            await exchange.close()


def view_of(book: MarketBook, planner: ExecutionPlanner, quotes: Sequence[Price]) -> BlockView:
    """Return what there is to see in `book`."""
    widest = widest_cycle(book, planner.cycles)
    plan = planner.plan(book)
    view = BlockView(
        block=book.block,
        timestamp_s=book.timestamp_s,
        next_base_fee_wei=book.next_base_fee,
        prices=(*pool_prices(book), *quotes),
        gap_bps=None if widest is None else round((widest[1] - 1.0) * BPS, 4),
        gap_route="" if widest is None else widest[0].route,
        pays=isinstance(plan, Plan),
        verdict=plan.line if isinstance(plan, NoPlan) else f"would pay: {plan.route}",
    )
    if isinstance(plan, NoPlan):
        return view
    return msgspec.structs.replace(
        view,
        funding=plan.funding,
        token=plan.token.symbol,
        stake_raw=plan.stake,
        profit_raw=plan.profit,
        cost_raw=plan.min_profit,
    )


def widest_cycle(book: MarketBook, cycles: Sequence[Cycle]) -> tuple[Cycle, float] | None:
    """Return the round trip with the highest rate at size zero, and that rate."""
    rated = [
        (cycle, rate_of([(book.pools[hop.pool], hop.i, hop.j) for hop in cycle.hops]))
        for cycle in cycles
        if all(hop.pool in book.pools for hop in cycle.hops)
    ]
    return max(rated, key=lambda found: found[1], default=None)


def pool_prices(book: MarketBook) -> Iterator[Price]:
    """Yield every pair of coins of every pool."""
    for spec, pool in book.pools.items():
        for i in range(len(spec.tokens)):
            for j in range(i + 1, len(spec.tokens)):
                yield _price(pool, i, j)


def exchange_price(found: Quote | RepegError, venue: str, pair: str) -> Price:
    """Return an exchange's quote as a price, or the reason why there is none."""
    asset, _, currency = pair.partition("/")
    if isinstance(found, RepegError):
        return Price(
            venue=venue, asset=asset, currency=currency, bid=None, ask=None, problem=str(found)
        )
    bid, ask = round(found.bid / WAD, 8), round(found.ask / WAD, 8)
    return Price(venue=venue, asset=asset, currency=currency, bid=bid, ask=ask)


def _price(pool: Pool, i: int, j: int) -> Price:
    asset, currency = pool.spec.tokens[i], pool.spec.tokens[j]
    scale = 10.0 ** (asset.decimals - currency.decimals)
    selling, buying = pool.marginal_rate(i, j) * scale, pool.marginal_rate(j, i) / scale
    return Price(
        venue=pool.spec.name,
        asset=asset.symbol,
        currency=currency.symbol,
        bid=round(selling, 8) if selling > 0 else None,
        ask=round(1 / buying, 8) if buying > 0 else None,
    )


async def _heads(config: Config) -> AsyncIterator[Head]:
    newest = await asyncio.to_thread(lambda: latest_head(open_node(config)))
    yield newest
    async for head in BlockFeed(config.node.ws_url, silence_s=config.node.silence_s):
        if head.hash != newest.hash:
            yield head


async def _quotes(exchange: ExchangeFeed | None) -> list[Price]:
    if exchange is None:
        return []
    found: Sequence[Quote | RepegError]
    try:
        found = await exchange.read()
    except (RetryableError, SkipError) as error:
        found = [error] * len(exchange.pairs)
    return [
        exchange_price(one, exchange.venue, pair)
        for one, pair in zip(found, exchange.pairs, strict=True)
    ]
