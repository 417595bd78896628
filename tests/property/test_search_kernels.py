"""What pools do at given prices, against what they pay: the search's two views of one picture."""

from math import prod

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.amm.dual_search import answer_room
from bot.amm.image import Image, Product, Rail, Segments, Stable, Weighted
from bot.amm.kernels.dual_value import evaluate
from bot.amm.kernels.hop_quotes import hop_quote
from bot.amm.kernels.row_layout import Answer, Rows
from bot.amm.picture_rows import PictureRows

amounts = st.floats(1e3, 1e8)
keeps = st.sampled_from([1.0, 0.9999, 0.9995, 0.997])
near_one = st.floats(0.9, 1.1)


@st.composite
def segments(draw: st.DrawFn) -> Segments:
    steps = draw(st.lists(st.floats(1e-4, 0.05), min_size=3, max_size=8))
    edges = tuple(0.9 + sum(steps[:k]) for k in range(len(steps) + 1))
    deep = st.sampled_from([0.0, 1e6, 1e8])  # gaps among them
    liquidity = tuple(draw(deep) for _ in steps)
    price = draw(st.floats(edges[0], edges[-1]))
    return Segments((0, 1), price, edges, liquidity, draw(keeps))


@st.composite
def stables(draw: st.DrawFn) -> Stable:
    coins = draw(st.integers(2, 4))
    balances = tuple(draw(st.floats(1e5, 1e8)) for _ in range(coins))
    ann = draw(st.floats(10, 8_000))
    units = tuple(draw(st.sampled_from([1.0, 1.05, 1e18])) for _ in range(coins))
    return Stable(
        coins=tuple(range(coins)),
        balances=balances,
        units=(1.0, *units[1:]),
        ann=ann,
        invariant=invariant_of(balances, ann),
        keep=draw(keeps),
        fee_on_input=draw(st.booleans()),
    )


def invariant_of(balances: tuple[float, ...], ann: float) -> float:
    n, total = len(balances), sum(balances)
    d = total
    for _ in range(100):
        p = d * prod(d / (n * x) for x in balances)
        d = d * (ann * total + n * p) / ((ann - 1) * d + (n + 1) * p)
    return d


products = st.builds(Product, st.just((0, 1)), st.tuples(amounts, amounts), keeps)
weighted = st.builds(
    Weighted,
    st.just((0, 1)),
    st.tuples(amounts, amounts),
    st.tuples(st.floats(0.1, 0.9), st.floats(0.1, 0.9)),
    keeps,
)
smooth = st.one_of(products, segments(), stables(), weighted)


class Pictured:
    """One picture among tokens of its own, each worth about what the pool says."""

    def __init__(self, image: Image) -> None:
        self.pictures, self.count = PictureRows(), len(image.coins)
        self.pictures.add(image, 0, range(self.count))
        self.pictures.write(0, image)
        self.answer: Answer = answer_room(1, self.count)

    @property
    def rows(self) -> Rows:
        return self.pictures.view()

    def at(self, prices: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        worth = evaluate(self.rows, prices, 0.0, self.answer)
        flows = self.answer.flows[0, : self.count].copy()
        return worth, flows, self.answer.slope.copy()

    def spot(self) -> np.ndarray:
        """Return prices at which nothing is worth trading but for the noise that tests add."""
        rates = [1.0]
        for coin in range(1, self.count):
            there = hop_quote(self.rows, 0, 0, coin, 0.0)[1]
            back = hop_quote(self.rows, 0, coin, 0, 0.0)[1]
            rates.append((back / there) ** 0.5 if there and back else 1.0)
        return np.array(rates)


@given(smooth, st.lists(near_one, min_size=4, max_size=4))
def test_a_pool_pays_what_its_answer_says(image: Image, noise: list[float]) -> None:
    pool = Pictured(image)
    _, flows, _ = pool.at(pool.spot() * noise[: pool.count])
    moved = np.flatnonzero(flows)
    if len(moved) == 2:
        paid, got = sorted(moved, key=lambda coin: flows[coin])
        quoted = hop_quote(pool.rows, 0, int(paid), int(got), -flows[paid] * (1 - 1e-12))[0]
        assert quoted == pytest.approx(flows[got], rel=1e-6, abs=1e-6 * pool.spot()[paid])


@given(smooth, st.lists(near_one, min_size=4, max_size=4), st.floats(1e-3, 1.0))
def test_no_other_swap_is_worth_more(image: Image, noise: list[float], share: float) -> None:
    pool = Pictured(image)
    prices = pool.spot() * noise[: pool.count]
    worth, _, _ = pool.at(prices)
    for i in range(pool.count):
        for j in range(pool.count):
            if i != j:
                paid = share * 1e6 / prices[i]
                got = hop_quote(pool.rows, 0, i, j, paid)[0]
                assert got * prices[j] - paid * prices[i] <= worth * (1 + 1e-9) + 1e-6


@given(smooth, st.lists(near_one, min_size=4, max_size=4))
def test_flows_are_the_slope_of_the_worth(image: Image, noise: list[float]) -> None:
    pool = Pictured(image)
    prices = pool.spot() * noise[: pool.count]
    _, flows, _ = pool.at(prices)
    for coin in range(pool.count):
        step = np.zeros(pool.count)
        step[coin] = 1e-7 * prices[coin]
        up, down = pool.at(prices + step), pool.at(prices - step)
        # Between the flows at both ends, as the worth is convex.
        slope = (up[0] - down[0]) / (2 * step[coin])
        room = 1e-6 * (1 + abs(flows[coin])) + 1e-8 / step[coin] * 10
        assert down[1][coin] - room <= slope <= up[1][coin] + room


@given(stables(), st.lists(near_one, min_size=4, max_size=4))
def test_a_curve_stays_on_itself(image: Stable, noise: list[float]) -> None:
    pool = Pictured(image)
    _, flows, _ = pool.at(pool.spot() * noise[: pool.count])
    after = []
    for held, unit, flow in zip(image.balances, image.units, flows, strict=True):
        fee = image.keep if (flow < 0) == image.fee_on_input else 1.0
        after.append(held - flow * unit * (fee if flow < 0 else 1 / fee))
    assert invariant_of(tuple(after), image.ann) == pytest.approx(image.invariant, rel=1e-9)


@given(stables(), st.lists(near_one, min_size=4, max_size=4))
def test_curvature_is_the_slope_of_the_flows(image: Stable, noise: list[float]) -> None:
    pool = Pictured(image)
    prices = pool.spot() * noise[: pool.count]
    _, flows, slope = pool.at(prices)
    for coin in range(pool.count):
        step = np.zeros(pool.count)
        step[coin] = 1e-6 * prices[coin]
        up, down = pool.at(prices + step)[1], pool.at(prices - step)[1]
        if ((up != 0) == (flows != 0)).all() and ((down != 0) == (flows != 0)).all():
            found = (up - down) / (2 * step[coin])
            assert found == pytest.approx(slope[:, coin], rel=1e-3, abs=1e-3 * abs(slope).max())


@given(st.floats(0.5, 2.0), st.floats(1.0, 1e9), near_one)
def test_a_rail_gives_all_or_nothing(rate: float, cap: float, price: float) -> None:
    pool = Pictured(Rail((0, 1), rate, cap))
    worth, flows, _ = pool.at(np.array([1.0, price]))
    assert worth == pytest.approx(max(rate * price - 1, 0) * cap)
    assert tuple(flows) in {(0.0, 0.0), (-cap, cap * rate)}
