"""The watch that keeps a verdict on every depeg, by messages that a test makes up."""

from collections.abc import Sequence

import pytest
from support.asset_views import moment, price_at

from bot.domain.depegs import Status, Turn
from bot.domain.opportunities import DepegClass, Veto
from bot.domain.ticks import Message, Redemption, SourceKind, Tick
from bot.history.belief_file import read_model
from bot.market.consensus import Consensus
from bot.market.consensus_parameters import ConsensusParameters
from bot.strategy import judged_watch
from bot.strategy.classification import OpportunityClassifier
from bot.strategy.judged_watch import JudgedWatch
from bot.strategy.price_watch import PriceWatch


def tick(second: float, off_bps: float, venue: str = "kraken", asset: str = "USDC") -> Tick:
    at, price = moment(second), price_at(off_bps)
    return Tick(
        venue=venue,
        kind=SourceKind.CEX,
        asset=asset,
        currency="USD",
        bid=price,
        ask=price,
        at=at,
        seen_at=at,
    )


def redemption(second: float, off_bps: float | None) -> Redemption:
    at = moment(second)
    value = price_at(-10_000 if off_bps is None else off_bps)
    return Redemption(venue="circle", asset="USDC", currency="USD", value=value, at=at, seen_at=at)


def both(second: float, off_bps: float, asset: str = "USDC") -> list[Message]:
    return [tick(second, off_bps, venue, asset) for venue in ("kraken", "binance")]


def watched(messages: Sequence[Message]) -> JudgedWatch:
    patient = Consensus(ConsensusParameters(cex_max_age_s=1_000.0))
    judged = JudgedWatch(PriceWatch(patient), OpportunityClassifier(read_model()))
    for message in messages:
        judged.hear(message)
    return judged


def test_a_depeg_is_judged_as_soon_as_it_has_started() -> None:
    judged = watched([*both(0, -300), *both(10, -300)])
    (record,) = judged.records
    assert record.verdict is not None
    assert record.verdict.at == moment(10)
    assert [change.turn for change in record.changes] == [Turn.STARTED, Turn.CONFIRMED]


def test_redemption_that_shuts_or_opens_is_judged_at_once() -> None:
    fall = [*both(0, -300), *both(10, -300), *both(20, -300)]
    shut = watched([*fall, redemption(21, None)])
    assert shut.records[0].verdict is not None
    assert Veto.REDEMPTION_SUSPENDED in shut.records[0].verdict.vetoes
    opened = watched([*fall, redemption(21, None), redemption(22, 0)])
    assert opened.records[0].verdict is not None
    assert opened.records[0].verdict.vetoes == ()


def test_nothing_new_is_not_judged_again_within_a_minute() -> None:
    judged = watched([*both(0, -300), *both(10, -300), *both(30, -300), *both(60, -300)])
    assert judged.records[0].verdict is not None
    assert judged.records[0].verdict.at == moment(10)
    judged.advance(moment(75))
    judged.advance(moment(76))
    assert judged.records[0].verdict.at == moment(75)


def test_the_order_of_messages_of_one_time_changes_no_verdict() -> None:
    times = [(0, -9), (10, -9), (80, -60), (95, -700), (160, -300), (230, -20)]
    groups = [[*both(t, off), redemption(t, None if t == 95 else 0)] for t, off in times]
    forth = watched([message for group in groups for message in group])
    back = watched([message for group in groups for message in group[::-1]])
    forth.advance(moment(240))
    back.advance(moment(240))
    assert forth.records == back.records
    assert len(forth.records[0].verdicts) > 2


def test_what_was_thought_last_stays_when_it_is_over() -> None:
    judged = watched([*both(0, -300), *both(10, -300), *both(60, 0), *both(700, 0)])
    (record,) = judged.records
    assert record.depeg.status is Status.RESOLVED
    assert record.verdict is not None
    assert record.verdict.depeg_class is DepegClass.TEMPORARY
    assert judged.watch.active == ()


def test_of_depegs_that_are_over_only_the_newest_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judged_watch, "_RESOLVED_KEPT", 2)
    messages: list[Message] = []
    for cycle in range(4):
        for second, off in ((0, -300), (10, -300), (60, 0), (120, 0), (180, 0), (700, 0)):
            messages += both(cycle * 1000 + second, off)
    judged = watched(messages)
    assert [r.depeg.start for r in judged.records] == [moment(2000), moment(3000)]


def test_comings_and_goings_are_told_and_not_kept() -> None:
    judged = JudgedWatch(PriceWatch(), OpportunityClassifier(read_model()))
    swings = [(10.0 * i, -300.0 if i % 2 else -30.0) for i in range(200)]
    told = [c for t, off in swings for m in both(t, off) for c in judged.hear(m)]
    assert len(told) > 100
    assert len(judged.records[0].changes) < 6


def test_what_another_coin_does_when_a_depeg_is_found_over_adds_no_verdict_to_it() -> None:
    before = [*both(0, -9), *both(10, -9), *both(60, 0), *both(500, 0)]
    before += [*both(500, 0, "USDT"), *both(640, -80, "USDT")]
    over, other = both(700, 0), both(700, -80, "USDT")
    one, reverse = watched([*before, *over, *other]), watched([*before, *other, *over])
    assert one.records[0].depeg.status is Status.RESOLVED
    assert [record.depeg.asset for record in one.records] == ["USDC", "USDT"]
    assert one.records == reverse.records
