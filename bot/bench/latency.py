"""The bot's loop on the wide local market: from a head's arrival to the signed bundle's departure.

Strangers trade in some of fifty pools before every block, so that nearly every block has a gap to
close. Chain, relay and bot share the machine, as processes of their own.
"""

import asyncio
import contextlib
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median, quantiles

from bot.app import build_engine
from bot.bench.runner import Measured
from bot.bench.sync import TRADED, wide_table
from bot.domain.messages import Ticket
from bot.engine import AtomicEngine, Report
from bot.sandbox.crowd import Crowd
from bot.sandbox.errors import LocalChainFailed
from bot.sandbox.progress import silent
from bot.sandbox.wide import ensure_wide_state
from bot.sandbox.world import World

_BUNDLES, _WARM_UP = 500, 20
_TRADES = 3  # before each block
_MOST_DOLLARS = 150_000
_SUBSCRIBING_S, _PATIENCE_S = 1.0, 20.0
_MOST_BLOCKS = 3 * (_BUNDLES + _WARM_UP)


def run(bundles: int = _BUNDLES) -> Measured:
    """Return milliseconds from head to bundle, and of each part on the way there."""
    with (
        World(silent, block_time_s=None, state=ensure_wide_state()) as world,
        tempfile.TemporaryDirectory() as folder,
    ):
        table = wide_table(world.rpc)
        config = world.config(str(Path(folder) / "journal.sqlite"))
        engine = build_engine(config, world.operator, world.identity, table)
        crowd = Crowd(world.rpc, [spec for spec in table if spec.venue in TRADED], seed=1)
        world.relay.build()
        reports = asyncio.run(_watch(engine, world, crowd, bundles + _WARM_UP))
    sent = [report for report in reports if report.out][_WARM_UP:]
    return Measured(
        figures={
            "pools": len(table),
            "blocks": len(reports),
            "bundles": len(sent),
            "head_to_bundle_ms_p50": _ms(median(report.out for report in sent)),
            "head_to_bundle_ms_p99": _p99([report.out for report in sent]),
            **_parts(sent),
        }
    )


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
    figures = {}
    for part in sent[0].parts:
        times = [report.parts[part] for report in sent]
        figures[f"{part}_ms_p50"] = _ms(median(times))
        figures[f"{part}_ms_p99"] = _p99(times)
    return figures


def _p99(nanos: Sequence[int]) -> float:
    return _ms(quantiles(nanos, n=100, method="inclusive")[98])


def _ms(nanos: float) -> float:
    return round(nanos / 1e6, 2)
