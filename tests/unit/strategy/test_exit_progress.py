import msgspec
import pytest
from support.asset_views import moment
from support.held_positions import exit_plan, held_of, situation, wad

from bot.domain.trade_plans import ExitReason, Held, Leave, Stay
from bot.domain.units import Wad
from bot.domain.views import NoView
from bot.strategy.cash_worth import worth_usd
from bot.strategy.exit_progress import Progress, progress_of, told_decision

_STAY = Stay(position="p000000001", reversion=0.0, reason="so", at=moment(0))


def progress(
    held: Held, price: float | NoView = 0.96, dollars: dict[str, Wad] | None = None
) -> Progress:
    return progress_of(held, situation(price, hours=12.0), _STAY, dollars or {})


def test_a_discount_gains_with_the_price() -> None:
    found = progress(held_of())
    assert found.gain_usd == wad(20)
    assert found.reversion == pytest.approx(1 / 3)
    assert (found.hours_held, found.hours_left) == (12.0, 36.0)
    assert (found.left_share, found.next_reversion) == (1.0, 0.5)
    assert found.banked_usd == wad(-940)


def test_a_premium_gains_as_it_falls() -> None:
    found = progress(held_of(exit_plan(1.04)), 1.01)
    assert found.gain_usd == wad(30)
    assert found.left_usd == wad(-1_010)


def test_what_is_sold_counts_as_cash_and_the_next_part_is_told() -> None:
    half = held_of(left=650, cash={"USD": -940 + 350 * 0.97})
    found = progress(half)
    assert found.gain_usd == wad(-940 + 350 * 0.97 + 650 * 0.96)
    assert found.next_reversion == 0.8
    assert progress(held_of(left=0, cash={"USD": 12})).gain_usd == wad(12)


def test_money_is_worth_what_all_say_and_not_what_it_calls_itself() -> None:
    paid = held_of(cash={"USDT": -940, "USD": 1})
    assert progress(paid).gain_usd is None
    found = progress(paid, dollars={"USDT": wad(0.9)})
    assert found.gain_usd == wad(960 - 846 + 1)
    assert worth_usd({"USDT": Wad(-1)}, {"USDT": wad(0.9)}) == -1  # down, also below zero


def test_a_euro_coin_is_valued_by_the_euro() -> None:
    held = held_of(exit_plan(0.98, asset="EURC"), asset="EURC", cash={"EUR": -980})
    now = situation(0.99, asset="EURC")
    assert progress_of(held, now, _STAY, {"EUR": wad(1.1)}).gain_usd == wad(11)
    assert progress_of(held, now, _STAY, {}).gain_usd is None


def test_without_a_price_there_is_no_gain_to_tell() -> None:
    blind = progress(held_of(), NoView(asset="USDC", reason="stale", at=moment(0)))
    assert (blind.price, blind.reversion, blind.gain_usd) == (None, None, None)
    assert blind.banked_usd == wad(-940)


def test_fees_in_the_coin_are_worth_its_price() -> None:
    held = msgspec.structs.replace(held_of(), fees={"USD": wad(1), "USDC": wad(2)})
    assert progress(held).fees_usd == wad(1 + 2 * 0.96)


def test_decisions_are_told_in_words() -> None:
    gone = Leave(
        position="p",
        amount=wad(1),
        reason=ExitReason.REDEMPTION,
        detail="worth 1",
        worst_price=wad(1),
        rail="psm",
        at=moment(0),
    )
    assert told_decision(_STAY) == "stays: so"
    assert told_decision(gone) == "leaves at psm, redemption pays more: worth 1"
