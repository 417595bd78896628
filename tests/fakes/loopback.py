"""Servers on the loopback that answer what a test tells them to, badly if need be."""

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import msgspec


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """What goes back over the wire."""

    body: bytes = b""
    status: int = 200
    delay_s: float = 0.0
    hang_up: bool = False  # close the socket instead of answering
    cut_short: int = 0  # bytes promised and never sent
    headers: tuple[tuple[str, str], ...] = ()


class HttpServer:
    """Answers every POST with what `answer` says to its body."""

    def __init__(self, answer: Callable[[bytes], Reply]) -> None:
        self.answer = answer
        self.requests: list[bytes] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.requests.append(body)
                reply = outer.answer(body)
                time.sleep(reply.delay_s)
                if reply.hang_up:
                    self.close_connection = True
                    return
                with contextlib.suppress(OSError):  # the client may be gone by now
                    self._send(reply)

            def _send(self, reply: Reply) -> None:
                self.send_response(reply.status)
                for name, value in reply.headers:
                    self.send_header(name, value)
                self.send_header("Content-Length", f"{len(reply.body) + reply.cut_short}")
                self.end_headers()
                self.wfile.write(reply.body)
                self.close_connection = self.close_connection or reply.cut_short > 0

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@contextlib.contextmanager
def http_server(answer: Callable[[bytes], Reply]) -> Iterator[HttpServer]:
    """Serve for the length of a with-block."""
    server = HttpServer(answer)
    try:
        yield server
    finally:
        server.close()


def json_reply(message: Any, **options: Any) -> Reply:
    """A reply that carries `message` as JSON."""
    return Reply(body=json.dumps(message).encode(), **options)


class NodeError(Exception):
    """Raised by a method of a `fake_node` to answer with a JSON-RPC error."""


Method = Callable[..., Any]


def node_answer(methods: dict[str, Method]) -> Callable[[bytes], Reply]:
    """Return an honest JSON-RPC answerer over `methods`; others do not exist."""

    def one(request: dict[str, Any]) -> dict[str, Any]:
        base = {"jsonrpc": "2.0", "id": request["id"]}
        method = methods.get(request["method"])
        if method is None:
            return {**base, "error": {"code": -32601, "message": "Method not found"}}
        try:
            return {**base, "result": method(*request["params"])}
        except NodeError as error:
            return {**base, "error": {"code": -32000, "message": str(error)}}

    def answer(body: bytes) -> Reply:
        message = json.loads(body)
        found = [one(item) for item in message] if isinstance(message, list) else one(message)
        return json_reply(found)

    return answer


@contextlib.contextmanager
def fake_node(methods: dict[str, Method]) -> Iterator[HttpServer]:
    """Serve `methods` as a node would."""
    with http_server(node_answer(methods)) as server:
        yield server
