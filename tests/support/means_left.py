"""What is left of means once parts are on order: for tests that enter many times over."""

from collections.abc import Mapping

import msgspec

from bot.domain.issuers import issuer_of
from bot.domain.orders import OrderSide
from bot.domain.units import WAD, Wad, mul_div_up
from bot.strategy.stake_parts import Parts
from bot.strategy.trading_means import Market, Means
from bot.strategy.venue_ladders import Ladder


def without(means: Means, asset: str, parts: Parts) -> Means:
    """Return what is left when parts are on order."""
    usd = {one.market.venue: Wad(0) for one, _ in parts}
    for one, part in parts:
        usd[one.market.venue] = Wad(usd[one.market.venue] + one.reserve(part))
    total = Wad(sum(usd.values()))
    return msgspec.structs.replace(
        means,
        markets=tuple(_drained(market, parts) for market in means.markets),
        coin_usd=_more(means.coin_usd, {asset: total}),
        venue_usd=_more(means.venue_usd, usd),
        issuer_usd=_more(means.issuer_usd, {issuer_of(asset): total}),
        day_entries_usd=Wad(means.day_entries_usd + total),
        at_risk_usd=Wad(means.at_risk_usd + total),
    )


def _drained(market: Market, parts: Parts) -> Market:
    """A market less what orders at its venue are paid with, whichever pair they are of."""
    spent: dict[str, int] = {}
    for one, part in parts:
        if one.market.venue == market.venue:
            currency, amount = _payment(one, part)
            spent[currency] = spent.get(currency, 0) + amount
    return msgspec.structs.replace(
        market,
        free_base=Wad(max(0, market.free_base - spent.get(market.base, 0))),
        free_quote=Wad(max(0, market.free_quote - spent.get(market.quote, 0))),
    )


def _payment(ladder: Ladder, part: Wad) -> tuple[str, int]:
    if ladder.side is OrderSide.SELL:
        return ladder.market.base, part
    paid = mul_div_up(part * ladder.limit(part), WAD + ladder.fee, WAD * WAD)
    return ladder.market.quote, paid


def _more(held: Mapping[str, Wad], added: Mapping[str, Wad]) -> dict[str, Wad]:
    return {**held, **{key: Wad(held.get(key, 0) + usd) for key, usd in added.items()}}
