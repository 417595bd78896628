"""Who takes what is left: the cheapest way home, never round a circle."""

import msgspec
from fakes.markets import v2_pool

from bot.amm.pool import Pool
from bot.domain.units import Raw
from bot.domain.venues import CURVE_SUSD
from bot.strategy.absorbing import absorbing_swaps, buying_swaps
from bot.strategy.drafts import Draft

HOME, B, C = range(3)
DECIMALS = (6, 6, 6)
ANY_POOL: Pool = v2_pool((1e6, 1e6))


def draft(token_in: int, token_out: int, depth: float) -> Draft:
    return Draft(
        spec=CURVE_SUSD,
        pool=ANY_POOL,
        i=0,
        j=1,
        token_in=token_in,
        token_out=token_out,
        size=Raw(10**9),
        depth=depth,
    )


def test_the_deeper_of_two_swaps_home_takes_what_is_left() -> None:
    drafts = [draft(HOME, B, 1e9), draft(B, HOME, 1e3), draft(B, HOME, 1e6)]
    assert absorbing_swaps(drafts, DECIMALS, HOME) == {B: 2}


def test_a_deep_detour_is_better_than_an_exhausted_pool() -> None:
    drafts = [draft(B, HOME, 0.0), draft(B, C, 1e6), draft(C, HOME, 1e6)]
    assert absorbing_swaps(drafts, DECIMALS, HOME) == {B: 1, C: 2}


def test_the_numeraire_itself_takes_nothing_up() -> None:
    drafts = [draft(HOME, B, 1e9), draft(B, HOME, 1.0)]
    assert HOME not in absorbing_swaps(drafts, DECIMALS, HOME)


def test_a_token_without_a_way_home_has_no_such_swap() -> None:
    drafts = [draft(HOME, B, 1e9), draft(B, C, 1e9), draft(C, B, 1e9)]
    assert absorbing_swaps(drafts, DECIMALS, HOME) == {}


def test_of_equally_deep_swaps_the_bigger_one_is_chosen() -> None:
    small = draft(B, HOME, 1e6)
    big = msgspec.structs.replace(small, size=Raw(10**12))
    assert absorbing_swaps([small, big], DECIMALS, HOME) == {B: 1}
    assert absorbing_swaps([big, small], DECIMALS, HOME) == {B: 0}


def test_the_deepest_swap_out_of_the_numeraire_buys_each_token() -> None:
    drafts = [draft(HOME, B, 1e3), draft(HOME, B, 1e6), draft(B, C, 1e9), draft(HOME, C, 0.0)]
    assert buying_swaps(drafts, HOME) == {B: 1, C: 3}
