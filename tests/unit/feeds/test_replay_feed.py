"""A price file is read whole or not at all, and a fault in it is named by row and column."""

from pathlib import Path

import pytest

from bot.domain.errors import BadPriceFile
from bot.domain.ticks import Redemption, SourceKind, Tick
from bot.domain.units import WAD
from bot.feeds.replay_feed import read_prices

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
    ("time", "nanos"),
    [
        ("1678518240.5", 500_000_000),
        ("1678518240.123456789", 123_456_789),
        ("1678518240.1234567899999999999", 123_456_789),
        ("1678518240000.000001", 1),
        ("1678518240000000.25", 250),
        ("1678518240000000007.9", 7),
    ],
)
def test_a_fraction_of_the_epoch_is_kept_to_the_nanosecond(
    tmp_path: Path, time: str, nanos: int
) -> None:
    (tick,) = read_prices(written(tmp_path, f"time,venue,asset,price\n{time},kraken,USDC,1\n"))
    assert tick.at == MARCH_11 * 10**9 + nanos


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


AT_NOON = "2023-03-11T12:00:00Z,kraken,USDC,{}\n"


@pytest.mark.parametrize(
    "second",
    [
        AT_NOON.format("0.98"),
        AT_NOON.format("0.99").replace("USDC", "usdc/USD").replace("12:00:00Z", "13:00:00+01:00"),
    ],
)
def test_a_source_that_says_two_things_at_one_time_is_refused_by_row(
    tmp_path: Path, second: str
) -> None:
    others = "2023-03-11T11:00:00Z,kraken,USDC,1\n2023-03-11T12:00:00Z,binance,USDC,0.9\n"
    text = "time,venue,asset,price\n" + AT_NOON.format("0.97") + others + second
    with pytest.raises(BadPriceFile, match=r"row 5: .*row 2") as wrong:
        read_prices(written(tmp_path, text))
    assert wrong.value.row == 5


def test_a_row_that_stands_there_twice_is_read(tmp_path: Path) -> None:
    text = "time,venue,asset,price\n" + AT_NOON.format("0.97") + AT_NOON.format("0.970")
    assert len(set(read_prices(written(tmp_path, text)))) == 1


def test_a_pool_and_a_redemption_of_one_name_may_differ(tmp_path: Path) -> None:
    rows = [f"{MARCH_11},maker,DAI,{price},{kind}" for price, kind in ((0.97, "dex"), (1, "cex"))]
    rows.append(f"{MARCH_11},maker,DAI,,redemption")
    text = "\n".join(("time,venue,asset,price,kind", *rows))
    assert len(read_prices(written(tmp_path, text))) == 3


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
        (HEADER + GOOD.replace("0.8739", "0_1"), 2, "bid"),
        (HEADER + GOOD.replace("0.8739", "\u0660.\u0668"), 2, "bid"),
        (HEADER + GOOD.replace("0.8739", "\uff10.8"), 2, "bid"),
        (HEADER + GOOD.replace("1500.5", "1_500"), 2, "depth"),
        (HEADER + GOOD.replace("2023-03-11T07:04:00Z", f"{MARCH_11}."), 2, "time"),
        (HEADER + GOOD.replace("2023-03-11T07:04:00Z", f"{MARCH_11}.1_0"), 2, "time"),
        (HEADER + GOOD.replace("2023-03-11T07:04:00Z", f"{MARCH_11}.\u0661"), 2, "time"),
        (HEADER + GOOD.replace("2023-03-11T07:04:00Z", f"-{MARCH_11}.5"), 2, "time"),
        (HEADER + f"{MARCH_11},kraken,USDC,,,,,\n", 2, "price"),
        (f"time,venue,asset,price\n{MARCH_11},kraken,USDC,\n", 2, "price"),
        (f"time,venue,asset,bid,ask\n{MARCH_11},kraken,USDC,,\n", 2, "bid"),
        (f"time,venue,asset,bid,ask\n{MARCH_11},kraken,USDC,1,\n", 2, "ask"),
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


def with_times(folder: Path, times: object) -> Path:
    others = {"venue": ["kraken"], "asset": ["USDC"], "price": [1.0]}
    pq.write_table(pa.table({"time": times, **others}), folder / "p.parquet")
    return folder / "p.parquet"


@pytest.mark.parametrize(
    ("time", "nanos"),
    [
        (float(MARCH_11), 0),
        (MARCH_11 + 0.1, 100_000_000),
        (MARCH_11 * 1e3, 0),
        (MARCH_11 * 1e3 + 0.5, 500_000),
        (MARCH_11 * 1e9, 0),
    ],
)
def test_times_of_parquet_may_be_floats(tmp_path: Path, time: float, nanos: int) -> None:
    (tick,) = read_prices(with_times(tmp_path, pa.array([time], pa.float64())))
    assert tick.at == MARCH_11 * 10**9 + nanos


@pytest.mark.parametrize("time", [None, float("nan"), float("inf"), -1.5])
def test_a_float_that_is_no_time_is_named_by_its_row(tmp_path: Path, time: float | None) -> None:
    with pytest.raises(BadPriceFile) as wrong:
        read_prices(with_times(tmp_path, pa.array([time], pa.float64())))
    assert (wrong.value.row, wrong.value.column) == (1, "time")


def test_floats_too_short_for_a_time_are_refused_for_that(tmp_path: Path) -> None:
    with pytest.raises(BadPriceFile, match=r"column time: .*float.*64 bits"):
        read_prices(with_times(tmp_path, pa.array([float(MARCH_11)], pa.float32())))


def test_a_null_price_in_parquet_is_named_by_its_row(tmp_path: Path) -> None:
    table = pa.table(
        {"time": [MARCH_11] * 2, "venue": ["k"] * 2, "asset": ["DAI"] * 2, "price": [1.0, None]}
    )
    pq.write_table(table, tmp_path / "p.parquet")
    with pytest.raises(BadPriceFile) as wrong:
        read_prices(tmp_path / "p.parquet")
    assert (wrong.value.row, wrong.value.column) == (2, "price")
