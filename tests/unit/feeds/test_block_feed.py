"""Heads from a WebSocket on the loopback, and every way in which they stop coming."""

import asyncio
import json
import socket
import time
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from fakes.websocket import CONFIRMED, header_of, notice, websocket_node
from websockets.asyncio.server import ServerConnection

from bot.domain.errors import NodeUnreachable
from bot.domain.messages import Head
from bot.domain.units import GWEI, Nanos
from bot.feeds.block_feed import BlockFeed, parse_head

SILENCE_S = 0.2


def heard(messages: Sequence[str | bytes], *, then_close: bool = False) -> list[Head | str]:
    """Return the heads a feed yields for `messages`, and the reason it ended."""

    async def script(connection: ServerConnection, _: str | bytes) -> None:
        for message in messages:
            await connection.send(message)
        if then_close:
            await asyncio.sleep(SILENCE_S / 2)  # the client drops what it has not read by then
        else:
            await connection.wait_closed()

    async def run() -> list[Head | str]:
        found: list[Head | str] = []
        async with websocket_node(script) as url:
            try:
                async for head in BlockFeed(url, silence_s=SILENCE_S):
                    found.append(head)  # noqa: PERF401  what came before the end counts
            except NodeUnreachable as error:
                found.append(error.reason)
        return found

    return asyncio.run(run())


def test_every_head_is_yielded_in_order_until_silence() -> None:
    *heads, reason = heard([CONFIRMED, notice(header_of(7)), notice(header_of(8))])
    assert [head.number for head in heads if isinstance(head, Head)] == [7, 8]
    assert reason == f"no head for {SILENCE_S} s"


def test_a_head_carries_what_the_header_says() -> None:
    before = time.monotonic_ns()
    head, _ = heard([CONFIRMED, notice(header_of(7, gasUsed="0xff"))])
    assert isinstance(head, Head)
    assert (head.number, head.hash, head.parent_hash) == (7, f"0x{7:064x}", f"0x{6:064x}")
    assert (head.base_fee, head.gas_used, head.gas_limit) == (GWEI, 255, 30_000_000)
    assert before < head.seen_at < time.monotonic_ns()


def test_the_feed_asks_for_new_heads() -> None:
    asked: list[Any] = []

    async def script(_: ServerConnection, first: str | bytes) -> None:
        asked.append(json.loads(first))

    async def run() -> None:
        async with websocket_node(script) as url:
            assert await _ended(aiter(BlockFeed(url, silence_s=SILENCE_S)))

    asyncio.run(run())
    assert (asked[0]["method"], asked[0]["params"]) == ("eth_subscribe", ["newHeads"])


def test_a_closed_connection_ends_the_feed() -> None:
    head, reason = heard([CONFIRMED, notice(header_of(7))], then_close=True)
    assert isinstance(head, Head)
    assert isinstance(reason, str)


def test_a_node_without_subscriptions_is_refused_with_its_own_words() -> None:
    answer = {"id": 1, "error": {"code": -32601, "message": "notifications not supported"}}
    (reason,) = heard([json.dumps(answer)])
    assert "subscription refused" in str(reason)
    assert "notifications not supported" in str(reason)


@pytest.mark.parametrize(
    "message",
    [
        "not JSON",
        "[" * 100_000,
        b"\xff\xfe",
        "[]",
        "7",
        "null",
        notice(None),
        notice("0x1"),
        notice(header_of(7, number=None)),
        notice(header_of(7, baseFeePerGas=None)),
        notice(header_of(7, gasUsed="many")),
        notice(header_of(7, gasUsed=255)),
        '{"method": "eth_subscription"}',
        '{"method": "eth_subscription", "params": []}',
    ],
)
def test_what_is_no_head_ends_the_feed_and_not_the_process(message: str | bytes) -> None:
    (reason,) = heard([message])
    assert isinstance(reason, str)
    assert "no head for" not in reason


def test_other_notices_are_passed_over() -> None:
    other = json.dumps({"jsonrpc": "2.0", "method": "eth_something", "params": {}})
    head, _ = heard([CONFIRMED, other, notice(header_of(7))])
    assert isinstance(head, Head)


async def _ended(heads: AsyncIterator[Head]) -> str:
    try:
        await anext(heads)
    except NodeUnreachable as error:
        return error.reason
    raise AssertionError("the feed went on")


@pytest.mark.parametrize("url", ["ws://127.0.0.1:{port}", "http://127.0.0.1:{port}", "nonsense"])
def test_an_address_where_no_node_listens_is_said_so(url: str) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        feed = BlockFeed(url.format(port=probe.getsockname()[1]))
        assert asyncio.run(_ended(aiter(feed)))


def test_a_server_that_never_shakes_hands_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.feeds.block_feed._OPEN_TIMEOUT_S", SILENCE_S)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        reason = asyncio.run(_ended(aiter(BlockFeed(f"ws://127.0.0.1:{mute.getsockname()[1]}"))))
    assert "handshake" in reason


def test_a_pending_block_is_no_head() -> None:
    with pytest.raises(ValueError, match="not a block header"):
        parse_head({**header_of(7), "hash": None}, Nanos(0))
