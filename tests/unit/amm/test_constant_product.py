from pool_examples import MILLION, pair


def test_fee_is_three_tenths_of_a_percent_of_the_input() -> None:
    # 1,000 in 10,000,000: 997 after the fee, against 10,000,997.
    assert pair().amount_out(0, 1, 10**9) == 997 * 10**6 * 10 * MILLION // (
        10 * MILLION + 997 * 10**6
    )


def test_empty_pair_is_closed() -> None:
    pool = pair(0, MILLION)
    assert pool.max_in(0, 1) == pool.max_in(1, 0) == 0
    assert pool.amount_out(0, 1, 1) == 0
    assert pool.marginal_rate(0, 1) == 0
