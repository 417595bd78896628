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

from bot.chain.http_answer import AnswerReader, left_until

_PORTS = {"http": 80, "https": 443}
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
        request = self._request(body, headers)
        try:
            connection = self._connection(deadline)
        except OSError as error:
            raise NotConnected(str(error) or type(error).__name__) from error
        with ExitStack() as failed:
            failed.callback(connection.close)
            connection.sendall(request)
            failed.pop_all()
        return Posted(connection, self._idle, AnswerReader(connection, deadline, self._most))

    def begin_kept(self, body: bytes, headers: Mapping[str, str] | None = None) -> "Posted | None":
        """Send on a connection that is kept, waiting for nothing; None: nothing was sent.

        Raises:
            OSError: not all of it was sent.
        """
        connection = self._kept()
        if connection is None:
            return None
        deadline = time.monotonic() + self._timeout_s
        request = self._request(body, headers)
        connection.settimeout(0)
        with ExitStack() as failed:
            failed.callback(connection.close)
            try:
                sent = connection.send(request)
            except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                return None
            if sent < len(request):
                raise OSError(f"only {sent} of {len(request)} bytes could be sent at once")
            failed.pop_all()
        return Posted(connection, self._idle, AnswerReader(connection, deadline, self._most))

    def connect(self) -> None:
        """Have a connection ready for the next request.

        Raises:
            OSError: there is none.
        """
        if (kept := self._kept()) is None:
            kept = self._opened(time.monotonic() + self._timeout_s)
        self._idle.append(kept)

    def close(self) -> None:
        """Drop the idle connections."""
        _close_all(self._idle)

    def _request(self, body: bytes, headers: Mapping[str, str] | None) -> bytes:
        return b"%b%d%b\r\n\r\n%b" % (self._head, len(body), _lines(headers or {}), body)

    def _connection(self, deadline: float) -> socket.socket:
        if (kept := self._kept()) is not None:
            kept.settimeout(left_until(deadline))
            return kept
        return self._opened(deadline)

    def _kept(self) -> socket.socket | None:
        while True:
            try:
                kept = self._idle.pop()
            except IndexError:
                return None
            if not select.select([kept], [], [], 0)[0]:  # readable now: closed by the other side
                return kept
            kept.close()

    def _opened(self, deadline: float) -> socket.socket:
        raw = socket.create_connection(self._where, left_until(deadline))
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._tls is None:
            return raw
        return self._tls.wrap_socket(raw, server_hostname=self._where[0])


class Posted:
    """A request that has left; its connection is kept only where the answer was read."""

    def __init__(
        self, connection: socket.socket, idle: deque[socket.socket], answer: AnswerReader
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


def _lines(headers: Mapping[str, str]) -> bytes:
    named = any(name.lower() == "content-type" for name in headers)
    sent = dict(headers) if named else {"Content-Type": "application/json", **headers}
    text = "".join(f"\r\n{name}: {value}" for name, value in sent.items())
    if text.count("\n") != len(sent):
        raise ValueError("a header with a line break in it")
    return text.encode("ascii")


def _close_all(connections: deque[socket.socket]) -> None:
    while connections:
        connections.pop().close()
