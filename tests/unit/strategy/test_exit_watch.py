"""Each trigger on both sides of its threshold."""

import msgspec
import pytest
from support.asset_views import moment
from support.depeg_cases import rail
from support.held_positions import HOPEFUL, exit_plan, held_of, priced, situation, wad

from bot.domain.depegs import Breadth, Status
from bot.domain.trade_plans import ExitReason, Held, Leave, PartialExit, Stay
from bot.domain.views import NoView
from bot.strategy.exit_plans import ExitParameters
from bot.strategy.exit_situation import ExitRequest, Situation
from bot.strategy.exit_watch import ExitWatch
from bot.strategy.outlook import Outlook

_WATCH = ExitWatch(ExitParameters())
_STOP, _TARGET = 0.8272, 0.9982  # of what is entered at 0.94
_BLIND = NoView(asset="USDC", reason="all stale", at=moment(3_600 - 59))


def left(held: Held, now: Situation, watch: ExitWatch = _WATCH) -> tuple[ExitReason, int]:
    found = watch.decide(held, now)
    assert isinstance(found, Leave), found
    return found.reason, found.amount


def stays(held: Held, now: Situation, watch: ExitWatch = _WATCH) -> str:
    found = watch.decide(held, now)
    assert isinstance(found, Stay), found
    return found.reason


def test_on_the_way_it_stays_and_says_what_waiting_promises() -> None:
    found = _WATCH.decide(held_of(), situation(0.95))
    assert isinstance(found, Stay)
    assert found.reversion == pytest.approx(1 / 6)
    assert "promise" in found.reason


@pytest.mark.parametrize("reason", [ExitReason.MANUAL, ExitReason.EMERGENCY])
def test_a_request_comes_first_whatever_else_holds(reason: ExitReason) -> None:
    asked = ExitRequest(reason=reason, detail="operator")
    for view in (0.95, _STOP - 0.1, 1.0, _BLIND):
        found = _WATCH.decide(held_of(), situation(view, request=asked))
        assert isinstance(found, Leave)
        assert (found.reason, found.amount, found.detail) == (reason, wad(1_000), "operator")


def test_in_a_hurry_it_takes_worse_prices_and_who_is_told_to_leave_blind_takes_any() -> None:
    asked = ExitRequest(reason=ExitReason.EMERGENCY)
    seen = _WATCH.decide(held_of(), situation(0.95, request=asked))
    blind = _WATCH.decide(held_of(), situation(_BLIND, request=asked))
    calm = _WATCH.decide(held_of(), situation(0.999))
    assert isinstance(seen, Leave)
    assert seen.worst_price == wad(0.95 * 0.975)
    assert isinstance(blind, Leave)
    assert blind.worst_price == wad(0.00975)  # the gate's band for a flatten still holds
    assert isinstance(calm, Leave)
    assert calm.worst_price == wad(0.999 * 0.996)


def test_of_a_small_gain_no_more_than_a_quarter_is_given_away() -> None:
    small = held_of(exit_plan(0.996))
    found = _WATCH.decide(small, situation(0.9998))
    assert isinstance(found, Leave)
    assert found.worst_price > wad(0.9988)


@pytest.mark.parametrize(
    ("price", "reason"), [(_STOP + 1e-6, None), (_STOP, ExitReason.DEPTH_STOP)]
)
def test_the_depth_stop(price: float, reason: ExitReason | None) -> None:
    found = _WATCH.decide(held_of(), situation(price))
    assert (found.reason if isinstance(found, Leave) else None) is reason


def test_one_venue_alone_stops_nothing_and_a_rail_is_no_observer() -> None:
    alone = priced(_STOP - 0.01, observers=1)
    assert "1 of 2 observers" in stays(held_of(), situation(alone))
    seen = priced(_STOP - 0.01)
    back = msgspec.structs.replace(seen.venues[1], price=wad(0.99))
    one_back = msgspec.structs.replace(seen, venues=(seen.venues[0], back))
    assert "1 of 2 observers" in stays(held_of(), situation(one_back))
    late = situation(alone, hours=48.0)
    assert left(held_of(), late)[0] is ExitReason.TIME_STOP
    trusting = ExitWatch(ExitParameters(stop_observers=1))
    assert left(held_of(), situation(alone), trusting)[0] is ExitReason.DEPTH_STOP


@pytest.mark.parametrize(("hours", "leaves"), [(47.9, False), (48.0, True), (500.0, True)])
def test_the_time_stop(hours: float, *, leaves: bool) -> None:
    watch = ExitWatch(ExitParameters(wait_hurdle_bps=0.0))
    found = watch.decide(held_of(), situation(0.95, hours=hours))
    is_late = isinstance(found, Leave) and found.reason is ExitReason.TIME_STOP
    assert is_late is leaves


@pytest.mark.parametrize(
    ("price", "reason"), [(_TARGET - 1e-6, ExitReason.PARTIAL), (_TARGET, ExitReason.TARGET)]
)
def test_the_target(price: float, reason: ExitReason) -> None:
    assert left(held_of(), situation(price))[0] is reason


def test_when_the_depeg_is_over_there_is_no_more_to_wait_for() -> None:
    now = situation(0.968)
    over = msgspec.structs.replace(now.depeg, status=Status.RESOLVED)
    found = left(held_of(), msgspec.structs.replace(now, depeg=over))
    assert found == (ExitReason.TARGET, wad(1_000))


@pytest.mark.parametrize(
    ("price", "still", "on_exit", "amount"),
    [
        (0.9699, 1_000, 0, 0),  # just before half of the way
        (0.97, 1_000, 0, 350),
        (0.97, 800, 0, 150),  # 200 of it are gone already
        (0.97, 650, 0, 0),
        (0.97, 1_000, 350, 0),  # on its way out
        (0.97, 1_000, 300, 50),
        (0.97, 1_000, 345, 0),  # half a percent is not worth an order
        (0.988, 1_000, 0, 700),  # both parts at once
        (0.988, 650, 0, 350),
        (0.9, 650, 0, 0),  # it fell again: what is due stays as it was
    ],
)
def test_parts_are_left_on_the_way(
    price: float, still: float, on_exit: float, amount: float
) -> None:
    held = held_of(left=still, on_exit=on_exit)
    found = _WATCH.decide(held, situation(price))
    assert (found.amount if isinstance(found, Leave) else 0) == wad(amount)
    if isinstance(found, Leave):
        assert found.reason is ExitReason.PARTIAL


def test_a_hopeless_wait_is_ended_and_a_hopeful_one_is_not() -> None:
    doubtful = Outlook(cured=0.6, scale_h=200.0, shape=1.2, age_h=48.0)
    assert left(held_of(), situation(0.95, outlook=doubtful))[0] is ExitReason.TIMING
    assert "promise" in stays(held_of(), situation(0.95, outlook=HOPEFUL))


def test_nothing_is_asked_for_that_is_on_order_already() -> None:
    asked = ExitRequest(reason=ExitReason.MANUAL)
    assert left(held_of(on_exit=400), situation(0.95, request=asked))[1] == wad(600)
    assert "on order" in stays(held_of(on_exit=1_000), situation(0.5, request=asked))
    assert "nothing is left" in stays(held_of(left=0), situation(0.5, request=asked))


# Vetoes


def vetoed(now: Situation, **what: object) -> Situation:
    return msgspec.structs.replace(now, evidence=msgspec.structs.replace(now.evidence, **what))


def test_redemption_that_is_suspended_ends_it_with_and_without_a_price() -> None:
    for view in (0.95, _BLIND):
        shut = vetoed(situation(view), rails=(rail(0.0),))
        found = _WATCH.decide(held_of(), shut)
        assert isinstance(found, Leave)
        assert found.reason is ExitReason.VETO
        assert "redemption is suspended" in found.detail


def test_a_bug_mint_turns_it_terminal_and_ends_it() -> None:
    found = _WATCH.decide(held_of(), vetoed(situation(0.95), supply_jump_bps=501.0))
    assert isinstance(found, Leave)
    assert found.reason is ExitReason.VETO
    assert "terminal" in found.detail
    assert "promise" in stays(held_of(), vetoed(situation(0.95), supply_jump_bps=500.0))


@pytest.mark.parametrize(("trough_bps", "leaves"), [(99.0, False), (100.0, True)])
def test_a_fall_that_nobody_explains_ends_it(trough_bps: float, *, leaves: bool) -> None:
    now = situation(0.95)
    deeper = msgspec.structs.replace(
        now, depeg=msgspec.structs.replace(now.depeg, trough_bps=trough_bps)
    )
    found = _WATCH.decide(held_of(), deeper)
    assert (isinstance(found, Leave) and found.reason is ExitReason.VETO) is leaves


def test_a_rail_that_is_not_heard_any_more_is_no_veto() -> None:
    now = situation(0.95)
    deeper = msgspec.structs.replace(
        now, depeg=msgspec.structs.replace(now.depeg, trough_bps=600.0)
    )
    assert "promise" in stays(held_of(), vetoed(deeper, unheard=("circle",)))
    assert left(held_of(), deeper)[0] is ExitReason.VETO
    shut = vetoed(deeper, unheard=("circle",), rails=(rail(0.0),))
    assert left(held_of(), shut)[0] is ExitReason.VETO


def test_that_one_venue_alone_shows_it_is_no_reason_to_leave() -> None:
    now = situation(0.95)
    local = msgspec.structs.replace(now.depeg, breadth=Breadth.VENUE_LOCAL)
    assert "promise" in stays(held_of(), msgspec.structs.replace(now, depeg=local))


# Missing prices


@pytest.mark.parametrize("hours", [1.0, 1_000.0])
def test_without_a_price_nothing_is_stopped_and_it_says_for_how_long(hours: float) -> None:
    blind = situation(NoView(asset="USDC", reason="all stale", at=moment(0)), hours=hours)
    assert stays(held_of(), blind) == f"no price for {hours * 3_600:.0f} s: all stale"


@pytest.mark.parametrize(("seconds", "told"), [(59, False), (60, True)])
def test_blindness_is_told_after_a_while(seconds: int, *, told: bool) -> None:
    view = NoView(asset="USDC", reason="all stale", at=moment(3_600 - seconds))
    assert _WATCH.is_blind(situation(view)) is told
    assert not _WATCH.is_blind(situation(0.95))


# Redemption

_REDEEMING = ExitWatch(ExitParameters(rails={"psm": "ethereum"}))
_BY_HAND = ExitWatch(ExitParameters(rails={"psm": "kraken"}))
_THERE = {"ethereum": 100_000.0}


def with_rail(price: float, worth: float, pays_in: str = "DAI") -> Situation:
    told = rail(worth, venue="psm", pays_in=pays_in)
    return vetoed(situation(price), rails=(told,))


def test_a_rail_is_used_where_it_pays_more_than_selling_and_than_waiting() -> None:
    held = held_of(bought=100_000, venues=_THERE)
    found = _REDEEMING.decide(held, with_rail(0.95, 1.0))
    assert isinstance(found, Leave)
    assert (found.reason, found.rail) == (ExitReason.REDEMPTION, "psm")
    assert found.worst_price == wad(1.0)
    assert "promise" in stays(held, with_rail(0.95, 0.955), _REDEEMING)


def test_a_rail_that_only_a_person_can_use_is_told_while_all_other_exits_are_asked() -> None:
    held = held_of(bought=100_000)
    found = _BY_HAND.decide(held, with_rail(0.95, 1.0))
    assert isinstance(found, Stay)
    assert found.rail == "psm"
    assert found.reason.startswith("redeem by hand at psm: worth 0.9")
    for price, reason in ((0.98, ExitReason.PARTIAL), (0.9999, ExitReason.TARGET)):
        assert left(held, with_rail(price, 1.2), _BY_HAND)[0] is reason


def test_what_waits_for_a_person_at_a_rail_is_not_sold_because_waiting_promises_nothing() -> None:
    impatient = ExitParameters(rails={"psm": "kraken"}, wait_hurdle_bps=5_000)
    all_there = ExitWatch(impatient).decide(held_of(bought=100_000), with_rail(0.95, 1.0))
    assert isinstance(all_there, Stay)
    assert all_there.rail == "psm"
    some = held_of(bought=100_000, venues={"kraken": 90_000, "binance": 10_000})
    found = left(some, with_rail(0.95, 1.0), ExitWatch(impatient))
    assert found == (ExitReason.TIMING, wad(10_000))


def test_a_rail_that_we_cannot_use_is_none() -> None:
    assert "promise" in stays(held_of(bought=100_000), with_rail(0.95, 1.0))


def test_a_rail_takes_what_it_has_room_for() -> None:
    now = with_rail(0.95, 1.0)
    narrow = msgspec.structs.replace(now.evidence.rails[0], capacity=wad(40_000))
    now = vetoed(now, rails=(narrow,))
    held = held_of(bought=100_000, venues=_THERE)
    assert left(held, now, _REDEEMING) == (ExitReason.REDEMPTION, wad(40_000))


def test_what_is_elsewhere_than_the_rail_is_sold_as_ever() -> None:
    elsewhere = ExitWatch(ExitParameters(rails={"psm": "ethereum"}))
    held = held_of(bought=100_000)
    assert left(held, with_rail(0.9999, 1.2), elsewhere)[0] is ExitReason.TARGET
    some = held_of(bought=100_000, venues={"kraken": 90_000, "ethereum": 10_000})
    assert left(some, with_rail(0.9999, 1.2), elsewhere) == (ExitReason.REDEMPTION, wad(10_000))


def test_gas_eats_what_redeeming_a_little_would_gain() -> None:
    held = held_of(bought=100_000, venues=_THERE)
    assert left(held, with_rail(0.99, 1.0), _REDEEMING)[1] == wad(100_000)
    small = held_of(exit_plan(0.985), bought=100, venues={"ethereum": 100})
    assert "promise" in stays(small, with_rail(0.99, 1.0), _REDEEMING)


# The other side


def test_a_premium_is_left_on_its_own_side() -> None:
    short = held_of(exit_plan(1.04))
    assert left(short, situation(1.0012)) == (ExitReason.TARGET, wad(1_000))
    assert left(short, situation(1.0013))[0] is ExitReason.PARTIAL
    assert left(short, situation(1.0816)) == (ExitReason.DEPTH_STOP, wad(1_000))
    assert "promise" in stays(short, situation(1.0815, outlook=_SURE))
    hurried = _WATCH.decide(short, situation(1.0816))
    assert isinstance(hurried, Leave)
    assert hurried.worst_price == wad(1.0816 * 1.025)


_SURE = Outlook(cured=0.001, scale_h=6.0, shape=2.0, age_h=6.0)


def test_what_was_sold_dear_is_not_bought_back_into_a_veto() -> None:
    short = held_of(exit_plan(1.04))
    minted = vetoed(situation(1.0), supply_jump_bps=9_000.0)
    assert "not bought back" in stays(short, minted)
    asked = ExitRequest(reason=ExitReason.MANUAL)
    wanted = msgspec.structs.replace(minted, request=asked)
    assert left(short, wanted)[0] is ExitReason.MANUAL


def test_a_coin_with_a_band_is_left_near_its_edge() -> None:
    held = held_of(exit_plan(0.97, asset="LUSD"), asset="LUSD")
    assert left(held, situation(0.9849, asset="LUSD"))[0] is ExitReason.TARGET
    assert left(held, situation(0.978, asset="LUSD"))[0] is ExitReason.PARTIAL


def test_the_order_of_urgency() -> None:
    late_and_deep = situation(_STOP - 0.01, hours=100.0)
    assert left(held_of(), late_and_deep)[0] is ExitReason.DEPTH_STOP
    vetoed_too = vetoed(late_and_deep, rails=(rail(0.0),))
    assert left(held_of(), vetoed_too)[0] is ExitReason.VETO
    late_at_target = situation(0.9999, hours=100.0)
    assert left(held_of(), late_at_target)[0] is ExitReason.TIME_STOP


def test_one_part_may_be_all_that_is_wanted() -> None:
    one = ExitParameters(partials=(PartialExit(reversion=0.25, share=0.5),))
    held = held_of(exit_plan(parameters=one))
    assert left(held, situation(0.955), ExitWatch(one)) == (ExitReason.PARTIAL, wad(500))
