"""Stand-ins for builders, in a process of their own: they note when a bundle is there, no more.

`python -m bot.bench.cheap_builders 16` says its addresses. Nothing is checked and nothing is built:
what is measured with them is the way to them.
"""

import asyncio
import sys
import time

import msgspec

from bot.sandbox.serving import say, stop_requested

_END_OF_HEAD = b"\r\n\r\n"
_LENGTH = b"content-length:"
_TAKEN = b'{"jsonrpc":"2.0","id":1,"result":{"bundleHash":"0x%b"}}' % (b"ab" * 32)


class Noted(msgspec.Struct, frozen=True, kw_only=True):
    """A bundle's arrival."""

    builder: int
    at: int  # monotonic ns, the machine's
    transaction: str  # the last one, signed, hex


class _Builder(asyncio.Protocol):
    """One connection; `at` is when the last byte of a request was here."""

    def __init__(self, number: int, noted: list[tuple[int, int, bytes]]) -> None:
        self._number, self._noted = number, noted
        self._data = bytearray()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]  # TCP: it can be written to

    def data_received(self, data: bytes) -> None:
        at = time.monotonic_ns()
        self._data += data
        end = self._data.find(_END_OF_HEAD)
        if end < 0 or self._transport is None:
            return
        head = bytes(self._data[:end]).lower()
        size = int(head.partition(_LENGTH)[2].partition(b"\r\n")[0] or 0)
        start = end + len(_END_OF_HEAD)
        if len(self._data) < start + size:
            return
        body = bytes(self._data[start : start + size])
        del self._data[: start + size]
        if head.startswith(b"get"):
            self._answer(self._told())
            return
        self._noted.append((self._number, at, body))
        asyncio.get_running_loop().call_soon(self._answer, _TAKEN)  # after others' arrivals

    def _answer(self, text: bytes) -> None:
        if self._transport is not None:
            head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(text)
            self._transport.write(head + text)

    def _told(self) -> bytes:
        found = [
            Noted(builder=number, at=at, transaction=_last_transaction(body))
            for number, at, body in self._noted
        ]
        self._noted.clear()
        return msgspec.json.encode(found)


def _last_transaction(body: bytes) -> str:
    asked = msgspec.json.decode(body)["params"][0]
    return str(asked["txs"][-1])[2:]


async def _serve(count: int) -> None:
    loop, noted = asyncio.get_running_loop(), list[tuple[int, int, bytes]]()
    servers = [
        await loop.create_server(lambda n=n: _Builder(n, noted), "127.0.0.1", 0)  # type: ignore[misc]
        for n in range(count)
    ]
    ports = [server.sockets[0].getsockname()[1] for server in servers]
    urls = [f"http://127.0.0.1:{port}" for port in ports]
    say({"url": urls[0], "builders": " ".join(urls)})
    await stop_requested(with_parent=True).wait()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
