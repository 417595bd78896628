"""The consensus over random webs of pairs: what holds whatever is quoted where."""

from itertools import pairwise
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.price_messages import SECOND, fault, restored, tick

from bot.domain.ticks import Message, SourceKind, Tick
from bot.domain.units import Nanos, Wad
from bot.domain.views import AssetView, NoView
from bot.market.consensus import Consensus
from bot.market.kernels.consensus_solution import solve_consensus
from bot.market.kernels.hub_system import HUBER
from bot.market.kernels.source_columns import (
    CEX,
    Columns,
    Floats,
    Rules,
    answer_in,
    empty_answer,
    sheets_of,
)

COINS = ("USDT", "USDC", "DAI", "FRAX", "EURC", "LUSD")
QUOTES = ("USD", "USDT", "USDC", "EUR")
VENUES = ("a", "b", "c", "d", "e")
SEEDS = st.integers(0, 10**9)
CASES = settings(max_examples=40)
NOW = Nanos(10 * SECOND)


def cases_of(seed: int) -> Random:
    return Random(seed)  # noqa: S311 -- cases to try, no secrets


def truth(random: Random) -> dict[str, float]:
    """Return a price in dollars of every currency."""
    worth = {coin: 1 + random.gauss(0, 0.001) for coin in COINS}
    worth[random.choice(COINS)] *= 1 - random.random() * 0.5
    worth["EUR"] = 1.08
    worth["EURC"] *= 1.08
    return worth | {"USD": 1.0}


def web(random: Random, worth: dict[str, float], most_off: float = 0.0) -> list[Tick]:
    """Return books of every coin against the dollar or random quotes, at up to five venues."""
    found = {f"a {coin}/USD" for coin in COINS} | {"a EUR/USD", "b EUR/USD", "c EUR/USD"}
    for venue in VENUES:
        for coin in COINS:
            quote = random.choice(QUOTES)
            if quote != coin:
                found.add(f"{venue} {coin}/{quote}")
    ticks = []
    for where in sorted(found):
        base, quote = where.split()[1].split("/")
        price = worth[base] / worth[quote] * (1 + random.uniform(-most_off, most_off))
        depth = random.choice((0, 10_000, 600_000, 5_000_000))
        ticks.append(tick(where, f"{price:.12f}", random.randint(1, 9), depth=depth))
    return ticks


def views(consensus: Consensus) -> dict[str, AssetView | NoView]:
    return {asset: consensus.view(asset, NOW) for asset in consensus.assets}


def heard(messages: list[Message]) -> Consensus:
    consensus = Consensus()
    for message in messages:
        consensus.hear(message)
    return consensus


@CASES
@given(SEEDS)
def test_prices_that_fit_each_other_are_found(seed: int) -> None:
    random = cases_of(seed)
    worth = truth(random)
    for asset, view in views(heard(list(web(random, worth)))).items():
        assert isinstance(view, AssetView)
        par = worth["EUR"] if asset == "EURC" else 1.0
        assert view.price / 1e18 == pytest.approx(worth[asset] / par, abs=6e-6)


@CASES
@given(SEEDS)
def test_order_of_messages_of_different_sources_is_nothing(seed: int) -> None:
    random = cases_of(seed)
    messages: list[Message] = list(web(random, truth(random), 0.02))
    first = views(heard(messages))
    random.shuffle(messages)
    assert views(heard(messages)) == first


@CASES
@given(SEEDS)
def test_what_hear_does_not_name_has_not_changed(seed: int) -> None:
    random = cases_of(seed)
    worth = truth(random)
    consensus, shown = Consensus(), dict[str, AssetView | NoView]()
    messages: list[Message] = list(web(random, worth, 0.01))
    for again in web(random, worth, 0.01):
        messages.append(tick_later(again))
        if random.random() < 0.2:
            messages.append(fault(random.choice(VENUES), at=9))
        if random.random() < 0.3:
            messages.append(restored(random.choice(VENUES), at=9))
    for message in messages:
        for asset in consensus.hear(message):
            shown[asset] = consensus.view(asset, NOW)
    fresh = Consensus()
    for message in messages:
        fresh.hear(message)
    assert {asset: fresh.view(asset, NOW) for asset in fresh.assets} == shown


def tick_later(said: Tick) -> Tick:
    return Tick(
        venue=said.venue,
        kind=said.kind,
        asset=said.asset,
        currency=said.currency,
        bid=said.bid,
        ask=said.ask,
        depth=said.depth,
        at=NOW,
        seen_at=NOW,
    )


@CASES
@given(SEEDS, st.floats(0.01, 100), st.sampled_from(VENUES))
def test_one_venue_moves_no_coin_that_three_others_quote(
    seed: int, factor: float, liar: str
) -> None:
    random = cases_of(seed)
    worth = truth(random)
    books = [
        tick(f"{venue} {coin}/{quote}", f"{worth[coin] / worth[quote]:.12f}")
        for venue in VENUES
        for coin in COINS
        for quote in ("USD", "USDT")
        if quote != coin
    ]
    books += [tick(f"{venue} EUR/USD", "1.08") for venue in VENUES]
    honest = views(heard(list(books)))
    lies = [lie(said, factor) if said.venue == liar else said for said in books]
    for asset, view in views(heard(list(lies))).items():
        known = honest[asset]
        assert isinstance(view, AssetView)
        assert isinstance(known, AssetView)
        assert view.off_bps == pytest.approx(known.off_bps, abs=0.3)


def lie(said: Tick, factor: float) -> Tick:
    wrong = Wad(max(int(said.bid * factor), 1))
    return Tick(
        venue=said.venue,
        kind=SourceKind.CEX,
        asset=said.asset,
        currency=said.currency,
        bid=wrong,
        ask=wrong,
        depth=Wad(10**30),
        at=said.at,
        seen_at=said.seen_at,
    )


@CASES
@given(SEEDS)
def test_nothing_near_the_solution_fits_better(seed: int) -> None:
    random = cases_of(seed)
    rows = random_columns(random)
    written = empty_answer(rows)
    solve_consensus(sheets_of(rows), Rules(outlier=1e9, frozen=1e9, patience=0), written, 1)
    answer = answer_in(written)
    x, best = answer.x, loss(rows, answer.used, answer.x)
    moves = np.random.default_rng(seed)
    for size in (1e-6, 1e-5, 1e-3, 0.1):
        for _ in range(20):
            move = moves.normal(0, size, x.size) * (moves.random(x.size) < 0.4)
            move[0] = 0.0
            assert loss(rows, answer.used, x + move) >= best - 1e-9


def loss(rows: Columns, used: Floats, x: Floats) -> float:
    gaps = np.abs(rows.said - x[rows.base] + x[rows.quote])
    each = np.where(gaps <= HUBER, gaps**2 / (2 * HUBER), gaps - HUBER / 2)
    return float(used @ each)


def random_columns(random: Random) -> Columns:
    """Return a connected web of up to eight nodes, of which three are hubs."""
    nodes, hubs = random.randint(4, 8), 3
    pairs = [(node, random.randrange(min(node, hubs))) for node in range(1, nodes)]
    pairs += [
        (node, random.randrange(min(node, hubs)))
        for node in (random.randrange(1, nodes) for _ in range(random.randint(0, 30)))
    ]
    pairs.sort()
    count = len(pairs)
    kind = random.choice((1e-4, 1e-3, 0.3))
    ones = np.ones(count, dtype=np.int64)
    base, quote = (np.array([pair[i] for pair in pairs]) for i in (0, 1))
    return Columns(
        base=base,
        quote=quote,
        venue=np.arange(count),
        kind=ones * CEX,
        said=np.array([random.gauss(0, kind) for _ in pairs]),
        votes=np.array([random.choice((0.001, 0.25, 0.5, 1.0)) for _ in pairs]),
        ready=ones,
        seen=ones,
        limit=ones,
        moved=ones,
        shown=ones,
        low=quote,
        hub=np.array([node if node < hubs else -1 for node in range(nodes)]),
        home=np.zeros(nodes, dtype=np.int64),
    )


def test_a_chain_of_cross_rates_reaches_the_dollar() -> None:
    chain = ["USD", "USDT", "USDC", "DAI", "FRAX", "GHO"]
    books = [tick(f"a {base}/{quote}", "0.99") for quote, base in pairwise(chain)]
    consensus = heard(list(books))
    for depth, coin in enumerate(chain[1:], 1):
        view = consensus.view(coin, NOW)
        assert isinstance(view, AssetView)
        assert view.price / 1e18 == pytest.approx(0.99**depth, abs=6e-6)
