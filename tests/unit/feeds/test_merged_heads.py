"""Heads of two nodes: each once, and the true one after a false one of the same hash."""

import asyncio

import msgspec
import pytest
from fakes.engine_parts import FakeHeads, head_of

from bot.domain.errors import NodeUnreachable
from bot.domain.messages import Head
from bot.domain.units import Nanos, Wei
from bot.feeds.merged_heads import MergedHeads

GONE = NodeUnreachable("ws://fake", "gone")


def feeds(*told: tuple[Head | NodeUnreachable, ...]) -> MergedHeads:
    found = []
    for at, items in enumerate(told):
        one = FakeHeads(*items)
        one.ws_url = f"ws://fake-{at}"
        found.append(one)
    return MergedHeads(found)


async def first(heads: MergedHeads, count: int) -> list[Head]:
    found: list[Head] = []
    async with asyncio.timeout(15):
        async for head in heads:
            found.append(head)
            if len(found) == count:
                break
    return found


def test_a_head_that_both_tell_is_heard_once() -> None:
    late = msgspec.structs.replace(head_of(100), seen_at=Nanos(5), source="ws://other")
    merged = feeds((head_of(100), head_of(101)), (late, head_of(102)))
    found = asyncio.run(first(merged, 3))
    assert sorted(head.number for head in found) == [100, 101, 102]


def test_a_false_head_does_not_hide_the_true_one_of_the_same_hash() -> None:
    false = msgspec.structs.replace(head_of(100), base_fee=Wei(0))
    found = asyncio.run(first(feeds((false,), (head_of(100),)), 2))
    assert {head.base_fee for head in found} == {0, head_of(100).base_fee}


def test_a_head_that_a_node_goes_back_to_is_heard_again() -> None:
    found = asyncio.run(
        first(
            feeds(
                (head_of(100), head_of(101), head_of(100)),
            ),
            3,
        )
    )
    assert [head.number for head in found] == [100, 101, 100]


def test_one_node_that_is_gone_does_not_end_the_heads_of_the_other() -> None:
    found = asyncio.run(first(feeds((GONE,), (head_of(100),)), 1))
    assert [head.number for head in found] == [100]


def test_heads_end_when_nobody_tells_any() -> None:
    with pytest.raises(NodeUnreachable, match="gone"):
        asyncio.run(first(feeds((GONE,), (GONE,)), 1))
