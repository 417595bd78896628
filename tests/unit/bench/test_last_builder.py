"""What the fan-out benchmark tells is from the head to the last builder, and nobody is left out.

The builders' process is a stand-in that says what was noted.
"""

from typing import Any

import msgspec
import pytest
from fakes.engine_parts import head_of
from fakes.markets import book_of, curve_pool
from fakes.tickets import ticket_of

from bot.bench.cheap_builders import Noted
from bot.bench.fan_out_times import Listeners
from bot.domain.messages import NoPlan, Refusal
from bot.domain.units import Nanos
from bot.engine import Report
from bot.sandbox.errors import LocalChainFailed

TICKET = ticket_of()
TRANSACTION = TICKET.transaction.hex()


class Child:
    """Three builders, and when a bundle was with each."""

    announced = {"builders": "http://a http://b http://c"}  # noqa: RUF012  a stand-in's

    def __init__(self, *noted: tuple[int, int]) -> None:
        found = [Noted(builder=one, at=at, transaction=TRANSACTION) for one, at in noted]
        self.data = msgspec.json.encode(found)

    def ask(self, *_: str) -> Any:
        return self


def report(seen_at: int, decision: Any = TICKET) -> Report:
    return Report(
        head=msgspec.structs.replace(head_of(100), seen_at=Nanos(seen_at)),
        book=book_of([curve_pool([9e6, 9e6, 9e6, 9e6])]),
        settled=(),
        decision=decision,
        elapsed=Nanos(1),
    )


def test_the_last_builder_counts_and_the_first_time_that_it_was_there() -> None:
    child = Child((0, 1_500), (2, 9_000), (1, 1_200), (2, 50_000))
    assert Listeners(child).times([report(1_000)]) == [8_000]


def test_a_block_without_a_bundle_is_no_time() -> None:
    nothing = NoPlan(block=100, refusal=Refusal.NO_GAP, detail="")
    assert Listeners(Child()).times([report(1_000, nothing)]) == []


def test_a_builder_without_the_bundle_is_a_failure_and_not_a_better_figure() -> None:
    with pytest.raises(LocalChainFailed, match="2 of 3"):
        Listeners(Child((0, 1_500), (1, 1_200))).times([report(1_000)])
