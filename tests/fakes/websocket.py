"""A WebSocket node on the loopback that says what a test tells it to."""

import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from websockets.asyncio.server import ServerConnection, serve

Script = Callable[[ServerConnection, str | bytes], Awaitable[None]]


@contextlib.asynccontextmanager
async def websocket_node(script: Script) -> AsyncIterator[str]:
    """Run `script` on every connection, with its first message; give the address."""

    async def handle(connection: ServerConnection) -> None:
        await script(connection, await connection.recv())

    async with serve(handle, "127.0.0.1", 0) as server:
        yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"


def header_of(block: int, **changes: Any) -> dict[str, Any]:
    """A block header as a node sends it; a change to None leaves the field out."""
    header: dict[str, Any] = {
        "number": hex(block),
        "hash": f"0x{block:064x}",
        "parentHash": f"0x{block - 1:064x}",
        "timestamp": hex(1_750_000_000 + 12 * block),
        "baseFeePerGas": hex(10**9),
        "gasUsed": hex(15_000_000),
        "gasLimit": hex(30_000_000),
        "miner": "0x" + "00" * 20,
    }
    return {key: value for key, value in {**header, **changes}.items() if value is not None}


def notice(header: Any) -> str:
    """The subscription's message that carries `header`."""
    params = {"subscription": "0x1", "result": header}
    return json.dumps({"jsonrpc": "2.0", "method": "eth_subscription", "params": params})


CONFIRMED = json.dumps({"jsonrpc": "2.0", "id": 1, "result": "0x1"})
