"""A node that answers anything: the chain's feed says so, and goes on."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from random import Random
from typing import Any

import pytest
from aiohttp import web
from eth_abi.abi import encode as abi_encode
from fakes.websocket import header_of
from support.memory import resident_bytes

from bot.chain.rpc import RpcClient
from bot.domain.assets import USDC
from bot.domain.errors import NodeUnreachable
from bot.domain.messages import Head
from bot.domain.oracles import MAINNET_ORACLES
from bot.domain.ticks import Fault, FaultKind, Message, Restored, Supply, Tick
from bot.domain.units import NANOS_PER_S, WAD, Nanos
from bot.feeds.block_feed import parse_head
from bot.feeds.chain_feed import ChainFeed, ChainSources
from bot.feeds.feed import SystemClock
from bot.feeds.oracle_feed import OracleFeed
from bot.feeds.pacing import Backoff
from bot.feeds.standings import Standings
from bot.feeds.supply_feed import SupplyFeed

BLOCK = 100
NOW_S = 1_750_000_000 + 12 * BLOCK
ROUND = abi_encode(
    ["uint80", "int256", "uint256", "uint256", "uint80"], [1, 99_000_000, NOW_S, NOW_S, 1]
)
TOTAL = abi_encode(["uint256"], [7 * 10**6])


class StillClock(SystemClock):
    def now(self) -> Nanos:
        return Nanos(NOW_S * NANOS_PER_S)


class Ending:
    """A connection that ends as soon as it is there."""

    async def __aiter__(self) -> AsyncIterator[Head]:
        await asyncio.sleep(0)
        for header in ():
            yield parse_head(header, Nanos(0))
        raise NodeUnreachable("ws://nowhere", "closed")


class Node:
    """Answers `hostile` times what no node says, and the truth from then on."""

    def __init__(self, hostile: int) -> None:
        self.random = Random(11)  # noqa: S311 - repeatable hostility
        self.left = hostile

    async def answer(self, request: web.Request) -> web.Response:
        requests = await request.json()
        honest = self._honest(requests)
        if self.left <= 0:
            return web.json_response(honest)
        self.left -= 1
        if self.random.randrange(8) == 0 and request.transport is not None:
            request.transport.abort()
        return self._maimed(json.dumps(honest).encode(), requests)

    def _honest(self, requests: Any) -> Any:
        if isinstance(requests, list):
            return [self._honest(request) for request in requests]
        is_call = requests["method"] == "eth_call"
        result = lens_answer(ROUND, TOTAL) if is_call else header_of(BLOCK)
        return {"jsonrpc": "2.0", "id": requests["id"], "result": result}

    def _maimed(self, true: bytes, requests: Any) -> web.Response:
        random, place = self.random, self.random.randrange(len(true))
        wrong = random.choice((None, 0, "0x", "0xzz", [], {}, "0x" + "ff" * 300))
        refusal = {"code": -1, "message": "no"}
        bodies = (
            random.randbytes(100),
            true[:place],
            json.dumps(self._with(requests, result=wrong)).encode(),
            json.dumps(self._with(requests, error=refusal)).encode(),
            true[:place] + b"f" + true[place + 1 :],
            b"[" * 50_000,
            true,
        )
        return web.Response(body=random.choice(bodies), status=random.choice((200, 200, 200, 502)))

    def _with(self, requests: Any, **said: Any) -> Any:
        if isinstance(requests, list):
            return [self._with(request, **said) for request in requests]
        return {"jsonrpc": "2.0", "id": requests["id"], **said}


def lens_answer(*answers: bytes) -> str:
    return "0x" + abi_encode(["uint256", "uint256", "bytes[]"], [BLOCK, NOW_S, answers]).hex()


def sources() -> ChainSources:
    standings = Standings()
    oracles = OracleFeed(MAINNET_ORACLES[:1], standings)
    return ChainSources(standings=standings, of_views=(oracles, SupplyFeed((USDC,))))


@asynccontextmanager
async def feed_of(node: Node) -> AsyncIterator[AsyncIterator[Message]]:
    app = web.Application()
    app.router.add_post("/", node.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    rpc = RpcClient(f"http://127.0.0.1:{runner.addresses[0][1]}", timeout_s=2)
    feed = ChainFeed(rpc, Ending(), sources, StillClock(), Backoff(1e-5, 1e-4))
    try:
        async with aclosing(aiter(feed)) as messages:  # type: ignore[type-var]
            yield messages
    finally:
        rpc.close()
        await runner.cleanup()


def heard(node: Node, last: Callable[[Message], bool]) -> list[Message]:
    """Return what is told up to the `last`; nothing may raise."""

    async def listen() -> list[Message]:
        found: list[Message] = []
        async with asyncio.timeout(300), feed_of(node) as messages:
            async for message in messages:
                found.append(message)
                if last(message):
                    break
        return found

    return asyncio.run(listen())


def test_an_oracle_and_a_supply_are_told_of_the_newest_block_at_once() -> None:
    tick, supply = heard(Node(0), lambda message: isinstance(message, Supply))
    assert isinstance(tick, Tick)
    assert (tick.pair, tick.bid) == ("USDC/USD", 99 * WAD // 100)
    assert isinstance(supply, Supply)
    assert (supply.asset, supply.total) == ("USDC", 7 * WAD)


def test_a_lost_node_is_told_once_for_each_source_that_spoke() -> None:
    found = heard(Node(0), lambda message: isinstance(message, Restored))
    (fault,) = (message for message in found if isinstance(message, Fault))
    assert (fault.venue, fault.pair) == ("Chainlink", "USDC/USD")
    assert fault.what is FaultKind.DISCONNECTED


@pytest.mark.slow
def test_ten_thousand_hostile_answers_raise_nothing_and_leave_no_memory() -> None:
    node, before = Node(10_000), resident_bytes()
    found = heard(node, lambda message: node.left <= 0 and isinstance(message, Supply))
    grown = resident_bytes() - before
    assert [m.bid for m in found if isinstance(m, Tick)][-1] == 99 * WAD // 100
    assert {type(m) for m in found} <= {Tick, Fault, Restored, Supply}
    assert grown < 50_000_000
