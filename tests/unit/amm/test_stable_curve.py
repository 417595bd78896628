"""The curve's fast answers against the contract's loops, written out."""

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.amm.generations import Generation
from bot.amm.stable_curve import StableCurve, invariant_of, iterate, settled
from bot.domain.units import UINT256_MAX

SMALL_OR_LARGE = st.one_of(st.integers(1, 50), st.integers(1, 10**27))
PLAIN, TOGETHER = Generation.TEMPLATE.rounding, Generation.OPTIMISED.rounding


def by_loop(curve: StableCurve, i: int, j: int, balance_in: int) -> int:
    """Return `get_y` in the contract's own order and with its own loop."""
    d, coins = curve.invariant, len(curve.balances)
    c, total = d, 0
    for k, held in enumerate(curve.balances):
        if k != j:
            balance = balance_in if k == i else held
            total += balance
            c = c * d // (balance * coins)
    c = c * d * curve.precision // (curve.ann * coins)
    return iterate(c, total + d * curve.precision // curve.ann - d, d)


@st.composite
def curves(draw: st.DrawFn) -> StableCurve:
    coins = draw(st.integers(2, 8))
    held = draw(st.lists(st.integers(10**12, 10**27), min_size=coins, max_size=coins))
    precision = draw(st.sampled_from([1, 100]))
    ann = draw(st.integers(1, 10**5)) * precision * coins
    rounding = draw(st.sampled_from([PLAIN, TOGETHER]))
    return StableCurve(tuple(held), ann, precision, invariant_of(held, ann, precision, rounding))


@settings(max_examples=500)
@given(c=SMALL_OR_LARGE, e=st.integers(-(10**27), 10**27), d=SMALL_OR_LARGE)
def test_closed_form_ends_where_the_contracts_loop_ends(c: int, e: int, d: int) -> None:
    if e + d > 0:  # b of the contract, which is e + D, is positive
        assert settled(c, e, d) == iterate(c, e, d)


@settings(max_examples=500)
@given(curve=curves(), data=st.data())
def test_a_pair_answers_as_the_contracts_loop_does(curve: StableCurve, data: st.DataObject) -> None:
    i, j = data.draw(st.permutations(range(len(curve.balances))))[:2]
    grown = data.draw(st.one_of(st.integers(0, 50), st.integers(0, 10**28)))
    reached = curve.balances[i] + grown
    if curve.invariant:
        assert curve.pair(i, j)(reached) == by_loop(curve, i, j, reached)


@settings(max_examples=300)
@given(d=SMALL_OR_LARGE, ann=st.integers(2, 10**6), held=SMALL_OR_LARGE, still=SMALL_OR_LARGE)
def test_a_pair_answers_as_the_loop_does_on_curves_of_a_few_units(
    d: int, ann: int, held: int, still: int
) -> None:
    curve = StableCurve((held, still, held), ann, 1, d)
    assert curve.pair(0, 2)(held) == by_loop(curve, 0, 2, held)


def test_rounding_of_the_invariant_differs_between_generations() -> None:
    scaled = [90_128_260, 23_606_721, 59_239_092]
    one_by_one, at_once = (invariant_of(scaled, 200, 1, how) for how in (PLAIN, TOGETHER))
    assert one_by_one - at_once == 1


def test_invariant_that_no_contract_can_hold_is_zero() -> None:
    assert invariant_of([UINT256_MAX // 3, 1], 200, 1, PLAIN) == 0


def test_steeper_where_the_coin_paid_out_is_scarce() -> None:
    scaled = (3 * 10**25, 10**24)
    curve = StableCurve(scaled, 400, 1, invariant_of(scaled, 400, 1, PLAIN))
    assert curve.slope(0, 1) < 1 < curve.slope(1, 0)
