"""Curve's pools: random states against bytecode and stand-ins, and what mainnet answered.

A point is one swap: what it pays, what the pool's view says of it, and the books after it. The
pair it yields is the first of these that differs, the payment where none does.
"""

from collections.abc import Iterator
from functools import partial
from random import Random
from typing import Any

from bot.amm.generations import Generation
from bot.amm.metapool import MetaPool
from bot.amm.stable_shares import StableShares
from bot.amm.stableswap import StableSwapPool
from bot.bench.classic_curve import ClassicCurve, random_size, susd_pool, three_pool
from bot.bench.comparison import Comparison, Pair, Source
from bot.bench.records import oracle
from bot.bench.stand_in_metapool import MetaStandIn, Terms
from bot.bench.stand_in_ng import NgStandIn
from bot.domain.assets import Token
from bot.domain.units import Address, Raw
from bot.domain.venues import CURVE_3POOL, Kind, PoolSpec, Venue

_PER_STATE = 10
_BEYOND = 0.01  # share of sizes one unit above the limit
_MOST_TIMES = 1_000  # a metapool's swap is at most as many times what the pool holds: beyond, the
# stand-in gives up on an invariant that 3pool takes unfinished
_NG_COINS = (2, 2, 3, 4, 8)
_RAI_STATE = "degenbot/curve_metapool_rai_3crv_block_25144000.json"


def classic_pairs(kind: str, points: int, seed: int) -> Iterator[Pair]:
    """Yield swaps on the sUSD pool's or 3pool's bytecode, one unit above the limit included."""
    world = susd_pool() if kind == "sUSD" else three_pool()
    rng = Random(seed)
    pool = world.random_pool(rng)
    for point in range(points):
        if point % _PER_STATE == 0:
            pool = world.random_pool(rng)
        i, j = rng.sample(range(len(pool.balances)), 2)
        limit = pool.max_in(i, j)
        size = random_size(rng, pool.balances[i], limit)
        if rng.random() < _BEYOND:
            world.put(pool)
            yield pool.amount_out(i, j, Raw(limit + 1)), world.exchanged(pool, i, j, limit + 1)
        else:
            yield _first_difference(_classic_answers(world, pool, i, j, Raw(size)))


def ng_pairs(points: int, seed: int) -> Iterator[Pair]:
    """Yield swaps on stand-ins of two to eight coins."""
    rng = Random(seed)
    worlds = [NgStandIn(coins) for coins in _NG_COINS]
    world = worlds[0]
    pool = world.random_pool(rng)
    for point in range(points):
        if point % _PER_STATE == 0:
            world = rng.choice(worlds)
            pool = world.random_pool(rng)
        i, j = rng.sample(range(len(pool.balances)), 2)
        size = Raw(random_size(rng, pool.balances[i], pool.max_in(i, j)))
        chains, left = world.exchanged(pool, i, j, size), pool.after(i, j, size)
        yield _first_difference(
            zip((pool.amount_out(i, j, size), *left.balances), chains, strict=False)
        )


def meta_pairs(points: int, seed: int) -> Iterator[Pair]:
    """Yield swaps by underlying coins, and their views, on stand-ins of various terms."""
    rng = Random(seed)
    worlds = [MetaStandIn(terms) for terms in _random_terms(rng)]
    world = worlds[0]
    pool = world.random_pool(rng)
    for point in range(points):
        if point % _PER_STATE == 0:
            world = rng.choice(worlds)
            pool = world.random_pool(rng)
        i, j = rng.sample(range(len(pool.spec.tokens)), 2)
        held = (pool.balances[0], *pool.base.balances)[i]
        limit = min(pool.max_in(i, j), held * _MOST_TIMES)
        size = Raw(random_size(rng, held, limit))
        yield _first_difference(_meta_answers(world, pool, i, j, size))


def recorded_three_pool_pairs(_points: int, _seed: int) -> Iterator[Pair]:
    """Yield all that 3pool answered on mainnet, and its bytecode on recorded states."""
    state = oracle("degenbot/curve_tripool_block_24407242.json")
    pool = _recorded_three_pool(state)
    books = StableShares(pool, int(state["lp_token_total_supply"]))
    position = {token.symbol: k for k, token in enumerate(CURVE_3POOL.tokens)}
    for (_, direction, amount), answer in _entries("degenbot/test_curve_tripool_get_dy.json"):
        i, j = (position[symbol] for symbol in direction.split("->"))
        yield pool.get_dy(i, j, Raw(int(amount))), answer
    shares = _entries("degenbot/test_curve_tripool_calc_withdraw_and_token_amount.json")
    for (method, *_, coin, amount), answer in shares:
        k = int(coin.removeprefix("i="))
        amounts = [int(amount) if at == k else 0 for at in range(3)]
        minted = method == "calc_token_amount"
        own = books.shares_for(amounts, deposit=True) if minted else None
        yield books.withdrawn(int(amount), k)[0] if own is None else own, answer
    for state in oracle("derived/curve_3pool_get_dy_vectors.json")["states"]:
        early = _recorded_three_pool(
            state | {"a_coefficient": state["A"], "fee": state["fee_1e10"]}
        )
        for quote in state["get_dy"]:
            yield early.get_dy(quote["i"], quote["j"], Raw(int(quote["dx"]))), int(quote["dy"])
    yield from _may_2022()


def _may_2022() -> Iterator[Pair]:
    """Yield 3pool's quotes through the days of May 2022, kept as rates of round sizes."""
    for row in oracle("derived/curve_3pool_may2022_replay.json")["rows"]:
        balances = [row["balances"][token.symbol] for token in CURVE_3POOL.tokens]
        pool = _recorded_three_pool(
            {"balances": balances, "a_coefficient": row["A"], "fee": row["fee_1e10"]}
        )
        for name, i, j in (("usdc_to_usdt", 1, 2), ("usdt_to_usdc", 2, 1)):
            for size, amount in (("1k", 10**9), ("10m", 10**13)):
                yield pool.get_dy(i, j, Raw(amount)), int(row[f"{name}_{size}"] * amount)


def recorded_metapool_pairs(_points: int, _seed: int) -> Iterator[Pair]:
    """Yield all that the RAI metapool answered on mainnet."""
    pool = recorded_metapool()
    position = {token.symbol: k for k, token in enumerate(pool.spec.tokens)}
    for (method, direction, text), answer in _entries("degenbot/test_curve_metapool_get_dy.json"):
        (coin_in, coin_out), amount = direction.split("->"), Raw(int(text))
        if method == "get_dy":
            yield pool.pair.amount_out(coin_in != "RAI", coin_out != "RAI", amount), answer
        else:
            yield pool.get_dy_underlying(position[coin_in], position[coin_out], amount), answer


def recorded_metapool() -> MetaPool:
    """Return the RAI metapool and 3pool as recorded at block 25144000."""
    state = oracle(_RAI_STATE)
    coin, shares = (Raw(int(balance)) for balance in state["balances"])
    rai = Token(symbol="RAI", address=Address(state["tokens"][0]["address"]), decimals=18)
    return MetaPool(
        spec=PoolSpec(
            name="RAI/3Crv",
            venue=Venue.CURVE_UNDERLYING,
            address=Address(state["address"]),
            tokens=(rai, *CURVE_3POOL.tokens),
        ),
        block=state["block"],
        amplification=state["a_coefficient"] * 100,
        fee=state["fee"],
        admin_fee=state["admin_fee"],
        balances=(coin, shares),
        base=_recorded_three_pool(state["base_pool"]),
        base_supply=Raw(int(state["base_pool"]["lp_token_total_supply"])),
        base_virtual_price=int(state["base_virtual_price"]),
        base_cache_updated=state["base_cache_updated"],
        coin_rate=int(state["redemption_price"]),
        timestamp_s=state["block_timestamp"],
    )


def _classic_answers(
    world: ClassicCurve, pool: StableSwapPool, i: int, j: int, size: Raw
) -> Iterator[Pair]:
    world.put(pool)
    view = world.view(i, j, size)
    yield pool.amount_out(i, j, size), world.exchanged(pool, i, j, size)
    yield pool.get_dy(i, j, size), view
    yield from zip(pool.after(i, j, size).balances, world.books(), strict=True)


def _meta_answers(world: MetaStandIn, pool: MetaPool, i: int, j: int, size: Raw) -> Iterator[Pair]:
    left = pool.after(i, j, size)
    own = (*left.balances, *left.base.balances, left.base_supply, left.base_virtual_price)
    chains = world.exchanged(pool, i, j, size)
    yield from zip((pool.amount_out(i, j, size), *own), chains, strict=False)
    yield pool.get_dy_underlying(i, j, size), world.view(pool, i, j, size)


def _first_difference(pairs: Iterator[Pair]) -> Pair:
    paid = next(pairs)
    return paid if paid[0] != paid[1] else next((p for p in pairs if p[0] != p[1]), paid)


def _random_terms(rng: Random) -> Iterator[Terms]:
    for amplification, base_amplification in ((100, 2_000), (1_500, 200), (1, 10), (5_000, 50_000)):
        fees = [rng.choice([0, 4_000_000, rng.randrange(10**9)]) for _ in range(2)]
        yield Terms(amplification, fees[0], base_amplification, fees[1])


def _recorded_three_pool(state: dict[str, Any]) -> StableSwapPool:
    return StableSwapPool(
        spec=CURVE_3POOL,
        block=0,
        amplification=state["a_coefficient"],
        fee=state["fee"],
        admin_fee=state.get("admin_fee", 0),
        balances=tuple(Raw(int(balance)) for balance in state["balances"]),
        generation=Generation.THREE_POOL,
    )


def _entries(name: str) -> list[tuple[list[str], int]]:
    """Return what was asked of the pool, split, and its answer."""
    return [(key.split("|")[1:], entry["value"]) for key, entry in oracle(name)["entries"].items()]


COMPARISONS = (
    Comparison(
        kind=Kind.STABLESWAP,
        name="exchange, get_dy and books, four coins",
        source=Source.BYTECODE,
        pairs=partial(classic_pairs, "sUSD"),
    ),
    Comparison(
        kind=Kind.STABLESWAP,
        name="exchange, get_dy and books, 3pool's recorded bytecode, A ramping",
        source=Source.RECORDED,
        pairs=partial(classic_pairs, "3pool"),
    ),
    Comparison(
        kind=Kind.STABLESWAP,
        name="get_dy and shares of 3pool",
        source=Source.RECORDED,
        pairs=recorded_three_pool_pairs,
    ),
    Comparison(
        kind=Kind.STABLESWAP_NG,
        name="exchange and books, two to eight coins, rates and fee off the peg",
        source=Source.STAND_IN,
        pairs=ng_pairs,
    ),
    Comparison(
        kind=Kind.METAPOOL,
        name="exchange_underlying, its view and both books",
        source=Source.STAND_IN,
        pairs=meta_pairs,
    ),
    Comparison(
        kind=Kind.METAPOOL,
        name="get_dy and get_dy_underlying of RAI/3Crv",
        source=Source.RECORDED,
        pairs=recorded_metapool_pairs,
    ),
)
