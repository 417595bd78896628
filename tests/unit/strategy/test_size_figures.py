import pytest
from support.entry_cases import WIDE, case_of, market, means_of, opportunity_of, sure, wad

from bot.domain.depegs import Side
from bot.domain.issuers import issuer_of
from bot.domain.risk import RiskLimits
from bot.domain.units import WAD
from bot.strategy.entry_venues import approach_of
from bot.strategy.price_curve import PriceCurve
from bot.strategy.risk_figures import figures_of, together
from bot.strategy.size_caps import terminal_room
from bot.strategy.trading_means import exactly_down, fee_up, share_down


@pytest.mark.parametrize(("usd", "average"), [(1, 0.9), (900, 0.9), (1_820, 0.91), (99_999, 0.91)])
def test_the_average_price_is_that_of_the_coins_so_many_dollars_buy(
    usd: float, average: float
) -> None:
    case = case_of(-1_000)
    places = (
        market(("0.90", 1_000), fee_bps=0, venue="kraken"),
        market(("0.92", 1_000), fee_bps=0, venue="binance"),
    )
    found = approach_of(case, opportunity_of(case), means_of(*places), WIDE, 2.0)
    curve = PriceCurve(found.ladders, Side.DISCOUNT, wad(1))
    assert curve.average(usd) == pytest.approx(average)


def test_prices_are_in_the_par_currency() -> None:
    case = case_of(-1_000, asset="EURC")
    place = market(("0.99", 1_000), pair="EURC/USD", fee_bps=0)
    found = approach_of(
        case, opportunity_of(case), means_of(place, dollars={"EUR": 1.1}), WIDE, 2.0
    )
    assert PriceCurve(found.ladders, Side.DISCOUNT, wad("1.1")).average(1) == pytest.approx(0.9)


def test_the_worst_of_several_is_their_sum_for_they_fail_together() -> None:
    case = case_of(belief=sure(0.05))
    place = market(("0.9", 1_000))
    found = approach_of(case, opportunity_of(case), means_of(place), WIDE, 2.0)
    one = figures_of(wad(1_000), found.bet, 0.9, wad("0.8"))
    assert one.expected_shortfall_usd == one.worst_case_usd  # never is as likely as the tail
    assert together((one, one, one)) == (
        3 * one.exposure_usd,
        3 * one.worst_case_usd,
        3 * one.expected_shortfall_usd,
    )
    assert together(()) == (0, 0, 0)


def test_the_room_for_what_may_be_lost_shrinks_with_what_was() -> None:
    limits = RiskLimits(max_terminal_loss=0.02)
    assert terminal_room(means_of(), limits) == wad(20_000)
    assert terminal_room(means_of(at_risk=15_000), limits) == wad(5_000)
    assert terminal_room(means_of(at_risk=15_000, day_result=-3_000), limits) == wad(2_000)
    assert terminal_room(means_of(at_risk=15_000, day_result=3_000), limits) == wad(5_000)
    assert terminal_room(means_of(at_risk=25_000), limits) < 0


def test_limits_are_rounded_down_and_fees_up() -> None:
    assert exactly_down(0.1) <= WAD // 10 + 10
    assert exactly_down(25_000.0) == 25_000 * WAD
    assert share_down(50.0) == WAD // 200
    assert fee_up(10.0) == WAD // 1_000
    assert fee_up(0.1) >= WAD // 100_000
    assert fee_up(-1.0) == 0
    for nonsense in (-1.0, float("inf"), float("nan")):
        with pytest.raises(ValueError, match="is no limit"):
            exactly_down(nonsense)


def test_coins_of_one_issuer_fail_together() -> None:
    assert issuer_of("USDC") == issuer_of("EURC") == issuer_of("usdc") == "Circle"
    assert issuer_of("PYUSD") == issuer_of("USDP") == "Paxos"
    assert issuer_of("LUSD") == "LUSD"
