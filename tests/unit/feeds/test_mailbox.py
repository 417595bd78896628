"""Messages that wait, and when to ask again."""

import asyncio
from contextlib import aclosing

import pytest

from bot.domain.ticks import Fault, FaultKind, Message, SourceKind, Tick
from bot.domain.units import NANOS_PER_S, WAD, Nanos, Wad
from bot.feeds.feed import Listener
from bot.feeds.mailbox import Mailbox, Outlet, mailed
from bot.feeds.pacing import Backoff, Pace


def tick(at: int, asset: str = "USDC") -> Tick:
    return Tick(
        venue="kraken",
        kind=SourceKind.CEX,
        asset=asset,
        currency="USD",
        bid=Wad(WAD),
        ask=Wad(WAD),
        at=Nanos(at),
        seen_at=Nanos(at),
    )


def test_messages_come_out_in_their_order() -> None:
    mailbox = Mailbox()
    for at in (1, 2, 3):
        mailbox.put(tick(at))
    assert [mailbox.take() for _ in range(4)] == [tick(1), tick(2), tick(3), None]


def test_a_listener_far_behind_gets_the_newest_price_of_each_pair() -> None:
    mailbox = Mailbox(limit=2)
    for at in range(1, 100):
        mailbox.put(tick(at))
        mailbox.put(tick(at, "DAI"))
    assert len(mailbox) == 4
    assert [mailbox.take() for _ in range(5)] == [
        tick(1),
        tick(1, "DAI"),
        tick(99),
        tick(99, "DAI"),
        None,
    ]
    assert mailbox.dropped == 2 * 97


def test_no_price_from_before_a_fault_is_told_after_it() -> None:
    mailbox = Mailbox(limit=1)
    fault = Fault(venue="kraken", pair="USDC/USD", what=FaultKind.GAP, at=Nanos(4))
    for message in (tick(1), tick(2), tick(2, "DAI"), fault):
        mailbox.put(message)
    assert [mailbox.take() for _ in range(4)] == [tick(1), fault, tick(2, "DAI"), None]


def test_the_listener_wakes_for_a_message_and_for_a_nudge() -> None:
    async def script() -> None:
        mailbox = Mailbox()
        mailbox.put(tick(1))
        await asyncio.wait_for(mailbox.wait(), 1)
        mailbox.take()
        assert mailbox.take() is None
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(mailbox.wait(), 0.01)
        mailbox.wake()
        await asyncio.wait_for(mailbox.wait(), 1)

    asyncio.run(script())


class Teller:
    """Tells two prices through an outlet, in a task of its own as sockets do, and goes on."""

    def __init__(self, *, ends: bool) -> None:
        self._ends = ends
        self.closed = False

    async def tell(self, listener: Listener) -> None:
        outlet = Outlet(listener)
        source = asyncio.create_task(asyncio.sleep(0 if self._ends else 60))
        asyncio.get_running_loop().call_soon(lambda: [outlet.put(tick(at)) for at in (1, 2)])
        try:
            await outlet.open_while(source)
        finally:
            source.cancel()
            self.closed = True


def test_what_a_listener_raises_ends_the_telling_and_nothing_more_is_told() -> None:
    told = []

    def listener(message: Message) -> None:
        told.append(message)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        asyncio.run(Teller(ends=False).tell(listener))
    assert told == [tick(1)]


@pytest.mark.parametrize("ends", [True, False])
def test_one_who_iterates_gets_everything_and_closes_the_feed(*, ends: bool) -> None:
    teller = Teller(ends=ends)

    async def script() -> list[Message]:
        heard = []
        async with aclosing(mailed(teller, Mailbox())) as messages:
            async for message in messages:
                heard.append(message)
                if message == tick(2) and not ends:
                    break
        return heard

    assert asyncio.run(script()) == [tick(1), tick(2)]
    assert teller.closed


def test_waits_double_up_to_the_last_and_begin_anew_after_success() -> None:
    backoff = Backoff(1, 10)
    waits = [backoff.next_s() for _ in range(6)]
    for wait, due in zip(waits, (1, 2, 4, 8, 10, 10), strict=True):
        assert due / 2 <= wait <= due
    backoff.reset()
    assert backoff.next_s() <= 1


def test_waits_of_many_differ() -> None:
    assert len({Backoff(1, 10).next_s() for _ in range(20)}) > 10


def test_polls_come_faster_in_a_storm_and_slow_down_after_it() -> None:
    pace = Pace(fastest_s=0.5, slowest_s=5.0, step_bps=2.0)
    assert pace.interval_s == 5.0
    price, at = WAD, 0
    for _ in range(20):  # 50 bps a second
        price, at = price * 995 // 1000, at + NANOS_PER_S
        pace.hear(price, Nanos(at))
    assert pace.interval_s == 0.5
    for _ in range(200):
        at += NANOS_PER_S
        pace.hear(price, Nanos(at))
    assert pace.interval_s == 5.0


def test_a_step_every_two_seconds_is_polled_about_as_often() -> None:
    pace = Pace(fastest_s=0.5, slowest_s=5.0, step_bps=2.0)
    price = WAD
    for second in range(1, 300):
        price = price * 9999 // 10_000
        pace.hear(price, Nanos(second * NANOS_PER_S))
    assert pace.interval_s == pytest.approx(2.0, rel=0.1)
