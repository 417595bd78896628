import pytest
from support.entry_cases import case_of, deep, means_of, opportunity_of, sizer_of
from support.means_left import without

from bot.domain.units import WAD
from bot.strategy.sizing import Stake
from bot.strategy.stake_parts import parts_of


def test_the_parts_of_a_size_put_no_more_than_it_at_risk() -> None:
    case = case_of()
    means = means_of(deep(), deep(venue="binance"), ramp=12_345.678)
    stake = sizer_of().stake(case, opportunity_of(case), means)
    assert isinstance(stake, Stake)
    parts = parts_of(stake)
    at_risk = sum(one.reserve(part) for one, part in parts)
    assert 12_345 < at_risk / WAD <= 12_345.678
    left = without(means, "USDC", parts)
    assert left.at_risk_usd == left.coin_usd["USDC"] == left.issuer_usd["Circle"] == at_risk
    assert left.day_entries_usd == at_risk
    assert sum(left.venue_usd.values()) == at_risk
    paid = sum(m.free_quote for m in means.markets) - sum(m.free_quote for m in left.markets)
    assert paid / WAD == pytest.approx(at_risk / WAD, rel=1e-3)
