"""POST over keep-alive HTTP/1.1 with one deadline, and nothing else.

A general client takes longer to make a request than a local node takes to answer it. Nothing is
retried and no redirect is followed. A request leaves in one write.
"""

import select
import socket
import ssl
import time
import weakref
from collections import deque
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Self
from urllib.parse import urlsplit

import msgspec

_PORTS = {"http": 80, "https": 443}
_CHUNK = 1 << 18
_MOST_HEAD_BYTES = 1 << 16
_END_OF_HEAD = b"\r\n\r\n"
_IDLE_KEPT = 4
MOST_BYTES = 1 << 28


class NotConnected(OSError):
    """Nothing was sent: there is no connection."""


class HttpAnswer(msgspec.Struct, frozen=True):
    """What came back."""

    status: int
    headers: dict[str, str]  # names in lower case
    body: bytes
    sent_at: int  # when the last byte of the request was handed over, monotonic ns


class HttpPoster:
    """Speaks to one URL; any number of threads may post."""

    def __init__(self, url: str, *, timeout_s: float, most_bytes: int = MOST_BYTES) -> None:
        """Connect with the first request; an answer above `most_bytes` is none.

        Raises:
            ValueError: not the URL of a host.
        """
        parts = urlsplit(url)
        if not parts.hostname:
            raise ValueError(f"no host in {url!r}")
        self._where = (parts.hostname, parts.port or _PORTS[parts.scheme])
        self._tls = ssl.create_default_context() if parts.scheme == "https" else None
        self._timeout_s, self._most = timeout_s, most_bytes
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._head = (
            f"POST {path} HTTP/1.1\r\nHost: {parts.netloc.rpartition('@')[2]}\r\nContent-Length: "
        ).encode("ascii")
        self._idle: deque[socket.socket] = deque()
        weakref.finalize(self, _close_all, self._idle)

    def post(self, body: bytes, headers: Mapping[str, str] | None = None) -> HttpAnswer:
        """Return the answer; `headers` may name another content type than JSON, and more.

        Raises:
            NotConnected: nothing was sent.
            OSError: no whole answer, or none before the deadline.
            ValueError: the answer is not HTTP, or larger than any that makes sense.
        """
        with self.begin(body, headers) as posted:
            return posted.answer()

    def begin(self, body: bytes, headers: Mapping[str, str] | None = None) -> "Posted":
        """Send, and leave the answer to be read later, before the same deadline.

        Raises:
            NotConnected: nothing was sent.
            OSError: not all of it was sent.
        """
        deadline = time.monotonic() + self._timeout_s
        head = b"%b%d%b\r\n\r\n" % (self._head, len(body), _lines(headers or {}))
        try:
            connection = self._connection(deadline)
        except OSError as error:
            raise NotConnected(str(error) or type(error).__name__) from error
        with ExitStack() as failed:
            failed.callback(connection.close)
            connection.sendall(head + body)
            failed.pop_all()
        return Posted(connection, self._idle, _Answer(connection, deadline, self._most))

    def close(self) -> None:
        """Drop the idle connections."""
        _close_all(self._idle)

    def _connection(self, deadline: float) -> socket.socket:
        while self._idle:
            kept = self._idle.pop()
            if not select.select([kept], [], [], 0)[0]:  # readable now: closed by the other side
                kept.settimeout(_left(deadline))
                return kept
            kept.close()
        raw = socket.create_connection(self._where, _left(deadline))
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._tls is None:
            return raw
        return self._tls.wrap_socket(raw, server_hostname=self._where[0])


class Posted:
    """A request that has left; its connection is kept only where the answer was read."""

    def __init__(
        self, connection: socket.socket, idle: deque[socket.socket], answer: "_Answer"
    ) -> None:
        self._connection, self._idle, self._answer = connection, idle, answer
        self._sent_at = time.monotonic_ns()
        self._stays = False

    def answer(self) -> HttpAnswer:
        """Return the answer; once.

        Raises:
            OSError: no whole answer, or none before the deadline.
            ValueError: the answer is not HTTP, or larger than any that makes sense.
        """
        status, told, body, self._stays = self._answer.read()
        return HttpAnswer(status, told, body, self._sent_at)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._stays and len(self._idle) < _IDLE_KEPT:
            self._idle.append(self._connection)
        else:
            self._connection.close()


class _Answer:
    """Reads one response from a connection."""

    def __init__(self, connection: socket.socket, deadline: float, most: int) -> None:
        self._connection, self._deadline, self._left = connection, deadline, most
        self._data = bytearray()

    def read(self) -> tuple[int, dict[str, str], bytes, bool]:
        """Return status, headers, body, and whether the connection can be used again."""
        end = self._find(_END_OF_HEAD, _MOST_HEAD_BYTES)
        status, headers = _parse(bytes(self._data[:end]))
        del self._data[: end + len(_END_OF_HEAD)]
        stays = "close" not in headers.get("connection", "").lower()
        if "chunked" in headers.get("transfer-encoding", "").lower():
            return status, headers, self._chunks(), stays
        if "content-length" in headers:
            return status, headers, self._exactly(int(headers["content-length"])), stays
        return status, headers, self._rest(), False

    def _find(self, mark: bytes, most: int) -> int:
        while (at := self._data.find(mark)) < 0:
            if len(self._data) > most:
                raise ValueError("the answer has no end of head")
            self._more()
        return at

    def _exactly(self, size: int) -> bytes:
        if not 0 <= size <= self._left + len(self._data):
            raise ValueError(f"the answer's length is {size}, too large or none")
        while len(self._data) < size:
            self._more()
        taken = bytes(self._data[:size])
        del self._data[:size]
        return taken

    def _chunks(self) -> bytes:
        parts: list[bytes] = []
        while True:
            end = self._find(b"\r\n", _MOST_HEAD_BYTES)
            size = int(bytes(self._data[:end]).partition(b";")[0], 16)
            del self._data[: end + 2]
            part = self._exactly(size + 2)
            if size == 0:  # trailers are not sent to us: what follows the last chunk is empty
                return b"".join(parts)
            parts.append(part[:-2])

    def _rest(self) -> bytes:
        try:
            while True:
                self._more()
        except ConnectionResetError:
            return bytes(self._data)

    def _more(self) -> None:
        self._connection.settimeout(_left(self._deadline))
        part = self._connection.recv(_CHUNK)
        if not part:
            raise ConnectionResetError("the answer ends too early")
        self._left -= len(part)
        if self._left < 0:
            raise ValueError("the answer is too large to be one")
        self._data += part


def _lines(headers: Mapping[str, str]) -> bytes:
    named = any(name.lower() == "content-type" for name in headers)
    sent = dict(headers) if named else {"Content-Type": "application/json", **headers}
    text = "".join(f"\r\n{name}: {value}" for name, value in sent.items())
    if text.count("\n") != len(sent):
        raise ValueError("a header with a line break in it")
    return text.encode("ascii")


def _parse(head: bytes) -> tuple[int, dict[str, str]]:
    first, *lines = head.decode("latin-1").split("\r\n")
    version, _, rest = first.partition(" ")
    if not version.startswith("HTTP/1.") or not rest[:3].isdigit():
        raise ValueError(f"not an HTTP answer: {first[:60]!r}")
    pairs = (line.partition(":") for line in lines)
    return int(rest[:3]), {name.strip().lower(): value.strip() for name, _, value in pairs}


def _close_all(connections: deque[socket.socket]) -> None:
    while connections:
        connections.pop().close()


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("timed out")
    return left
