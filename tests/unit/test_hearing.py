"""What stands between the feeds and the watch."""

import asyncio

import pytest
from support.price_messages import fault, seconds, tick

from bot.config import load_config
from bot.domain.errors import HaltError
from bot.domain.ticks import Message
from bot.feeds.feed import Listener, SystemClock
from bot.hearing import Hearing
from bot.history.belief_file import read_model
from bot.monitor import Monitor
from bot.monitor_app import build_monitor
from bot.strategy.classification import OpportunityClassifier
from bot.strategy.judged_watch import JudgedWatch
from bot.strategy.price_watch import PriceWatch

FIRST, SECOND, THIRD = (
    tick(f"{venue} USDC/USD", "1.0", 1) for venue in ("kraken", "okx", "gemini")
)


class Teller:
    """Hands over two prices before others have their turn, and a third one after that."""

    async def tell(self, listener: Listener) -> None:
        listener(FIRST)
        listener(SECOND)
        await asyncio.sleep(0.05)
        listener(THIRD)

    def __aiter__(self) -> object:
        raise AssertionError("it can do better")


class Noting(JudgedWatch):
    """Notes what it is asked to decide upon at once."""

    def __init__(self) -> None:
        super().__init__(PriceWatch(), OpportunityClassifier(read_model()))
        self.asked: list[tuple[Message, ...]] = []

    def hear(self, *messages: Message) -> tuple[()]:
        self.asked.append(messages)
        assert super().hear(*messages) == ()
        return ()


def test_prices_of_one_turn_are_decided_upon_together_and_the_last_before_the_end() -> None:
    watch, heard = Noting(), list[Message]()

    async def listen() -> None:
        async for _ in Monitor([Teller()], watch, SystemClock()).changes(heard.append):
            pass

    asyncio.run(listen())
    assert watch.asked == [(FIRST, SECOND), (THIRD,)]
    assert heard == [FIRST, SECOND, THIRD]


def test_a_fault_waits_for_nothing_and_overtakes_nothing() -> None:
    watch, heard = Noting(), list[Message]()
    hearing = Hearing(watch, heard.append)
    hearing.hear(FIRST)
    assert watch.asked == heard == []
    lost = fault("kraken USDC/USD", 2)
    hearing.hear(lost)
    assert watch.asked == [(FIRST, lost)]
    assert heard == [FIRST, lost]


def test_time_passes_for_prices_that_were_decided_upon() -> None:
    watch = Noting()
    hearing = Hearing(watch, lambda _: None)
    hearing.hear(FIRST)
    hearing.advance(seconds(5))
    assert watch.asked == [(FIRST,)]
    assert watch.watch.event_time == seconds(5)


@pytest.mark.parametrize("busy_poll", [True, False])
def test_what_fails_in_a_decision_ends_the_listening(*, busy_poll: bool) -> None:
    def fail(message: Message) -> None:
        raise HaltError(f"{message.venue} is the last straw")

    async def listen() -> None:
        monitor = Monitor([Teller()], Noting(), SystemClock(), busy_poll=busy_poll)
        async for _ in monitor.changes(fail):
            pass

    with pytest.raises(HaltError, match="kraken is the last straw"):
        asyncio.run(listen())


def test_who_wants_a_whole_core_for_prices_gets_it() -> None:
    async def turns(*, busy_poll: bool) -> int:
        config = load_config(None, busy_poll=busy_poll, streams=())
        loop, count = asyncio.get_running_loop(), 0

        def select(timeout: float | None) -> object:
            nonlocal count
            count += 1
            return before(timeout)

        before = loop._selector.select  # type: ignore[attr-defined]
        loop._selector.select = select  # type: ignore[attr-defined]
        monitor = build_monitor(config, SystemClock(), (Teller(),))
        async for _ in monitor.changes():
            pass
        return count

    assert asyncio.run(turns(busy_poll=False)) < 50 < asyncio.run(turns(busy_poll=True))
