"""New heads over a node's WebSocket."""

import asyncio
import time
from collections.abc import AsyncIterator

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from bot.chain.wire import decode_json
from bot.domain.errors import NodeUnreachable
from bot.domain.messages import Head
from bot.domain.units import Nanos, Wei

_OPEN_TIMEOUT_S = 5.0
_MESSAGES = msgspec.json.Decoder(dict[str, object])


class _Header(msgspec.Struct, rename="camel"):
    number: str
    hash: str
    parent_hash: str
    timestamp: str
    base_fee_per_gas: str
    gas_used: str
    gas_limit: str


class BlockFeed:
    """Yields every head the node announces, stamped on arrival with the monotonic clock."""

    def __init__(self, ws_url: str, *, silence_s: float = 60.0) -> None:
        """Listen at `ws_url`; no head for `silence_s` counts as a dead node."""
        self.ws_url, self._silence_s = ws_url, silence_s

    async def __aiter__(self) -> AsyncIterator[Head]:
        """Yield heads until the connection fails.

        Raises:
            NodeUnreachable: refused, closed, silent for too long, or not a node.
        """
        try:
            async with connect(self.ws_url, open_timeout=_OPEN_TIMEOUT_S) as socket:
                await socket.send(_SUBSCRIBE)
                while True:
                    message = await self._next(socket)
                    seen_at = Nanos(time.monotonic_ns())
                    head = _head(decode_json(_MESSAGES, message), seen_at)
                    if head is not None:
                        yield msgspec.structs.replace(head, source=self.ws_url)
        except (OSError, WebSocketException, ValueError) as error:
            raise NodeUnreachable(self.ws_url, str(error)) from error

    async def _next(self, socket: ClientConnection) -> str | bytes:
        try:
            return await asyncio.wait_for(socket.recv(), self._silence_s)
        except TimeoutError as error:
            raise NodeUnreachable(self.ws_url, f"no head for {self._silence_s:g} s") from error


_SUBSCRIBE = msgspec.json.encode(
    {"jsonrpc": "2.0", "id": 1, "method": "eth_subscribe", "params": ["newHeads"]}
).decode()


def _head(message: dict[str, object], seen_at: Nanos) -> Head | None:
    if "error" in message:
        raise ValueError(f"subscription refused: {message['error']}")
    if message.get("method") != "eth_subscription":
        return None
    notice = message.get("params")
    return parse_head(notice.get("result") if isinstance(notice, dict) else None, seen_at)


def parse_head(header: object, seen_at: Nanos) -> Head:
    """Return the head of a JSON-RPC block header.

    Raises:
        ValueError: not a header of a mined block.
    """
    try:
        found = msgspec.convert(header, _Header)
        return Head(
            number=int(found.number, 16),
            hash=found.hash,
            parent_hash=found.parent_hash,
            timestamp_s=int(found.timestamp, 16),
            base_fee=Wei(int(found.base_fee_per_gas, 16)),
            gas_used=int(found.gas_used, 16),
            gas_limit=int(found.gas_limit, 16),
            seen_at=seen_at,
        )
    except (msgspec.ValidationError, ValueError) as error:
        raise ValueError(f"not a block header: {error}") from error


async def newest_of(
    heads: asyncio.Queue[Head],
    reader: asyncio.Task[None],
    *,
    again: Head | None = None,
    within_s: float | None = None,
) -> Head:
    """Return the newest waiting head, or raise what ended the feed.

    Where none comes within that time it is `again`, as if heard now.
    """
    waiter = asyncio.create_task(heads.get())
    first = asyncio.FIRST_COMPLETED
    await asyncio.wait({waiter, reader}, timeout=within_s, return_when=first)
    if not waiter.done():
        waiter.cancel()
        if again is not None and not reader.done():
            return msgspec.structs.replace(again, seen_at=Nanos(time.monotonic_ns()))
        reader.result()
    head = await waiter
    while not heads.empty():
        head = heads.get_nowait()
    return head
