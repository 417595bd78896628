"""What is believed along two recorded falls: of UST, which never came back, and of USDC."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from support.asset_views import price_at, view_of
from support.depeg_cases import depeg_of, evidence_of, rail, utc

from bot.domain.depegs import Depeg, Severity
from bot.domain.opportunities import Opportunity, Veto, Way
from bot.domain.units import Nanos
from bot.history.belief_file import read_model
from bot.strategy.classification import Judgement, OpportunityClassifier
from bot.strategy.evidence import Evidence
from bot.strategy.vetoes import vetoes

_CLASSIFIER = OpportunityClassifier(read_model())
_BAND_BPS = float(Severity.MINOR.value)


def _closes(path: Path, **wanted: str) -> list[tuple[Nanos, float]]:
    table = pq.read_table(path)
    for column, value in wanted.items():
        table = table.filter(pc.equal(pc.cast(table[column], "string"), value))
    moments: list[datetime] = table["ts_utc"].to_pylist()
    prices: list[float] = table["close"].to_pylist()
    times = [Nanos(int(at.astimezone(UTC).timestamp()) * 10**9) for at in moments]
    return sorted(zip(times, prices, strict=True))


def _walk(closes: list[tuple[Nanos, float]], asset: str) -> Iterator[tuple[Nanos, Depeg]]:
    """The depeg as it stands after each close, from its first crossing of the lowest band on."""
    found: Depeg | None = None
    for at, price in closes:
        off_bps = (price - 1) * 1e4
        if off_bps > -_BAND_BPS and found is None:
            continue
        if found is None:
            first = depeg_of(off_bps, asset=asset)
            found = msgspec.structs.replace(first, start=at, confirmed_at=at, trough_at=at)
        if -off_bps > found.trough_bps:
            found = msgspec.structs.replace(
                found, trough_bps=-off_bps, trough_price=price_at(off_bps), trough_at=at
            )
        found = msgspec.structs.replace(found, off_bps=off_bps)
        yield at, found


def _judged(at: Nanos, depeg: Depeg, evidence: Evidence) -> dict[Way, Judgement]:
    view = view_of(depeg.off_bps, asset=depeg.asset)
    return {one.way: one for one in _CLASSIFIER.classify(depeg, view, evidence, at)}


@pytest.fixture(scope="module")
def ust(data_dir: Path) -> list[tuple[Nanos, Depeg]]:
    closes = _closes(data_dir / "ust-2022-05_binance-5m" / "USTUSDT_5m.parquet")
    return list(_walk(closes, "UST"))


@pytest.fixture(scope="module")
def usdc(data_dir: Path) -> list[tuple[Nanos, Depeg]]:
    path = data_dir / "usdc-2023-03_cex-1m_11series" / "stable_pairs_1m.parquet"
    closes = _closes(path, venue="kraken", pair="USDC/USD")
    first, last = utc("2023-03-10T20:00"), utc("2023-03-13T14:00")
    wanted = [(at, price) for at, price in closes if first <= at < last]
    return list(_walk(wanted, "USDC"))[::15]


def test_ust_is_never_held_not_while_it_redeems_and_stands_near_par(
    ust: list[tuple[Nanos, Depeg]],
) -> None:
    told = evidence_of(rail(1.0), asset="UST", hit_share=0.0)
    for at, depeg in ust:
        judged = _judged(at, depeg, told)
        assert not isinstance(judged[Way.POSITION], Opportunity)
        assert not isinstance(judged[Way.REDEMPTION], Opportunity)
        assert Veto.REFLEXIVE in vetoes(depeg, told)


def test_ust_is_believed_lost_more_likely_than_one_in_five_from_its_fall_on(
    ust: list[tuple[Nanos, Depeg]],
) -> None:
    told = evidence_of(rail(1.0), asset="UST")
    fallen = [(at, depeg) for at, depeg in ust if at >= utc("2022-05-10T00:00")]
    assert len(fallen) > 500
    assert all(_CLASSIFIER.model.belief(depeg, told, at).never > 0.2 for at, depeg in fallen)


def test_standing_at_0_90_for_half_a_day_does_not_raise_the_hope(
    ust: list[tuple[Nanos, Depeg]],
) -> None:
    plateau = [
        _CLASSIFIER.model.belief(depeg, evidence_of(asset="UST"), at).never
        for at, depeg in ust
        if utc("2022-05-10T03:00") <= at <= utc("2022-05-10T18:00")
    ]
    assert plateau == sorted(plateau)
    assert plateau[-1] > plateau[0] + 0.03


def test_usdc_is_vetoed_while_suspended_and_no_more_once_it_is_announced_open(
    usdc: list[tuple[Nanos, Depeg]],
) -> None:
    announced = utc("2023-03-12T22:15")
    low = [(at, depeg) for at, depeg in usdc if depeg.trough_bps >= 100]
    before = [one for one in low if one[0] < announced]
    after = [one for one in low if one[0] >= announced]
    assert len(before) > 100
    assert len(after) > 40
    shut, opened = evidence_of(rail(0.0)), evidence_of(rail(1.0))
    assert all(Veto.REDEMPTION_SUSPENDED in vetoes(depeg, shut) for _, depeg in before)
    assert not any(vetoes(depeg, opened) for _, depeg in after)


def test_the_announcement_turns_the_belief_about_usdc(usdc: list[tuple[Nanos, Depeg]]) -> None:
    at, depeg = next(one for one in usdc if one[0] >= utc("2023-03-12T22:15"))
    belief = _CLASSIFIER.model.belief
    shut = belief(depeg, evidence_of(rail(0.0), hit_share=0.083), at)
    opened = belief(depeg, evidence_of(rail(1.0), hit_share=0.083), at)
    assert opened.never < 0.25
    assert shut.never > 0.5


def test_usdc_at_its_low_with_an_open_rail_and_a_known_loss_is_worth_holding(
    usdc: list[tuple[Nanos, Depeg]],
) -> None:
    at, depeg = min(usdc, key=lambda one: one[1].off_bps)
    assert depeg.trough_bps > 1_000
    told = evidence_of(rail(1.0), hit_share=0.083)
    found = _judged(at, depeg, told)[Way.POSITION]
    assert isinstance(found, Opportunity)
    assert found.expected_bps > 0
    unknown = _judged(at, depeg, evidence_of())[Way.POSITION]
    assert not isinstance(unknown, Opportunity)
