from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.amm.constant_product import ConstantProductPool
from bot.bench.real_contracts import TRADER, RealContracts, Reverted
from bot.chain.abi import encode
from bot.domain.venues import V2_USDC_USDT

STATES, SIZES = 1_000, 10
RESERVES_SLOT = 8
UINT112_MAX = 2**112 - 1


def random_reserve(rng: Random) -> int:
    return min(int(2 ** rng.uniform(1, 112)), UINT112_MAX - 1)


def set_reserves(contracts: RealContracts, pool: ConstantProductPool) -> None:
    packed = pool.reserves[0] | pool.reserves[1] << 112
    contracts.write(pool.spec.address, RESERVES_SLOT, packed)


def pay_and_take(
    contracts: RealContracts, pool: ConstantProductPool, coin_in: int, paid: int, taken: int
) -> None:
    """Leave `paid` in the pair and ask it for `taken`, as a router does."""
    set_reserves(contracts, pool)
    for coin, token in enumerate(pool.spec.tokens):
        held = pool.reserves[coin] + (paid if coin == coin_in else 0)
        contracts.set_balance(token, pool.spec.address, held)
        contracts.set_balance(token, TRADER, 0)
    amounts = (0, taken) if coin_in == 0 else (taken, 0)
    swap = encode("swap(uint256,uint256,address,bytes)", *amounts, TRADER, b"")
    contracts.call(pool.spec.address, swap)
    assert contracts.balance(pool.spec.tokens[1 - coin_in], TRADER) == taken


@pytest.mark.slow
@settings(max_examples=STATES)
@given(rng=st.randoms(use_true_random=True))
def test_pair_pays_the_quote_and_not_one_unit_more(contracts: RealContracts, rng: Random) -> None:
    pool = ConstantProductPool(
        spec=V2_USDC_USDT, block=1, reserves=(random_reserve(rng), random_reserve(rng))
    )
    for _ in range(SIZES):
        i = rng.randint(0, 1)
        limit = pool.max_in(i, 1 - i)
        paid = rng.choice(
            [1, limit, rng.randint(1, limit), min(limit, int(2 ** rng.uniform(1, 112)))]
        )
        out = pool.amount_out(i, 1 - i, paid)
        if out:
            pay_and_take(contracts, pool, i, paid, out)
        with pytest.raises(Reverted, match=r"UniswapV2: (K|INSUFFICIENT_LIQUIDITY)"):
            pay_and_take(contracts, pool, i, paid, out + 1)


@settings(max_examples=100)
@given(rng=st.randoms(use_true_random=True))
def test_pair_refuses_one_unit_above_max_in(contracts: RealContracts, rng: Random) -> None:
    pool = ConstantProductPool(
        spec=V2_USDC_USDT, block=1, reserves=(random_reserve(rng), random_reserve(rng))
    )
    above = pool.max_in(0, 1) + 1
    assert pool.amount_out(0, 1, above) == 0
    with pytest.raises(Reverted, match="OVERFLOW"):
        pay_and_take(contracts, pool, 0, above, 1)


@pytest.mark.slow
@settings(max_examples=STATES)
@given(rng=st.randoms(use_true_random=True))
def test_pair_sells_an_exact_output_for_its_price_and_not_one_unit_less(
    contracts: RealContracts, rng: Random
) -> None:
    pool = ConstantProductPool(
        spec=V2_USDC_USDT, block=1, reserves=(random_reserve(rng), random_reserve(rng))
    )
    for _ in range(SIZES):
        i = rng.randint(0, 1)
        most = pool.reserves[1 - i] - 1
        if not most:
            continue
        taken = rng.choice([1, most, rng.randint(1, most), int(most ** rng.random())])
        price = pool.amount_in(i, 1 - i, taken)
        if not price:  # would not fit in the pair's balance
            assert pool.amount_out(i, 1 - i, pool.max_in(i, 1 - i)) < taken
            continue
        pay_and_take(contracts, pool, i, price, taken)
        exact = pool.reserves[i] * taken * 1_000 % ((pool.reserves[1 - i] - taken) * 997) == 0
        with pytest.raises(Reverted, match=r"UniswapV2: (K|INSUFFICIENT_INPUT_AMOUNT)"):
            pay_and_take(contracts, pool, i, price - 1 - exact, taken)


def test_the_whole_reserve_cannot_be_bought() -> None:
    pool = ConstantProductPool(spec=V2_USDC_USDT, block=1, reserves=(1_000, 1_000))
    assert pool.amount_in(0, 1, 999) > 0
    assert pool.amount_in(0, 1, 1_000) == pool.amount_in(0, 1, 0) == 0
