"""The best size of one cycle through two V3 pools full of ticks: our search beside others'."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack

from bot.amm.concentrated import ConcentratedPool
from bot.amm.optimum import Step, quote_path
from bot.amm.tick_math import WORD, sqrt_ratio_at
from bot.bench.golden_search import best_size
from bot.bench.optimum_peers import bounded_search, degenbot_cycle
from bot.bench.peers import PeersAbsent
from bot.bench.quote_questions import range_questions
from bot.bench.runner import Measured
from bot.bench.timing import OwnWay, Way, microseconds
from bot.domain.assets import USDC
from bot.domain.units import Pips, Raw
from bot.sandbox.pools import LOW, V3_USDC_USDT_LOW

Search = Callable[[Sequence[Step]], Raw]  # of a path's best size

_SPACING, _REACH, _TICK = 10, 400, 99  # the dearer pool pays 1 % more for USDC
_PER_TICK = 4 * 10**13  # liquidity that each tick towards parity adds
_MOST = Raw(10**13)  # upper end of every search, in base units of USDC


def two_ranges() -> tuple[ConcentratedPool, ConcentratedPool]:
    """Return the pool that pays 1.01 USDT for USDC, and the one that sells USDC at par."""
    ticks = tuple(tick for tick in range(-_REACH, _REACH + 1, _SPACING) if tick)
    nets = tuple(_PER_TICK if tick < 0 else -_PER_TICK for tick in ticks)
    dear = ConcentratedPool(
        spec=V3_USDC_USDT_LOW,
        block=0,
        sqrt_price_x96=(sqrt_ratio_at(_TICK) + sqrt_ratio_at(_TICK + 1)) // 2,
        tick=_TICK,
        liquidity=sum(net for tick, net in zip(ticks, nets, strict=True) if tick <= _TICK),
        fee=Pips(LOW),
        tick_spacing=_SPACING,
        lowest_tick=-WORD * _SPACING,
        highest_tick=(WORD - 1) * _SPACING,
        ticks=ticks,
        liquidity_nets=nets,
    )
    return dear, range_questions()["v3_no_tick"].pool


def cycle_peers(own: Search) -> Measured:
    """Return microseconds of `own` for that cycle, and of others with their share of the profit."""
    pools = two_ranges()
    steps: list[Step] = [(pools[0], 0, 1), (pools[1], 1, 0)]

    def profit(size: float) -> int:
        return quote_path(steps, Raw(int(size)))[-1] - int(size)

    ways: dict[str, Way] = {
        "own": OwnWay(lambda: profit(own(steps))),
        "golden": OwnWay(lambda: best_size(profit, _MOST)[1]),
    }
    notes: list[str] = []
    with ExitStack() as running:
        try:
            search = bounded_search()
            ways["scipy"] = OwnWay(lambda: profit(search(profit, _MOST)))
            ways["degenbot"] = running.enter_context(degenbot_cycle(pools, USDC, _MOST))
        except PeersAbsent as absent:
            notes.append(str(absent))
        times = microseconds(ways)
    best = max(way.answer for way in ways.values())
    peers = {}
    for name, way in ways.items():
        if name != "own":
            peers[f"cycle_{name}_us"] = round(times[name], 1)
            peers[f"cycle_{name}_share"] = way.answer / best
    figures = {"cycle_two_ranges_us": round(times["own"], 1)}
    figures["cycle_two_ranges_share"] = ways["own"].answer / best
    return Measured(figures=figures, peers=peers, notes=tuple(notes))
