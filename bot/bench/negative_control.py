"""A quoter known to be wrong: what the exactness benchmark would say of it.

PyPI's uniswap-v3-quoter 1.0.6 takes the far end of the price for the next tick's, so that it knows
no ticks. It is asked about ordinary pools, before and after the first stop of the swap loop; the
real pool's bytecode answers too.
"""

import json
import subprocess
from collections.abc import Iterator
from functools import partial
from itertools import islice
from random import Random

from bot.amm.concentrated import ConcentratedPool
from bot.amm.tick_math import sqrt_ratio_at
from bot.bench.comparison import Comparison, Pair, Source
from bot.bench.exact_ranges import V3Ground
from bot.bench.peers import python_program
from bot.bench.random_pools import PoolState
from bot.bench.real_contracts import local_contracts
from bot.domain.venues import Kind

POINTS = 2_000  # before the first stop, and as many after it

_PROGRAM = "v3_quoter.py"
_FEE, _SPACING = 3_000, 60
_QUESTIONS = 10  # of each pool and part
_POOLS_A_CALL = 100
_POSITIONS = 20
_DEADLINE_S = 300.0

Question = tuple[int, int]  # coin paid in, amount


def comparisons() -> tuple[Comparison, Comparison]:
    """Return the quoter's answers before the first stop, where it is right, and after it.

    Raises:
        PeersAbsent: there is no environment of peers.
    """
    python_program(_PROGRAM)
    before, after = (
        Comparison(
            kind=Kind.CONCENTRATED,
            name=f"uniswap-v3-quoter 1.0.6 {name}",
            source=Source.BYTECODE,
            pairs=partial(_pairs, beyond),
        )
        for name, beyond in (("before the first tick", False), ("past the first tick", True))
    )
    return before, after


def nested_state(rng: Random) -> PoolState:
    """Return an ordinary pool: positions around the price, some narrow and some wide."""
    tick = rng.randint(-3_000, 3_000)
    lower, upper = tick // _SPACING * _SPACING, (tick // _SPACING + 1) * _SPACING
    nets: dict[int, int] = {}
    for _ in range(_POSITIONS):
        amount = int(10 ** rng.uniform(15, 24))
        for edge, net in (
            (lower - rng.randint(0, 40) * _SPACING, amount),
            (upper + rng.randint(0, 40) * _SPACING, -amount),
        ):
            nets[edge] = nets.get(edge, 0) + net
    liquidity = sum(net for at, net in nets.items() if at <= tick)
    sqrt_price = rng.randrange(sqrt_ratio_at(tick) + 1, sqrt_ratio_at(tick + 1))
    return PoolState(sqrt_price, tick, liquidity, dict(sorted(nets.items())))


def _pairs(beyond: bool, points: int, seed: int) -> Iterator[Pair]:  # noqa: FBT001 - of a partial
    rng = Random(seed)
    ground = V3Ground(local_contracts())
    return islice(_batches(ground, rng, beyond=beyond), points)


def _batches(ground: V3Ground, rng: Random, *, beyond: bool) -> Iterator[Pair]:
    while True:
        states = [nested_state(rng) for _ in range(_POOLS_A_CALL)]
        pools = [ground.put(state, _FEE) for state in states]
        asked = [[_question(rng, pool, beyond=beyond) for _ in range(_QUESTIONS)] for pool in pools]
        yield from _beside(ground, states, asked, _peers_answers(pools, asked))


def _beside(
    ground: V3Ground,
    states: list[PoolState],
    questions: list[list[Question]],
    answers: list[list[int | None]],
) -> Iterator[Pair]:
    for state, asked, answered in zip(states, questions, answers, strict=True):
        pool = ground.put(state, _FEE)
        for (i, amount), answer in zip(asked, answered, strict=True):
            yield answer or 0, ground.swap(pool, i, amount)[1]


def _question(rng: Random, pool: ConcentratedPool, *, beyond: bool) -> Question:
    i = rng.randint(0, 1)
    stops = [into for into, _ in pool.stops(i, 1 - i) if into]
    if beyond:
        return i, rng.randint(stops[0] + 1, pool.max_in(i, 1 - i))
    return i, rng.randint(1, stops[0] - 1)


def _peers_answers(
    pools: list[ConcentratedPool], questions: list[list[Question]]
) -> list[list[int | None]]:
    told = [
        {
            "fee": pool.fee,
            "tick_spacing": pool.tick_spacing,
            "sqrt_price_x96": pool.sqrt_price_x96,
            "tick": pool.tick,
            "liquidity": pool.liquidity,
            "nets": list(zip(pool.ticks, pool.liquidity_nets, strict=True)),
            "questions": asked,
        }
        for pool, asked in zip(pools, questions, strict=True)
    ]
    done = subprocess.run(  # noqa: S603 - our script, in the peers' environment
        python_program(_PROGRAM),
        input=json.dumps(told),
        capture_output=True,
        check=True,
        text=True,
        timeout=_DEADLINE_S,
    )
    found: list[list[int | None]] = json.loads(done.stdout)
    return found
