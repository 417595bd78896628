"""Rails of one rate are one swap where one of them is big enough."""

import msgspec
import pytest
from fakes.markets import peg_module, v2_pool
from fakes.solutions import solution_of

from bot.amm.peg_module import PegModulePool
from bot.amm.pool import Pool
from bot.domain.venues import LITE_PSM_USDC, V2_USDC_USDT, PoolSpec, Venue
from bot.strategy.drafts import Draft, drafts_of
from bot.strategy.merging import merged

DEARER_GAS = msgspec.structs.replace(LITE_PSM_USDC, name="dearer", venue=Venue.MAKER_PSM)


def other_module(dai: float, tin: int = 0) -> PegModulePool:
    return msgspec.structs.replace(peg_module(dai, 400e6, tin=tin), spec=DEARER_GAS)


def drafts(*modules: PegModulePool, coins: float = 100_000.0) -> list[Draft]:
    """Return swaps of `coins` USDC into each module, and one in a pair."""
    pair = v2_pool((20e6, 20e6))
    pools: dict[PoolSpec, Pool] = {module.spec: module for module in modules}
    flows = dict.fromkeys(pools, (-coins, coins))
    return drafts_of(solution_of({**flows, V2_USDC_USDT: (-1e3, 1e3)}), {**pools, pair.spec: pair})


def test_the_rail_with_less_gas_takes_what_both_would() -> None:
    for order in (
        (other_module(1e6), peg_module(1e6, 1e6)),
        (peg_module(1e6, 1e6), other_module(1e6)),
    ):
        before = drafts(*order)
        after = merged(before)
        rails = [draft for draft in after if draft.spec != V2_USDC_USDT]
        (rail,) = rails
        assert rail.spec == LITE_PSM_USDC
        assert rail.size == 2 * before[0].size
        assert rail.depth == pytest.approx(1_000 * 200_000)
        assert len(after) == 2


@pytest.mark.parametrize(
    "modules",
    [
        (peg_module(150_000, 1e6), other_module(150_000)),  # neither has room for both
        (peg_module(1e6, 1e6, tin=10**14), other_module(1e6)),  # the cheaper in gas takes a fee
    ],
    ids=["room", "fee"],
)
def test_rails_that_cannot_stand_in_for_each_other_stay_two(
    modules: tuple[PegModulePool, PegModulePool],
) -> None:
    assert len(merged(drafts(*modules))) == 3


def test_rails_of_opposite_directions_are_not_one() -> None:
    (first, pair) = drafts(peg_module(1e6, 1e6))
    back = msgspec.structs.replace(
        first, token_in=first.token_out, token_out=first.token_in, i=1, j=0
    )
    assert len(merged([first, back, pair])) == 3
