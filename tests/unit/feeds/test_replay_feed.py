"""A price file is read whole or not at all, and a fault in it is named by row and column."""

import asyncio
from pathlib import Path

import pytest

from bot.domain.errors import BadPriceFile
from bot.domain.ticks import Redemption, SourceKind, Tick
from bot.domain.units import WAD
from bot.feeds.replay_feed import ReplayFeed, read_prices

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

MARCH_11 = 1_678_518_240  # 2023-03-11 07:04:00
HEADER = "time,venue,asset,bid,ask,price,kind,depth\n"
GOOD = "2023-03-11T07:04:00Z,kraken,USDC,0.8739,0.8741,,cex,1500.5\n"


def written(folder: Path, text: str) -> Path:
    path = folder / "prices.csv"
    path.write_text(text)
    return path


def test_a_row_becomes_a_tick_to_the_eighteenth_digit(tmp_path: Path) -> None:
    (tick,) = read_prices(written(tmp_path, HEADER + GOOD))
    assert tick == Tick(
        venue="kraken",
        kind=SourceKind.CEX,
        asset="USDC",
        currency="USD",
        bid=8739 * 10**14,
        ask=8741 * 10**14,
        depth=15005 * 10**17,
        at=MARCH_11 * 10**9,
        seen_at=MARCH_11 * 10**9,
    )


@pytest.mark.parametrize(
    "time",
    [
        "2023-03-11 07:04:00",
        "2023-03-11T07:04:00+00:00",
        "2023-03-11T08:04:00+01:00",
        "2023-03-11T07:04:00.000000Z",
        str(MARCH_11),
        str(MARCH_11 * 10**3),
        str(MARCH_11 * 10**6),
        str(MARCH_11 * 10**9),
    ],
)
def test_one_moment_can_be_written_in_many_ways(tmp_path: Path, time: str) -> None:
    (tick,) = read_prices(written(tmp_path, f"time,venue,asset,price\n{time},kraken,USDC,1\n"))
    assert tick.at == MARCH_11 * 10**9


@pytest.mark.parametrize(
    ("asset", "pair"),
    [("USDC", "USDC/USD"), ("EURC", "EURC/EUR"), ("USDC/USDT", "USDC/USDT"), ("usdc", "USDC/USD")],
)
def test_a_coin_alone_is_priced_in_its_par_currency(tmp_path: Path, asset: str, pair: str) -> None:
    text = f"time,venue,asset,price\n{MARCH_11},binance,{asset},0.98\n"
    (tick,) = read_prices(written(tmp_path, text))
    assert isinstance(tick, Tick)
    assert tick.pair == pair


def test_rows_come_by_time_and_equal_times_in_the_order_of_the_file(tmp_path: Path) -> None:
    late, early = MARCH_11 + 60, MARCH_11
    rows = f"{late},b,USDC,1\n{early},c,USDC,1\n{late},a,USDC,1\n"
    text = "time,venue,asset,price\n" + rows
    assert [t.venue for t in read_prices(written(tmp_path, text))] == ["c", "b", "a"]


@pytest.mark.parametrize(
    ("price", "is_open"), [("", False), ("0", False), ("1.00", True), ("0.87", True)]
)
def test_a_redemption_that_pays_nothing_is_suspended(
    tmp_path: Path, price: str, *, is_open: bool
) -> None:
    row = f"{MARCH_11},circle,USDC,,,{price},redemption,\n"
    (paid,) = read_prices(written(tmp_path, HEADER + row))
    assert isinstance(paid, Redemption)
    assert paid.is_open is is_open
    assert paid.value == round(float(price or 0) * 100) * WAD // 100


@pytest.mark.parametrize(
    ("text", "row", "column"),
    [
        ("", None, ""),
        (HEADER, None, ""),
        ("time,venue,price\n", None, "asset"),
        ("time,venue,asset,bid\n", None, "price"),
        ("time,time,venue,asset,price\n", None, "time"),
        (HEADER + GOOD + GOOD.replace("0.8739", "abc"), 3, "bid"),
        (HEADER + GOOD.replace("0.8739", ""), 2, "bid"),
        (HEADER + GOOD.replace("0.8741", "0"), 2, "ask"),
        (HEADER + GOOD.replace("0.8741", "-1"), 2, "ask"),
        (HEADER + GOOD.replace("0.8741", "nan"), 2, "ask"),
        (HEADER + GOOD.replace("0.8741", "1e308"), 2, "ask"),
        (HEADER + GOOD.replace("0.8741", "0.8738"), 2, "bid"),
        (HEADER + GOOD.replace("1500.5", "-3"), 2, "depth"),
        (HEADER + GOOD.replace("1500.5", "inf"), 2, "depth"),
        (HEADER + GOOD.replace("cex", "bank"), 2, "kind"),
        (HEADER + GOOD.replace("kraken", " "), 2, "venue"),
        (HEADER + GOOD.replace("USDC", ""), 2, "asset"),
        (HEADER + GOOD.replace("USDC", "USDC/"), 2, "asset"),
        (HEADER + GOOD.replace("USDC", "USD/USD"), 2, "asset"),
        (HEADER + GOOD.replace("USDC", "US DC"), 2, "asset"),
        (HEADER + GOOD.replace("2023-03-11", "yesterday"), 2, "time"),
        (HEADER + GOOD.replace("2023-03-11", "2023-02-30"), 2, "time"),
        (HEADER + GOOD.replace("2023-03-11T07:04:00Z", "12"), 2, "time"),
        (HEADER + GOOD.replace("2023-03-11", "1969-12-31"), 2, "time"),
        (HEADER + GOOD.replace("2023-03-11", "2300-01-01"), 2, "time"),
        (HEADER + GOOD.replace("2023-03-11T07:04:00Z", "9999999999999999999"), 2, "time"),
        (HEADER + GOOD.replace("1500.5", "1500.5,9"), 2, ""),
        (HEADER + "2023-03-11,kraken\n", 2, ""),
        (HEADER + f"{MARCH_11},kraken,USDC,,,,,\n", 2, "bid"),
    ],
)
def test_what_is_wrong_is_named_by_row_and_column(
    tmp_path: Path, text: str, row: int | None, column: str
) -> None:
    path = written(tmp_path, text)
    with pytest.raises(BadPriceFile) as wrong:
        read_prices(path)
    assert (wrong.value.row, wrong.value.column) == (row, column)
    assert str(path) in str(wrong.value)
    if row is not None:
        assert f"row {row}: " in str(wrong.value)


def test_a_file_that_is_not_there_or_no_text_is_an_error_too(tmp_path: Path) -> None:
    with pytest.raises(BadPriceFile, match="No such file"):
        read_prices(tmp_path / "none.csv")
    with pytest.raises(BadPriceFile, match="directory"):
        read_prices(tmp_path)
    (tmp_path / "noise").write_bytes(bytes(range(128, 256)) * 9)
    with pytest.raises(BadPriceFile, match="neither UTF-8 text nor Parquet"):
        read_prices(tmp_path / "noise")
    (tmp_path / "cut.parquet").write_bytes(b"PAR1" + bytes(100))
    with pytest.raises(BadPriceFile, match="no Parquet"):
        read_prices(tmp_path / "cut.parquet")


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "UTC"])
@pytest.mark.parametrize("width", ["float32", "float64"])
def test_parquet_says_the_same_as_text(
    tmp_path: Path, unit: str, zone: str | None, width: str
) -> None:
    factor = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[unit]
    time = pa.array([MARCH_11 * factor] * 2, pa.timestamp(unit, zone))
    price = pa.array([0.9999, None], getattr(pa, width)())
    others = {"venue": ["kraken", "circle"], "asset": ["USDC"] * 2, "kind": [None, "redemption"]}
    pq.write_table(pa.table({"time": time, "price": price, **others}), tmp_path / "p.parquet")
    text = f"time,venue,asset,price,kind\n{MARCH_11},kraken,USDC,0.9999,\n"
    text += f"{MARCH_11},circle,USDC,,redemption\n"
    assert read_prices(tmp_path / "p.parquet") == read_prices(written(tmp_path, text))


def test_a_null_price_in_parquet_is_named_by_its_row(tmp_path: Path) -> None:
    table = pa.table(
        {"time": [MARCH_11] * 2, "venue": ["k"] * 2, "asset": ["DAI"] * 2, "price": [1.0, None]}
    )
    pq.write_table(table, tmp_path / "p.parquet")
    with pytest.raises(BadPriceFile) as wrong:
        read_prices(tmp_path / "p.parquet")
    assert wrong.value.row == 2


async def _heard(feed: ReplayFeed) -> list[object]:
    return [message async for message in feed]


def test_the_feed_tells_everything_in_order(tmp_path: Path) -> None:
    told = read_prices(written(tmp_path, HEADER + GOOD + GOOD.replace("kraken", "binance")))
    assert tuple(asyncio.run(_heard(ReplayFeed(told)))) == told
