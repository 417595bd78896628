import pytest
from support.entry_cases import WIDE, case_of, market, means_of, opportunity_of, wad

from bot.domain.units import WAD, Wad
from bot.strategy.entry_venues import approach_of
from bot.strategy.order_splitting import gained, split
from bot.strategy.trading_means import Market
from bot.strategy.venue_ladders import Ladder


def ladders_of(*markets: Market) -> tuple[Ladder, ...]:
    case = case_of()
    found = approach_of(case, opportunity_of(case), means_of(*markets), WIDE, 2.0)
    assert len(found.ladders) == len(markets), found.left_out
    return found.ladders


def parts(amount: float, *markets: Market) -> list[float]:
    return [part / WAD for part in split(wad(amount), ladders_of(*markets))]


def test_the_next_coin_is_taken_where_it_is_cheapest_after_fees() -> None:
    cheap = market(("0.920", 1_000), ("0.924", 1_000), venue="kraken", fee_bps=30)
    dear = market(("0.9215", 1_000), ("0.9235", 1_000), venue="binance", fee_bps=0)
    # after fees: 0.92276 and 0.92677 against 0.9215 and 0.9235
    assert parts(500, cheap, dear) == [0, 500]
    assert parts(1_500, cheap, dear) == [500, 1_000]
    assert parts(2_600, cheap, dear) == [1_000, 1_600]
    assert parts(9_999, cheap, dear) == [2_000, 2_000]


def test_what_a_venue_would_not_take_goes_to_the_others() -> None:
    cheap = market(("0.920", 90), ("0.95", 90), venue="kraken", min_amount=100)
    dear = market(("0.930", 1_000), venue="binance")
    assert parts(95, cheap, dear) == [0, 95]
    # 100 at the first, ten of them dear, still cost less than all at the second
    assert parts(300, cheap, dear) == [100, 200]


def test_a_least_value_counts_like_a_least_amount() -> None:
    cheap = market(("0.920", 4), ("0.97", 90), venue="kraken", min_value=10)
    dear = market(("0.930", 1_000), venue="binance", min_value=5)
    assert parts(50, cheap, dear) == [0, 50]


def test_a_fixed_cost_is_paid_only_where_it_is_earned() -> None:
    chain = market(("0.920", 1_000), venue="ethereum", fixed_usd=15)
    exchange = market(("0.922", 10_000), venue="kraken")
    assert parts(1_000, chain, exchange) == [0, 1_000]  # 2 dollars less for 15
    deep = market(("0.920", 10_000), venue="ethereum", fixed_usd=15)
    assert parts(10_000, deep, exchange) == [10_000, 0]


def test_what_rounding_to_steps_leaves_is_taken_elsewhere() -> None:
    coarse = market(("0.920", "250"), venue="kraken", step=100, min_amount=100)
    fine = market(("0.930", 1_000), venue="binance", step="0.01")
    assert parts(275.5, coarse, fine) == [200, 75.5]


def test_nothing_is_split_into_nothing() -> None:
    assert parts(0.5, market(("0.92", 100))) == [0]
    assert split(Wad(0), ladders_of(market(("0.92", 100)))) == (0,)


@pytest.mark.parametrize("count", [2, 7, 9])
def test_many_venues_are_filled_from_the_cheapest_on(count: int) -> None:
    many = [
        market((0.92 + n / 1_000, 1_000), venue=f"venue{n}", min_amount=300) for n in range(count)
    ]
    found = parts(1_100, *many)
    # 300 at the second, though 100 would do: less cannot be had there
    assert found == [800, 300, *[0] * (count - 2)]
    assert gained(split(wad(1_100), ladders_of(*many)), ladders_of(*many)) > 0
