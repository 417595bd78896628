from collections.abc import Callable

import msgspec
import pytest
from support.asset_views import moment
from support.depeg_cases import rail
from support.entry_cases import (
    WIDE,
    case_of,
    deep,
    market,
    means_of,
    opportunity_of,
    sizer_of,
    sure,
    wad,
)

from bot.domain.opportunities import Opportunity, Veto, Way
from bot.domain.orders import NetworkStatus
from bot.domain.risk import RiskLimits
from bot.domain.trade_plans import NoEntry, Size
from bot.domain.units import WAD
from bot.strategy.evidence import Rail
from bot.strategy.trade_ways import Case
from bot.strategy.trading_costs import TradingCosts
from bot.strategy.trading_means import Means

KELLY_USD = 246_549  # of a million, at 8 % off, 2 % of never, on a deep book


def _taken(found: Size | NoEntry) -> Size:
    assert isinstance(found, Size), found
    return found


def _refusal(found: Size | NoEntry) -> str:
    assert isinstance(found, NoEntry), found
    return found.reason


def _limits(**changed: float) -> RiskLimits:
    return msgspec.structs.replace(WIDE, **changed)


def _size(means: Means, limits: RiskLimits = WIDE, case: Case | None = None) -> Size | NoEntry:
    case = case or case_of()
    return sizer_of(limits).size(case, opportunity_of(case), means)


def _usd(size: Size) -> float:
    return size.usd / WAD


def test_a_quarter_of_kelly_s_share_is_taken_where_no_cap_is_nearer() -> None:
    size = _taken(_size(means_of(deep())))
    # bought at 0.9205 on average with the fee, sold at par less 12 bps, a week's carry lost
    gain = 0.9988 / 0.9212 - 1 - opportunity_of(case_of()).carry_bps / 1e4
    share = 0.98 / 0.8 - 0.02 / gain
    assert size.bound_by == "kelly"
    assert _usd(size) == pytest.approx(0.25 * share * 1e6, rel=0.01)
    assert size.usd == size.wanted_usd
    assert _usd(size) == pytest.approx(KELLY_USD, rel=0.01)


def test_the_upper_end_of_never_decides_not_its_middle() -> None:
    sure_of_it = _taken(_size(means_of(deep()), case=case_of(belief=sure(0.02))))
    doubtful = _taken(_size(means_of(deep()), case=case_of(belief=sure(0.02, high=0.06))))
    assert doubtful.usd < sure_of_it.usd / 2


def test_nothing_is_taken_where_the_upper_end_of_never_eats_the_gain() -> None:
    reason = _refusal(_size(means_of(deep()), case=case_of(belief=sure(0.02, high=0.12))))
    assert "not worth the risk: 12.0% may never come back" in reason


@pytest.mark.parametrize("fraction", [0.1, 0.5])
def test_the_fraction_of_kelly_is_linear_on_a_flat_book(fraction: float) -> None:
    case, flat = case_of(), means_of(market(("0.92", 10_000_000)))
    full = _taken(sizer_of(kelly_fraction=1.0).size(case, opportunity_of(case), flat))
    part = _taken(sizer_of(kelly_fraction=fraction).size(case, opportunity_of(case), flat))
    assert part.usd / full.usd == pytest.approx(fraction, rel=1e-6)


def test_on_a_book_that_gets_dearer_less_is_wanted_than_at_its_best_price() -> None:
    flat = _taken(_size(means_of(market(("0.92", 10_000_000)))))
    steep = _taken(_size(means_of(*[market(*((0.92 + n / 500, 20_000) for n in range(30)))])))
    assert steep.usd < flat.usd


# Each cap with what it allows just above and just below what Kelly wants.
_CAPS: dict[str, Callable[[float], tuple[Means, RiskLimits]]] = {
    "cap of the coin USDC": lambda usd: (
        means_of(deep(), coin={"USDC": 100_000, "DAI": 9e9}),
        _limits(max_coin_usd=100_000 + usd),
    ),
    "cap of the issuer Circle": lambda usd: (
        means_of(deep(), issuer={"Circle": 100_000, "Tether": 9e9}),
        _limits(max_issuer_usd=100_000 + usd),
    ),
    "cap of the day": lambda usd: (
        means_of(deep(), day_entries=100_000),
        _limits(max_day_usd=100_000 + usd),
    ),
    "cap of the venue kraken": lambda usd: (
        means_of(deep(), venue={"kraken": 100_000, "binance": 9e9}),
        _limits(max_venue_usd=100_000 + usd),
    ),
    "terminal cap": lambda usd: (
        means_of(deep(), at_risk=100_000, day_result=-50_000),
        _limits(max_terminal_loss=(150_000 + usd) / 1e6),
    ),
    "size ramp": lambda usd: (means_of(deep(), ramp=usd), WIDE),
    "free USD at kraken": lambda usd: (
        means_of(market(*((0.92 + n / 10_000, 100_000) for n in range(10)), free=usd)),
        WIDE,
    ),
}


@pytest.mark.parametrize("name", _CAPS)
def test_a_cap_below_what_is_wanted_decides(name: str) -> None:
    size = _taken(_size(*_CAPS[name](KELLY_USD - 5_000)))
    assert size.bound_by == name
    assert KELLY_USD - 6_000 < _usd(size) <= KELLY_USD - 5_000
    assert _usd(size) < size.wanted_usd / WAD


@pytest.mark.parametrize("name", _CAPS)
def test_a_cap_above_what_is_wanted_does_not(name: str) -> None:
    assert _taken(_size(*_CAPS[name](KELLY_USD + 5_000))).bound_by == "kelly"


@pytest.mark.parametrize("name", _CAPS)
def test_a_cap_that_is_used_up_leaves_nothing(name: str) -> None:
    assert name in _refusal(_size(*_CAPS[name](0)))


@pytest.mark.parametrize(("lost", "is_taken"), [(4_999, True), (5_000, False)])
def test_after_the_day_s_largest_loss_nothing_is_entered(lost: float, *, is_taken: bool) -> None:
    found = _size(means_of(deep(), day_result=-lost), _limits(max_daily_loss_usd=5_000.0))
    assert isinstance(found, Size) is is_taken
    assert is_taken or "loss of the day" in _refusal(found)


def test_depth_decides_where_the_next_coin_is_not_worth_its_risk() -> None:
    # the last level costs more than what is expected of it
    shallow = market(("0.92", 50_000), ("0.93", 50_000), ("0.998", 1_000_000))
    size = _taken(_size(means_of(shallow)))
    assert size.bound_by == "depth of the books at wanted prices"
    assert _usd(size) == pytest.approx(92_500, rel=0.01)


@pytest.mark.parametrize(("usd", "is_taken"), [(50.0, True), (49.9, False)])
def test_less_than_the_least_size_is_not_worth_an_order(usd: float, *, is_taken: bool) -> None:
    assert isinstance(_size(means_of(deep(), ramp=usd)), Size) is is_taken


def test_fixed_costs_must_be_paid_by_the_size_that_is_left() -> None:
    case = case_of(-300, belief=sure(0.01), rails=(rail(1.0, pays_in="USDT"),))
    bought = market(("0.97", 1_000_000), networks=(_network(is_open=True),))
    opportunity = opportunity_of(case, Way.REDEMPTION)
    means = means_of(bought, ramp=700)
    assert "after fixed costs" in _refusal(sizer_of().size(case, opportunity, means))
    means = means_of(bought, ramp=2_000)
    assert isinstance(sizer_of().size(case, opportunity, means), Size)


def _network(*, is_open: bool) -> NetworkStatus:
    return NetworkStatus(
        venue="kraken",
        currency="USDC",
        network="ERC20",
        deposits_open=True,
        withdrawals_open=is_open,
        withdrawal_fee=None,
    )


def test_no_more_is_bought_than_the_rail_takes_in() -> None:
    narrow = Rail(venue="psm", pays_in="DAI", worth=wad(1), capacity=wad(10_000), at=moment(0))
    case = case_of(rails=(narrow,))
    bought = market(("0.92", 1_000_000), networks=(_network(is_open=True),))
    found = sizer_of().size(case, opportunity_of(case, Way.REDEMPTION), means_of(bought))
    assert _taken(found).bound_by == "what psm takes in"
    assert _usd(_taken(found)) == pytest.approx(10_000, rel=0.01)


def test_a_rail_that_we_cannot_use_is_worth_nothing() -> None:
    theirs = case_of(rails=(rail(1.0, venue="theirs"),))
    bought = means_of(market(("0.92", 1_000_000), networks=(_network(is_open=True),)))
    opportunity = opportunity_of(theirs, Way.REDEMPTION)
    assert "no rail is open of those" in _refusal(sizer_of().size(theirs, opportunity, bought))
    both = case_of(rails=(rail(1.0, venue="theirs"), rail(0.97, venue="issuer")))
    paid_less = _taken(sizer_of().size(both, opportunity_of(both, Way.REDEMPTION), bought))
    ours = case_of(rails=(rail(1.0, venue="issuer"),))
    paid_par = _taken(sizer_of().size(ours, opportunity_of(ours, Way.REDEMPTION), bought))
    assert paid_less.usd < paid_par.usd


def test_leverage_is_never_on_a_coin_in_doubt_that_is_held() -> None:
    found = _taken(_size(means_of(deep(), equity=10_000), _limits(leverage=5.0)))
    assert found.leverage == 1.0
    assert found.usd <= wad(10_000)


@pytest.mark.parametrize(("leverage", "wanted"), [(1.0, 10_000), (3.0, 30_000)])
def test_a_premium_is_sold_with_leverage_only_if_it_is_on(leverage: float, wanted: float) -> None:
    case = case_of(400, belief=sure(0.01))
    sold = market(("1.04", 10_000_000), sells=True)
    sizer = sizer_of(_limits(leverage=leverage), kelly_fraction=1.0)
    size = _taken(sizer.size(case, opportunity_of(case), means_of(sold, equity=10_000)))
    assert size.leverage == leverage
    assert size.wanted_usd / WAD == pytest.approx(wanted, rel=0.001)
    assert size.usd <= wad(10_000)  # all that is sold may be lost, and no more than there is


def test_a_veto_refuses_whatever_the_opportunity_says() -> None:
    vetoed = case_of(vetoes=(Veto.REFLEXIVE,))
    found = sizer_of().size(vetoed, opportunity_of(case_of()), means_of(deep()))
    assert "backed by itself" in _refusal(found)


def test_one_transaction_needs_no_size() -> None:
    case = case_of()
    atomic = msgspec.structs.replace(opportunity_of(case), way=Way.ATOMIC)
    assert "needs no capital" in _refusal(sizer_of().size(case, atomic, means_of(deep())))


@pytest.mark.parametrize("equity", [0, -1_000])
def test_without_equity_nothing_is_entered(equity: float) -> None:
    assert _refusal(_size(means_of(deep(), equity=equity))) == "there is no equity"


def test_what_is_at_risk_is_counted_with_fees_and_at_the_limit_price() -> None:
    free = TradingCosts(cex_fee_bps=0, spread_bps=0)
    case = case_of(costs=free)
    book = market(("0.92", 20_000), fee_bps=50)
    size = _taken(sizer_of().size(case, opportunity_of(case), means_of(book)))
    assert size.bound_by == "depth of the books at wanted prices"
    assert _usd(size) == pytest.approx(20_000 * 0.9201 * 1.005, rel=1e-4)


def test_a_purchase_far_below_consensus_is_counted_at_what_the_coin_may_be_worth() -> None:
    size = _taken(_size(means_of(market(("0.85", 20_000)))))
    assert _usd(size) == pytest.approx(20_000 * 0.92 * 1.001, rel=1e-4)


def test_the_risk_figures_are_those_of_the_size() -> None:
    size = _taken(_size(means_of(deep(), ramp=10_000)))
    risk = size.risk
    assert risk.exposure_usd == size.usd
    assert risk.worst_case_usd / WAD == pytest.approx(8_000, rel=0.01)
    # the worst 5 % are two parts of total loss and three of gain
    assert risk.expected_shortfall_usd / WAD == pytest.approx(0.4 * 8_000 - 0.6 * 830, rel=0.03)
    assert risk.stop_price < wad(0.92)


def test_the_opportunity_is_valued_in_dollars_not_in_the_coin_of_the_book() -> None:
    case = case_of(-800)
    opportunity: Opportunity = opportunity_of(case)
    in_tether = market(("0.92", 1_000_000), pair="USDC/USDT")
    cheap = means_of(in_tether, dollars={"USDT": 0.995})
    dear = means_of(in_tether, dollars={"USDT": 1.02})
    bought = [_taken(sizer_of().size(case, opportunity, means)) for means in (cheap, dear)]
    assert bought[0].usd > bought[1].usd
