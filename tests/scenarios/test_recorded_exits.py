"""Positions held through March 2023 and May 2022, left by the recorded minutes.

Fills are made of the consensus: from one basis point on, 2,000 coins a basis point, 10 bps of fee.
"""

from collections.abc import Iterable
from itertools import chain
from pathlib import Path

import pytest
from support.depeg_cases import utc as moment_of
from support.exit_play import ExitPlay, Played, Wish
from support.recorded_prices import (
    Row,
    curve_4pool_hours,
    deviation_minutes,
    exchange_minutes,
    kraken_minutes,
    redemptions,
    uniswap_hours,
    write_prices,
)

from bot.domain.trade_plans import ExitReason
from bot.domain.units import WAD
from bot.strategy.exit_plans import ExitParameters

pytestmark = pytest.mark.slow

MARCH = ("2023-03-10 18:00", "2023-03-14 00:00")
TERRA = ("2022-05-08 00:00", "2022-05-11 00:00")
SUSPENDED = "2023-03-11 03:30"
PATIENT = ExitParameters(wait_hurdle_bps=0.0, fall_hours=1e9)  # so that the stops alone decide


def usdc_rows(data: Path) -> Iterable[Row]:
    pairs = [("kraken", "USDC/USD"), ("coinbase", "USDT/USD"), ("binance.us", "USDC/USDT")]
    yield from chain(*(exchange_minutes(data, venue, pair, *MARCH) for venue, pair in pairs))
    yield from kraken_minutes(data, "USDC/USDT", *MARCH)
    yield from uniswap_hours(data, *MARCH)


def play(tmp_path: Path, rows: Iterable[Row], wish: Wish) -> Played:
    return ExitPlay(write_prices(tmp_path / "prices.csv", rows), wish).run()


def usdc_at_a_low(redemption_known: str | None, data: Path, tmp_path: Path) -> Played:
    rows = [*usdc_rows(data)]
    if redemption_known:
        rows += redemptions("USDC", "circle", {redemption_known: 1.0})
    wish = Wish(
        asset="USDC", since=moment_of("2023-03-11T12:00"), low=0.93, high=0.95, hit_share=0.083
    )
    return play(tmp_path, rows, wish)


def test_usdc_entered_between_93_and_95_cents_is_left_in_parts_with_a_gain(
    data_dir: Path, tmp_path: Path
) -> None:
    played = usdc_at_a_low(MARCH[0], data_dir, tmp_path)
    reasons = [one.leave.reason for one in played.exits]
    prices = [one.price for one in played.exits]
    assert reasons == [ExitReason.PARTIAL, ExitReason.TIMING]
    assert prices == sorted(prices)
    assert played.exits[0].order.amount == played.held.bought * 35 // 100
    assert played.held.left == 0
    assert 0.03 < played.gain_usd / 10_000 < 0.05
    assert set(played.held.cash) == {"USD"}


def test_with_less_known_it_is_left_sooner_and_with_less(data_dir: Path, tmp_path: Path) -> None:
    played = usdc_at_a_low(None, data_dir, tmp_path)
    assert [one.leave.reason for one in played.exits] == [ExitReason.TIMING]
    assert played.held.left == 0
    assert 0.005 < played.gain_usd / 10_000 < 0.03


def test_with_a_patient_owner_it_goes_all_the_way(data_dir: Path, tmp_path: Path) -> None:
    wish = Wish(
        asset="USDC",
        since=moment_of("2023-03-11T12:00"),
        low=0.93,
        high=0.95,
        hit_share=0.083,
        parameters=PATIENT,
    )
    rows = [*usdc_rows(data_dir), *redemptions("USDC", "circle", {MARCH[0]: 1.0})]
    played = play(tmp_path, rows, wish)
    reasons = [one.leave.reason for one in played.exits]
    assert reasons == [ExitReason.PARTIAL, ExitReason.PARTIAL, ExitReason.TARGET]
    assert played.held.left == 0
    assert 0.045 < played.gain_usd / 10_000 < 0.08


def test_usdc_is_left_within_a_minute_when_redemption_is_suspended(
    data_dir: Path, tmp_path: Path
) -> None:
    told = redemptions("USDC", "circle", {MARCH[0]: 1.0, SUSPENDED: 0.0})
    wish = Wish(
        asset="USDC",
        since=moment_of("2023-03-11T03:20"),
        low=0.9,
        high=0.985,
        hit_share=0.083,
        parameters=PATIENT,
    )
    played = play(tmp_path, [*usdc_rows(data_dir), *told], wish)
    (only,) = played.exits
    assert only.leave.reason is ExitReason.VETO
    assert moment_of("2023-03-11T03:30") <= only.leave.at <= moment_of("2023-03-11T03:31")
    assert played.held.left == 0
    assert played.gain_usd / 10_000 > -0.02  # it went on to 12 % below par


def ust(since: str, data: Path, tmp_path: Path, *, trusted: bool) -> Played:
    rows = [
        *deviation_minutes(data, "UST_Terra", "UST/binance", *TERRA),
        *curve_4pool_hours(data, *TERRA),
    ]
    wish = Wish(
        asset="UST",
        since=moment_of(since),
        low=0.88,
        high=0.999,
        parameters=PATIENT,
        is_trusted=trusted,
    )
    return play(tmp_path, rows, wish)


@pytest.mark.parametrize("since", ["2022-05-09T10:00", "2022-05-09T18:00", "2022-05-09T22:20"])
def test_ust_is_left_the_minute_after_whenever_it_was_entered(
    since: str, data_dir: Path, tmp_path: Path
) -> None:
    played = ust(since, data_dir, tmp_path, trusted=False)
    (only,) = played.exits
    assert only.leave.reason is ExitReason.VETO
    assert only.leave.detail.endswith("terminal")
    assert played.held.left == 0
    assert played.gain_usd / 10_000 > -0.003  # fees and the spread


@pytest.mark.parametrize(
    ("since", "lost"),
    [
        ("2022-05-09T10:00", 0.0174),
        ("2022-05-09T18:00", 0.0447),
        ("2022-05-09T22:20", 0.1595),
    ],
)
def test_a_coin_taken_for_sound_that_falls_like_ust_is_left_at_the_stop(
    since: str, lost: float, data_dir: Path, tmp_path: Path
) -> None:
    """The minutes jump past the stop by 0.01 %, 0.24 % and 0.86 % of the price."""
    played = ust(since, data_dir, tmp_path, trusted=True)
    exits = played.held.plan.exit
    (only,) = played.exits
    assert only.leave.reason is ExitReason.DEPTH_STOP
    assert played.held.left == 0
    assert -played.gain_usd / 10_000 == pytest.approx(lost, abs=2e-4)
    jumped = 1 - only.price * WAD / exits.stop_price
    assert 0 <= jumped < 0.009
    at_the_stop = 1 - exits.stop_price / exits.entry_price
    assert -played.gain_usd / 10_000 < at_the_stop + jumped + 0.003  # fees and the spread
