"""An entry with own capital, worked out to its orders before it is known whether it is taken."""

from itertools import chain, zip_longest

import msgspec

from bot.domain.depegs import Side
from bot.domain.opportunities import Opportunity
from bot.domain.trade_plans import NoEntry, PlannedOrder, Style
from bot.domain.units import WAD, Wad, mul_div_up
from bot.strategy.flash_viability import CapitalOffer
from bot.strategy.order_terms import Terms, orders_of
from bot.strategy.sizing import PositionSizer, Stake
from bot.strategy.stake_parts import Parts, parts_of
from bot.strategy.trade_ways import Case
from bot.strategy.trading_means import Means, exactly_down


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """Orders with what they cost and promise, or why there are none."""

    stake: Stake | NoEntry
    style: Style = Style.IMMEDIATE
    orders: tuple[PlannedOrder, ...] = ()
    price: Wad = Wad(0)  # average, par currency per 1.0 coin, before fees
    usd: Wad = Wad(0)  # by the books, before fees
    expected_usd: Wad = Wad(0)
    is_worth_it: bool = False  # after all costs it promises what is asked for

    def offer(self, risk: float) -> CapitalOffer | None:
        """Return what it is worth beside a flash loan; None: it is not to be had."""
        if not self.is_worth_it:
            return None
        return CapitalOffer(usd=self.usd, expected_usd=self.expected_usd, risk=risk)


def draft_of(sizer: PositionSizer, case: Case, opportunity: Opportunity, means: Means) -> Draft:
    """Return the orders that take an opportunity, in the order of sending."""
    stake = sizer.stake(case, opportunity, means)
    if isinstance(stake, NoEntry):
        return Draft(stake=stake)
    parts = parts_of(stake)
    stages = _stages(sizer, case, stake, parts)
    terms = Terms(
        parameters=sizer.parameters,
        status=case.depeg.status,
        hours=opportunity.hours,
        stages=stages,
        order_usd=min(exactly_down(sizer.limits.max_order_usd), means.ramp_usd),
        is_alone=len(parts) == 1,
    )
    by_market = [orders_of(ladder, amount, terms) for ladder, amount in parts]
    orders = tuple(one for one in chain(*zip_longest(*by_market)) if one is not None)
    is_staged = stages > 1 or len(orders) > sizer.limits.max_open_legs
    return _priced(stake, orders, Style.STAGED if is_staged else Style.IMMEDIATE)


def _stages(sizer: PositionSizer, case: Case, stake: Stake, parts: Parts) -> int:
    """One where the books are deep and the belief is sure, else as many as configured."""
    parameters, belief = sizer.parameters, case.belief
    depth = sum(one.depth for one in stake.approach.ladders)
    is_thin = sum(amount for _, amount in parts) > parameters.stage_depth_share * depth
    is_unsure = belief.never_high - belief.never_low > parameters.stage_belief_width
    return parameters.stages if is_thin or is_unsure else 1


def _priced(stake: Stake, orders: tuple[PlannedOrder, ...], style: Style) -> Draft:
    if not orders:
        return Draft(stake=stake)
    approach, bet = stake.approach, stake.approach.bet
    quotes = {(m.market.venue, m.market.rules.pair): m.quote_usd for m in approach.ladders}
    paid = sum(
        mul_div_up(o.amount * o.expected_price, quotes[o.venue, o.pair], WAD * WAD) for o in orders
    )
    coins, fees = sum(o.amount for o in orders), sum(o.fee_usd for o in orders)
    sign = 1 if bet.side is Side.DISCOUNT else -1
    all_in = (paid + sign * fees) / coins * WAD / approach.par_usd
    fixed = round(bet.fixed_usd * WAD)
    expected = paid * round(bet.expected(all_in) * WAD) // WAD - fixed
    return Draft(
        stake=stake,
        style=style,
        orders=orders,
        price=Wad(paid * WAD * WAD // (coins * approach.par_usd)),
        usd=Wad(paid),
        expected_usd=Wad(expected),
        is_worth_it=expected >= paid * round(bet.hurdle * WAD) // WAD,
    )
