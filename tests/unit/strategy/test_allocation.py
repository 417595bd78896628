import msgspec
import pytest
from support.entry_cases import (
    WIDE,
    case_of,
    deep,
    market,
    means_of,
    opportunity_of,
    sizer_of,
    wad,
)

from bot.domain.opportunities import Way
from bot.domain.orders import NetworkStatus
from bot.domain.risk import RiskLimits
from bot.domain.trade_plans import NoEntry, Size
from bot.domain.units import WAD
from bot.strategy.allocation import Wanted, allocate, parts_of, without
from bot.strategy.sizing import Stake
from bot.strategy.trading_means import Market


def wanted(asset: str, off_bps: float) -> Wanted:
    case = case_of(off_bps, asset=asset)
    return case, opportunity_of(case)


def of(asset: str, price: float, *, venue: str = "kraken", free: float = 1e9) -> Market:
    levels = tuple((price + n / 10_000, 100_000) for n in range(10))
    return market(*levels, pair=f"{asset}/USD", venue=venue, free=free)


def usd(found: Size | NoEntry) -> float:
    return found.usd / WAD if isinstance(found, Size) else 0.0


def test_the_best_is_served_first_and_the_next_has_what_is_left() -> None:
    limits = msgspec.structs.replace(WIDE, max_terminal_loss=0.3)
    means = means_of(of("USDC", 0.93), of("USDT", 0.90))
    less, more = allocate([wanted("USDC", -700), wanted("USDT", -1_000)], means, sizer_of(limits))
    assert isinstance(more, Size)
    assert more.usd == more.wanted_usd < wad(300_000)
    assert usd(less) == pytest.approx(300_000 - usd(more), abs=1)
    assert isinstance(less, Size)
    assert less.bound_by == "terminal cap"


def test_all_together_stay_within_the_terminal_cap() -> None:
    coins = ("USDC", "USDT", "PYUSD", "FDUSD", "USDe")
    means = means_of(*(of(coin, 0.90) for coin in coins))
    found = allocate([wanted(coin, -1_000) for coin in coins], means, sizer_of(RiskLimits()))
    assert sum(usd(one) for one in found) <= 20_000
    assert sum(usd(one) for one in found) == pytest.approx(20_000, abs=1)
    assert sum(isinstance(one, NoEntry) for one in found) == 4


def test_what_is_free_at_a_venue_is_spent_once() -> None:
    means = means_of(of("USDC", 0.93, free=100_000), of("USDT", 0.90, free=100_000))
    found = allocate([wanted("USDC", -700), wanted("USDT", -1_000)], means, sizer_of())
    assert sum(usd(one) for one in found) <= 100_000 * 1.001


def test_coins_of_one_issuer_share_its_cap() -> None:
    limits = msgspec.structs.replace(WIDE, max_issuer_usd=60_000.0)
    means = means_of(of("PYUSD", 0.93), of("USDP", 0.90), of("USDT", 0.93))
    found = allocate(
        [wanted("PYUSD", -700), wanted("USDP", -1_000), wanted("USDT", -700)],
        means,
        sizer_of(limits),
    )
    assert usd(found[0]) == 0.0
    assert usd(found[1]) == pytest.approx(60_000, abs=1)
    assert usd(found[2]) == pytest.approx(60_000, abs=1)


def test_a_depeg_is_entered_by_one_way_only() -> None:
    case = case_of(-800)
    network = NetworkStatus(
        venue="kraken",
        currency="USDC",
        network="ERC20",
        deposits_open=True,
        withdrawals_open=True,
        withdrawal_fee=None,
    )
    means = means_of(msgspec.structs.replace(deep(), networks=(network,)))
    both = [(case, opportunity_of(case, way)) for way in (Way.POSITION, Way.REDEMPTION)]
    found = allocate(both, means, sizer_of())
    assert sum(isinstance(one, Size) for one in found) == 1
    (refused,) = (one for one in found if isinstance(one, NoEntry))
    assert refused.reason == "it is entered by a better way"


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


def test_nothing_is_allocated_to_nothing() -> None:
    assert allocate([], means_of(), sizer_of()) == ()
