"""Stand-ins for builders: they answer as told and remember what reached them and when."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import msgspec


class Answering(msgspec.Struct, frozen=True, kw_only=True):
    """How a builder answers."""

    status: int = 200
    body: str | None = None  # None: what a builder says that took it
    wait_s: float = 0.0
    headers: dict[str, str] = {}
    closes: bool = False


class BuilderStub:
    """One builder."""

    def __init__(self) -> None:
        self.answering = Answering()
        self.heard: list[tuple[int, dict[str, Any], dict[str, str]]] = []
        stub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                data = self.rfile.read(int(self.headers["Content-Length"]))
                at = time.monotonic_ns()
                asked = json.loads(data)
                stub.heard.append((at, asked, dict(self.headers)))
                how = stub.answering
                time.sleep(how.wait_s)
                if how.closes:
                    self.close_connection = True
                    self.connection.close()
                    return
                text = how.body
                if text is None:
                    result = {"bundleHash": "0x" + "ab" * 32}
                    text = json.dumps({"jsonrpc": "2.0", "id": asked["id"], "result": result})
                answer = text.encode()
                self.send_response(how.status)
                for name, value in how.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def wait_for(self, count: int, within_s: float = 5.0) -> None:
        deadline = time.monotonic() + within_s
        while len(self.heard) < count:
            assert time.monotonic() < deadline, f"heard {len(self.heard)} of {count}"
            time.sleep(0.001)


@contextmanager
def builder_stubs(count: int) -> Iterator[list[BuilderStub]]:
    with ExitStack() as opened:
        stubs = []
        for _ in range(count):
            stub = BuilderStub()
            opened.callback(stub.close)
            stubs.append(stub)
        yield stubs
