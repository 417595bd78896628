"""Whatever a position and a market are like, leaving keeps to these."""

import msgspec
from hypothesis import assume, given
from hypothesis import strategies as st
from support.asset_views import moment, view_of
from support.depeg_cases import depeg_of, evidence_of, rail
from support.exit_markets import leave, market, orders
from support.held_positions import BELIEF, entry_plan, exit_plan, held_of, priced, situation, wad

from bot.domain.coins import coin_of
from bot.domain.depegs import Side
from bot.domain.opportunities import Opportunity
from bot.domain.trade_plans import ExitReason, Held, Leave, PartialExit, Stay
from bot.domain.units import WAD, Wad
from bot.domain.views import NoView
from bot.history.belief_file import read_model
from bot.strategy.classification import OpportunityClassifier
from bot.strategy.exit_plans import Entry, ExitParameters, exit_plan_for, reversion_of
from bot.strategy.exit_situation import Situation
from bot.strategy.exit_timing import ExitTiming
from bot.strategy.exit_watch import ExitWatch
from bot.strategy.outlook import Outlook
from bot.strategy.trade_ways import position
from bot.strategy.trading_costs import TradingCosts
from bot.strategy.trading_means import Market

_MODEL = read_model()
_PRICES = st.floats(0.3, 1.6)
_ENTRIES = st.floats(0.4, 0.9985) | st.floats(1.0015, 1.3)
_OUTLOOKS = st.builds(
    Outlook,
    cured=st.floats(0.001, 0.999),
    scale_h=st.floats(0.5, 500),
    shape=st.floats(0.6, 3),
    age_h=st.floats(0, 1_000),
)
_STOPS = (ExitReason.DEPTH_STOP, ExitReason.TIME_STOP, ExitReason.TARGET, ExitReason.TIMING)


@st.composite
def watches(draw: st.DrawFn) -> ExitWatch:
    cuts = sorted(draw(st.sets(st.floats(0.01, 0.99), min_size=2, max_size=8)))
    shares = sorted(draw(st.sets(st.floats(0.01, 0.99), min_size=len(cuts), max_size=len(cuts))))
    parts = (PartialExit(reversion=r, share=s) for r, s in zip(cuts, shares, strict=True))
    return ExitWatch(ExitParameters(partials=tuple(parts), rails={"issuer": "kraken"}))


@st.composite
def positions(draw: st.DrawFn, watch: ExitWatch | None = None) -> Held:
    entry = wad(draw(_ENTRIES))
    side = Side.DISCOUNT if entry < WAD else Side.PREMIUM
    parameters = watch.parameters if watch else ExitParameters()
    told = Entry(side=side, price=entry, par=coin_of("USDC").par)
    plan = exit_plan_for(told, BELIEF, parameters, moment(0))
    bought = draw(st.floats(0.001, 1e7))
    left = bought * draw(st.floats(0, 1))
    return held_of(plan, bought=bought, left=left, on_exit=left * draw(st.floats(0, 1)))


@st.composite
def situations(draw: st.DrawFn, price: float | None = None) -> Situation:
    seen = draw(_PRICES) if price is None else price
    view = priced(seen, observers=draw(st.integers(1, 4)))
    now = situation(view, hours=draw(st.floats(0, 400)), outlook=draw(_OUTLOOKS))
    rails = draw(st.lists(st.builds(rail, st.floats(0, 1.1)), max_size=1))
    jump = draw(st.none() | st.floats(0, 1_000))
    evidence = evidence_of(*rails, supply_jump_bps=jump)
    return msgspec.structs.replace(now, evidence=evidence)


@given(data=st.data(), watch=watches())
def test_it_never_asks_for_more_than_is_left_and_not_on_order(
    data: st.DataObject, watch: ExitWatch
) -> None:
    held, now = data.draw(positions(watch)), data.draw(situations())
    found = watch.decide(held, now)
    assert watch.decide(held, now) == found
    if isinstance(found, Leave):
        assert 0 < found.amount <= held.left - held.on_exit
        assert found.worst_price > 0
        assert bool(found.rail) is (found.reason is ExitReason.REDEMPTION)


@given(data=st.data(), watch=watches())
def test_the_parts_and_the_target_together_are_all_of_it(
    data: st.DataObject, watch: ExitWatch
) -> None:
    """A price that walks back to par, in however many steps, with everything filled at once."""
    held = data.draw(positions(watch))
    held = msgspec.structs.replace(held, left=held.bought, on_exit=Wad(0))
    exits, edge = held.plan.exit, Wad(WAD)
    steps = sorted(data.draw(st.lists(st.floats(0, 1), max_size=10)))
    sold, hopeful = 0, Outlook(cured=1e-6, scale_h=1.0, shape=2.0, age_h=1.0)
    for step in (*steps, 1.0):
        price = exits.entry_price + round((edge - exits.entry_price) * step)
        found = watch.decide(held, situation(price / WAD, hours=0.0, outlook=hopeful))
        if isinstance(found, Leave):
            sold += found.amount
            held = msgspec.structs.replace(held, left=Wad(held.left - found.amount))
    assert sold == held.bought
    assert held.left == 0


@given(data=st.data(), beyond=st.floats(0, 0.2), further=st.floats(0, 0.2))
def test_a_better_price_never_turns_the_target_into_staying(
    data: st.DataObject, beyond: float, further: float
) -> None:
    held = data.draw(positions())
    held = msgspec.structs.replace(held, left=held.bought, on_exit=Wad(0))
    direction = 1 if held.plan.side is Side.DISCOUNT else -1
    first = held.plan.exit.target_price / WAD + direction * (beyond + 1e-8)
    watch, now = ExitWatch(ExitParameters()), data.draw(situations(first))
    calm = msgspec.structs.replace(now, now=moment(0), evidence=evidence_of())
    for price in (first, first + direction * further):
        found = watch.decide(held, msgspec.structs.replace(calm, view=priced(price)))
        assert isinstance(found, Leave)
        assert found.reason is ExitReason.TARGET


@given(data=st.data(), low=_PRICES, high=_PRICES)
def test_parts_only_grow_with_the_price(data: st.DataObject, low: float, high: float) -> None:
    held = data.draw(positions())
    discount = held.plan.side is Side.DISCOUNT
    worse, better = sorted((low, high), reverse=not discount)
    sure = Outlook(cured=1e-6, scale_h=1.0, shape=2.0, age_h=1.0)
    watch, gains = ExitWatch(ExitParameters()), (ExitReason.PARTIAL, ExitReason.TARGET)
    found = [
        watch.decide(held, situation(price, hours=0.0, outlook=sure)) for price in (worse, better)
    ]
    told = [f.amount if isinstance(f, Leave) and f.reason in gains else 0 for f in found]
    assert told[0] <= told[1]


@given(data=st.data(), silent_s=st.floats(0, 1e7))
def test_a_fault_of_feeds_never_stops_anything(data: st.DataObject, silent_s: float) -> None:
    held, now = data.draw(positions()), data.draw(situations())
    view = NoView(asset="USDC", reason="all stale", at=moment(0))
    blind = msgspec.structs.replace(now, now=moment(silent_s), view=view)
    watch = ExitWatch(ExitParameters())
    found = watch.decide(held, blind)
    assert isinstance(found, Stay) or found.reason not in _STOPS
    unheard = msgspec.structs.replace(blind.evidence, unheard=("issuer",), rails=())
    lost = msgspec.structs.replace(blind, evidence=unheard)
    jump = blind.evidence.supply_jump_bps
    if jump is None or jump <= 500:
        assert isinstance(watch.decide(held, lost), Stay)
    assert watch.is_blind(lost) is (silent_s >= 60 and blind.blind_s >= 60)


@given(entry=_ENTRIES, late=st.floats(0, 5_000))
def test_a_plan_lies_around_its_entry_in_order(entry: float, late: float) -> None:
    price, edge = wad(entry), Wad(WAD)
    side = Side.DISCOUNT if price < edge else Side.PREMIUM
    belief = msgspec.structs.replace(BELIEF, late_hours=late)
    told = Entry(side=side, price=price, par=coin_of("USDC").par)
    plan = exit_plan_for(told, belief, ExitParameters(), moment(0))
    order = [plan.stop_price, price, plan.target_price, edge]
    assert order == sorted(order, reverse=side is Side.PREMIUM)
    assert len(set(order[:3])) == 3
    assert [p.share for p in plan.partials] == sorted({p.share for p in plan.partials})
    assert plan.partials[-1].share == 1.0
    assert abs(reversion_of(plan, edge, plan.target_price) - plan.partials[-1].reversion) < 1e-9


@given(
    off_bps=st.floats(-1_500, -20) | st.floats(20, 500),
    hit=st.none() | st.floats(0, 0.2),
    worth=st.none() | st.floats(0.99, 1.0),
    age_h=st.floats(0, 100),
)
def test_what_is_worth_entering_is_worth_waiting_for(
    off_bps: float, hit: float | None, worth: float | None, age_h: float
) -> None:
    """Or else a position would be entered and left in turns, at a fee each time."""
    depeg = depeg_of(off_bps)
    rails = () if worth is None else (rail(worth),)
    evidence, now = evidence_of(*rails, hit_share=hit), moment(60 + age_h * 3_600)
    case = OpportunityClassifier(_MODEL).case(depeg, view_of(off_bps), evidence, now)
    assume(isinstance(position(case), Opportunity))
    parameters, costs = ExitParameters(), TradingCosts()
    told = Entry(side=depeg.side, price=case.view.price, par=evidence.coin.par)
    plan = entry_plan(exit_plan_for(told, case.belief, parameters, now))
    outlook = _MODEL.outlook(depeg, evidence, now)
    assert abs(outlook.never - case.belief.never) < 1e-9
    wait = ExitTiming(parameters, costs).best_wait(plan, case.view.price, outlook, now)
    assert wait.gain_bps >= parameters.wait_hurdle_bps


@st.composite
def markets(draw: st.DrawFn) -> tuple[Market, ...]:
    found = []
    for venue in draw(st.lists(st.sampled_from("abc"), unique=True, max_size=3)):
        sizes = draw(st.lists(st.floats(0.01, 1e4), min_size=1, max_size=4))
        top = draw(st.floats(0.9, 1.05))
        bids = tuple((top - n * 0.001, size) for n, size in enumerate(sizes))
        for pair in draw(st.sets(st.sampled_from(["USDC/USD", "USDC/USDT"]), max_size=2)):
            least = draw(st.sampled_from([0.01, 5.0, 100.0]))
            found.append(market(*bids, venue=venue, pair=pair, min_amount=least))
    return tuple(found)


@given(
    data=st.data(),
    there=st.lists(st.floats(0, 5e3), min_size=3, max_size=3),
    asked=st.floats(0.001, 1),
    reason=st.sampled_from(ExitReason),
    entry=st.sampled_from([0.94, 1.04]),
)
def test_orders_never_do_more_than_is_asked_for_nor_worse(
    data: st.DataObject, there: list[float], asked: float, reason: ExitReason, entry: float
) -> None:
    total = sum(there)
    assume(total * asked > 1e-6)
    held = held_of(exit_plan(entry), bought=total, venues=dict(zip("abc", there, strict=True)))
    worst = data.draw(st.floats(0.9, 1.1))
    what = leave(total * asked, reason, worst)
    known = data.draw(markets())
    found = orders(what, held, *known)
    by_name = {one.name: one for one in known}
    assert sum(o.amount for o in found.orders) + found.short == what.amount
    assert len({o.venue for o in found.orders}) == len(found.orders)
    for order in found.orders:
        rules = by_name[f"{order.venue} {order.pair}"].rules
        quote = wad(0.98) if order.pair.endswith("USDT") else WAD
        assert rules.min_amount <= order.amount <= held.at_venues[order.venue]
        assert order.amount % rules.step == 0
        assert order.price % rules.tick == 0
        in_par = order.price * quote
        if entry < 1:
            assert in_par >= what.worst_price * WAD
        else:
            assert in_par <= what.worst_price * WAD
    for venue, dust in found.dust.items():
        assert dust == held.at_venues.get(venue, 0)
