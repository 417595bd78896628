"""What searchers are told of a private transaction, and the stream that tells them.

The form of the events is that of MEV-Share's documentation; a line `:ping` fills the silence.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec
from aiohttp import web

from bot.sandbox.bundle_simulation import TransactionResult
from bot.sandbox.private_pool import Held
from bot.sandbox.share_requests import Shared

_DEFAULT: tuple[Shared, ...] = ("hash", "default_logs")
_SELECTOR_BYTES = 4
_MOST_WAITING = 1_000  # events for a listener that does not read


def hint_of(held: Held, result: TransactionResult, shared: Sequence[Shared] | None) -> Any:
    """Return the event of a transaction, with no more in it than its sender shares."""
    told = set(_DEFAULT if shared is None else shared)
    call = held.transaction
    about: dict[str, str] = {}
    if told & {"contract_address", "function_selector", "calldata", "full"}:
        about["to"] = call.to
    if told & {"function_selector", "calldata", "full"}:
        about["functionSelector"] = "0x" + call.data[:_SELECTOR_BYTES].hex()
    if told & {"calldata", "full"}:
        about["callData"] = "0x" + call.data.hex()
    if told & {"tx_hash", "transaction_hash", "full"}:
        about["hash"] = call.tx_hash
    return {
        "hash": held.hint_hash,
        "logs": _logs(result, told),
        "txs": [about] if about else None,
        "mevGasPrice": hex(result.coinbase_diff // result.gas_used),
        "gasUsed": hex(result.gas_used),
    }


def _logs(result: TransactionResult, told: set[Shared]) -> list[dict[str, Any]] | None:
    if told & {"logs", "full"}:
        fields = ("address", "topics", "data")
        return [{name: one[name] for name in fields} for one in result.logs]
    if "default_logs" in told:  # which contracts, and what happened there; no amounts
        logs = [one for one in result.logs if one["topics"]]
        return [
            {"address": one["address"], "topics": one["topics"][:1], "data": "0x"} for one in logs
        ]
    return None


class HintStream:
    """Server-sent events to everybody who listens; lives on one event loop."""

    def __init__(self, ping_s: float) -> None:
        self._ping_s = ping_s
        self._listeners: dict[asyncio.Queue[bytes], web.Request] = {}

    def tell(self, event: Any) -> None:
        """Send an event; who does not keep up is cut off."""
        line = b"data: " + msgspec.json.encode(event) + b"\n\n"
        for queue, request in list(self._listeners.items()):
            if queue.qsize() < _MOST_WAITING:
                queue.put_nowait(line)
            elif request.transport is not None:
                request.transport.abort()

    def cut(self) -> int:
        """Cut off everybody, and return how many there were."""
        for request in self._listeners.values():
            if request.transport is not None:
                request.transport.abort()
        return len(self._listeners)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer one listener until it leaves."""
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        queue: asyncio.Queue[bytes] = asyncio.Queue()
        self._listeners[queue] = request
        await response.write(b":ping\n\n")
        try:
            while True:
                await response.write(await self._next(queue))
        except ConnectionError:
            return response
        finally:
            del self._listeners[queue]

    async def _next(self, queue: asyncio.Queue[bytes]) -> bytes:
        try:
            return await asyncio.wait_for(queue.get(), self._ping_s)
        except TimeoutError:
            return b":ping\n\n"
