"""Requests in turn: none overtakes another, the urgent come next, nobody waits for ever."""

import asyncio
from contextlib import suppress

from bot.execution.turns import Turns


def test_only_one_has_the_turn_and_the_urgent_come_next() -> None:
    order: list[str] = []

    async def go(turns: Turns, name: str, *, is_urgent: bool) -> None:
        async with turns.turn(is_urgent=is_urgent, patience_s=5) as is_mine:
            assert is_mine
            order.append(f"{name} in")
            await asyncio.sleep(0.01)
            order.append(f"{name} out")

    async def script() -> None:
        turns = Turns()
        await asyncio.gather(
            go(turns, "first", is_urgent=False),
            go(turns, "second", is_urgent=False),
            go(turns, "order", is_urgent=True),
        )
        await go(turns, "last", is_urgent=False)

    asyncio.run(script())
    names = ("first", "order", "second", "last")
    assert order == [f"{name} {what}" for name in names for what in ("in", "out")]


def test_who_has_waited_long_enough_goes_out_of_turn_and_takes_nobodys() -> None:
    async def script() -> list[bool]:
        turns, heard = Turns(), list[bool]()

        async def slow() -> None:
            async with turns.turn(is_urgent=False, patience_s=5):
                await asyncio.sleep(0.1)

        task = asyncio.create_task(slow())
        await asyncio.sleep(0)
        async with turns.turn(is_urgent=True, patience_s=0.01) as is_mine:
            heard.append(is_mine)
        async with turns.turn(is_urgent=True, patience_s=5) as is_mine:
            heard.append(is_mine)
            assert task.done()
        return heard

    assert asyncio.run(script()) == [False, True]


def test_one_that_is_given_up_while_it_waits_loses_no_turn() -> None:
    async def script() -> bool:
        turns = Turns()

        async def hold(seconds: float) -> None:
            async with turns.turn(is_urgent=False, patience_s=5):
                await asyncio.sleep(seconds)

        tasks = [asyncio.create_task(hold(0.02)) for _ in range(5)]
        await asyncio.sleep(0.01)
        for task in tasks[1:4]:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task
        async with turns.turn(is_urgent=False, patience_s=0.5) as is_mine:
            return is_mine

    assert asyncio.run(script())
