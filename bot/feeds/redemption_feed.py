"""What rails pay now: peg modules, converters and vaults, as redemption values."""

from collections.abc import Iterator

from bot.amm.pool import Pool
from bot.domain.ticks import FaultKind, Message, Redemption
from bot.domain.units import WAD, Nanos, Raw, Wad, to_wad_down
from bot.domain.venues import Kind
from bot.feeds.standings import SourceName, Standings
from bot.market.book import MarketBook

_BOTH_WAYS = ((0, 1), (1, 0))
# What a vault takes in is no redemption of its asset: only shares are redeemed.
_WAYS = {
    Kind.LITE_PSM: _BOTH_WAYS,
    Kind.MAKER_PSM: _BOTH_WAYS,
    Kind.CONVERTER: _BOTH_WAYS,
    Kind.GSM: _BOTH_WAYS,
    Kind.ERC4626: ((1, 0),),
}
RAILS = frozenset(_WAYS)
_PROBE_COINS = 1_000  # whole coins; enough digits for a rate of six decimals
_ENDLESS = 10**12 * WAD  # a capacity above this is none


class RedemptionFeed:
    """Every direction of every rail of a block's market."""

    def __init__(self, standings: Standings) -> None:
        self._standings = standings
        self._told: set[SourceName] = set()

    def messages(self, book: MarketBook, at: Nanos, seen_at: Nanos) -> Iterator[Message]:
        """Yield what each rail pays; one that left the market is at fault."""
        spoke = set()
        for pool in book.pools.values():
            for i, j in _WAYS.get(pool.spec.kind, ()):
                found = redemption(pool, i, j, at, seen_at)
                source = (found.venue, f"{found.asset}/{found.currency}")
                spoke.add(source)
                yield found
                yield from self._standings.well(source, seen_at)
        self._told |= spoke
        for source in sorted(self._told - spoke):
            detail = f"not in the market of block {book.block}"
            yield from self._standings.ill(source, FaultKind.EMPTY, detail, seen_at)


def redemption(pool: Pool, i: int, j: int, at: Nanos, seen_at: Nanos) -> Redemption:
    """Return what a rail pays in coin `j` for coin `i`, asked for up to a thousand whole coins."""
    coin, other = pool.spec.tokens[i], pool.spec.tokens[j]
    room = pool.max_in(i, j)
    one = 10**coin.decimals
    sold = Raw(min(room // one, _PROBE_COINS) * one or room)
    value = Wad(0)
    if sold:
        paid = pool.amount_out(i, j, sold)
        value = Wad(paid * WAD * one // (sold * 10**other.decimals))
    capacity = to_wad_down(room, coin.decimals)
    return Redemption(
        venue=pool.spec.name,
        asset=coin.symbol,
        currency=other.symbol,
        value=value,
        capacity=None if capacity > _ENDLESS else capacity,
        at=at,
        seen_at=seen_at,
    )
