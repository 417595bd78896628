"""What of a chain is listened to, put together."""

from collections.abc import Sequence

from bot.chain.lens import Read
from bot.chain.rpc import RpcClient
from bot.domain.assets import TOKENS, Token
from bot.domain.coins import COINS
from bot.domain.messages import Head
from bot.domain.oracles import MAINNET_ORACLES
from bot.domain.units import WAD, Wad
from bot.domain.venues import PoolSpec
from bot.domain.wanted_pools import WantedPools
from bot.feeds.chain_feed import BookReader, ChainSources, ViewReader
from bot.feeds.chain_options import ChainOptions
from bot.feeds.discovery import market_pools
from bot.feeds.log_feed import LogFeed
from bot.feeds.oracle_feed import OracleFeed, confirmed_oracles
from bot.feeds.pool_feed import open_pool_feed
from bot.feeds.pool_prices import PoolPrices
from bot.feeds.redemption_feed import RedemptionFeed
from bot.feeds.standings import Standings
from bot.feeds.supply_feed import SupplyFeed
from bot.market.lenders import LenderState

_COINS = frozenset(coin.symbol for coin in COINS)


class NoLenders:
    """The lenders of who only looks at prices."""

    reads: Sequence[Read] = ()

    def __init__(self, *_: RpcClient | Sequence[Token] | Sequence[PoolSpec]) -> None:
        """Take what a source of lenders is made from."""

    def states(self, block: int, answers: Sequence[bytes]) -> tuple[LenderState, ...]:
        """Return nobody."""
        del block, answers
        return ()

    def check_code(self, head: Head) -> None:
        """Find nothing to check."""


def open_chain_sources(
    rpc: RpcClient, chain_id: int, wanted: WantedPools, options: ChainOptions
) -> ChainSources:
    """Return what `options` ask for, as far as the chain confirms the tables.

    Raises:
        WrongChain: another chain than `chain_id`.
        BadConfiguration: a token is not as the table says, or `wanted` names one not in it.
        NodeUnreachable: no answer.
        NodeRefused: the node takes no state overrides.
    """
    rpc.require_chain(chain_id)
    standings = Standings()
    of_books: list[BookReader] = []
    of_views: list[ViewReader] = []
    if options.pools:
        of_books.append(PoolPrices(standings, Wad(int(options.least_depth * WAD))))
    if options.rails:
        of_books.append(RedemptionFeed(standings))
    if options.oracles:
        of_views.append(OracleFeed(confirmed_oracles(rpc, MAINNET_ORACLES), standings))
    if options.supplies:
        of_views.append(SupplyFeed([token for token in TOKENS if token.symbol in _COINS]))
    return ChainSources(
        standings=standings,
        markets=_markets(rpc, wanted) if of_books else None,
        of_books=tuple(of_books),
        of_views=tuple(of_views),
        max_lag_s=options.max_lag_s,
    )


def _markets(rpc: RpcClient, wanted: WantedPools) -> LogFeed:
    return LogFeed(rpc, open_pool_feed(rpc, market_pools(rpc, wanted), NoLenders))
