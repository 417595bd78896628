"""What `repeg detect` makes of March 2023 and May 2022, and of days on which nothing happened."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from itertools import chain, groupby
from pathlib import Path
from statistics import median
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner
from support.recorded_prices import (
    Row,
    binance_2022_minutes,
    chainlink_rounds,
    curve_4pool_hours,
    curve_wormhole_days,
    deviation_minutes,
    exchange_minutes,
    kraken_minutes,
    redemptions,
    uniswap_hours,
    uniswap_pair_hours,
    utc,
    write_prices,
)

from bot.commands.detect import detect
from bot.config import Config
from bot.operations.detection_run import judged_recording
from bot.strategy.detection_alerts import is_alert

pytestmark = pytest.mark.slow

Event = dict[str, Any]
MARCH = ("2023-03-10 18:00", "2023-03-13 18:00")
UST_DAYS = ("2022-05-07 12:00", "2022-05-12 00:00")
USDT_HOURS = ("2022-05-12 00:00", "2022-05-12 18:00")
SUSPENDED, ANNOUNCED = "2023-03-11 03:30", "2023-03-12 22:30"  # Circle's and the Fed's statements
CIRCLE = {MARCH[0]: 1.0, SUSPENDED: 0.0, ANNOUNCED: 1.0}
LOWEST = 5.0
TWO_MINUTES = timedelta(minutes=2)


def events_in(prices: Path) -> list[Event]:
    told = CliRunner(mix_stderr=False).invoke(
        detect, ["--prices", str(prices), "--json"], catch_exceptions=False
    )
    assert told.exit_code == 0
    return [msgspec.json.decode(line) for line in told.stdout.splitlines()]


def of(events: Iterable[Event], asset: str, direction: str = "discount") -> list[Event]:
    return [e for e in events if (e["asset"], e["direction"]) == (asset, direction)]


def worst(events: Iterable[Event]) -> Event:
    return max(events, key=lambda event: event["trough_bps"])


def started_at(event: Event) -> datetime:
    assert event["turns"][0]["turn"] == "started"
    return datetime.fromisoformat(event["turns"][0]["at"])


def stablecoins_of_march(data: Path, since: str, until: str) -> Iterable[Row]:
    pairs = [
        ("kraken", "USDC/USD"),
        ("kraken", "USDT/USD"),
        ("coinbase", "USDT/USD"),
        ("binance.us", "USDC/USDT"),
    ]
    yield from chain(*(exchange_minutes(data, venue, pair, since, until) for venue, pair in pairs))
    yield from kraken_minutes(data, "USDC/USDT", since, until)
    yield from uniswap_hours(data, since, until)
    yield from chainlink_rounds(data, since, until)


@pytest.fixture(scope="module")
def march(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Event]:
    rows = [
        *stablecoins_of_march(data_dir, *MARCH),
        *deviation_minutes(data_dir, "USDC_SVB", "DAI/coinbase", *MARCH),
        *uniswap_pair_hours(data_dir, "DAI_USDC", *MARCH),
        *redemptions("USDC", "circle", CIRCLE),
    ]
    return events_in(write_prices(tmp_path_factory.mktemp("march") / "prices.csv", rows))


@pytest.fixture(scope="module")
def terra(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Event]:
    rows = [
        *deviation_minutes(data_dir, "UST_Terra", "UST/binance", *UST_DAYS),
        *curve_4pool_hours(data_dir, *UST_DAYS),
    ]
    return events_in(write_prices(tmp_path_factory.mktemp("terra") / "prices.csv", rows))


@pytest.fixture(scope="module")
def tether(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Event]:
    rows = [
        *deviation_minutes(data_dir, "UST_Terra", "USDT/coinbase", *USDT_HOURS),
        *binance_2022_minutes(data_dir, *USDT_HOURS),
        *uniswap_hours(data_dir, *USDT_HOURS),
        *redemptions("USDC", "circle", {USDT_HOURS[0]: 1.0}),
    ]
    return events_in(write_prices(tmp_path_factory.mktemp("tether") / "prices.csv", rows))


def times(rows: Iterable[Row], quote: Callable[[Row], float | None]) -> Iterable[Row]:
    """Yield rows in dollars, by a price of what they are quoted in."""
    for row in rows:
        yield msgspec.structs.replace(row, price=(row.price or 0.0) * (quote(row) or 1.0))


def second_crossing(rows: Iterable[Row]) -> datetime:
    """Return when two venues first were below the lowest band at once, by what each said last."""
    below: dict[tuple[str, str], bool] = {}
    for at, said in groupby(sorted(rows, key=lambda r: r.time), key=lambda r: r.time):
        for row in said:
            below[row.venue, row.asset] = ((row.price or 0.0) - 1) * 1e4 <= -LOWEST
        if len({venue for (venue, _), is_below in below.items() if is_below}) >= 2:
            return at
    raise AssertionError("two venues never cross")


def test_usdc_of_march_2023_is_found_within_two_minutes(march: list[Event], data_dir: Path) -> None:
    tether = {r.time: r.price for r in exchange_minutes(data_dir, "coinbase", "USDT/USD", *MARCH)}
    in_tether = chain(
        kraken_minutes(data_dir, "USDC/USDT", *MARCH),
        exchange_minutes(data_dir, "binance.us", "USDC/USDT", *MARCH),
        uniswap_hours(data_dir, *MARCH),
    )
    crossing = second_crossing(
        chain(
            exchange_minutes(data_dir, "kraken", "USDC/USD", *MARCH),
            times(in_tether, lambda r: tether.get(r.time)),
        )
    )
    first, main = of(march, "USDC")[0], worst(of(march, "USDC"))
    assert started_at(first) <= crossing + TWO_MINUTES
    assert main["severity"] == "extreme"
    assert main["start"] < "2023-03-11T07:15:00Z"
    assert main["confirmed_at"] is not None
    assert main["breadth"] == "everywhere"


def test_dai_of_march_2023_is_found_within_two_minutes(march: list[Event], data_dir: Path) -> None:
    pool = uniswap_pair_hours(data_dir, "DAI_USDC", *MARCH)
    usdc = {r.time: r.price for r in exchange_minutes(data_dir, "kraken", "USDC/USD", *MARCH)}
    books = deviation_minutes(data_dir, "USDC_SVB", "DAI/coinbase", *MARCH)
    crossing = second_crossing(chain(books, times(pool, lambda r: usdc.get(r.time))))
    found = [e for e in of(march, "DAI") if e["end"] is None or utc_of(e["end"]) > crossing]
    assert started_at(found[0]) <= crossing + TWO_MINUTES
    assert worst(found)["severity"] == "extreme"
    assert worst(found)["breadth"] == "everywhere"


def utc_of(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_usdt_of_may_2022_is_found_within_two_minutes(tether: list[Event], data_dir: Path) -> None:
    books = deviation_minutes(data_dir, "UST_Terra", "USDT/coinbase", *USDT_HOURS)
    in_usdc = times(binance_2022_minutes(data_dir, *USDT_HOURS), lambda r: (r.price or 1.0) ** -2)
    crossing = second_crossing(chain(books, in_usdc))
    found = worst(of(tether, "USDT"))
    assert started_at(found) <= crossing + TWO_MINUTES
    assert found["severity"] == "extreme"
    assert found["confirmed_at"] is not None


def test_ust_of_may_2022_is_found_within_two_minutes(terra: list[Event], data_dir: Path) -> None:
    books = deviation_minutes(data_dir, "UST_Terra", "UST/binance", *UST_DAYS)
    crossing = second_crossing(chain(books, curve_4pool_hours(data_dir, *UST_DAYS)))
    found = [e for e in of(terra, "UST") if e["end"] is None or utc_of(e["end"]) > crossing]
    assert started_at(found[0]) <= crossing + TWO_MINUTES
    assert worst(found)["severity"] == "extreme"
    assert worst(found)["end"] is None
    assert worst(found)["breadth"] == "everywhere"


def by_minute(venues: Sequence[Iterable[Row]]) -> dict[datetime, list[float]]:
    """Return what each venue said last, at every time that any of them spoke."""
    merged = sorted((r.time, i, r.price or 0.0) for i, rows in enumerate(venues) for r in rows)
    last: dict[int, float] = {}
    found = {}
    for at, said in groupby(merged, key=lambda one: one[0]):
        last |= {i: price for _, i, price in said}
        found[at] = list(last.values())
    return found


SOURCES: dict[str, Callable[[Path], Iterable[Row]]] = {
    "USDC": lambda data: exchange_minutes(data, "kraken", "USDC/USD", *MARCH),
    "DAI": lambda data: deviation_minutes(data, "USDC_SVB", "DAI/coinbase", *MARCH),
    "UST": lambda data: deviation_minutes(data, "UST_Terra", "UST/binance", *UST_DAYS),
    "USDT": lambda data: deviation_minutes(data, "UST_Terra", "USDT/coinbase", *USDT_HOURS),
}


@pytest.mark.parametrize("asset", SOURCES)
def test_the_trough_of_one_book_is_that_of_the_data(
    asset: str, data_dir: Path, tmp_path: Path
) -> None:
    rows = list(SOURCES[asset](data_dir))
    found = worst(of(events_in(write_prices(tmp_path / "prices.csv", rows)), asset))
    lowest = min((r.price or 1.0, r.time) for r in rows[:-1])
    assert found["trough_bps"] == pytest.approx((1 - lowest[0]) * 1e4, abs=1)
    assert utc_of(found["trough_at"]) == lowest[1]
    assert found["severity"] == "extreme"


def test_the_trough_of_three_books_is_the_lowest_median_of_them(
    data_dir: Path, tmp_path: Path
) -> None:
    span = ("2023-03-11 04:00", "2023-03-11 10:00")
    tether = {r.time: r.price for r in exchange_minutes(data_dir, "coinbase", "USDT/USD", *span)}

    def in_dollars(rows: Iterable[Row], venue: str) -> list[Row]:
        return [
            Row(r.time, venue, "USDC", (r.price or 0.0) * (tether[r.time] or 0.0))
            for r in rows
            if r.time in tether
        ]

    venues = [
        list(exchange_minutes(data_dir, "kraken", "USDC/USD", *span)),
        in_dollars(kraken_minutes(data_dir, "USDC/USDT", *span), "kraken-cross"),
        [Row(r.time, "coinbase", "USDC", r.price) for r in chainlink_rounds(data_dir, *span)],
    ]
    told = by_minute([rows for rows in venues if rows])
    medians = {at: median(prices) for at, prices in told.items() if len(prices) == 3}
    found = worst(of(events_in(write_prices(tmp_path / "p.csv", chain(*venues))), "USDC"))
    assert found["trough_bps"] == pytest.approx((1 - min(medians.values())) * 1e4, abs=1)


def test_usdc_is_vetoed_while_redemption_is_shut_and_not_after_it_is_announced_open(
    march: list[Event],
) -> None:
    said = worst(of(march, "USDC"))["verdicts"]
    shut = [v for v in said if utc(SUSPENDED) <= utc_of(v["at"]) < utc(ANNOUNCED)]
    after = [v for v in said if utc_of(v["at"]) >= utc(ANNOUNCED)]
    assert shut
    assert all("redemption_suspended" in v["vetoes"] and not v["recommended"] for v in shut)
    assert after
    assert all(v["vetoes"] == [] for v in after)
    assert worst(of(march, "USDC"))["vetoes"] == []
    assert worst(of(march, "USDC"))["class"] == "temporary"


def test_holding_ust_is_vetoed_from_the_first_moment_on(terra: list[Event], data_dir: Path) -> None:
    books = list(deviation_minutes(data_dir, "UST_Terra", "UST/binance", *UST_DAYS))
    for_good = max(r.time for r in books if (r.price or 0) >= 0.90)
    said = [v for event in of(terra, "UST") for v in event["verdicts"]]
    assert min(utc_of(v["at"]) for v in said) < for_good
    assert all("reflexive" in v["vetoes"] for v in said)
    assert all(v["class"] == "terminal" for v in said)
    assert not any({"position", "redemption"} & set(v["ways"]) for v in said)


def test_ust_is_never_recommended_as_likely_to_return_after_may_10(terra: list[Event]) -> None:
    said = [v for event in terra for v in event["verdicts"] if v["at"] >= "2022-05-10"]
    assert said
    assert not any(v["recommended"] and v["probability_of_never"] < 0.2 for v in said)
    assert min(v["probability_of_never"] for v in said) > 0.2


CALM: dict[str, Callable[[Path], Iterable[Row]]] = {
    "USDC and USDT": lambda data: stablecoins_of_march(data, "2023-03-01", "2023-03-08"),
    "USDC beside a thin book": lambda data: chain(
        exchange_minutes(data, "kraken", "USDC/USD", "2023-03-01", "2023-03-08"),
        exchange_minutes(data, "binance.us", "USDC/USDT", "2023-03-01", "2023-03-08"),
        exchange_minutes(data, "coinbase", "USDT/USD", "2023-03-01", "2023-03-08"),
    ),
    "DAI": lambda data: chain(
        uniswap_pair_hours(data, "DAI_USDC", "2023-02-01", "2023-02-08"),
        uniswap_hours(data, "2023-02-01", "2023-02-08"),
        chainlink_rounds(data, "2023-01-30", "2023-02-08"),
    ),
    "UST": lambda data: curve_wormhole_days(data, "2022-04-25", "2022-05-02"),
    "USDC in May 2022": lambda data: chain(
        binance_2022_minutes(data, "2022-05-01", "2022-05-08"),
        uniswap_hours(data, "2022-05-01", "2022-05-08"),
        redemptions("USDC", "circle", {"2022-05-01": 1.0}),
    ),
}


@pytest.mark.parametrize("coins", CALM)
def test_seven_calm_days_make_nothing_above_minor_and_no_alert(
    coins: str, data_dir: Path, tmp_path: Path
) -> None:
    prices = write_prices(tmp_path / "calm.csv", CALM[coins](data_dir))
    records = judged_recording(prices, Config()).records
    assert {r.depeg.severity.name for r in records} <= {"MINOR"}
    assert not any(is_alert(change) for r in records for change in r.changes)


def test_the_order_of_rows_of_one_time_changes_nothing(data_dir: Path, tmp_path: Path) -> None:
    span = ("2023-03-11 06:00", "2023-03-11 09:00")
    rows = [
        *stablecoins_of_march(data_dir, *span),
        *redemptions("USDC", "circle", {"2023-03-11 06:30": 0.0}),
    ]
    usual = events_in(write_prices(tmp_path / "usual.csv", rows))
    assert events_in(write_prices(tmp_path / "turned.csv", rows[::-1])) == usual
    assert len(usual) > 1
