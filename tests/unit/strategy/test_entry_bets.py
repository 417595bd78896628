import math

import pytest
from support.depeg_cases import rail
from support.entry_cases import case_of, opportunity_of, sure

from bot.domain.depegs import Side
from bot.domain.opportunities import Way
from bot.strategy.entry_bets import Bet, Outcome, bet_of, expected_shortfall
from bot.strategy.trading_costs import TradingCosts


def bet(*, failure: float = 0.05, loss: float = 0.8, side: Side = Side.DISCOUNT) -> Bet:
    return Bet(
        side=side,
        edge=1.0,
        target=1.0,
        failure=failure,
        loss_share=loss,
        carry=0.001,
        hurdle=0.0005,
    )


@pytest.mark.parametrize("price", [0.80, 0.88, 0.93])
@pytest.mark.parametrize("failure", [0.02, 0.05, 0.09])
def test_kelly_s_share_is_where_money_grows_fastest(price: float, failure: float) -> None:
    tried = bet(failure=failure)

    def growth(share: float) -> float:
        return sum(o.chance * math.log(1 + share * o.gain) for o in tried.outcomes(price))

    best = max((n / 1_000 for n in range(1_240)), key=growth)
    assert max(0.0, tried.kelly(price)) == pytest.approx(best, abs=0.0011)


def test_betting_twice_kelly_s_share_grows_next_to_nothing() -> None:
    # the reason for a fraction: a chance of never that is underrated doubles the right share
    tried = bet(failure=0.45, loss=0.02)
    share = tried.kelly(0.982)
    once, twice = (
        sum(o.chance * math.log(1 + n * share * o.gain) for o in tried.outcomes(0.982))
        for n in (1, 2)
    )
    assert once > 0
    assert twice < once / 10


def test_both_ends_are_weighted_and_cost_the_carry() -> None:
    never, back = bet().outcomes(0.8)
    assert (never.chance, never.gain) == (0.05, pytest.approx(-0.801))
    assert (back.chance, back.gain) == (0.95, pytest.approx(0.25 - 0.001))
    assert bet().expected(0.8) == pytest.approx(0.95 * 0.249 - 0.05 * 0.801)


def test_at_the_worst_price_the_last_coin_pays_the_hurdle_and_no_more() -> None:
    tried = bet()
    worst = tried.worst_price(0.8)
    assert worst is not None
    assert tried.expected(worst) == pytest.approx(tried.hurdle, abs=1e-9)
    assert tried.is_wanted(worst)
    assert not tried.is_wanted(worst + 1e-6)
    assert tried.worst_price(worst + 1e-6) is None


def test_a_premium_is_sold_at_no_less_than_its_worst_price() -> None:
    tried = bet(side=Side.PREMIUM)
    worst = tried.worst_price(1.04)
    assert worst is not None
    assert tried.is_wanted(worst)
    assert not tried.is_wanted(worst - 1e-6)


def test_of_a_premium_no_more_is_lost_than_that_it_doubles() -> None:
    assert bet(side=Side.PREMIUM).loss(1.03) == pytest.approx(0.031)
    assert bet(side=Side.PREMIUM, loss=0.02).loss(1.03) == pytest.approx(0.021)


def test_no_more_than_everything_is_lost() -> None:
    assert bet(loss=1.0).loss(0.9) == 1.0


def test_a_gain_that_only_rounding_knows_is_none() -> None:
    free = Bet(side=Side.DISCOUNT, edge=1, target=1, failure=0, loss_share=0.8, carry=0, hurdle=0)
    assert not free.is_wanted(1.0)
    assert free.is_wanted(0.9999)
    assert free.kelly(1.0) == 0.0


@pytest.mark.parametrize(
    ("never", "shortfall"),
    [(0.05, 0.8), (0.2, 0.8), (0.025, 0.5 * 0.8 - 0.5 * 0.1), (0.005, 0.0)],
)
def test_the_shortfall_is_the_mean_of_the_worst_twentieth(never: float, shortfall: float) -> None:
    ends = (Outcome(chance=1 - never, gain=0.1), Outcome(chance=never, gain=-0.8))
    assert expected_shortfall(ends) == pytest.approx(shortfall)


def test_the_bet_of_a_position_is_what_the_classifier_ranked_it_by() -> None:
    case = case_of(-800, belief=sure(0.03))
    found = opportunity_of(case)
    made = bet_of(case, found)
    entered = 0.92 * (1 + (case.costs.cex_fee_bps + case.costs.spread_bps) / 1e4)
    assert made.expected(entered) * 1e4 == pytest.approx(found.expected_bps, rel=0.02)


def test_the_bet_of_a_redemption_is_paid_what_the_rail_pays() -> None:
    case = case_of(-800, rails=(rail(0.97), rail(0.99), rail(0.0)), costs=TradingCosts())
    made = bet_of(case, opportunity_of(case, Way.REDEMPTION))
    assert made.target == pytest.approx(0.99)
    assert made.fixed_usd == case.costs.transfer_usd + case.costs.gas_usd
    assert made.failure == opportunity_of(case, Way.REDEMPTION).risk
