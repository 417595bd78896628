"""Hands that note what they are told to do, or fail at it."""

import asyncio

from bot.domain.ledger_events import Commanded
from bot.domain.trade_plans import Held


class NotingHands:
    """Implements the emergency protocol's `Hands`."""

    def __init__(self, *held: Held) -> None:
        self.positions = held
        self.written: list[Commanded] = []
        self.cancelled: list[tuple[str, str]] = []
        self.asked: list[str] = []
        self.left: list[str] = []
        self.full_disk = False
        self.hangs: set[str] = set()  # positions whose venue does not answer
        self.fails: set[str] = set()

    def held(self) -> tuple[Held, ...]:
        return self.positions

    def write(self, *commands: Commanded) -> None:
        if self.full_disk:
            raise OSError("no space left on device")
        self.written += commands

    async def cancel_entries(self, coin: str, venue: str) -> None:
        self.cancelled.append((coin, venue))

    async def leave(self, position: str) -> None:
        self.asked.append(position)
        if position in self.fails:
            raise OSError(f"{position}: no route to host")
        if position in self.hangs:
            await asyncio.sleep(5)
        self.left.append(position)
