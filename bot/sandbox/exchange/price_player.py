"""Plays recorded prices over all venues at once, at any speed, stamped with their own times."""

import asyncio
import time
from collections.abc import Mapping, Sequence

import msgspec

from bot.domain.units import NANOS_PER_S
from bot.sandbox.exchange.market_maker import MarketMaker
from bot.sandbox.exchange.recorded_prices import RecordedPrice
from bot.sandbox.exchange.trading_floor import Floor


class Stage(msgspec.Struct, frozen=True):
    """A floor and who keeps it quoted."""

    floor: Floor
    maker: MarketMaker


class PricePlayer:
    """One recording at a time."""

    def __init__(self, stages: Mapping[str, Stage]) -> None:
        self._stages = stages
        self._playing: asyncio.Task[None] | None = None
        self.played = 0  # rows
        self.holds_time = False  # event time is that of a recording

    @property
    def is_playing(self) -> bool:
        """Whether rows are still to come."""
        return self._playing is not None and not self._playing.done()

    def start(self, rows: Sequence[RecordedPrice], speed: float) -> None:
        """Play from the first row on; rows of venues or pairs that are not here are left out.

        At speed 0 it only waits at the first row, every book at the first price recorded of it;
        so clients can connect before anything happens. After the last row its time stands still.
        """
        self.stop()
        here = [row for row in rows if self._is_here(row)]
        self.played, self.holds_time = 0, True
        if speed:
            self._playing = asyncio.create_task(self._play(here, speed))
        elif here:
            self._wait_at(here)

    def stop(self) -> None:
        """End the recording; the last prices stay, and the time is ours again."""
        if self._playing is not None:
            self._playing.cancel()
            self._playing = None
        self.holds_time = False
        for stage in self._stages.values():
            stage.floor.clock.leave_recording()

    def _wait_at(self, rows: Sequence[RecordedPrice]) -> None:
        for stage in self._stages.values():
            stage.floor.clock.set_moment(rows[0].at)
        first = {(row.venue, row.pair): row for row in reversed(rows)}
        for row in first.values():
            self._show(row)

    def _is_here(self, row: RecordedPrice) -> bool:
        stage = self._stages.get(row.venue)
        return stage is not None and row.pair in stage.floor.engine.markets

    async def _play(self, rows: Sequence[RecordedPrice], speed: float) -> None:
        started = time.monotonic()
        for number, row in enumerate(rows):
            due = started + (row.at - rows[0].at) / NANOS_PER_S / speed
            # Late or not, clients are served between two rows: else the news of many come as one.
            await asyncio.sleep(max(due - time.monotonic(), 0.0))
            until = rows[number + 1].at if number + 1 < len(rows) else row.at
            for stage in self._stages.values():
                stage.floor.clock.set_moment(row.at)
            self._show(row)
            for stage in self._stages.values():
                stage.floor.clock.set_moment(row.at, speed=speed, until=until)
            self.played = number + 1

    def _show(self, row: RecordedPrice) -> None:
        stage = self._stages[row.venue]
        ladder = stage.maker.ladders[row.pair]
        if row.bid < row.ask:
            ladder.set_top(row.bid, row.ask, row.depth)
        else:
            ladder.set_middle(row.bid)
        stage.maker.print_trade(row.pair)
