"""The HTTP client against servers that answer byte by byte what a test tells them to."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from bot.chain.http import HttpPoster

TIMEOUT_S = 0.5
OK = b"HTTP/1.1 200 OK\r\n"


@contextlib.contextmanager
def raw_server(*answers: bytes, pause_s: float = 0.0) -> Iterator[tuple[str, list[int]]]:
    """Answer each request with the next of `answers`, in pieces; b'' hangs up before answering."""
    listener = socket.create_server(("127.0.0.1", 0))
    connections: list[int] = []

    def serve() -> None:
        left = list(answers)
        while left:
            with contextlib.suppress(OSError):
                connection, _ = listener.accept()
                connections.append(len(left))
                with connection:
                    serve_one(connection, left)

    def serve_one(connection: socket.socket, left: list[bytes]) -> None:
        while left and connection.recv(65_536):
            answer = left.pop(0)
            for k in range(0, len(answer), 7):
                connection.sendall(answer[k : k + 7])
                time.sleep(pause_s)
            if not answer or b"close" in answer:
                return

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/", connections
    finally:
        listener.close()


def sized(body: bytes, *headers: bytes) -> bytes:
    lines = [OK.rstrip(), *headers, b"content-length: %d" % len(body)]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def test_an_answer_in_pieces_is_put_together_and_the_connection_kept() -> None:
    with raw_server(sized(b"first answer"), sized(b"second")) as (url, connections):
        poster = HttpPoster(url, timeout_s=TIMEOUT_S)
        assert poster.post(b"{}") == (200, b"first answer")
        assert poster.post(b"{}") == (200, b"second")
        poster.close()
    assert len(connections) == 1


def test_chunks_are_joined() -> None:
    chunked = OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4;x=1\r\ndefg\r\n0\r\n\r\n"
    with raw_server(chunked, sized(b"next")) as (url, connections):
        poster = HttpPoster(url, timeout_s=TIMEOUT_S)
        assert poster.post(b"{}") == (200, b"abcdefg")
        assert poster.post(b"{}") == (200, b"next")
    assert len(connections) == 1


def test_without_a_length_the_answer_ends_with_the_connection() -> None:
    with raw_server(OK + b"Connection: close\r\n\r\nall of it", sized(b"x")) as (url, connections):
        poster = HttpPoster(url, timeout_s=TIMEOUT_S)
        assert poster.post(b"{}") == (200, b"all of it")
        assert poster.post(b"{}") == (200, b"x")
    assert len(connections) == 2


def test_a_connection_that_the_server_closed_meanwhile_is_not_used_again() -> None:
    closing = sized(b"bye", b"Connection: close").replace(b"Connection: close", b"X: close")
    with raw_server(closing, sized(b"again")) as (url, connections):
        poster = HttpPoster(url, timeout_s=TIMEOUT_S)
        assert poster.post(b"{}") == (200, b"bye")
        time.sleep(0.05)
        assert poster.post(b"{}") == (200, b"again")
    assert len(connections) == 2


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nshort close",
        b"SSH-2.0-close\r\n\r\n",
        b"HTTP/1.1 200 OK close\r\ncontent-length: -4\r\n\r\n",
        b"HTTP/1.1 200 OK close\r\ncontent-length: ten\r\n\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nclose",
        b"close" * 20_000,
    ],
    ids=["hung up", "cut short", "not HTTP", "negative", "no number", "bad chunk", "endless head"],
)
def test_a_broken_answer_is_an_error_and_its_connection_is_dropped(answer: bytes) -> None:
    if answer.endswith(b"short close"):
        answer = answer.replace(b"10", b"100")
    with raw_server(answer, sized(b"well")) as (url, connections):
        poster = HttpPoster(url, timeout_s=TIMEOUT_S)
        with pytest.raises((OSError, ValueError)):
            poster.post(b"{}")
        assert poster.post(b"{}") == (200, b"well")
    assert len(connections) == 2


def test_the_deadline_is_one_for_the_whole_answer() -> None:
    slow = sized(b"x" * 700)
    with raw_server(slow, pause_s=TIMEOUT_S / 10) as (url, _):
        poster = HttpPoster(url, timeout_s=TIMEOUT_S)
        started = time.monotonic()
        with pytest.raises(TimeoutError):
            poster.post(b"{}")
        assert time.monotonic() - started < 3 * TIMEOUT_S


def test_a_url_without_a_host_is_refused() -> None:
    with pytest.raises(ValueError, match="no host"):
        HttpPoster("http:///path", timeout_s=TIMEOUT_S)
