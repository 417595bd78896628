"""Which swaps come first, and what must be advanced for them."""

from itertools import islice

import msgspec
from fakes.markets import v2_pool

from bot.amm.pool import Pool
from bot.domain.units import Raw
from bot.domain.venues import CURVE_SUSD, V2_USDC_USDT, V3_USDC_USDT, PoolSpec, Venue
from bot.strategy.advances import pays_first
from bot.strategy.drafts import Draft
from bot.strategy.order import Shape, shapes_of

A, B, C, D = range(4)  # tokens; A is the numeraire
ANY_POOL: Pool = v2_pool((1e6, 1e6))


def draft(token_in: int, token_out: int, spec: PoolSpec = CURVE_SUSD) -> Draft:
    return Draft(
        spec=spec,
        pool=ANY_POOL,
        i=0,
        j=1,
        token_in=token_in,
        token_out=token_out,
        size=Raw(1),
        depth=1.0,
    )


def shapes(*drafts: Draft, absorbing: tuple[int, ...] = ()) -> list[Shape]:
    return list(islice(shapes_of(drafts, A, frozenset(absorbing)), 10))


def runs(shape: Shape, drafts: list[Draft]) -> bool:
    """Whether every swap out of a token that is not lent comes after all swaps into it."""
    into: dict[int, set[int]] = {}
    for at in shape.order:
        into.setdefault(drafts[at].token_out, set()).add(at)
    done = set[int]()
    for at in shape.order:
        token = drafts[at].token_in
        if token not in shape.lent and not into.get(token, set()) <= done:
            return False
        done.add(at)
    return True


def test_a_circle_without_uniswap_borrows_the_numeraire_first() -> None:
    first, second = shapes(draft(A, B), draft(B, A))
    assert (first.lent, first.ahead, first.order) == ((A,), (), (0, 1))
    assert (second.lent, second.order) == ((B,), (1, 0))


def test_a_pool_that_pays_first_makes_a_lender_needless() -> None:
    first = shapes(draft(A, B), draft(B, A, V3_USDC_USDT))[0]
    assert (first.lent, first.ahead, first.order) == ((), (1,), (0,))


def test_of_two_pools_between_the_same_tokens_both_must_pay_first() -> None:
    both = (draft(B, A, V3_USDC_USDT), draft(B, A, V2_USDC_USDT))
    first = shapes(draft(A, B), *both)[0]
    assert (first.lent, first.ahead) == ((), (1, 2))
    one = shapes(draft(A, B), both[0], draft(B, A))[0]
    assert (one.lent, one.ahead) == ((A,), ())


def test_a_token_that_two_circles_share_is_borrowed_once() -> None:
    drafts = [draft(B, A), draft(A, B), draft(B, C), draft(C, B)]
    first = shapes(*drafts)[0]
    assert first.lent == (B,)
    assert runs(first, drafts)


def test_circles_without_a_common_token_take_two_loans() -> None:
    drafts = [draft(A, B), draft(B, A), draft(C, D), draft(D, C), draft(B, C)]
    first = shapes(*drafts)[0]
    assert len(first.lent) == 2
    assert A in first.lent
    assert all(runs(shape, drafts) for shape in shapes(*drafts))


def test_a_longer_circle_is_found_too() -> None:
    drafts = [draft(A, B), draft(B, C), draft(C, D), draft(D, A)]
    found = shapes(*drafts)
    assert {shape.lent for shape in found} == {(A,), (B,), (C,), (D,)}
    assert all(runs(shape, drafts) for shape in found)


def test_swaps_that_take_what_is_left_come_last_of_their_token() -> None:
    drafts = [draft(A, B), draft(B, C), draft(B, A), draft(C, A)]
    for taker in (1, 2):
        first = shapes(*drafts, absorbing=(taker,))[0]
        out_of_b = [at for at in first.order if drafts[at].token_in == B]
        assert out_of_b[-1] == taker


def test_what_a_loan_pays_for_runs_just_before_it_is_needed() -> None:
    drafts = [draft(A, C), draft(A, B), draft(B, C), draft(C, A)]
    assert shapes(*drafts)[0].order == (1, 2, 0, 3)


def test_cheaper_advances_come_first() -> None:
    drafts = [draft(A, B, V3_USDC_USDT), draft(B, A, V2_USDC_USDT)]
    found = shapes(*drafts)
    assert [(len(shape.lent), len(shape.ahead)) for shape in found] == [
        (0, 1),
        (0, 1),
        (1, 0),
        (1, 0),
    ]


def test_only_uniswap_pools_pay_first_and_not_pancake_nor_v4() -> None:
    assert pays_first(V2_USDC_USDT)
    assert pays_first(V3_USDC_USDT)
    assert not pays_first(CURVE_SUSD)
    assert not pays_first(msgspec.structs.replace(V2_USDC_USDT, factory=2))
    assert not pays_first(msgspec.structs.replace(V3_USDC_USDT, venue=Venue.UNISWAP_V4))


def test_programs_with_too_many_circles_to_try_are_ordered_all_the_same() -> None:
    """Twelve tokens that all pay for each other: eleven must be lent, whichever they are."""
    drafts = [draft(paid, got) for paid in range(12) for got in range(12) if paid != got]
    found = shapes(*drafts)
    assert found
    assert all(len(shape.lent) == 11 for shape in found)
    assert all(runs(shape, drafts) for shape in found)


def test_no_lent_token_of_a_guess_is_needless() -> None:
    circles = [
        [draft(a, b), draft(b, a)] for a, b in zip(range(0, 20, 2), range(1, 20, 2), strict=True)
    ]
    found = shapes(*(one for circle in circles for one in circle))
    assert found
    assert {len(shape.lent) for shape in found} == {10}
