import msgspec
import pytest
from curve_examples import MILLION, base_pool, metapool
from hypothesis import given
from hypothesis import strategies as st

from bot.amm.image import Shut, Stable
from bot.amm.metapool import MetaPool
from bot.amm.pool import Closed
from bot.amm.ramp import Ramp
from bot.domain.units import WAD, Raw

COIN, DAI, USDC, USDT = range(4)
THOUSAND = {COIN: 10**21, DAI: 10**21, USDC: 10**9, USDT: 10**9}


def test_swap_between_coins_of_the_base_pool_is_the_base_pools_own() -> None:
    pool = metapool()
    assert pool.amount_out(USDC, USDT, MILLION) == pool.base.amount_out(1, 2, MILLION) > 0
    left = pool.after(USDC, USDT, MILLION)
    assert left.base == pool.base.after(1, 2, MILLION)
    assert left.balances == pool.balances
    assert pool.max_in(USDC, USDT) == pool.base.max_in(1, 2)
    assert pool.marginal_rate(USDC, USDT) == pool.base.marginal_rate(1, 2)
    assert pool.get_dy_underlying(USDC, USDT, MILLION) == pool.base.get_dy(1, 2, MILLION)


def test_sale_burns_the_shares_it_bought() -> None:
    pool, size = metapool(), Raw(10**23)
    shares = pool.pair.amount_out(0, 1, size)
    left = pool.after(COIN, USDC, size)
    assert pool.amount_out(COIN, USDC, size) == pool.shares.withdrawn(shares, 1)[0]
    assert left.base_supply == pool.base_supply - shares
    assert left.balances == pool.pair.after(0, 1, size).balances


def test_purchase_mints_the_shares_it_sells() -> None:
    pool, size = metapool(), Raw(MILLION // 10)
    shares, _ = pool.shares.deposited(1, size)
    left = pool.after(USDC, COIN, size)
    assert pool.amount_out(USDC, COIN, size) == pool.pair.amount_out(1, 0, shares)
    assert left.base_supply == pool.base_supply + shares
    assert left.balances[1] == pool.balances[1] + shares


@given(st.integers(1, 3), st.integers(1, 3), st.integers(1, 9 * 10**23))
def test_out_and_back_never_gains(k: int, back: int, size: int) -> None:
    pool = metapool()
    paid = pool.amount_out(COIN, k, Raw(size))
    moved = pool.after(COIN, k, Raw(size))
    again = moved.after(k, back, paid) if k != back else moved
    held = moved.amount_out(k, back, paid) if k != back else paid
    assert again.amount_out(back, COIN, held) <= size


@pytest.mark.parametrize(("i", "j"), [(COIN, USDC), (DAI, COIN), (USDT, COIN), (USDC, DAI)])
def test_least_input_buys_the_output_and_one_less_does_not(i: int, j: int) -> None:
    pool, wanted = metapool(), Raw(123 * THOUSAND[j] + 7)
    paid = pool.amount_in(i, j, wanted)
    assert pool.amount_out(i, j, paid) >= wanted
    assert pool.amount_out(i, j, Raw(paid - 1)) < wanted


@pytest.mark.parametrize(
    ("changed", "closed"),
    [
        ({"killed": True}, Closed.KILLED),
        ({"base": base_pool(killed=True)}, Closed.KILLED),
        ({"base": base_pool(balances=(0, MILLION, MILLION))}, Closed.EMPTY),
        ({"base_supply": 0}, Closed.EMPTY),
    ],
)
def test_closed_pool_takes_nothing_and_says_why(changed: dict[str, object], closed: Closed) -> None:
    pool = metapool(**changed)
    for i, j in ((COIN, USDC), (USDC, COIN), (USDC, USDT)):
        assert pool.limits(i, j).closed is closed
        assert pool.max_in(i, j) == pool.amount_out(i, j, THOUSAND[i]) == 0
        assert pool.marginal_rate(i, j) == 0
        assert pool.after(i, j, THOUSAND[i]) is pool
    assert pool.images() == (Shut((0, 1)), Shut((0, 2)), Shut((0, 3)))


@pytest.mark.parametrize(
    ("balances", "closed"),
    [((0, 10**24), Closed.EMPTY), ((10**30, 10**16), Closed.UNSOLVED)],
)
def test_pool_that_is_closed_itself_still_swaps_within_its_base(
    balances: tuple[int, int], closed: Closed
) -> None:
    pool = metapool(balances=balances)
    assert pool.limits(COIN, USDC).closed is closed
    assert pool.amount_out(COIN, USDC, THOUSAND[COIN]) == 0
    assert pool.get_dy_underlying(USDC, COIN, THOUSAND[USDC]) == 0
    assert pool.amount_out(USDC, USDT, MILLION) == pool.base.amount_out(1, 2, MILLION) > 0
    assert pool.images() == (Shut((0, 1)), Shut((0, 2)), Shut((0, 3)))


@pytest.mark.parametrize(("i", "j"), [(COIN, DAI), (COIN, USDT), (DAI, COIN), (USDC, COIN)])
def test_largest_input_is_taken_and_empties_the_other_side(i: int, j: int) -> None:
    pool = metapool()
    limits = pool.limits(i, j)
    left = pool.after(i, j, limits.max_in)
    assert limits.max_out == pool.amount_out(i, j, limits.max_in) > 0
    assert left.balances[1 if i == COIN else 0] < 10**24 // 1_000


@pytest.mark.parametrize(("i", "j"), [(COIN, DAI), (COIN, USDT), (DAI, COIN), (USDC, COIN)])
def test_marginal_rate_is_the_rate_of_a_small_trade(i: int, j: int) -> None:
    pool, size = metapool(), THOUSAND[i]
    rate = pool.amount_out(i, j, Raw(size)) / size
    assert pool.marginal_rate(i, j) == pytest.approx(rate, rel=3e-5)


def test_pictures_have_the_slope_of_the_pool() -> None:
    pool = metapool(balances=(10**24, 3 * 10**24))
    pictures = pool.images()
    assert [picture.coins for picture in pictures] == [(0, 1), (0, 2), (0, 3)]
    for k, picture in enumerate(pictures, start=1):
        for i, j in ((0, k), (k, 0)):
            whole = 10.0 ** (pool.spec.tokens[i].decimals - pool.spec.tokens[j].decimals)
            assert slope(picture, i == 0) == pytest.approx(pool.marginal_rate(i, j) * whole)


def slope(picture: object, forward: bool) -> float:  # noqa: FBT001
    """Return whole coins out per whole coin in at size zero, by the picture's own formula."""
    assert isinstance(picture, Stable)
    weight = picture.invariant
    for held in picture.balances:
        weight *= picture.invariant / held / 2
    gains = [
        (picture.ann + weight / held) * unit
        for held, unit in zip(picture.balances, picture.units, strict=True)
    ]
    rate = gains[0] / gains[1] if forward else gains[1] / gains[0]
    return rate * picture.keep


def test_kept_price_counts_for_ten_minutes_and_is_renewed_by_a_swap() -> None:
    pool = metapool(base_virtual_price=11 * WAD // 10, base_cache_updated=1_000, timestamp_s=1_000)
    assert pool.virtual_price == pool.at(1_600).virtual_price == 11 * WAD // 10
    late = pool.at(1_601)
    assert late.virtual_price == late.shares.virtual_price() < 11 * WAD // 10
    renewed = late.after(COIN, USDC, Raw(10**21))
    assert (renewed.base_virtual_price, renewed.base_cache_updated) == (late.virtual_price, 1_601)
    assert pool.after(COIN, USDC, Raw(10**21)).base_cache_updated == 1_000


def test_pool_without_a_kept_price_asks_its_base_each_time() -> None:
    pool = metapool()
    assert pool.virtual_price == pool.shares.virtual_price()
    assert pool.after(COIN, USDC, Raw(10**21)).base_virtual_price == 0


def test_time_moves_the_amplifications_of_both_pools() -> None:
    ramp = Ramp(20_000, 10_000, 0, 100)
    pool = metapool(ramp=ramp, base=base_pool(ramp=Ramp(2_000, 1_000, 0, 100)))
    half = pool.at(50)
    assert (half.amplification, half.base.amplification) == (15_000, 1_500)
    assert pool.at(0) is pool


def test_coin_with_a_rate_of_its_own_is_paid_by_it() -> None:
    plain: MetaPool = metapool(fee=0)
    rated = msgspec.structs.replace(plain, coin_rate=3 * WAD)
    assert rated.marginal_rate(COIN, DAI) > 2.5 * plain.marginal_rate(COIN, DAI)


@pytest.mark.parametrize(
    ("i", "j", "paid_in", "paid_out"),
    [
        (USDC, COIN, 409_122_972_764_113, 105_909_544_881_719_803_811),
        (COIN, USDC, 91_913_603_201_218_789_916, 2_181),
        (COIN, DAI, 10**21, 1_250_987_928_648_311),
    ],
)
def test_metapool_with_next_to_no_shares_still_pays(
    i: int, j: int, paid_in: int, paid_out: int
) -> None:
    """Answers of a compiled contract: only pools with an oracle need more than dust."""
    balances = (23_170_045_710_726_890_057_105_409, 717_692_854_680_857, 44_232_102_011_215)
    pool = metapool(
        amplification=150_000,
        fee=0,
        balances=(105_909_544_881_719_803_905, 2_217_783_966_428_956),
        base=base_pool(amplification=200, fee=186_180_131, balances=balances),
        base_supply=687_677_876_267_957_745_740_677_120,
        base_virtual_price=1_219_562_882_222_102_272,
        base_cache_updated=2_000_000_000,
        timestamp_s=2_000_000_000,
    )
    assert pool.amount_out(i, j, Raw(paid_in)) == paid_out
