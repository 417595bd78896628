"""The HTTP client against servers that answer byte by byte what a test tells them to."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from bot.chain.http import HttpPoster, NotConnected

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
        assert poster.post(b"{}").body == b"first answer"
        assert poster.post(b"{}").body == b"second"
        poster.close()
    assert len(connections) == 1


def test_chunks_are_joined() -> None:
    chunked = OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4;x=1\r\ndefg\r\n0\r\n\r\n"
    with raw_server(chunked, sized(b"next")) as (url, connections):
        poster = HttpPoster(url, timeout_s=TIMEOUT_S)
        assert poster.post(b"{}").body == b"abcdefg"
        assert poster.post(b"{}").body == b"next"
    assert len(connections) == 1


def test_without_a_length_the_answer_ends_with_the_connection() -> None:
    with raw_server(OK + b"Connection: close\r\n\r\nall of it", sized(b"x")) as (url, connections):
        poster = HttpPoster(url, timeout_s=TIMEOUT_S)
        assert poster.post(b"{}").body == b"all of it"
        assert poster.post(b"{}").body == b"x"
    assert len(connections) == 2


def test_a_connection_that_the_server_closed_meanwhile_is_not_used_again() -> None:
    closing = sized(b"bye", b"Connection: close").replace(b"Connection: close", b"X: close")
    with raw_server(closing, sized(b"again")) as (url, connections):
        poster = HttpPoster(url, timeout_s=TIMEOUT_S)
        assert poster.post(b"{}").body == b"bye"
        time.sleep(0.05)
        assert poster.post(b"{}").body == b"again"
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
        assert poster.post(b"{}").body == b"well"
    assert len(connections) == 2


def test_the_deadline_is_one_for_the_whole_answer() -> None:
    slow = sized(b"x" * 700)
    with raw_server(slow, pause_s=TIMEOUT_S / 10) as (url, _):
        poster = HttpPoster(url, timeout_s=TIMEOUT_S)
        started = time.monotonic()
        with pytest.raises(TimeoutError):
            poster.post(b"{}")
        assert time.monotonic() - started < 3 * TIMEOUT_S


def test_headers_are_told_and_more_can_be_sent() -> None:
    with raw_server(sized(b"", b"Retry-After:  7 ")) as (url, _):
        answer = HttpPoster(url, timeout_s=TIMEOUT_S).post(b"{}", {"X-Who": "me"})
    assert (answer.status, answer.headers["retry-after"]) == (200, "7")


def test_an_answer_above_the_limit_is_none() -> None:
    with raw_server(sized(b"x" * 300), sized(b"x" * 200)) as (url, _):
        poster = HttpPoster(url, timeout_s=TIMEOUT_S, most_bytes=290)
        with pytest.raises(ValueError, match="too large"):
            poster.post(b"{}")
        assert len(poster.post(b"{}").body) == 200


def test_nobody_there_is_told_from_a_request_that_was_lost() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        url = f"http://127.0.0.1:{gone.getsockname()[1]}"
    with pytest.raises(NotConnected):
        HttpPoster(url, timeout_s=TIMEOUT_S).post(b"{}")
    with raw_server(b"") as (url, _), pytest.raises(OSError, match="ends too early") as caught:
        HttpPoster(url, timeout_s=TIMEOUT_S).post(b"{}")
    assert not isinstance(caught.value, NotConnected)


def test_a_url_without_a_host_is_refused() -> None:
    with pytest.raises(ValueError, match="no host"):
        HttpPoster("http:///path", timeout_s=TIMEOUT_S)
