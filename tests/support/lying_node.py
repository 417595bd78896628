"""A real node behind a door that lies: a proxy on the loopback that alters answers by name."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from enum import Enum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import urllib3

from bot.chain.abi import selector

_DECIMALS = selector("decimals()").hex()
_WORD = 64  # digits
_Request = dict[str, Any]


class Lie(Enum):
    """What the door does to answers."""

    STALE_HEAD = "the newest block stays what it was"
    HEAD_BACK = "the newest block goes back and forth"
    WRONG_CHAIN = "another chain id"
    EMPTY_LOGS = "no logs"
    FOREIGN_LOGS = "the logs of the parent, under the hash of the block"
    ALTERED_RESERVES = "views are a thousandth off"
    WRONG_DECIMALS = "decimals are one more"
    GARBAGE = "views answer with other bytes"
    GAS_ZERO = "gas costs nothing"
    GAS_HUGE = "gas costs 2^256 - 1"
    NONCE_HIGH = "the next nonce is one more"
    NONCE_LOW = "the next nonce is one less"
    FOREIGN_RECEIPT = "the receipt of another transaction"
    ALTERED_HEADER = "the base fee of headers is one more"
    OTHER_GAS = "a simulation takes one more gas, which nothing can prove"
    LAGGING = "everything is three blocks late"


class LyingNode:
    """Honest until `lie` is set."""

    def __init__(self, upstream: str) -> None:
        self.lie: Lie | None = None
        self.altered = 0  # answers
        self._upstream, self._pool = upstream, urllib3.PoolManager(maxsize=32)
        self._frozen = ""  # number of the block that is told as the newest
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                answer = outer.answer(body)
                head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(answer)}\r\n\r\n"
                self.wfile.write(head.encode() + answer)

            def handle(self) -> None:
                with suppress(ConnectionError):  # whoever asked went away
                    super().handle()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self.ws_url = f"ws://{urlsplit(self.url).netloc}"

    def tell(self, lie: Lie | None) -> None:
        """Lie from the next answer on; None: not any more."""
        self._frozen = self._ask("eth_blockNumber")
        self.lie = lie

    def answer(self, body: bytes) -> bytes:
        lie = self.lie
        if lie is None:
            return self._post(body)
        asked = json.loads(body)
        requests = asked if isinstance(asked, list) else [asked]
        asking = [self._altered_request(lie, one) for one in requests]
        answers = json.loads(self._post(json.dumps(asking).encode()))
        by_id = {one["id"]: one for one in answers}
        for request in requests:
            self._alter(lie, request, by_id[request["id"]])
        found = [by_id[one["id"]] for one in requests]
        return json.dumps(found if isinstance(asked, list) else found[0]).encode()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        self._pool.clear()

    def _altered_request(self, lie: Lie, request: _Request) -> _Request:
        """What is asked of the real node instead."""
        if request["method"] != "eth_getBlockByNumber" or request["params"][0] != "latest":
            return request
        newest = int(self._ask("eth_blockNumber"), 16)
        told = {
            Lie.STALE_HEAD: int(self._frozen, 16),
            Lie.HEAD_BACK: newest - 2 * (newest % 2),
            Lie.LAGGING: newest - 3,
        }.get(lie, newest)
        self.altered += told != newest
        return {**request, "params": [hex(told), request["params"][1]]}

    def _alter(self, lie: Lie, request: _Request, answer: dict[str, Any]) -> None:
        change = _CHANGES.get((lie, request["method"]))
        if change is None or answer.get("result") is None:
            return
        before = answer["result"]
        answer["result"] = change(self, request, before)
        self.altered += answer["result"] != before

    def unknown_yet(self, _: _Request, block: Any) -> Any:
        """A block that this node, which is behind, does not have."""
        newest = int(self._ask("eth_blockNumber"), 16)
        last = int(self._frozen, 16) if self.lie is Lie.STALE_HEAD else newest - 3
        return None if int(block["number"], 16) > last else block

    def parents_logs(self, request: _Request, _: Any) -> Any:
        chosen = dict(request["params"][0])
        block_hash = chosen.get("blockHash")
        block = self._ask("eth_getBlockByHash", block_hash, _WHOLE)
        logs = self._ask("eth_getLogs", {**chosen, "blockHash": block["parentHash"]})
        return [{**log, "blockHash": block_hash, "blockNumber": block["number"]} for log in logs]

    def another_receipt(self, _: _Request, receipt: Any) -> Any:
        number = int(receipt["blockNumber"], 16) - 1
        while number > 0:
            for other in self._ask("eth_getBlockReceipts", hex(number)):
                return other
            number -= 1
        return receipt

    def _ask(self, method: str, *params: Any) -> Any:
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        return json.loads(self._post(json.dumps(body).encode()))["result"]

    def _post(self, body: bytes) -> bytes:
        headers = {"Content-Type": "application/json"}
        return self._pool.request("POST", self._upstream, body=body, headers=headers).data


_WHOLE = False


def _asks_decimals(request: _Request) -> bool:
    return _DECIMALS in str(request["params"][0].get("data", request["params"][0].get("input")))


def _words(answer: str, change: Callable[[int, int], int]) -> str:
    """Change the words that follow the length of each bytes in a lens's answer."""
    digits = answer[2:]
    words = [int(digits[at : at + _WORD], 16) for at in range(0, len(digits), _WORD)]
    return "0x" + "".join(f"{change(at, word) % 2**256:064x}" for at, word in enumerate(words))


def _off(_: LyingNode, request: _Request, answer: str) -> str:
    if _asks_decimals(request):
        return answer
    large = 10**6  # amounts, not offsets or counts
    return _words(answer, lambda _, word: word + word // 1000 if large < word < 2**128 else word)


def _decimals(_: LyingNode, request: _Request, answer: str) -> str:
    if not _asks_decimals(request):
        return answer
    lens = len(answer) > 2 + _WORD
    return _words(
        answer,
        lambda at, word: word + 1 if not lens or (word in (6, 8, 18) and at > 3) else word,
    )


def _garbage(_: LyingNode, request: _Request, answer: str) -> str:
    del request
    return "0x" + "5a" * (len(answer) // 2 - 1)


def _priced(wei: int) -> Callable[[LyingNode, _Request, Any], Any]:
    def change(_: LyingNode, __: _Request, answer: Any) -> Any:
        return {**answer, "baseFeePerGas": hex(wei)} if isinstance(answer, dict) else hex(wei)

    return change


def _thirstier(_: LyingNode, __: _Request, blocks: Any) -> Any:
    return [
        {**block, "calls": [{**one, "gasUsed": hex(int(one["gasUsed"], 16) + 1)} for one in calls]}
        for block in blocks
        for calls in [block["calls"]]
    ]


def _dearer(_: LyingNode, __: _Request, block: Any) -> Any:
    return {**block, "baseFeePerGas": hex(int(block["baseFeePerGas"], 16) + 1)}


_Change = Callable[[LyingNode, _Request, Any], Any]
_BLOCKS = ("eth_getBlockByHash", "eth_getBlockByNumber")
_CHANGES: dict[tuple[Lie, str], _Change] = {
    (Lie.STALE_HEAD, "eth_getBlockByHash"): LyingNode.unknown_yet,
    (Lie.LAGGING, "eth_getBlockByHash"): LyingNode.unknown_yet,
    (Lie.WRONG_CHAIN, "eth_chainId"): lambda *_: "0x5",
    (Lie.EMPTY_LOGS, "eth_getLogs"): lambda *_: [],
    (Lie.FOREIGN_LOGS, "eth_getLogs"): LyingNode.parents_logs,
    (Lie.ALTERED_RESERVES, "eth_call"): _off,
    (Lie.WRONG_DECIMALS, "eth_call"): _decimals,
    (Lie.GARBAGE, "eth_call"): _garbage,
    (Lie.NONCE_HIGH, "eth_getTransactionCount"): lambda _, __, told: hex(int(told, 16) + 1),
    (Lie.NONCE_LOW, "eth_getTransactionCount"): lambda _, __, told: hex(max(int(told, 16) - 1, 0)),
    (Lie.FOREIGN_RECEIPT, "eth_getTransactionReceipt"): LyingNode.another_receipt,
    (Lie.OTHER_GAS, "eth_simulateV1"): _thirstier,
    **{(Lie.ALTERED_HEADER, method): _dearer for method in _BLOCKS},
    **{(Lie.GAS_ZERO, method): _priced(0) for method in (*_BLOCKS, "eth_gasPrice")},
    **{(Lie.GAS_HUGE, method): _priced(2**256 - 1) for method in (*_BLOCKS, "eth_gasPrice")},
}


@contextmanager
def lying_node(upstream: str) -> Iterator[LyingNode]:
    """Serve for the length of a with-block."""
    node = LyingNode(upstream)
    try:
        yield node
    finally:
        node.close()
