"""Prices, depths and compositions of a block's pools."""

import msgspec
import pytest
from fakes.markets import book_of, curve_pool, peg_module, raw, v2_pool, v3_pool

from bot.amm.pool import Pool
from bot.amm.vault import VaultPool
from bot.domain.assets import DAI
from bot.domain.local_pools import LOCAL_SDAI_USDC
from bot.domain.mainnet_pools import SAVINGS_DAI_VAULT
from bot.domain.ticks import Composition, Fault, FaultKind, Message, Restored, SourceKind, Tick
from bot.domain.units import WAD, Nanos, Raw, Wad
from bot.domain.venues import CURVE_SUSD, V2_USDC_WETH
from bot.feeds.pool_prices import PoolPrices
from bot.feeds.standings import Standings

AT, SEEN = Nanos(1_750_000_000 * 10**9), Nanos(1_750_000_003 * 10**9)
MILLION = 10**6
EVEN = curve_pool((9 * MILLION, 9 * MILLION, 9 * MILLION, 9 * MILLION))


class Reader:
    """One feed's pool prices, block after block."""

    def __init__(self, least_depth: int = 0) -> None:
        self._prices = PoolPrices(Standings(), Wad(least_depth))

    def say(self, *pools: Pool) -> list[Message]:
        return list(self._prices.messages(book_of(pools), AT, SEEN))


def ticks(messages: list[Message]) -> dict[str, Tick]:
    return {message.pair: message for message in messages if isinstance(message, Tick)}


def test_every_pair_of_a_pool_is_told_once_with_its_venue_and_times() -> None:
    found = ticks(Reader().say(EVEN))
    assert list(found) == [
        *("DAI/USDC", "DAI/USDT", "DAI/sUSD"),
        *("USDC/USDT", "USDC/sUSD", "USDT/sUSD"),
    ]
    one = found["DAI/USDC"]
    assert (one.venue, one.kind) == (CURVE_SUSD.name, SourceKind.DEX)
    assert (one.at, one.seen_at) == (AT, SEEN)


def test_the_bid_is_what_one_coin_sold_gets_and_the_ask_what_one_bought_costs() -> None:
    leaning = curve_pool((9 * MILLION, 40 * MILLION, 9 * MILLION, 9 * MILLION))
    found = ticks(Reader().say(leaning))["DAI/USDC"]
    sold = leaning.amount_out(0, 1, raw(DAI, 1)) / 10**6
    paid = leaning.amount_in(1, 0, raw(DAI, 1)) / 10**6
    assert found.bid / WAD == pytest.approx(sold, rel=2e-6)
    assert found.ask / WAD == pytest.approx(paid, rel=2e-6)
    assert found.bid < found.ask


def test_the_smaller_side_is_the_depth_in_whole_coins_of_the_asset() -> None:
    pool = v2_pool((20 * MILLION, 20 * MILLION))
    found = ticks(Reader().say(pool))["USDC/USDT"]
    assert found.depth / WAD == pytest.approx(20 * MILLION * 0.0005, rel=0.02)


def test_a_pair_with_hardly_any_depth_is_no_market() -> None:
    deep, thin = EVEN, v2_pool((1_000, 1_000))
    found = ticks(Reader(least_depth=1_000 * WAD).say(deep, thin))
    assert {tick.venue for tick in found.values()} == {CURVE_SUSD.name}


def test_pairs_with_ether_and_the_rails_are_not_told_as_prices() -> None:
    with_ether = v2_pool((3_000 * MILLION, MILLION), V2_USDC_WETH)
    assert Reader().say(with_ether, peg_module(MILLION, MILLION)) == []


def test_shares_of_a_vault_are_told_only_beside_the_vault() -> None:
    pool = v2_pool((MILLION, MILLION), LOCAL_SDAI_USDC)
    vault = VaultPool(
        spec=SAVINGS_DAI_VAULT,
        block=100,
        assets=11,
        shares=10,
        max_deposit=Raw(10**30),
        max_redeem=Raw(10**30),
    )
    assert ticks(Reader().say(pool)) == {}
    assert list(ticks(Reader().say(pool, vault))) == ["sDAI/USDC"]


def test_a_stable_pool_tells_what_it_holds_in_18_decimals() -> None:
    pool = curve_pool((1, 2, 3, 4))
    (found,) = (m for m in Reader().say(pool, v2_pool((5, 5))) if isinstance(m, Composition))
    assert found.assets == ("DAI", "USDC", "USDT", "sUSD")
    assert found.balances == tuple(Wad(coins * WAD) for coins in (1, 2, 3, 4))


def test_a_pool_that_leaves_the_market_is_a_fault_once_and_restored_when_it_is_back() -> None:
    reader = Reader()
    pair = v2_pool((20 * MILLION, 20 * MILLION))
    reader.say(pair)
    (fault,) = reader.say()
    assert isinstance(fault, Fault)
    assert (fault.venue, fault.pair, fault.what) == (pair.spec.name, "USDC/USDT", FaultKind.EMPTY)
    assert reader.say() == []
    tick, restored = reader.say(pair)
    assert isinstance(tick, Tick)
    assert restored == Restored(venue=pair.spec.name, pair="USDC/USDT", at=SEEN)


def test_a_killed_pool_is_a_fault_and_no_price() -> None:
    reader = Reader()
    reader.say(EVEN)
    killed = msgspec.structs.replace(EVEN, killed=True)
    found = [m for m in reader.say(killed) if not isinstance(m, Composition)]
    assert {type(m) for m in found} == {Fault}
    assert len(found) == 6


def test_a_pool_without_a_fee_is_not_crossed() -> None:
    free = msgspec.structs.replace(v3_pool(10**15), fee=0)
    found = ticks(Reader().say(free))["USDC/USDT"]
    assert found.bid <= found.ask


def test_the_same_snapshot_is_worked_out_once() -> None:
    reader = Reader()
    first = ticks(reader.say(EVEN))
    calls = []
    original = type(EVEN).marginal_rate

    def counted(self: Pool, i: int, j: int) -> float:
        calls.append((i, j))
        return original(self, i, j)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(EVEN), "marginal_rate", counted)
        assert ticks(reader.say(EVEN)) == first
        assert calls == []
        changed = curve_pool((9 * MILLION, 10 * MILLION, 9 * MILLION, 9 * MILLION))
        assert ticks(reader.say(changed)) != first
    assert calls
