"""New heads over a node's WebSocket."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import msgspec
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from bot.domain.errors import NodeUnreachable
from bot.domain.messages import Head
from bot.domain.units import Nanos, Wei

_OPEN_TIMEOUT_S = 5.0


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
                    message = await asyncio.wait_for(socket.recv(), self._silence_s)
                    seen_at = Nanos(time.monotonic_ns())
                    head = _head(msgspec.json.decode(message), seen_at)
                    if head is not None:
                        yield head
        except TimeoutError as error:
            raise NodeUnreachable(self.ws_url, f"no head for {self._silence_s:g} s") from error
        except (OSError, WebSocketException, msgspec.DecodeError) as error:
            raise NodeUnreachable(self.ws_url, str(error)) from error


_SUBSCRIBE = msgspec.json.encode(
    {"jsonrpc": "2.0", "id": 1, "method": "eth_subscribe", "params": ["newHeads"]}
).decode()


def _head(message: dict[str, Any], seen_at: Nanos) -> Head | None:
    if message.get("method") != "eth_subscription":
        if "error" in message:
            raise WebSocketException(f"subscription refused: {message['error']}")
        return None
    return parse_head(message["params"]["result"], seen_at)


def parse_head(header: dict[str, Any], seen_at: Nanos) -> Head:
    """Return the head of a JSON-RPC block header."""
    return Head(
        number=int(header["number"], 16),
        hash=header["hash"],
        parent_hash=header["parentHash"],
        timestamp_s=int(header["timestamp"], 16),
        base_fee=Wei(int(header["baseFeePerGas"], 16)),
        gas_used=int(header["gasUsed"], 16),
        gas_limit=int(header["gasLimit"], 16),
        seen_at=seen_at,
    )
