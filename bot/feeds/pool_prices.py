"""What the pools of a block say: prices both ways after fees, depth, and what they hold."""

from collections.abc import Iterator

from bot.amm.balancer_stable import BalancerStablePool
from bot.amm.metapool import MetaPool
from bot.amm.pool import Pool
from bot.amm.stableswap import StableSwapPool
from bot.amm.stableswap_ng import StableSwapNgPool
from bot.domain.coins import COINS
from bot.domain.ticks import Composition, FaultKind, Message, SourceKind, Tick
from bot.domain.units import WAD, Nanos, Raw, Wad, to_wad_down
from bot.domain.venues import Kind, PoolSpec
from bot.feeds.redemption_feed import RAILS
from bot.feeds.standings import SourceName, Standings
from bot.market.book import MarketBook
from bot.market.pool_depth import depth_within

_COINS = frozenset(coin.symbol for coin in COINS)
_HELD = (StableSwapPool, StableSwapNgPool, BalancerStablePool, MetaPool)
_LEAST, _MOST = 1e-6, 1e6  # of one coin in the other
_Price = tuple[Wad, Wad, Wad]  # bid, ask, depth


class PoolPrices:
    """Ticks of every pair of known coins in every pool, and compositions of stable pools.

    A pool that did not change is not worked out again. Pairs with other tokens are left out, but
    for shares of vaults in the same market: what a share is worth is told by its vault.
    """

    def __init__(self, standings: Standings, least_depth: Wad) -> None:
        """Leave out pairs of which less than `least_depth` of the coin can be traded nearby."""
        self._standings, self._least = standings, least_depth
        self._known: dict[PoolSpec, tuple[Pool, dict[tuple[int, int], _Price]]] = {}
        self._told: set[SourceName] = set()

    def messages(self, book: MarketBook, at: Nanos, seen_at: Nanos) -> Iterator[Message]:
        """Yield what each pool says; a pair that has no price any more is at fault."""
        symbols = _COINS | _shares(book)
        pools = [pool for pool in book.pools.values() if pool.spec.kind not in RAILS]
        spoke = set()
        for pool in pools:
            for (i, j), price in self._prices(pool).items():
                tick = _tick(pool.spec, (i, j), price, at, seen_at)
                if {tick.asset, tick.currency} <= symbols:
                    spoke.add((tick.venue, tick.pair))
                    yield tick
                    yield from self._standings.well((tick.venue, tick.pair), seen_at)
            yield from compositions(pool, at, seen_at)
        self._told |= spoke
        for source in sorted(self._told - spoke):
            detail = f"no price in block {book.block}"
            yield from self._standings.ill(source, FaultKind.EMPTY, detail, seen_at)

    def _prices(self, pool: Pool) -> dict[tuple[int, int], _Price]:
        known = self._known.get(pool.spec)
        if known is None or known[0] is not pool:
            before = known[1] if known else {}
            found = {way: price_of(pool, *way, before.get(way)) for way in _ways(pool.spec)}
            kept = {way: price for way, price in found.items() if price is not None}
            self._known[pool.spec] = known = pool, kept
        return {way: price for way, price in known[1].items() if price[2] >= self._least}


def price_of(pool: Pool, i: int, j: int, before: _Price | None = None) -> _Price | None:
    """Return bid, ask and depth of coin `i` in coin `j`, None where a direction is closed.

    None, too, beyond a million to one: an emptied pool has no price. The bid is what the first bit
    sold gets after fees, the ask what the first bit bought costs: a signal of sixteen digits, no
    amount. Depth is that of the side that moves sooner; the search for it begins at what it was
    `before`.
    """
    units = 10.0 ** (pool.spec.tokens[j].decimals - pool.spec.tokens[i].decimals)
    paid, asked = pool.marginal_rate(i, j) / units, pool.marginal_rate(j, i) * units
    if not (_LEAST <= paid <= _MOST and _LEAST <= asked <= _MOST):
        return None
    bid, ask = int(paid * WAD), int(WAD / asked)
    bid = min(bid, ask)  # without a fee the two differ in the last digit
    coin, other = (token.decimals for token in (pool.spec.tokens[i], pool.spec.tokens[j]))
    guess = before[2] if before else 0
    sold = depth_within(pool, i, j, Raw(guess * 10**coin // WAD))
    paid_in = depth_within(pool, j, i, Raw(guess * 10**other // WAD))
    depth = min(sold, pool.amount_out(j, i, paid_in))
    return Wad(bid), Wad(ask), to_wad_down(Raw(depth), coin)


def compositions(pool: Pool, at: Nanos, seen_at: Nanos) -> Iterator[Composition]:
    """Yield what a stable pool holds; a metapool holds shares of its base pool."""
    if not isinstance(pool, _HELD):
        return
    tokens = pool.spec.tokens
    assets = tuple(token.symbol for token in tokens)
    if isinstance(pool, StableSwapNgPool):
        held = [Wad(b * rate // WAD) for b, rate in zip(pool.balances, pool.rates, strict=True)]
    elif isinstance(pool, MetaPool):
        coin, shares = pool.balances
        assets = (assets[0], f"{pool.base.spec.name} shares")
        held = [to_wad_down(coin, tokens[0].decimals), Wad(shares)]
    else:
        pairs = zip(pool.balances, tokens, strict=True)
        held = [to_wad_down(balance, token.decimals) for balance, token in pairs]
    yield Composition(
        venue=pool.spec.name, assets=assets, balances=tuple(held), at=at, seen_at=seen_at
    )


def _ways(spec: PoolSpec) -> Iterator[tuple[int, int]]:
    """Yield the pairs of a pool; those of a metapool's base are told by the base."""
    firsts = range(1) if spec.kind is Kind.METAPOOL else range(len(spec.tokens))
    for i in firsts:
        for j in range(i + 1, len(spec.tokens)):
            yield i, j


def _shares(book: MarketBook) -> frozenset[str]:
    vaults = (spec for spec in book.pools if spec.kind is Kind.ERC4626)
    return frozenset(spec.tokens[1].symbol for spec in vaults)


def _tick(spec: PoolSpec, way: tuple[int, int], price: _Price, at: Nanos, seen_at: Nanos) -> Tick:
    bid, ask, depth = price
    return Tick(
        venue=spec.name,
        kind=SourceKind.DEX,
        asset=spec.tokens[way[0]].symbol,
        currency=spec.tokens[way[1]].symbol,
        bid=bid,
        ask=ask,
        depth=depth,
        at=at,
        seen_at=seen_at,
    )
