from pathlib import Path

import msgspec
import numpy as np
import pytest
from support.asset_views import moment
from support.depeg_cases import HOUR_S

from bot.domain.ticks import Composition, Fault, FaultKind, Redemption, Supply
from bot.domain.units import WAD, Nanos, Wad
from bot.strategy.evidence import RedemptionState
from bot.strategy.evidence_memory import EvidenceMemory, EvidenceParameters


def _redemption(value: float, at_s: float, currency: str = "USD") -> Redemption:
    at = moment(at_s)
    worth = Wad(round(value * WAD))
    return Redemption(
        venue="issuer", asset="USDC", currency=currency, value=worth, at=at, seen_at=at
    )


def _supply(total: float, at_s: float) -> Supply:
    at = moment(at_s)
    return Supply(asset="USDC", total=Wad(round(total * WAD)), at=at, seen_at=at)


def _pool(share: float, at_s: float) -> Composition:
    at = moment(at_s)
    balances = (Wad(round(share * WAD)), Wad(round((1 - share) * WAD)))
    return Composition(venue="pool", assets=("UST", "3CRV"), balances=balances, at=at, seen_at=at)


def _state(memory: EvidenceMemory, at_s: float = 0) -> RedemptionState:
    return memory.evidence("USDC", moment(at_s)).redemption


def test_the_newest_word_of_a_rail_holds_until_the_next() -> None:
    memory = EvidenceMemory()
    assert _state(memory) is RedemptionState.UNKNOWN
    memory.hear(_redemption(0, 10))
    memory.hear(_redemption(1, 5))  # older: late on the wire
    assert _state(memory, 30 * HOUR_S) is RedemptionState.SUSPENDED
    memory.hear(_redemption(1, 31 * HOUR_S))
    assert _state(memory, 32 * HOUR_S) is RedemptionState.OPEN


def test_an_open_rail_that_nobody_confirms_is_not_known_and_a_shut_one_stays_shut() -> None:
    memory = EvidenceMemory(EvidenceParameters(rail_age_s=3_600))
    memory.hear(_redemption(1, 0))
    assert _state(memory, HOUR_S) is RedemptionState.OPEN
    assert _state(memory, HOUR_S + 1) is RedemptionState.UNKNOWN
    memory.hear(_redemption(0, HOUR_S))
    assert _state(memory, 100 * HOUR_S) is RedemptionState.SUSPENDED
    told_once = EvidenceMemory(EvidenceParameters(rail_age_s=None))
    told_once.hear(_redemption(1, 0))
    assert _state(told_once, 100 * HOUR_S) is RedemptionState.OPEN


def test_open_rails_that_fell_silent_or_failed_are_named_until_they_speak_again() -> None:
    memory = EvidenceMemory(EvidenceParameters(rail_age_s=3_600))
    memory.hear(_redemption(1, 0))
    assert memory.evidence("USDC", moment(HOUR_S)).unheard == ()
    assert memory.evidence("USDC", moment(HOUR_S + 1)).unheard == ("issuer",)
    memory.hear(Fault(venue="issuer", what=FaultKind.STALLED, at=moment(HOUR_S)))
    assert memory.evidence("USDC", moment(2)).unheard == ("issuer",)
    memory.hear(_redemption(1, HOUR_S + 2))
    assert memory.evidence("USDC", moment(HOUR_S + 3)).unheard == ()


def test_a_rail_that_was_shut_is_not_missed() -> None:
    memory = EvidenceMemory(EvidenceParameters(rail_age_s=3_600))
    memory.hear(_redemption(0, 0))
    assert memory.evidence("USDC", moment(9 * HOUR_S)).unheard == ()
    memory.hear(Fault(venue="issuer", what=FaultKind.STALLED, at=moment(HOUR_S)))
    assert memory.evidence("USDC", moment(9 * HOUR_S)).unheard == ()


def test_the_docs_name_every_setting_with_its_default() -> None:
    docs = (Path(__file__).parents[3] / "docs" / "detection.md").read_text()
    section = docs.partition("[evidence]\n")[2].partition("```")[0]
    for field in msgspec.structs.fields(EvidenceParameters):
        assert f"\n{field.encode_name} = " in f"\n{section}"
    assert f"rail_age_s = {EvidenceParameters().rail_age_s}" in section


def test_a_rail_whose_feed_is_at_fault_is_not_known() -> None:
    memory = EvidenceMemory()
    memory.hear(_redemption(1, 0))
    other = Fault(venue="kraken", what=FaultKind.STALLED, at=moment(1))
    memory.hear(other)
    assert _state(memory) is RedemptionState.OPEN
    memory.hear(Fault(venue="issuer", what=FaultKind.STALLED, at=moment(2)))
    assert _state(memory) is RedemptionState.UNKNOWN


def test_a_rail_in_another_coin_is_worth_what_that_coin_is() -> None:
    memory = EvidenceMemory()
    memory.hear(_redemption(1, 0, currency="DAI"))
    told = memory.evidence("USDC", moment(1), {"DAI": Wad(88 * 10**16)}.get)
    assert told.redemption is RedemptionState.PARTIAL
    assert told.rails[0].worth == 88 * 10**16


def test_a_mint_beyond_the_cap_stays_known_until_it_is_taken_back() -> None:
    memory = EvidenceMemory()
    told = []
    for total, hour in ((100, 0), (104, 1), (400, 1.5), (400, 30), (104, 31), (104, 32)):
        memory.hear(_supply(total, hour * HOUR_S))
        told.append(memory.evidence("USDC", moment(hour * HOUR_S)).supply_jump_bps)
    assert told == pytest.approx([0, 400, 30_000, 30_000, 0, 0])


def test_slow_growth_beyond_the_cap_is_no_jump() -> None:
    memory = EvidenceMemory()
    for hour in range(48):
        memory.hear(_supply(100 + 2 * hour, hour * HOUR_S))
    jump = memory.evidence("USDC", moment(48 * HOUR_S)).supply_jump_bps
    assert jump is not None
    assert jump < 200


def test_no_supply_told_is_not_no_jump() -> None:
    assert EvidenceMemory().evidence("USDC", moment(0)).supply_jump_bps is None


def test_an_inflow_out_of_the_ordinary_raises_the_alarm_for_that_coin_alone() -> None:
    noise, memory, share = np.random.default_rng(5), EvidenceMemory(), 0.5
    for hour in range(100):
        share += noise.normal(0, 0.002)
        memory.hear(_pool(share, hour * HOUR_S))
    assert not memory.evidence("UST", moment(99 * HOUR_S)).flow_alarm
    for hour in range(100, 104):
        share += 0.07
        memory.hear(_pool(share, hour * HOUR_S))
    now = moment(103 * HOUR_S)
    told = memory.evidence("UST", now)
    assert told.flow_alarm
    assert told.pools[0].flow == pytest.approx(0.07)
    assert not memory.evidence("3CRV", now).flow_alarm


def test_an_alarm_ends_and_an_old_flow_is_none() -> None:
    memory = EvidenceMemory()
    for hour in range(40):
        memory.hear(_pool(0.5, hour * HOUR_S))
    memory.hear(_pool(0.8, 40 * HOUR_S))
    assert memory.evidence("UST", moment(41 * HOUR_S)).flow_alarm
    later = memory.evidence("UST", moment(70 * HOUR_S))
    assert not later.flow_alarm
    assert later.pools[0].flow == 0.0
    assert later.pools[0].share == pytest.approx(0.8)


def test_what_the_operator_knows_is_told() -> None:
    memory = EvidenceMemory(EvidenceParameters(hit_shares={"USDC": 0.083}))
    assert memory.evidence("USDC", Nanos(0)).hit_share == 0.083
    assert memory.evidence("DAI", Nanos(0)).hit_share is None
    with pytest.raises(ValueError, match="must be 0 to 1"):
        EvidenceParameters(hit_shares={"USDC": 8.3})


def test_a_weekend_is_known() -> None:
    memory = EvidenceMemory()
    friday, saturday = moment(12 * HOUR_S), moment(24 * HOUR_S)
    assert not memory.evidence("USDC", friday).banks_closed
    assert memory.evidence("USDC", saturday).hours_until_banks == 49
