"""Uniswap and its forks: random states against bytecode, and what quoters answered on mainnet."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from bot.amm.concentrated import ConcentratedPool
from bot.amm.tick_math import MAX_TICK, MIN_TICK
from bot.bench import exact_pairs, exact_ranges
from bot.bench.comparison import Comparison, Pair, Source
from bot.bench.records import oracle
from bot.domain.assets import DAI, WETH, Token
from bot.domain.units import Address, Pips, Raw
from bot.domain.venues import Kind, PoolSpec, Venue

_WBTC = Token(symbol="WBTC", address=Address("0x" + "01" * 20), decimals=8)
_QUOTERS_MOST = 2**255 - 1  # asked for where a quoter should say how far a pool goes


def recorded_quotes(points: int, seed: int) -> Iterator[Pair]:
    """Yield all that mainnet's quoters answered for WBTC/WETH 0.3 % at block 24407242.

    A quoter fills what goes beyond the pool's range in part.
    """
    del points, seed
    pool = wbtc_weth()
    entries = oracle("degenbot/test_cached_calculations_v3_wbtc_weth.json")["entries"]
    for key, entry in entries.items():
        _, method, direction, text = key.split("|")
        i, amount = (0 if direction == "WBTC->WETH" else 1), int(text)
        limits = pool.limits(i, 1 - i)
        if method == "quoteExactInputSingle":
            size = limits.max_in if amount == _QUOTERS_MOST else Raw(amount)
            yield pool.amount_out(i, 1 - i, size), entry["value"]
        else:
            beyond = amount > limits.max_out
            own = limits.max_in if beyond else pool.amount_in(i, 1 - i, Raw(amount))
            yield own, entry["value"]


def recorded_walks(points: int, seed: int) -> Iterator[Pair]:
    """Yield what QuoterV2's bytecode answered on recorded DAI/WETH, across up to 140 ticks."""
    del points, seed
    recorded = oracle("derived/univ3_dai_weth_3000_block19471508.json")
    nets = [(int(tick), int(net)) for tick, _, net in recorded["ticks_[tick,gross,net]"]]
    pool = _pool(
        (DAI, WETH),
        nets,
        recorded["valid_tick_range"],
        {
            "sqrt_price_x96": int(recorded["sqrtPriceX96"]),
            "tick": recorded["tick"],
            "liquidity": int(recorded["liquidity"]),
            "fee": recorded["fee"],
            "tick_spacing": recorded["tickSpacing"],
            "block": recorded["block"],
        },
    )
    for quote in recorded["quotes"]:
        i = 0 if quote["dir"] == "DAI->WETH" else 1
        yield pool.amount_out(i, 1 - i, Raw(int(quote["amountIn"]))), int(quote["amountOut"])


def wbtc_weth() -> ConcentratedPool:
    """Return WBTC/WETH 0.3 % of mainnet's block 24407242, with all its ticks."""
    recorded = oracle("degenbot/uniswap_v3_wbtc_weth_block_24407242.json")
    now = recorded["scalars"]
    nets = sorted((int(tick), int(info[1])) for tick, info in recorded["tick_data"].items())
    numbers = {key: int(value) for key, value in now.items()} | {"block": recorded["block"]}
    return _pool((_WBTC, WETH), nets, (MIN_TICK, MAX_TICK), numbers)


def _pool(
    tokens: tuple[Token, Token],
    nets: list[tuple[int, int]],
    scanned: tuple[int, int],
    numbers: dict[str, Any],
) -> ConcentratedPool:
    spec = PoolSpec(
        name="recorded",
        venue=Venue.UNISWAP_V3,
        address=Address("0x" + "02" * 20),
        tokens=tokens,
        fee=Pips(numbers["fee"]),
    )
    lowest, highest = scanned
    return ConcentratedPool(
        spec=spec,
        lowest_tick=lowest,
        highest_tick=highest,
        ticks=tuple(tick for tick, _ in nets),
        liquidity_nets=tuple(net for _, net in nets),
        **numbers,
    )


def _against_pairs(name: str, source: Source, family: exact_pairs.Family) -> tuple[Comparison, ...]:
    ways = (("exact input", exact_pairs.paid), ("exact output", exact_pairs.taken))
    return tuple(
        Comparison(
            kind=Kind.CONSTANT_PRODUCT,
            name=f"{name}, {what}",
            source=source,
            pairs=partial(pairs, family),
        )
        for what, pairs in ways
    )


def _against_pools(name: str, ground: exact_ranges.GroundType) -> tuple[Comparison, ...]:
    ways = (("exact input", exact_ranges.paid), ("exact output", exact_ranges.taken))
    return tuple(
        Comparison(
            kind=Kind.CONCENTRATED,
            name=f"{name}, {what}",
            source=Source.BYTECODE,
            pairs=partial(pairs, ground),
        )
        for what, pairs in ways
    )


COMPARISONS: tuple[Comparison, ...] = (
    *_against_pairs("Uniswap V2 and SushiSwap", Source.BYTECODE, exact_pairs.UNISWAP),
    *_against_pairs("PancakeSwap V2", Source.STAND_IN, exact_pairs.PANCAKE),
    *_against_pools("Uniswap V3", exact_ranges.V3Ground),
    *_against_pools("Uniswap V4", exact_ranges.V4Ground),
    Comparison(
        kind=Kind.CONCENTRATED,
        name="Uniswap V3 WBTC/WETH, both ways",
        source=Source.RECORDED,
        pairs=recorded_quotes,
    ),
    Comparison(
        kind=Kind.CONCENTRATED,
        name="Uniswap V3 DAI/WETH, exact input",
        source=Source.RECORDED,
        pairs=recorded_walks,
    ),
)
