"""What leaves the process when a bundle is sent, and what never does."""

import json
import logging
import socket
import threading
import traceback
from collections.abc import Callable, Iterator

import pytest
from eth_account import Account
from eth_utils.crypto import keccak
from flashbots.provider import FlashbotProvider

from bot.domain.errors import (
    OutcomeUnknown,
    RelayRefused,
    RelayUnavailable,
    RepegError,
    SimulationFailed,
)
from bot.execution.bundles import FlashbotsRelay
from bot.sandbox.relay_signature import verified_signer

KEY = "0x" + "5a" * 32
IDENTITY = Account.from_key(KEY)
RAW = bytes(range(256))
HASH = "0x" + keccak(keccak(RAW)).hex()
LABEL = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
SIMULATION = {
    "bundleHash": HASH,
    "coinbaseDiff": "12",
    "results": [{"gasUsed": 30, "txHash": "0x"}],
    "stateBlockNumber": 4,
    "totalGasUsed": 30,
}


class ScriptedRelay:
    """A TCP server that keeps each request and answers with the bytes it was given."""

    def __init__(self, answer: bytes | Callable[[socket.socket, int], None]) -> None:
        self.answer = answer
        self.requests: list[tuple[dict[str, str], bytes]] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/"
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def stop(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection, connection.makefile("rb") as stream:
                head = b"".join(iter(stream.readline, b"\r\n")).decode()
                headers = dict(line.split(": ", 1) for line in head.splitlines()[1:])
                body = stream.read(int(headers["Content-Length"]))
                self.requests.append((headers, body))
                self._reply(connection, json.loads(body)["id"])

    def _reply(self, connection: socket.socket, request_id: int) -> None:
        try:
            if isinstance(self.answer, bytes):
                connection.sendall(self.answer.replace(b'"ID"', b"%d" % request_id))
            else:
                self.answer(connection, request_id)
        except OSError:
            return


def http(status: int, body: bytes, *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status} Text", "Connection: close", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


def result(value: object) -> bytes:
    return http(200, json.dumps({"jsonrpc": "2.0", "id": "ID", "result": value}).encode())


@pytest.fixture
def scripted() -> Iterator[Callable[..., tuple[ScriptedRelay, FlashbotsRelay]]]:
    started: list[tuple[ScriptedRelay, FlashbotsRelay]] = []

    def start(
        answer: bytes | Callable[[socket.socket, int], None], timeout_s: float = 2.0
    ) -> tuple[ScriptedRelay, FlashbotsRelay]:
        server = ScriptedRelay(answer)
        started.append((server, FlashbotsRelay(server.url, IDENTITY, timeout_s=timeout_s)))
        return started[-1]

    yield start
    for server, relay in started:
        relay.close()
        server.stop()


Scripted = Callable[..., tuple[ScriptedRelay, FlashbotsRelay]]


def test_one_request_is_sent_and_it_carries_our_bytes_untouched(scripted: Scripted) -> None:
    server, relay = scripted(result({"bundleHash": HASH}))
    receipt = relay.send(RAW, 18, LABEL)
    ((headers, body),) = server.requests

    assert json.loads(body) == {
        "jsonrpc": "2.0",
        "id": 0,
        "method": "eth_sendBundle",
        "params": [
            {
                "txs": ["0x" + RAW.hex()],
                "blockNumber": "0x12",
                "minTimestamp": 0,
                "maxTimestamp": 0,
                "revertingTxHashes": [],
                "replacementUuid": LABEL,
            }
        ],
    }
    assert headers["Content-Type"] == "application/json"
    assert verified_signer(headers["X-Flashbots-Signature"], body) == IDENTITY.address.lower()
    assert receipt.bundle_hash == HASH
    assert receipt.transaction_hash == "0x" + keccak(RAW).hex()
    assert receipt.target_block == 18


def test_a_simulation_names_its_state_and_never_asks_a_node(scripted: Scripted) -> None:
    server, relay = scripted(result(SIMULATION))
    simulation = relay.simulate(RAW, 5, state_block=4, timestamp_s=99)
    ((_, body),) = server.requests

    assert json.loads(body)["params"] == [
        {
            "txs": ["0x" + RAW.hex()],
            "blockNumber": "0x5",
            "stateBlockNumber": "0x4",
            "timestamp": 99,
        }
    ]
    assert (simulation.gas_used, simulation.coinbase_payment, simulation.state_block) == (30, 12, 4)


def test_requests_are_signed_with_the_very_bytes_of_the_package(scripted: Scripted) -> None:
    server, relay = scripted(result({"bundleHash": HASH}))
    package = FlashbotProvider(IDENTITY)
    for block in range(100):
        relay.send(RAW, block)
        headers, body = server.requests[-1]
        theirs = package._get_flashbots_headers(body)
        assert headers["X-Flashbots-Signature"] == theirs["X-Flashbots-Signature"]


def test_every_request_has_its_own_id(scripted: Scripted) -> None:
    server, relay = scripted(result({"bundleHash": HASH}))
    for block in range(3):
        relay.send(RAW, block)

    assert [json.loads(body)["id"] for _, body in server.requests] == [0, 1, 2]


def drip(connection: socket.socket, _id: int) -> None:
    connection.sendall(http(200, b"", "Content-Length: 100000"))
    stop = threading.Event()
    for _ in range(60):
        connection.sendall(b" ")
        stop.wait(0.05)


def flood(connection: socket.socket, _id: int) -> None:
    connection.sendall(http(200, b""))
    for _ in range(40):
        connection.sendall(b" " * 100_000)


def cut(connection: socket.socket, _id: int) -> None:
    connection.sendall(http(200, b'{"jsonrpc"', "Content-Length: 5000"))


UNKNOWN_ANSWERS = [
    http(200, b""),
    http(200, b"<html>"),
    http(200, b"\xff\xfe\x00"),
    http(200, b"[" * 100_000),
    http(200, b'{"id":' * 100_000),
    http(200, b'{"id":"ID","result":' + b"[" * 4_000 + b"]" * 4_000 + b"}"),
    http(500, b"[" * 100_000),
    http(200, b"null"),
    http(200, b"[]"),
    http(200, b"{}"),
    http(200, b'{"id":"ID"}'),
    http(200, b'{"id":"ID","result":null}'),
    http(200, b'{"id":"ID","result":null,"error":null}'),
    http(200, b'{"id":12345,"result":{"bundleHash":"%s"}}' % HASH.encode()),
    http(200, b'{"result":{"bundleHash":"%s"}}' % HASH.encode()),
    http(200, b'{"id":12345,"error":{"code":-32000,"message":"not ours"}}'),
    http(200, b'{"id":"ID","error":{"code":-32603,"message":"internal"}}'),
    http(204, b""),
    http(302, b"", "Location: http://127.0.0.1:9/"),
    http(408, b"late"),
    http(500, b'{"error":"internal"}'),
    http(502, b"<html>"),
    http(504, b""),
    b"HTTP/1.1 200\r\n",
    b"not http at all\r\n\r\n",
    b"",
    result({"bundleHash": "0x" + "00" * 32}),
    result({}),
    result("0x"),
    result([]),
    drip,
    flood,
    cut,
]


@pytest.mark.parametrize("answer", UNKNOWN_ANSWERS)
def test_an_answer_that_proves_nothing_leaves_the_outcome_open(
    scripted: Scripted, answer: bytes
) -> None:
    server, relay = scripted(answer, timeout_s=0.5)

    with pytest.raises(OutcomeUnknown):
        relay.send(RAW, 1)

    assert len(server.requests) == 1, "nothing is retried or followed"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (http(400, b'{"error":{"code":-32602,"message":"bad txs"}}'), "bad txs"),
        (http(401, b""), "HTTP 401"),
        (http(403, b'{"error":"error in signature check 0x12"}'), "signature check 0x12"),
        (http(403, b"<html>blocked</html>"), "blocked"),
        (http(413, b"large"), "large"),
        (http(200, b'{"id":"ID","error":{"code":-32000,"message":"no"}}'), "no"),
        (http(200, b'{"id":"ID","error":"just text"}'), "just text"),
        (http(200, b'{"error":"just text"}'), "just text"),
        (http(200, b'{"id":null,"error":{"code":-32600}}'), "-32600"),
    ],
)
def test_a_no_is_a_refusal_with_its_reason(scripted: Scripted, answer: bytes, reason: str) -> None:
    _, relay = scripted(answer)

    with pytest.raises(RelayRefused, match=reason):
        relay.send(RAW, 1)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (http(429, b"", "Retry-After: 3"), "HTTP 429, retry after 3 s"),
        (http(429, b""), "HTTP 429"),
        (http(503, b"down"), "HTTP 503"),
    ],
)
def test_a_relay_that_took_nothing_is_unavailable(
    scripted: Scripted, answer: bytes, reason: str
) -> None:
    _, relay = scripted(answer)

    with pytest.raises(RelayUnavailable, match=reason):
        relay.send(RAW, 1)


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "http://relay.invalid"])
def test_a_relay_that_cannot_be_connected_took_nothing(url: str) -> None:
    with pytest.raises(RelayUnavailable):
        FlashbotsRelay(url, IDENTITY).send(RAW, 1)


def test_a_refused_simulation_concerns_this_transaction_only(scripted: Scripted) -> None:
    _, relay = scripted(http(200, b'{"id":"ID","error":{"code":-32000,"message":"nonce too low"}}'))

    with pytest.raises(SimulationFailed, match="nonce too low"):
        relay.simulate(RAW, 1)


def test_a_reverting_simulation_is_an_answer(scripted: Scripted) -> None:
    failing = {"gasUsed": 30, "error": "execution reverted", "revert": "stale"}
    _, relay = scripted(result(SIMULATION | {"results": [failing]}))

    assert relay.simulate(RAW, 1).error == "stale"


@pytest.mark.parametrize("value", [{}, [], "0x", SIMULATION | {"coinbaseDiff": "much"}])
def test_a_simulation_out_of_shape_changed_nothing(scripted: Scripted, value: object) -> None:
    _, relay = scripted(result(value))

    with pytest.raises(RelayUnavailable):
        relay.simulate(RAW, 1)


def test_a_cancellation_returns_what_was_forgotten(scripted: Scripted) -> None:
    server, relay = scripted(result([HASH]))

    assert relay.cancel(LABEL) == (HASH,)
    assert json.loads(server.requests[0][1])["params"] == [{"replacementUuid": LABEL}]


def test_a_cancellation_answered_with_anything_else_is_unknown(scripted: Scripted) -> None:
    _, relay = scripted(result(200))

    with pytest.raises(OutcomeUnknown):
        relay.cancel(LABEL)


def test_control_characters_of_a_relay_never_reach_the_terminal(scripted: Scripted) -> None:
    _, relay = scripted(http(403, b'{"error":"\\u001b[2Jcleared\\u0007"}'))

    with pytest.raises(RelayRefused) as raised:
        relay.send(RAW, 1)

    assert str(raised.value).isprintable()


@pytest.mark.parametrize("answer", [http(403, b"{}"), http(500, b""), b"", result({})])
def test_the_key_is_in_no_repr_error_or_log(
    scripted: Scripted, answer: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    _, relay = scripted(answer)
    with pytest.raises(RepegError) as raised:
        relay.send(RAW, 1)
    shown = repr(relay) + caplog.text + "".join(traceback.format_exception(raised.value))

    assert IDENTITY.address in repr(relay)
    assert KEY[2:] not in shown
    assert repr(bytes.fromhex(KEY[2:])) not in shown
