"""From an order in wads to one exact swap: the best pool or rail of a block for it."""

from collections.abc import Callable, Iterable, Iterator

import msgspec

from bot.amm.pool import Pool
from bot.domain.assets import BY_SYMBOL, Token
from bot.domain.errors import OrderRejected
from bot.domain.orders import Order, OrderSide
from bot.domain.units import WAD, Address, Raw, mul_div_up
from bot.execution.dex_calls import Swap, can_swap
from bot.market.book import MarketBook


class Way(msgspec.Struct, frozen=True):
    """One pool between two coins, by their positions in it."""

    pool: Pool
    base: int
    quote: int


def tokens_of(venue: str, pair: str) -> tuple[Token, Token]:
    """Return base and quote of a pair such as ``USDC/DAI``.

    Raises:
        OrderRejected: a coin that the table of tokens does not know.
    """
    base, _, quote = pair.partition("/")
    found = BY_SYMBOL.get(base.upper()), BY_SYMBOL.get(quote.upper())
    if found[0] is None or found[1] is None:
        raise OrderRejected(venue, "", f"{pair} is not a pair of tokens of the table")
    return found[0], found[1]


def ways_between(book: MarketBook, base: Token, quote: Token) -> tuple[Way, ...]:
    """Return every pool and rail of the block that an account can use between two coins."""
    return tuple(
        Way(pool, spec.tokens.index(base), spec.tokens.index(quote))
        for spec, pool in book.pools.items()
        if can_swap(spec) and base in spec.tokens and quote in spec.tokens
    )


def best_swap(order: Order, book: MarketBook, wallet: Address) -> Swap:
    """Return the swap that does best by an order, within its price.

    A sale puts all of the amount in; a purchase puts in the least that buys it. Whatever a pool
    gives for that, the order's price is the least that is asked for.

    Raises:
        OrderRejected: no pool takes it whole at that price.
    """
    base, quote = tokens_of(order.venue, order.pair)
    ways = ways_between(book, base, quote)
    best = max(_swaps(order, ways, wallet), key=_worth(order), default=None)
    if best is None:
        tried = ", ".join(way.pool.spec.name for way in ways) or "none"
        reason = f"no pool does that at the price (tried: {tried})"
        raise OrderRejected(order.venue, order.client_id, reason)
    return best


def _swaps(order: Order, ways: Iterable[Way], wallet: Address) -> Iterator[Swap]:
    for way in ways:
        base, quote = (way.pool.spec.tokens[place].decimals for place in (way.base, way.quote))
        amount = Raw(order.amount * 10**base // WAD)
        if order.side is OrderSide.SELL:
            i, j, paid = way.base, way.quote, amount
            least = mul_div_up(amount * order.price, 10**quote, 10**base * WAD)
        else:
            i, j, paid = way.quote, way.base, way.pool.amount_in(way.quote, way.base, amount)
            least = mul_div_up(paid * WAD, 10**base, 10**quote * order.price)
        got = way.pool.amount_out(i, j, paid) if paid else Raw(0)
        if got and got >= least:
            yield Swap(
                spec=way.pool.spec,
                i=i,
                j=j,
                amount_in=paid,
                amount_out=got,
                least_out=Raw(least),
                wallet=wallet,
            )


def _worth(order: Order) -> Callable[[Swap], int]:
    if order.side is OrderSide.SELL:
        return lambda swap: swap.amount_out
    return lambda swap: -swap.amount_in
