"""The bot's loop on the wide local market: from a head's arrival to the signed bundle's departure.

Strangers trade in some of fifty pools before every block, so that nearly every block has a gap to
close. Chain, relay and bot share the machine, as processes of their own. Then the same with
builders beside the relay: until the last of them has the bundle.
"""

import asyncio
import contextlib
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median, quantiles

import msgspec

from bot.app import build_engine
from bot.bench.fan_out_times import listening
from bot.bench.runner import Measured
from bot.bench.sync import TRADED, wide_table
from bot.domain.builders import Builder
from bot.domain.messages import Ticket
from bot.engine import AtomicEngine, Report
from bot.execution.builder_choice import BuilderChoice
from bot.sandbox.crowd import Crowd
from bot.sandbox.errors import LocalChainFailed
from bot.sandbox.progress import silent
from bot.sandbox.wide import ensure_wide_state
from bot.sandbox.world import World

_BUNDLES, _FANNED, _WARM_UP = 500, 250, 20
_BUILDERS = (1, 8, 16)  # beside the relay
_TRADES = 3  # before each block
_MOST_DOLLARS = 150_000
_SUBSCRIBING_S, _PATIENCE_S = 1.0, 20.0
_MOST_BLOCKS = 3 * (_BUNDLES + _WARM_UP)


def run(bundles: int = _BUNDLES, fanned: int = _FANNED) -> Measured:
    """Return milliseconds from head to bundle, of each part on the way there, and of fan-outs."""
    with (
        World(silent, block_time_s=None, state=ensure_wide_state()) as world,
        tempfile.TemporaryDirectory() as folder,
    ):
        course = _Course(world, Path(folder))
        reports = course.reports((), bundles)
        sent = [report for report in reports if report.out][_WARM_UP:]
        fan_outs: dict[str, float] = {}
        for count in _BUILDERS:
            with listening(count) as listeners:
                heads = course.reports(listeners.builders, fanned)
                fan_outs |= _spread(f"fanout_{count}_ms", listeners.times(heads)[_WARM_UP:])
    return Measured(
        figures={
            "pools": len(course.table),
            "blocks": len(reports),
            "bundles": len(sent),
            "head_to_bundle_ms_p50": _ms(median(report.out for report in sent)),
            "head_to_bundle_ms_p99": _p99([report.out for report in sent]),
            **fan_outs,
            **_parts(sent),
        }
    )


class _Course:
    """One chain and its strangers, and engines on it one after another."""

    def __init__(self, world: World, folder: Path) -> None:
        self._world, self._folder = world, folder
        self.table = wide_table(world.rpc)
        pools = [spec for spec in self.table if spec.venue in TRADED]
        self._crowd = Crowd(world.rpc, pools, seed=1)
        world.relay.build()

    def reports(self, builders: Sequence[Builder], bundles: int) -> list[Report]:
        """Return an engine's reports until so many bundles and the warm-up's were sent."""
        world = self._world
        config = msgspec.structs.replace(
            world.config(str(self._folder / f"{len(builders)}.sqlite")),
            builders=BuilderChoice(more=tuple(builders)),
        )
        engine = build_engine(config, world.operator, world.identity, self.table)
        return asyncio.run(_watch(engine, world, self._crowd, bundles + _WARM_UP))


async def _watch(engine: AtomicEngine, world: World, crowd: Crowd, bundles: int) -> list[Report]:
    """Return the reports until so many bundles were sent."""
    seen: list[Report] = []
    left, handled = bundles, asyncio.Event()
    building = asyncio.create_task(_build_blocks(world, crowd, handled))
    try:
        async for report in engine.reports():
            seen.append(report)
            left -= isinstance(report.decision, Ticket)
            if left <= 0:
                return seen
            if len(seen) > _MOST_BLOCKS:
                raise LocalChainFailed(f"{left} bundles are missing after {len(seen)} blocks")
            handled.set()
    finally:
        building.cancel()
    raise LocalChainFailed("the chain stopped sending blocks")


async def _build_blocks(world: World, crowd: Crowd, handled: asyncio.Event) -> None:
    """Build the next block when the bot is done with the one before, or skipped it."""
    await asyncio.sleep(_SUBSCRIBING_S)
    while True:
        handled.clear()
        await asyncio.to_thread(_next_block, world, crowd)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(handled.wait(), _PATIENCE_S)


def _next_block(world: World, crowd: Crowd) -> None:
    for _ in range(_TRADES):
        crowd.trade_somewhere(_MOST_DOLLARS)
    world.relay.build()


def _parts(sent: Sequence[Report]) -> dict[str, float]:
    """Return median and 99th percentile of every part until the bundle had left."""
    figures: dict[str, float] = {}
    for part in sent[0].parts:
        figures |= _spread(f"{part}_ms", [report.parts[part] for report in sent])
    return figures


def _spread(key: str, nanos: Sequence[int]) -> dict[str, float]:
    return {f"{key}_p50": _ms(median(nanos)), f"{key}_p99": _p99(nanos)}


def _p99(nanos: Sequence[int]) -> float:
    return _ms(quantiles(nanos, n=100, method="inclusive")[98])


def _ms(nanos: float) -> float:
    return round(nanos / 1e6, 2)
