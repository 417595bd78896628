"""Capital over several opportunities: the best first, each with what those before it left."""

from collections.abc import Mapping, Sequence

import msgspec

from bot.domain.issuers import issuer_of
from bot.domain.opportunities import Opportunity
from bot.domain.orders import OrderSide
from bot.domain.trade_plans import NoEntry, Size
from bot.domain.units import WAD, Wad, mul_div_up
from bot.strategy.classification import ranked
from bot.strategy.order_splitting import split
from bot.strategy.sizing import PositionSizer, Stake, no_entry
from bot.strategy.trade_ways import Case
from bot.strategy.trading_means import Market, Means
from bot.strategy.venue_ladders import Ladder

Wanted = tuple[Case, Opportunity]
_TRIES = 64  # one or two are enough, unless least amounts stand in the way
Parts = tuple[tuple[Ladder, Wad], ...]


def allocate(
    wanted: Sequence[Wanted], means: Means, sizer: PositionSizer
) -> tuple[Size | NoEntry, ...]:
    """Return a size or a refusal for each, in the order given.

    By rank: expected gain, less by its risk. A depeg is entered by one way at most. All sizes
    together keep every cap, and spend what is free once.
    """
    found: dict[int, Size | NoEntry] = {}
    taken: set[str] = set()
    for at in _by_rank(wanted):
        case, opportunity = wanted[at]
        if case.depeg.id in taken:
            found[at] = no_entry(case, "it is entered by a better way")
            continue
        stake = sizer.stake(case, opportunity, means)
        found[at] = stake if isinstance(stake, NoEntry) else stake.size
        if isinstance(stake, Stake):
            taken.add(case.depeg.id)
            means = without(means, case.depeg.asset, parts_of(stake))
    return tuple(found[at] for at in range(len(wanted)))


def parts_of(stake: Stake) -> Parts:
    """Return what a stake comes to at each market: on steps, and at risk at most its size."""
    ladders, usd = stake.approach.ladders, stake.size.usd
    lowest = min(one.unit_usd(Wad(1)) for one in ladders)
    amount = min(int(stake.approach.most), usd * WAD // lowest)
    for _ in range(_TRIES):
        parts = split(Wad(amount), ladders)
        reserve = sum(one.reserve(part) for part, one in zip(parts, ladders, strict=True))
        if reserve <= usd:
            return tuple((one, part) for part, one in zip(parts, ladders, strict=True) if part)
        amount = min(int(sum(parts)) * usd // reserve, amount * 99_999 // 100_000)
    return ()


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


def _by_rank(wanted: Sequence[Wanted]) -> list[int]:
    order = ranked(opportunity for _, opportunity in wanted)
    places = {id(one): place for place, one in enumerate(order)}
    return sorted(range(len(wanted)), key=lambda at: places[id(wanted[at][1])])
