"""Balancer's pools, ours and the chain's: given in and given out, to the base unit."""

from collections.abc import Iterator
from fractions import Fraction
from functools import partial
from itertools import islice
from random import Random
from typing import Any

from bot.amm.balancer_curve import AMPLIFICATION_PRECISION, Rounding
from bot.amm.balancer_stable import BalancerStablePool
from bot.amm.balancer_weighted import BalancerWeightedPool
from bot.amm.log_exp import PowerRule
from bot.amm.ramp import Ramp
from bot.bench.balancer_world import (
    DECIMALS,
    GIVEN_IN,
    GIVEN_OUT,
    NOW_S,
    BalancerWorld,
    MadePool,
    Swap,
    random_balances,
    rounding_of,
)
from bot.bench.comparison import Comparison, Pair, Source
from bot.bench.records import oracle
from bot.domain.assets import Token
from bot.domain.units import WAD, Address, Raw, Wad
from bot.domain.venues import Kind, PoolSpec, Venue

_PER_STATE = 20
_LEAST_FEE, _MOST_FEE = 10**12, 10**17  # what the pools allow
_STABLE_RECORDS = ("bb_s_usd", "cbeth_wsteth", "wsteth_weth")


def composable_pairs(points: int, seed: int) -> Iterator[Pair]:
    """Return answers of composable stable pools of 2 to 5 coins, rated or not."""
    rng, world = Random(seed), BalancerWorld()
    pools = []
    for coins in (2, 3, 3, 4, 5):
        decimals = [rng.choice(DECIMALS) for _ in range(coins)]
        rated = [rng.random() < 0.5 for _ in range(coins)]
        pools.append(world.composable(decimals, rated=rated))
    pools.append(world.composable((6, 6, 18), rated=(False, False, False)))
    return islice(_stable_answers(world, pools, rng), points)


def first_pairs(points: int, seed: int) -> Iterator[Pair]:
    """Return answers of stable pools of 2021."""
    rng, world = Random(seed), BalancerWorld()
    pools = [world.first_stable(decimals) for decimals in ((6, 18), (2, 8, 18), (6, 6, 18, 18))]
    return islice(_stable_answers(world, pools, rng), points)


def weighted_pairs(points: int, seed: int) -> Iterator[Pair]:
    """Return answers of weighted pools, even and lopsided."""
    rng, world = Random(seed), BalancerWorld()
    shares = (50, 80, 20, 99, 33, rng.randint(1, 99))
    pools = []
    for share in shares:
        weight = Wad(share * WAD // 100)
        decimals = [rng.choice(DECIMALS) for _ in range(2)]
        pools.append(world.weighted(decimals, (weight, Wad(WAD - weight))))
    of_three = (Wad(WAD // 5), Wad(WAD * 3 // 10), Wad(WAD // 2))
    pools.append(world.weighted((6, 8, 18), of_three))
    return islice(_weighted_answers(world, pools, rng), points)


def recorded_stable_pairs(_points: int, _seed: int) -> Iterator[Pair]:
    """Yield what `querySwap` of mainnet's pools answered; pools without a recorded state aside."""
    answers = oracle("degenbot/test_balancer_v2_stable_query_swap_given_in.json")["entries"]
    for name in _STABLE_RECORDS:
        state = oracle(f"degenbot/balancer_stable_{name}.json")
        own = state["bpt_idx"]
        kept = [k for k in range(len(state["balances"])) if k != own]
        pool = BalancerStablePool(
            spec=_recorded_spec(state, kept),
            block=state["block"],
            balances=tuple(state["balances"][k] for k in kept),
            amplification=state["amp"],
            fee=_wad(state["fee"]),
            scaling_factors=tuple(state["resolved_scaling_factors"][k] for k in kept),
            rounding=Rounding.FIRST if own is None else Rounding.COMPOSABLE,
        )
        for key, answer in answers.items():
            address, _, _, i, j, amount = key.split("|")
            if address == state["address"]:
                pair = (kept.index(int(i[2:])), kept.index(int(j[2:])))
                yield pool.amount_out(*pair, Raw(int(amount))), answer["value"]


def recorded_weighted_pairs(_points: int, _seed: int) -> Iterator[Pair]:
    """Yield what `querySwap` of one of mainnet's pools answered."""
    state = oracle("degenbot/balancer_weighted_usdc_weth.json")
    pool = BalancerWeightedPool(
        spec=_recorded_spec(state, range(2)),
        block=state["block"],
        balances=tuple(state["balances"]),
        weights=tuple(state["weights"]),
        fee=_wad(state["fee"]),
        power_rule=PowerRule.FIRST if state["pow_version"] == "v1" else PowerRule.DIRECT,
    )
    places = {token.symbol: k for k, token in enumerate(pool.spec.tokens)}
    answers = oracle("degenbot/test_balancer_v2_usdc_weth_query_swap.json")["entries"]
    for key, answer in answers.items():
        _, _, _, direction, amount = key.split("|")
        i, j = (places[symbol] for symbol in direction.split("->"))
        yield pool.amount_out(i, j, Raw(int(amount))), answer["value"]


_stable = partial(Comparison, kind=Kind.BALANCER_STABLE)
_weighted = partial(Comparison, kind=Kind.BALANCER_WEIGHTED)
COMPARISONS: tuple[Comparison, ...] = (
    _stable(
        name="composable, given in and out, rates",
        source=Source.BYTECODE,
        pairs=composable_pairs,
    ),
    _stable(name="of 2021, given in and out", source=Source.BYTECODE, pairs=first_pairs),
    _stable(name="querySwap at 24407242", source=Source.RECORDED, pairs=recorded_stable_pairs),
    _weighted(name="given in and out", source=Source.BYTECODE, pairs=weighted_pairs),
    _weighted(name="querySwap at 24407242", source=Source.RECORDED, pairs=recorded_weighted_pairs),
)


def _stable_answers(world: BalancerWorld, pools: list[MadePool], rng: Random) -> Iterator[Pair]:
    while True:
        made = rng.choice(pools)
        pool = _random_stable(rng, made)
        world.put_stable(made, pool)
        for swap in _swaps(rng, pool):
            answer = world.ask_stable(made, pool.balances, swap)
            yield _ours(pool, swap), _within(pool, swap, answer)


def _weighted_answers(world: BalancerWorld, pools: list[MadePool], rng: Random) -> Iterator[Pair]:
    while True:
        made = rng.choice(pools)
        pool = _random_weighted(rng, made)
        world.put_weighted(made, pool)
        for swap in _swaps(rng, pool):
            answer = world.ask_weighted(made, pool.balances, swap)
            yield _ours(pool, swap), _within(pool, swap, answer)


def _random_stable(rng: Random, made: MadePool) -> BalancerStablePool:
    rates = [
        WAD if provider is None else int(WAD * rng.choice([1, rng.uniform(0.5, 2)]))
        for provider in made.rate_providers
    ]
    factors = tuple(
        Wad(rate * 10 ** (18 - coin.decimals))
        for rate, coin in zip(rates, made.spec.tokens, strict=True)
    )
    return BalancerStablePool(
        spec=made.spec,
        block=1,
        balances=random_balances(rng, made, factors),
        amplification=_random_amplification(rng),
        fee=_random_fee(rng),
        scaling_factors=factors,
        rounding=rounding_of(made),
        ramp=_random_ramp(rng) if rng.random() < 0.2 else None,
    ).at(NOW_S)


def _random_amplification(rng: Random) -> int:
    whole = rng.choice([1, 200, 2_000, 5_000, rng.randint(1, 5_000)])
    return whole * AMPLIFICATION_PRECISION


def _random_ramp(rng: Random) -> Ramp:
    begins = NOW_S - rng.randint(0, 10**6)
    initial, future = (_random_amplification(rng) for _ in range(2))
    return Ramp(initial, future, begins, begins + rng.randint(1, 2 * 10**6))


def _random_weighted(rng: Random, made: MadePool) -> BalancerWeightedPool:
    factors = [10 ** (36 - coin.decimals) for coin in made.spec.tokens]
    return BalancerWeightedPool(
        spec=made.spec,
        block=1,
        balances=random_balances(rng, made, factors),
        weights=made.weights,
        fee=_random_fee(rng),
    )


def _random_fee(rng: Random) -> Wad:
    usual = [_LEAST_FEE, 10**14, 3 * 10**15, _MOST_FEE]
    return Wad(rng.choice([*usual, rng.randint(_LEAST_FEE, 10**16)]))


def _swaps(rng: Random, pool: BalancerStablePool | BalancerWeightedPool) -> Iterator[Swap]:
    """Yield sizes of every scale up to the limits, the limits themselves and one unit."""
    for _ in range(_PER_STATE):
        i, j = rng.sample(range(len(pool.balances)), 2)
        kind = rng.choice([GIVEN_IN, GIVEN_OUT])
        limits = pool.limits(i, j)
        most = max(int(limits.max_in if kind == GIVEN_IN else limits.max_out), 1)
        near = min(max(pool.balances[i if kind == GIVEN_IN else j], 1), most)
        usual = [near, rng.randint(1, near), int(near ** rng.random()), int(most ** rng.random())]
        ends = [1, most] if kind == GIVEN_IN else [1, most, most + 1, pool.balances[j]]
        yield Swap(kind, i, j, Raw(rng.choice([*usual, rng.choice(ends)])))


def _ours(pool: BalancerStablePool | BalancerWeightedPool, swap: Swap) -> int:
    ask = pool.amount_out if swap.kind == GIVEN_IN else pool.amount_in
    return ask(swap.i, swap.j, swap.amount)


def _within(pool: BalancerStablePool | BalancerWeightedPool, swap: Swap, answer: int) -> int:
    """Return the pool's answer as `amount_in` means it: a price above `max_in` is none."""
    too_dear = swap.kind == GIVEN_OUT and answer > pool.max_in(swap.i, swap.j)
    return 0 if too_dear else answer


def _recorded_spec(state: Any, kept: Any) -> PoolSpec:
    tokens = tuple(
        Token(
            symbol=state["tokens"][k]["symbol"],
            address=Address(state["tokens"][k]["address"]),
            decimals=state["tokens"][k]["decimals"],
        )
        for k in kept
    )
    address = Address(state["address"])
    return PoolSpec(name="recorded", venue=Venue.BALANCER_V2, address=address, tokens=tokens)


def _wad(fraction: str) -> Wad:
    return Wad(int(Fraction(fraction) * WAD))
