"""What rails pay, as redemption values."""

import msgspec
import pytest
from fakes.markets import book_of, curve_pool, peg_module, raw

from bot.amm.converter import ConverterPool
from bot.amm.gsm import GsmPool
from bot.amm.pool import Pool
from bot.amm.vault import VaultPool
from bot.domain.assets import DAI, GHO, USDC
from bot.domain.mainnet_pools import DAI_USDS_CONVERTER, GHO_GSM_USDC, SAVINGS_DAI_VAULT
from bot.domain.ticks import Fault, FaultKind, Message, Redemption, Restored
from bot.domain.units import BPS, UINT256_MAX, WAD, Bps, Nanos, Raw, Wad
from bot.domain.venues import LITE_PSM_USDC
from bot.feeds.redemption_feed import RedemptionFeed
from bot.feeds.standings import Standings

AT, SEEN = Nanos(1_750_000_000 * 10**9), Nanos(1_750_000_003 * 10**9)
MODULE = peg_module(400_000, 300_000, tout=WAD // 1_000)
GSM = GsmPool(
    spec=GHO_GSM_USDC,
    block=100,
    price_ratio=Wad(WAD),
    buy_fee=Bps(0),
    sell_fee=Bps(20),
    exposure=raw(USDC, 100),
    exposure_cap=raw(USDC, 600),
    reserve_limit=raw(GHO, 10_000),
    reserve_used=raw(GHO, 100),
    reserve_balance=raw(GHO, 10_000),
)
VAULT = VaultPool(
    spec=SAVINGS_DAI_VAULT,
    block=100,
    assets=1_150_000_000_000_000_001,
    shares=10**18,
    max_deposit=Raw(UINT256_MAX),
    max_redeem=Raw(7_000 * WAD),
)


def feed() -> RedemptionFeed:
    return RedemptionFeed(Standings())


def told(reader: RedemptionFeed, *pools: Pool) -> list[Message]:
    return list(reader.messages(book_of(pools), AT, SEEN))


def values(*pools: Pool) -> dict[str, Redemption]:
    found = told(feed(), *pools)
    return {f"{m.asset}/{m.currency}": m for m in found if isinstance(m, Redemption)}


def test_a_peg_module_takes_both_its_coins_each_for_what_it_pays() -> None:
    found = values(MODULE)
    assert found["USDC/DAI"].value == WAD
    assert found["DAI/USDC"].value == pytest.approx(WAD / 1.001, rel=1e-9)
    assert found["USDC/DAI"].venue == LITE_PSM_USDC.name
    assert (found["USDC/DAI"].at, found["USDC/DAI"].seen_at) == (AT, SEEN)


def test_its_capacity_is_what_it_can_take_before_the_other_coin_is_gone() -> None:
    found = values(MODULE)
    assert found["USDC/DAI"].capacity == 400_000 * WAD
    assert found["DAI/USDC"].capacity == pytest.approx(300_300 * WAD, rel=1e-9)


def test_a_halted_direction_pays_nothing_and_the_other_still_does() -> None:
    found = values(peg_module(400_000, 300_000, tin=UINT256_MAX))
    assert (found["USDC/DAI"].value, found["USDC/DAI"].is_open) == (0, False)
    assert found["DAI/USDC"].is_open


def test_an_empty_module_is_shut_though_its_fee_is_nothing() -> None:
    found = values(peg_module(0, 300_000))
    assert (found["USDC/DAI"].value, found["USDC/DAI"].capacity) == (0, 0)
    assert not found["USDC/DAI"].is_open


def test_a_gsm_takes_its_fee_and_no_more_than_its_cap() -> None:
    found = values(GSM)
    assert found["USDC/GHO"].value == WAD * (BPS - 20) // BPS
    assert found["USDC/GHO"].capacity == pytest.approx(500 * WAD, rel=1e-6)
    assert found["GHO/USDC"].value == WAD
    frozen = values(msgspec.structs.replace(GSM, frozen=True))
    assert not any(redemption.is_open for redemption in frozen.values())


def test_a_vault_redeems_its_shares_and_nothing_is_said_of_deposits() -> None:
    (found,) = values(VAULT).values()
    assert (found.asset, found.currency) == ("sDAI", "DAI")
    assert found.value == 1_150_000_000_000_000_001
    assert found.capacity == 7_000 * WAD


def test_a_converter_without_a_cap_tells_no_capacity_and_pays_one_for_one() -> None:
    converter = ConverterPool(spec=DAI_USDS_CONVERTER, block=100)
    assert [(r.value, r.capacity) for r in values(converter).values()] == [(WAD, None)] * 2
    caged = values(msgspec.structs.replace(converter, live=False))
    assert [r.is_open for r in caged.values()] == [True, False]


def test_what_is_no_rail_redeems_nothing() -> None:
    assert values(curve_pool((1_000, 1_000, 1_000, 1_000))) == {}


def test_a_rail_that_leaves_the_market_is_at_fault_until_it_is_back() -> None:
    reader = feed()
    told(reader, MODULE)
    faults = told(reader)
    assert [(f.pair, f.what) for f in faults if isinstance(f, Fault)] == [
        ("DAI/USDC", FaultKind.EMPTY),
        ("USDC/DAI", FaultKind.EMPTY),
    ]
    assert told(reader) == []
    assert sum(isinstance(m, Restored) for m in told(reader, MODULE)) == 2
    assert sum(isinstance(m, Restored) for m in told(reader, MODULE)) == 0


def test_small_rooms_are_priced_by_what_fits_into_them() -> None:
    found = values(peg_module(2, 1))
    assert found["USDC/DAI"].value == WAD
    assert found["DAI/USDC"].capacity == pytest.approx(10**DAI.decimals, rel=1e-5)
