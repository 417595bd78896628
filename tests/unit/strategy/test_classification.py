from collections.abc import Mapping

import pytest
from support.asset_views import moment, view_of
from support.depeg_cases import depeg_of, evidence_of, rail

from bot.domain.depegs import Depeg, Status
from bot.domain.opportunities import Opportunity, Rejection, Veto, Way
from bot.strategy.classification import Judgement, OpportunityClassifier, ranked
from bot.strategy.evidence import Evidence
from bot.strategy.reversion import ReversionFit, ReversionModel
from bot.strategy.trading_costs import TradingCosts

_FREE = TradingCosts(
    cex_fee_bps=0,
    dex_fee_bps=0,
    spread_bps=0,
    gas_usd=0,
    transfer_usd=0,
    carry_bps_per_year=0,
    hurdle_bps=0,
)


def _model(never_logit: float) -> ReversionModel:
    return ReversionModel(
        ReversionFit(
            version=1,
            never={"": never_logit},
            never_covariance=((0.0,),),
            hours={"": 1.0},
            shape=8.0,
        )
    )


def _judge(
    depeg: Depeg,
    evidence: Evidence,
    *,
    never_logit: float = -9.0,
    costs: TradingCosts = _FREE,
    venues: Mapping[str, float] | None = None,
) -> dict[Way, Judgement]:
    view = view_of(depeg.off_bps, venues, asset=depeg.asset)
    classifier = OpportunityClassifier(_model(never_logit), costs)
    found = classifier.classify(depeg, view, evidence, moment(60))
    assert len(found) == len(Way)
    return {judgement.way: judgement for judgement in found}


def _taken(judgement: Judgement) -> Opportunity:
    assert isinstance(judgement, Opportunity), judgement
    return judgement


def _refused(judgement: Judgement) -> Rejection:
    assert isinstance(judgement, Rejection), judgement
    return judgement


def test_a_position_earns_the_discount_on_what_was_paid_less_what_never_comes_back() -> None:
    found = _taken(_judge(depeg_of(-1_000), evidence_of(rail(1.0)))[Way.POSITION])
    assert found.gross_bps == pytest.approx(1_111.1, abs=0.1)
    never = found.never
    assert found.expected_bps == pytest.approx((1 - never) * found.gross_bps - never * 8_000)
    assert found.success == pytest.approx(1 - never)


@pytest.mark.parametrize(("never", "worth"), [(0.010, True), (0.014, False)])
def test_one_percent_is_not_worth_a_total_loss_in_eighty(never: float, *, worth: bool) -> None:
    # 1 % to gain and 80 % to lose: even at a chance of 1.2 % of never coming back
    logit = -4.595 if never == 0.010 else -4.255
    judged = _judge(depeg_of(-99), evidence_of(), never_logit=logit)[Way.POSITION]
    assert isinstance(judged, Opportunity) is worth


def test_costs_carry_and_hurdle_are_in_the_reason() -> None:
    costs = TradingCosts()
    told = _refused(_judge(depeg_of(-25), evidence_of(), costs=costs)[Way.POSITION])
    assert "24.0 costs" in told.reason
    assert "5.0 asked for" in told.reason
    assert "carry" in told.reason
    assert told.vetoes == ()


def test_carry_grows_with_the_time_the_capital_is_bound() -> None:
    costs = TradingCosts(carry_bps_per_year=400)
    assert costs.carry_bps(365 * 24) == pytest.approx(400)
    found = _taken(_judge(depeg_of(-900), evidence_of(rail(1.0)), costs=costs)[Way.POSITION])
    assert 0 < found.carry_bps < 1


def test_no_score_overrides_a_veto() -> None:
    judged = _judge(depeg_of(-3_000, asset="UST"), evidence_of(rail(1.0), asset="UST"))
    for way in (Way.POSITION, Way.REDEMPTION):
        assert _refused(judged[way]).vetoes == (Veto.REFLEXIVE,)


def test_what_holds_nothing_needs_no_belief_and_no_veto_stops_it() -> None:
    pools = {"curve": -300.0, "uniswap": -100.0}
    judged = _judge(
        depeg_of(-200, asset="UST"), evidence_of(asset="UST"), never_logit=9.0, venues=pools
    )
    found = _taken(judged[Way.ATOMIC])
    assert found.gross_bps == pytest.approx(206.2, abs=0.1)
    assert (found.success, found.risk, found.hours) == (1.0, 0.0, 0.0)


def test_one_pool_makes_no_round_trip_but_a_rail_that_pays_in_coins_closes_it() -> None:
    pool = {"curve": -100.0, "kraken": -90.0}
    alone = _judge(depeg_of(-95), evidence_of(rail(1.0)), venues=pool)
    assert "one of them a pool: there is 1" in _refused(alone[Way.ATOMIC]).reason
    closed = _judge(depeg_of(-95), evidence_of(rail(0.999, pays_in="DAI")), venues=pool)
    assert _taken(closed[Way.ATOMIC]).gross_bps == pytest.approx(90.9, abs=0.1)


def test_an_issuer_pays_when_its_banks_do() -> None:
    weekend = evidence_of(rail(1.0), hours_until_banks=49)
    assert _taken(_judge(depeg_of(-800), weekend)[Way.REDEMPTION]).hours == 73
    on_chain = evidence_of(rail(1.0, pays_in="DAI"))
    assert _taken(_judge(depeg_of(-800), on_chain)[Way.REDEMPTION]).hours < 1


def test_a_rail_may_shut_while_the_coin_is_on_its_way() -> None:
    by_bank = _judge(depeg_of(-800), evidence_of(rail(1.0)), never_logit=-3.0)
    by_chain = _judge(depeg_of(-800), evidence_of(rail(1.0, pays_in="DAI")), never_logit=-3.0)
    slow, quick = _taken(by_bank[Way.REDEMPTION]), _taken(by_chain[Way.REDEMPTION])
    assert slow.success == pytest.approx(1 - slow.never)
    assert quick.success > 0.999


def test_nothing_is_handed_in_at_a_premium_or_without_a_rail() -> None:
    above = _judge(depeg_of(150), evidence_of(rail(1.0)))
    assert "above par" in _refused(above[Way.REDEMPTION]).reason
    unknown = _judge(depeg_of(-60), evidence_of())
    assert "no rail" in _refused(unknown[Way.REDEMPTION]).reason


def test_what_one_observer_alone_saw_is_not_held() -> None:
    judged = _judge(depeg_of(-60, confirmed=False), evidence_of(rail(1.0)))
    assert "second observer" in _refused(judged[Way.POSITION]).reason
    assert "second observer" in _refused(judged[Way.REDEMPTION]).reason


def test_at_a_premium_one_sells_where_it_is_dearest_and_risks_as_much_again() -> None:
    venues = {"kraken": 100.0, "binance": 170.0}
    found = _taken(_judge(depeg_of(135), evidence_of(), venues=venues)[Way.POSITION])
    assert found.gross_bps == pytest.approx(170.0)
    unlikely = _judge(depeg_of(135), evidence_of(), venues=venues, never_logit=0.1)
    reason = _refused(unlikely[Way.POSITION]).reason
    assert "80.8 won, 89.2 lost" in reason


def test_a_depeg_that_is_over_has_no_ways() -> None:
    over = depeg_of(-60, status=Status.RESOLVED)
    classifier = OpportunityClassifier(_model(-9.0), _FREE)
    assert classifier.classify(over, view_of(-1), evidence_of(), moment(60)) == ()


def test_the_best_stands_first_and_what_is_refused_last() -> None:
    depeg, told = depeg_of(-900), evidence_of(rail(1.0))
    view = view_of(-900)
    found = OpportunityClassifier(_model(-4.0), _FREE).classify(depeg, view, told, moment(60))
    ways = [judgement.way for judgement in found]
    assert ways[-1] is Way.ATOMIC
    taken = [_taken(judgement) for judgement in found[:-1]]
    assert taken[0].expected_bps * (1 - taken[0].risk) >= taken[1].expected_bps * (
        1 - taken[1].risk
    )
    assert ranked(reversed(found)) == found


def test_costs_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="cex_fee_bps is -1"):
        TradingCosts(cex_fee_bps=-1)
    with pytest.raises(ValueError, match="loss_if_never_bps"):
        TradingCosts(loss_if_never_bps=10_001)
