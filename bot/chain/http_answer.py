"""Reads one HTTP/1.1 answer from a connection, before one deadline and up to one size."""

import socket
import time

_CHUNK = 1 << 18
_MOST_HEAD_BYTES = 1 << 16
_END_OF_HEAD = b"\r\n\r\n"


class AnswerReader:
    """Reads one response from a connection."""

    def __init__(self, connection: socket.socket, deadline: float, most: int) -> None:
        """Read up to `most` bytes until `deadline`, monotonic."""
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
        self._connection.settimeout(left_until(self._deadline))
        part = self._connection.recv(_CHUNK)
        if not part:
            raise ConnectionResetError("the answer ends too early")
        self._left -= len(part)
        if self._left < 0:
            raise ValueError("the answer is too large to be one")
        self._data += part


def _parse(head: bytes) -> tuple[int, dict[str, str]]:
    first, *lines = head.decode("latin-1").split("\r\n")
    version, _, rest = first.partition(" ")
    if not version.startswith("HTTP/1.") or not rest[:3].isdigit():
        raise ValueError(f"not an HTTP answer: {first[:60]!r}")
    pairs = (line.partition(":") for line in lines)
    return int(rest[:3]), {name.strip().lower(): value.strip() for name, _, value in pairs}


def left_until(deadline: float) -> float:
    """Return the seconds that are left.

    Raises:
        TimeoutError: none are.
    """
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("timed out")
    return left
