"""Price files for `repeg detect`, built from the recordings beside the checkout."""

import csv
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from bot.amm.generations import Generation
from bot.amm.stable_curve import StableCurve, invariant_of

HEADER = ("time", "venue", "asset", "price", "kind")
_CEX = "usdc-2023-03_cex-1m_11series/stable_pairs_1m.parquet"
_KRAKEN = "usdc-2023-03_kraken-trades-1m/kraken_1m_with_sides.parquet"
_HOURLY = "univ3-usdc-usdt-1bp_hourly-state_2022-2026/hourly_pool_state.parquet"
_CHAINLINK = "chainlink-usdc-usd_2022-11_2023-03/usdc_usd_depeg_230312.csv"
_BINANCE_2022 = "multi-event_binance-com-1m/terra_luna_2022_USDCUSDT_1m.parquet"
_POOLS = "curve-pools-2020-2022_balances"
_HOURLY_PAIR = "defi-hourly_uniswap-prices-aave_2020-2025/{pair}_pool.parquet"
# 4pool's A is not recorded; with 500 its composition agrees with Binance's price to a basis point
# or a few from May 8 to May 9 2022. The Wormhole pool's is: 20000, in hundredths.
_AMPLIFICATION = {"4pool": 500, "wormhole": 200}
_DEVIATIONS = "multi-event_cross-venue-dev-bps-1m/{event}_dev_bps_1m.parquet"


class Row(msgspec.Struct, frozen=True, gc=False):
    """One row of a price file."""

    time: datetime
    venue: str
    asset: str
    price: float | None
    kind: str = "cex"


def write_prices(path: Path, rows: Iterable[Row]) -> Path:
    """Write rows in the order of time."""
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(HEADER)
        for row in sorted(rows, key=lambda row: row.time):
            price = "" if row.price is None else repr(row.price)
            out.writerow((row.time.isoformat(), row.venue, row.asset, price, row.kind))
    return path


def utc(text: str) -> datetime:
    """Return a moment such as ``2023-03-11 07:04``."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def exchange_minutes(data: Path, venue: str, pair: str, since: str, until: str) -> Iterator[Row]:
    """Yield closes of March 2023 at the times recorded, where a minute is named by its start."""
    frame = _frame(data / _CEX, since, until)
    chosen = frame[(frame["venue"] == venue) & (frame["pair"] == pair)]
    asset = pair.removesuffix("/USD")
    yield from _rows(chosen.index, chosen["close"], venue, asset)


def kraken_minutes(data: Path, pair: str, since: str, until: str) -> Iterator[Row]:
    """Yield Kraken's closes of March 2023."""
    frame = _frame(data / _KRAKEN, since, until)
    chosen = frame[frame["pair"] == pair]
    yield from _rows(chosen.index, chosen["close"], "kraken", pair.removesuffix("/USD"))


def binance_2022_minutes(data: Path, since: str, until: str) -> Iterator[Row]:
    """Yield Binance's USDC/USDT closes of May 2022."""
    frame = _frame(data / _BINANCE_2022, since, until, column="wall_clock_utc")
    yield from _rows(frame.index, frame["close"], "binance", "USDC/USDT")


def deviation_minutes(data: Path, event: str, column: str, since: str, until: str) -> Iterator[Row]:
    """Yield dollars from a recorded deviation such as ``UST/binance``."""
    frame = _frame(data / _DEVIATIONS.format(event=event), since, until)
    asset, _, venue = column.partition("/")
    told = frame[column].dropna()
    yield from _rows(told.index, 1 + told.astype(float).round(3) / 1e4, venue, asset)


def uniswap_hours(data: Path, since: str, until: str) -> Iterator[Row]:
    """Yield what Uniswap V3's 0.01 % pool pays for USDC in USDT, by its tick."""
    frame = _frame(data / _HOURLY, since, until, column="hour")
    yield from _rows(frame.index, 1.0001 ** frame["poolTick"], "uniswap-v3", "USDC/USDT", "dex")


def uniswap_pair_hours(data: Path, pair: str, since: str, until: str) -> Iterator[Row]:
    """Yield hourly prices of a Uniswap pool such as ``DAI_USDC``."""
    frame = _frame(data / _HOURLY_PAIR.format(pair=pair), since, until)
    base, _, quote = pair.partition("_")
    told = frame[quote].dropna()  # the close of an hour that is named by its start
    yield from _rows(told.index + timedelta(hours=1), told, "uniswap-v3", f"{base}/{quote}", "dex")


def curve_4pool_hours(data: Path, since: str, until: str) -> Iterator[Row]:
    """Yield what Curve's 4pool paid for UST at size zero, in dollars, by our arithmetic."""
    with (data / _POOLS / "pool_curve_4pool_FRAX-UST-USDC-USDT.csv").open() as file:
        for held in csv.DictReader(file):
            balances = [float(held[coin]) for coin in ("UST", "USDC", "USDT", "FRAX")]
            yield from _pool_row(held["time"], "4pool", balances, (since, until))


def curve_wormhole_days(data: Path, since: str, until: str) -> Iterator[Row]:
    """Yield what Curve's Wormhole pool paid for UST each day, in dollars of 3CRV."""
    with (data / _POOLS / "pool_curve_wormhole-ust_UST-3Pool.csv").open() as file:
        for held in csv.DictReader(file):
            balances = [float(held["ust"]), float(held["three_pool"])]
            yield from _pool_row(held["time"], "wormhole", balances, (since, until))


def _pool_row(time: str, pool: str, balances: list[float], span: tuple[str, str]) -> Iterator[Row]:
    at = datetime.fromisoformat(time)
    if not utc(span[0]) <= at < utc(span[1]):
        return
    scaled = tuple(int(balance * 1e18) for balance in balances)
    ann = _AMPLIFICATION[pool] * len(scaled)
    d = invariant_of(scaled, ann, 1, Generation.TEMPLATE.rounding)
    yield Row(at, f"curve-{pool}", "UST", StableCurve(scaled, ann, 1, d).slope(0, 1), "dex")


def chainlink_rounds(data: Path, since: str, until: str) -> Iterator[Row]:
    """Yield Chainlink's answers for USDC."""
    lines = (data / _CHAINLINK).read_text().splitlines()[1:]
    for round_ in csv.DictReader(lines):
        at = datetime.fromtimestamp(int(round_["updatedAt"]), UTC)
        if utc(since) <= at < utc(until):
            yield Row(at, "chainlink", "USDC", int(round_["answer"]) / 1e8, "oracle")


def redemptions(asset: str, venue: str, told: dict[str, float]) -> Iterator[Row]:
    """Yield what a rail paid from each moment on; 0: it was suspended."""
    for at, value in told.items():
        yield Row(utc(at), venue, asset, value, "redemption")


def _frame(path: Path, since: str, until: str, column: str = "ts_utc") -> Any:
    import pandas as pd  # noqa: PLC0415  # slow, and only these tests need it

    frame = pd.read_parquet(path).set_index(column).sort_index()
    if frame.index.tz is None:
        frame.index = frame.index.tz_localize("UTC")
    return frame[(frame.index >= utc(since)) & (frame.index < utc(until))]


def _rows(times: Any, prices: Any, venue: str, asset: str, kind: str = "cex") -> Iterator[Row]:
    for at, price in zip(times, prices, strict=True):
        yield Row(at.to_pydatetime(), venue, asset, float(price), kind)
