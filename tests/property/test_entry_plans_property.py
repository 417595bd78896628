"""What reaches an order: exact amounts, prices on our side, within every limit the gate has."""

from itertools import product
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from support.depeg_cases import rail
from support.entry_cases import (
    NOW,
    WIDE,
    case_of,
    market,
    means_of,
    opportunity_of,
    planner_of,
    sure,
    wad,
)

from bot.control.plan_rules import judge_plan
from bot.domain.depegs import Side, Status
from bot.domain.issuers import issuer_of
from bot.domain.orders import OrderSide
from bot.domain.risk import Approved, Facts, RiskLimits
from bot.domain.ticks import SourceKind
from bot.domain.trade_plans import EntryPlan, PlannedOrder
from bot.domain.units import WAD, Wad
from bot.strategy.entry_venues import approach_of
from bot.strategy.order_splitting import gained, split
from bot.strategy.trade_ways import Case
from bot.strategy.trading_means import Market, Means
from bot.strategy.venue_ladders import Ladder

VENUES = ("kraken", "binance", "coinbase", "bitstamp")
STEPS = ("0.00000001", "0.01", "1", "7", "100")
TICKS = ("0.00001", "0.0001", "0.003")


@st.composite
def small_markets(draw: st.DrawFn) -> list[Market]:
    """Two or three books of a few coins, all on one step."""
    found = []
    for venue in VENUES[: draw(st.integers(2, 3))]:
        price, levels = draw(st.integers(880, 930)), []
        for _ in range(draw(st.integers(1, 3))):
            levels.append((price / 1_000, draw(st.integers(1, 4))))
            price += draw(st.integers(1, 20))
        found.append(
            market(
                *levels,
                venue=venue,
                step=1,
                min_amount=draw(st.integers(1, 4)),
                fee_bps=draw(st.sampled_from((0, 7.5, 25))),
                fixed_usd=draw(st.sampled_from((0, 0, 0.05))),
            )
        )
    return found


def ladders_of(markets: list[Market]) -> tuple[Ladder, ...]:
    case = case_of()
    return approach_of(case, opportunity_of(case), means_of(*markets), WIDE, 2.0).ladders


def by_force(amount: int, ladders: tuple[Ladder, ...]) -> int:
    """The most that any division into whole coins gains."""
    choices = [[0, *range(one.least // WAD, one.capacity // WAD + 1)] for one in ladders]
    return max(
        gained([Wad(part * WAD) for part in parts], ladders)
        for parts in product(*choices)
        if sum(parts) <= amount
    )


@given(small_markets(), st.integers(1, 20))
@settings(max_examples=100)
def test_no_other_split_over_small_books_is_better(markets: list[Market], amount: int) -> None:
    ladders = ladders_of(markets)
    parts = split(Wad(amount * WAD), ladders)
    assert gained(parts, ladders) >= by_force(amount, ladders)
    assert sum(parts) <= amount * WAD
    for part, one in zip(parts, ladders, strict=True):
        assert part == 0 or one.least <= part <= one.capacity
        assert part % one.market.rules.step == 0


@st.composite
def markets(draw: st.DrawFn, off_bps: float) -> Market:
    """A market near a price, with rules of all sorts."""
    sells = off_bps > 0
    venue, quote = draw(st.sampled_from(VENUES)), draw(st.sampled_from(("USD", "USDT", "DAI")))
    tick = draw(st.sampled_from(TICKS))
    near = 1 + (off_bps + draw(st.floats(-100, 100))) / 1e4
    units = round(near / float(tick))
    levels = []
    for _ in range(draw(st.integers(1, 8))):
        amount = draw(st.floats(100, 1e5) | st.floats(0.5, 10))
        levels.append((round(units * float(tick), 9), round(amount, 8)))
        units += draw(st.integers(1, 9)) * (-1 if sells else 1)
    return market(
        *levels,
        venue=venue,
        pair=f"USDC/{quote}",
        sells=sells,
        tick=tick,
        step=draw(st.sampled_from(STEPS)),
        fee_bps=draw(st.sampled_from((-1.0, 0, 0.1, 10, 26, 60))),
        maker_fee_bps=draw(st.sampled_from((-1.0, 0, 16))),
        min_amount=draw(st.sampled_from((0, 0.00000001, 1, 50))),
        min_value=draw(st.sampled_from((0, 5, 10))),
        free=draw(st.floats(1_000, 1e5) | st.floats(0, 10)),
        spread=draw(st.sampled_from((0.0001, 0.01))),
        kind=draw(st.sampled_from((SourceKind.CEX, SourceKind.CEX, SourceKind.DEX))),
        fixed_usd=draw(st.sampled_from((0, 0, 3))),
        is_trading=draw(st.sampled_from((True, True, True, False))),
    )


@st.composite
def entries(draw: st.DrawFn) -> tuple[Case, Means, RiskLimits]:
    """A depeg that is worth something, with random markets, means and limits."""
    off_bps = draw(st.floats(150, 500) | st.floats(-2_000, -500))
    case = case_of(
        off_bps,
        belief=sure(0.01, high=draw(st.floats(0.01, 0.08))),
        rails=(rail(1.0),),
        status=draw(st.sampled_from((Status.ACTIVE, Status.WORSENING, Status.RECOVERING))),
    )
    usd = st.floats(6_000, 60_000)
    limits = RiskLimits(
        max_order_usd=draw(st.floats(100, 30_000)),
        max_coin_usd=draw(usd),
        max_venue_usd=draw(usd),
        max_issuer_usd=draw(usd),
        max_day_usd=draw(usd),
        max_terminal_loss=draw(st.floats(0.01, 0.1)),
        max_open_legs=draw(st.integers(1, 6)),
    )
    held = st.floats(0, 1_000)
    means = means_of(
        *draw(st.lists(markets(off_bps), min_size=1, max_size=5, unique_by=lambda m: m.name)),
        equity=draw(st.floats(1e5, 1e6)),
        ramp=draw(usd),
        dollars={"USDT": draw(st.floats(0.985, 1.02)), "DAI": draw(st.floats(0.98, 1.02))},
        at_risk=draw(held),
        day_entries=draw(held),
        day_result=draw(st.floats(-500, 500)),
        coin={"USDC": draw(held)},
        venue={"kraken": draw(held)},
        issuer={"Circle": draw(held)},
    )
    return case, means, limits


def facts_of(order: PlannedOrder, case: Case, means: Means) -> Facts:
    """What the gate would be told of an order before any of its plan is sent."""
    place = place_of(order, means)
    buys = order.side is OrderSide.BUY
    return Facts(
        now=NOW,
        is_trading=True,
        equity_usd=means.equity_usd,
        base_price=case.view.price,
        base_price_age_s=0.1,
        quote_price=means.dollars_of(place.quote),
        best_bid=place.book.bids[0].price,
        best_ask=place.book.asks[0].price,
        book_age_s=0.1,
        position_amount=Wad(0),
        coin_usd=means.coin_usd.get("USDC", Wad(0)),
        venue_usd=means.venue_usd.get(order.venue, Wad(0)),
        issuer_usd=means.issuer_usd.get(issuer_of("USDC"), Wad(0)),
        day_entries_usd=means.day_entries_usd,
        day_result_usd=means.day_result_usd,
        at_risk_usd=means.at_risk_usd,
        open_legs=0,
        free=place.free_quote if buys else place.free_base,
        venue_is_trading=place.rules.is_trading,
        ramp_usd=means.ramp_usd,
        coin="USDC",
        issuer="Circle",
    )


def place_of(order: PlannedOrder, means: Means) -> Market:
    return next(m for m in means.markets if (m.venue, m.rules.pair) == (order.venue, order.pair))


def planned(case: Case, means: Means, limits: RiskLimits, **options: Any) -> EntryPlan | None:
    planner = planner_of(limits, min_usd=1.0, **options)
    found = planner.plan(case, opportunity_of(case), means, position="p")
    return found if isinstance(found, EntryPlan) else None


@given(entries(), st.sampled_from((0.25, 1.0)), st.sampled_from((0.0, 2.0, 25.0)))
@settings(max_examples=150)
def test_the_gate_has_nothing_to_refuse_in_a_plan(
    entry: tuple[Case, Means, RiskLimits], fraction: float, slack_bps: float
) -> None:
    case, means, limits = entry
    plan = planned(case, means, limits, kelly_fraction=fraction, slack_bps=slack_bps)
    if plan is None:
        return
    verdict = judge_plan(plan, [facts_of(one, case, means) for one in plan.orders], limits)
    assert isinstance(verdict, Approved), verdict
    assert verdict.usd <= plan.size.usd <= plan.size.wanted_usd


@given(entries())
@settings(max_examples=150)
def test_every_order_is_one_that_its_venue_takes(entry: tuple[Case, Means, RiskLimits]) -> None:
    case, means, limits = entry
    plan = planned(case, means, limits)
    for order in () if plan is None else plan.orders:
        rules = place_of(order, means).rules
        assert type(order.amount) is type(order.price) is int  # not even a float that is whole
        assert order.amount % rules.step == 0
        assert order.price % rules.tick == 0
        assert order.amount >= rules.min_amount
        assert order.amount * order.price >= rules.min_value * WAD
        assert rules.is_trading


@given(entries())
@settings(max_examples=100)
def test_orders_together_take_no_more_than_book_and_account_hold(
    entry: tuple[Case, Means, RiskLimits],
) -> None:
    case, means, limits = entry
    plan = planned(case, means, limits)
    for venue in set() if plan is None else {one.venue for one in plan.orders}:
        assert plan is not None
        orders = [one for one in plan.orders if one.venue == venue]
        place = place_of(orders[0], means)
        assert len({one.pair for one in orders}) == 1
        total = sum(one.amount for one in orders)
        buys = case.depeg.side is Side.DISCOUNT
        side = place.book.asks if buys else place.book.bids
        assert total <= sum(level.amount for level in side)
        paid = sum(-(-one.amount * one.price // WAD) for one in orders) if buys else total
        assert paid <= (place.free_quote if buys else place.free_base)


@given(entries())
@settings(max_examples=100)
def test_a_plan_is_expected_to_gain_and_ends_on_the_right_side(
    entry: tuple[Case, Means, RiskLimits],
) -> None:
    case, means, limits = entry
    plan = planned(case, means, limits)
    if plan is None:
        return
    assert plan.expected_usd > 0
    up = 1 if plan.side is Side.DISCOUNT else -1
    exits = plan.exit
    assert up * exits.stop_price < up * exits.entry_price < up * exits.target_price
    assert plan.size.risk.worst_case_usd <= plan.size.usd + wad(100)
    assert plan.size.risk.stop_price == exits.stop_price
