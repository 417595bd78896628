"""What turns a part of a plan's profit into ether for whoever builds the block."""

from bot.amm.pool import Pool
from bot.domain.assets import USDC, WETH
from bot.domain.plans import AmountMode, Leg
from bot.domain.units import Raw
from bot.market.book import MarketBook
from bot.strategy.offers import Offer


def to_weth(book: MarketBook, offer: Offer) -> tuple[Leg, ...]:
    """Return the swap to WETH through the pool that pays most and that the offer leaves alone.

    None of an offer that earns another coin than USDC: that would take a second pool.
    """
    used = {leg.pool for leg in offer.legs} | {loan.pool for loan in offer.loans}
    pools = [pool for pool in book.gas_pools if pool.spec not in used]
    if offer.token != USDC or not pools:
        return ()
    return (max((_leg(pool, offer.profit) for pool in pools), key=lambda leg: leg.amount_out),)


def _leg(pool: Pool, profit: Raw) -> Leg:
    """Return a swap of all there is; the amounts are what it would be with the whole profit."""
    i, j = (pool.spec.tokens.index(token) for token in (USDC, WETH))
    return Leg(
        pool=pool.spec,
        coin_in=i,
        coin_out=j,
        amount_in=profit,
        amount_out=pool.amount_out(i, j, profit),
        takes=AmountMode.ALL,
    )
