"""Server-sent events out of bytes, as far as MEV-Share uses them: lines of data, and comments.

Source: WHATWG HTML, 9.2.6.
"""

from collections.abc import Iterator

MOST_BYTES = 1 << 20  # of one event; a transaction with that many logs is not for us


class EventLines:
    """Cuts a stream into the data of its events."""

    def __init__(self) -> None:
        self._rest = b""
        self._data: list[bytes] = []
        self._size = 0

    def feed(self, more: bytes) -> Iterator[bytes]:
        """Yield the data of every event that is whole now.

        Raises:
            ValueError: an event is larger than any that makes sense; the stream is of no more use.
        """
        *lines, self._rest = (self._rest + more).replace(b"\r\n", b"\n").split(b"\n")
        for line in lines:
            if line:
                self._take(line)
            elif self._data:
                yield b"\n".join(self._data)
                self._data, self._size = [], 0
        if self._size + len(self._rest) > MOST_BYTES:
            raise ValueError(f"an event of more than {MOST_BYTES} bytes")

    def _take(self, line: bytes) -> None:
        name, _, value = line.partition(b":")
        if name == b"data":  # a comment has no name, and other fields say nothing here
            self._data.append(value.removeprefix(b" "))
            self._size += len(value)
