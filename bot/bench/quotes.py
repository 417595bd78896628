"""One exact quote, against the contract's own loop in Python and the contract itself in an EVM.

All answer the same question on the same state, and the run fails if they disagree.
"""

import time
from collections.abc import Callable
from statistics import median

from bot.amm.concentrated import ConcentratedPool
from bot.amm.generations import generation_of
from bot.amm.price_ladder import cost, fall
from bot.amm.stableswap import StableSwapPool
from bot.amm.tick_math import WORD, sqrt_ratio_at
from bot.bench.contract_loops import get_dy, swap_downwards
from bot.bench.evm import PoolEvm
from bot.bench.runner import Measured
from bot.domain.units import Pips, Raw
from bot.domain.venues import CURVE_SUSD, V3_USDC_USDT
from bot.sandbox.systems.curve import AMPLIFICATION, FEE

Way = Callable[[], int]

_BATCHES = 7
_BATCH_S = 0.05
_TICKS_EACH_SIDE = 41  # initialised, one per tick spacing, around parity
_PER_TICK = 5 * 10**14  # liquidity that each tick towards parity adds


def run() -> Measured:
    """Return microseconds per quote, and how many times longer the other ways take."""
    evm = PoolEvm()
    measured = {}
    pool = _stepped_pool()
    evm.put_v3(pool)
    for name, ticks in (("v3_no_tick", 0), ("v3_16_ticks", 16)):
        measured[name] = _measure(_v3_ways(evm, pool, _input_across(pool, ticks)))
    curve = _curve_pool(evm)
    measured["stableswap"] = _measure(_curve_ways(evm, curve, Raw(10**12)))
    figures = {f"{name}_us": round(ways["own"], 2) for name, ways in measured.items()}
    peers = {}
    for name, ways in measured.items():
        for way in ("loop", "pyrevm"):
            peers[f"{name}_{way}_us"] = round(ways[way], 2)
            peers[f"{name}_{way}_times"] = round(ways[way] / ways["own"], 1)
    return Measured(figures=figures, peers=peers)


def _v3_ways(evm: PoolEvm, pool: ConcentratedPool, size: Raw) -> dict[str, Way]:
    return {
        "own": lambda: pool.amount_out(0, 1, size),
        "loop": lambda: swap_downwards(pool, size),
        "pyrevm": evm.v3_question(pool, size),
    }


def _curve_ways(evm: PoolEvm, pool: StableSwapPool, size: Raw) -> dict[str, Way]:
    return {
        "own": lambda: pool.get_dy(1, 2, size),
        "loop": lambda: get_dy(pool, 1, 2, size),
        "pyrevm": evm.curve_question(pool.spec, 1, 2, size),
    }


def _measure(ways: dict[str, Way]) -> dict[str, float]:
    """Return microseconds of each way: the batches take turns, so noise falls on all alike."""
    answers = {way: ask() for way, ask in ways.items()}
    if len(set(answers.values())) != 1:
        raise AssertionError(f"quotes differ: {answers}")
    counts = {way: max(int(_BATCH_S / _seconds(ask, 20) * 20), 20) for way, ask in ways.items()}
    batches: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(_BATCHES):
        for way, ask in ways.items():
            batches[way].append(_seconds(ask, counts[way]) / counts[way] * 1e6)
    return {way: median(times) for way, times in batches.items()}


def _seconds(ask: Way, count: int) -> float:
    """Return processor time: nothing here waits, and other programs must not count."""
    started = time.process_time()
    for _ in range(count):
        ask()
    return time.process_time() - started


def _stepped_pool() -> ConcentratedPool:
    """Return a 0.01 % pool whose liquidity rises tick by tick to parity, and falls after it."""
    reach = _TICKS_EACH_SIDE
    return ConcentratedPool(
        spec=V3_USDC_USDT,
        block=0,
        sqrt_price_x96=(sqrt_ratio_at(0) + sqrt_ratio_at(1)) // 2,
        tick=0,
        liquidity=(reach + 1) * _PER_TICK,
        fee=Pips(100),
        tick_spacing=1,
        lowest_tick=-2 * WORD,
        highest_tick=2 * WORD - 1,
        ticks=tuple(range(-reach, reach + 2)),
        liquidity_nets=(_PER_TICK,) * (reach + 1) + (-_PER_TICK,) * (reach + 1),
    )


def _input_across(pool: ConcentratedPool, ticks: int) -> Raw:
    """Return the token0 that moves the price down over `ticks` ticks and half a step."""
    total, price, liquidity = 0, pool.sqrt_price_x96, pool.liquidity
    for tick in range(pool.tick, pool.tick - ticks, -1):
        needed, _ = fall(liquidity, price, sqrt_ratio_at(tick))
        total += cost(needed, pool.fee)
        price, liquidity = sqrt_ratio_at(tick), liquidity - _PER_TICK
    needed, _ = fall(liquidity, price, sqrt_ratio_at(pool.tick - ticks))
    return Raw(total + cost(needed, pool.fee) // 2)


def _curve_pool(evm: PoolEvm) -> StableSwapPool:
    return StableSwapPool(
        spec=CURVE_SUSD,
        block=0,
        amplification=AMPLIFICATION,
        fee=FEE,
        balances=tuple(evm.curve_balance(CURVE_SUSD, k) for k in range(len(CURVE_SUSD.tokens))),
        generation=generation_of(CURVE_SUSD),
    )
