"""Real pools of 2022: who is warned when, and how often in vain."""

import csv
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from support.depeg_cases import utc

from bot.domain.ticks import Composition
from bot.domain.units import WAD, Nanos, Wad
from bot.strategy.pool_watch import PoolWatch, PoolWatchParameters

_DAY_NS = 24 * 3_600 * 10**9
# Compositions told once a day are sampled once a day.
_DAILY = PoolWatchParameters(sample_ns=Nanos(_DAY_NS), least_flow=0.03)


@pytest.fixture(scope="module")
def pools(data_dir: Path) -> Path:
    return data_dir / "curve-pools-2020-2022_balances"


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, skipinitialspace=True))


def _pool(at: Nanos, balances: dict[str, int]) -> Composition:
    return Composition(
        venue="pool",
        assets=tuple(balances),
        balances=tuple(Wad(balance) for balance in balances.values()),
        at=at,
        seen_at=at,
    )


def _four_pool(pools: Path) -> list[Composition]:
    coins = ("UST", "USDC", "USDT", "FRAX")
    found = [
        _pool(utc(row["time"][:16]), {coin: round(float(row[coin]) * WAD) for coin in coins})
        for row in _rows(pools / "pool_curve_4pool_FRAX-UST-USDC-USDT.csv")
    ]
    return sorted(found, key=lambda pool: pool.at)


def _three_pool(pools: Path) -> list[Composition]:
    decimals = {"USDT": 6, "DAI": 18, "USDC": 6}
    found = [
        _pool(
            Nanos(int(row["UNIX TimeStamp"]) * 10**9),
            {c: int(row[f"{c} Balance"]) * 10 ** (18 - d) for c, d in decimals.items()},
        )
        for row in _rows(pools / "pool_curve_3Pool_DAI-USDC-USDT.csv")
    ]
    return sorted(found, key=lambda pool: pool.at)


def _alarms(
    found: list[Composition], asset: str, parameters: PoolWatchParameters
) -> Iterator[tuple[Nanos, bool]]:
    watch = PoolWatch(asset, parameters)
    for pool in found:
        watch.hear(pool)
        signal = watch.signal(pool.at)
        assert signal is not None
        yield pool.at, signal.alarm


def _begun(alarms: Iterator[tuple[Nanos, bool]]) -> list[Nanos]:
    """The moments at which an alarm began to stand."""
    begun, stood = [], False
    for at, stands in alarms:
        if stands and not stood:
            begun.append(at)
        stood = stands
    return begun


def test_the_four_pool_warns_of_ust_before_its_first_dip(pools: Path) -> None:
    # First dip on Binance: 0.9857 on 2022-05-07 at 22:40.
    alarms = dict(_alarms(_four_pool(pools), "UST", PoolWatchParameters()))
    before = [at for at in alarms if at <= utc("2022-05-07T21:00")]
    assert alarms[before[-1]]
    # and again before the fall for good: 0.95 was lost in the evening of 2022-05-09
    assert alarms[utc("2022-05-09T14:00")]


def test_the_three_pool_warns_of_usdt_before_its_low_and_else_four_times_in_twenty_months(
    pools: Path,
) -> None:
    # Low on Coinbase: 0.948 on 2022-05-12 at 07:21; the coin came back within half a day.
    found = _three_pool(pools)
    begun = _begun(_alarms(found, "USDT", _DAILY))
    warned = [at for at in begun if utc("2022-05-07T00:00") < at < utc("2022-05-12T00:00")]
    assert warned
    in_vain = [at for at in begun if not utc("2022-05-07T00:00") < at < utc("2022-05-13T00:00")]
    assert len(in_vain) <= 4
    assert found[-1].at - found[0].at > 600 * _DAY_NS


def test_a_level_however_high_is_no_alarm(pools: Path) -> None:
    full = msgspec.structs.replace(
        _three_pool(pools)[0], assets=("USDT", "USDC"), balances=(Wad(9 * WAD), Wad(WAD))
    )
    hours = [
        msgspec.structs.replace(full, at=Nanos(full.at + hour * 3_600 * 10**9))
        for hour in range(200)
    ]
    assert not _begun(_alarms(hours, "USDT", PoolWatchParameters()))
