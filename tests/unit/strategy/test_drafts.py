"""Flows of a pool become swaps that pay what was planned, one after the other."""

import msgspec
import pytest
from fakes.markets import curve_pool, peg_module, raw, v2_pool
from fakes.solutions import solution_of

from bot.amm.pool import Pool
from bot.domain.assets import DAI, USDC, USDT
from bot.domain.units import Raw
from bot.domain.venues import CURVE_3POOL, CURVE_SUSD, LITE_PSM_USDC, V2_USDC_USDT
from bot.strategy.drafts import drafts_of

CURVE: Pool = curve_pool([9e6, 18e6, 9e6, 9e6])
PAIR: Pool = v2_pool((20e6, 21e6))
MODULE: Pool = peg_module(1e6, 400e6)
POOLS = {CURVE_SUSD: CURVE, V2_USDC_USDT: PAIR, LITE_PSM_USDC: MODULE}


def test_a_pool_of_two_coins_makes_one_swap_of_the_planned_size() -> None:
    solution = solution_of({V2_USDC_USDT: (-1000.5, 1040.0)})
    (draft,) = drafts_of(solution, POOLS)
    assert (draft.i, draft.j, draft.size) == (0, 1, raw(USDC, 1000.5))
    assert (draft.token_in, draft.token_out) == (0, 1)
    assert draft.pool is PAIR


def test_two_coins_for_one_are_two_swaps_that_together_pay_the_planned_output() -> None:
    bought = 500_000 + 250_000
    solution = solution_of({CURVE_SUSD: (-500_000.0, bought * 1.01, -250_000.0, 0.0)})
    first, second = drafts_of(solution, POOLS)
    assert (first.i, first.j, second.i, second.j) == (0, 1, 2, 1)
    assert first.size == pytest.approx(raw(DAI, 500_000))
    assert second.size == raw(USDT, 250_000)


def test_one_coin_for_two_is_cut_where_the_first_output_is_reached() -> None:
    wanted = 300_000.0
    solution = solution_of({CURVE_SUSD: (wanted, -700_000.0, 400_000.0, 0.0)})
    first, second = drafts_of(solution, POOLS)
    assert (first.i, first.j) == (1, 2)
    assert CURVE.amount_out(1, 2, first.size) >= raw(USDT, 400_000)
    assert CURVE.amount_out(1, 2, Raw(first.size - 1)) <= raw(USDT, 400_000)
    assert (second.i, second.j) == (1, 0)
    assert first.size + second.size == raw(USDC, 700_000)


def test_dust_makes_no_swap() -> None:
    flows = {V2_USDC_USDT: (-0.4, 0.5), CURVE_SUSD: (0.0, 1000.0, -1000.0, -0.3)}
    (draft,) = drafts_of(solution_of(flows), POOLS)
    assert (draft.spec, draft.i, draft.j) == (CURVE_SUSD, 2, 1)


@pytest.mark.parametrize(("sold", "room"), [(100_000.0, 100_000), (900_000.0, 100_000), (1e6, 0)])
def test_a_rail_is_as_deep_as_it_is_far_from_either_end(sold: float, room: int) -> None:
    (draft,) = drafts_of(solution_of({LITE_PSM_USDC: (-sold, sold)}), POOLS)
    assert draft.depth == pytest.approx(1_000 * room)


def test_prices_decide_which_coin_is_the_bigger_one() -> None:
    flows = {CURVE_SUSD: (-300_000.0, 600_000.0, -250_000.0, 0.0)}
    dear = solution_of(flows, prices={USDT: 2.0})
    assert drafts_of(dear, POOLS)[0].i == 2
    assert drafts_of(msgspec.structs.replace(dear, prices=(1.0,) * 4), POOLS)[0].i == 0


@pytest.mark.parametrize(
    ("flows", "swap", "size"),
    [
        ((900_000.0, -300_000.0, -500_000.0, -100_000.0), (2, 0), 500_000.0),
        ((-900_000.0, 300_000.0, 100_000.0, 500_000.0), (0, 3), 500_000.0),
    ],
)
def test_of_a_metapool_only_the_biggest_pair_is_swapped(
    flows: tuple[float, ...], swap: tuple[int, int], size: float
) -> None:
    """Behind every pair of it stands the same curve; the search sees one for each base coin."""
    tied = msgspec.structs.replace(CURVE_SUSD, base=CURVE_3POOL)
    (draft,) = drafts_of(solution_of({tied: flows}), {tied: CURVE})
    assert (draft.i, draft.j) == swap
    assert draft.size == pytest.approx(raw(tied.tokens[draft.i], size), rel=1e-9)
