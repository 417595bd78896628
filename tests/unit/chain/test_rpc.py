"""The JSON-RPC client against a server that misbehaves in every way we could think of."""

import json
import socket
import time
from collections.abc import Callable
from typing import Any

import pytest
from fakes.loopback import Reply, fake_node, http_server, json_reply

from bot.chain.rpc import RpcClient
from bot.domain.errors import NodeRefused, NodeUnreachable, WrongChain

TIMEOUT_S = 0.3


def request_id(body: bytes) -> int:
    return int(json.loads(body)["id"])


def result(body: bytes, value: Any) -> Reply:
    return json_reply({"jsonrpc": "2.0", "id": request_id(body), "result": value})


def test_a_call_returns_the_result_and_sends_what_was_asked() -> None:
    with http_server(lambda body: result(body, "0x10")) as server:
        rpc = RpcClient(server.url)
        assert rpc.call("eth_getBalance", "0xab", "latest") == "0x10"
        sent = json.loads(server.requests[0])
        rpc.close()
    assert (sent["jsonrpc"], sent["method"], sent["params"]) == (
        "2.0",
        "eth_getBalance",
        ["0xab", "latest"],
    )


def test_a_null_result_is_an_answer() -> None:
    with http_server(lambda body: result(body, None)) as server:
        assert RpcClient(server.url).call("eth_getTransactionReceipt", "0x1") is None


BAD_ANSWERS: dict[str, Callable[[bytes], Reply]] = {
    "not JSON": lambda _: Reply(body=b"<html>504</html>"),
    "not UTF-8": lambda _: Reply(body=b'{"result": "\xff"}'),
    "empty": lambda _: Reply(body=b""),
    "a list": lambda _: json_reply([]),
    "a number": lambda _: json_reply(7),
    "another id": lambda _: json_reply({"id": 999, "result": "0x1"}),
    "no id": lambda _: json_reply({"result": "0x1"}),
    "neither result nor error": lambda body: json_reply({"id": request_id(body)}),
    "HTTP 500": lambda _: Reply(status=500),
    "HTTP 429": lambda _: Reply(status=429, body=b"slow down"),
    "a redirect": lambda _: Reply(status=307, headers=(("Location", "http://127.0.0.1:1"),)),
    "hung up": lambda _: Reply(hang_up=True),
    "cut short": lambda _: Reply(body=b'{"id": 1, ', cut_short=100),
    "too late": lambda body: Reply(body=result(body, "0x1").body, delay_s=3 * TIMEOUT_S),
}


@pytest.mark.parametrize("name", BAD_ANSWERS)
def test_a_bad_answer_is_no_answer(name: str) -> None:
    with http_server(BAD_ANSWERS[name]) as server:
        rpc = RpcClient(server.url, timeout_s=TIMEOUT_S)
        with pytest.raises(NodeUnreachable) as caught:
            rpc.call("eth_call")
        rpc.close()
        assert len(server.requests) == 1  # nothing is retried
    assert caught.value.url == server.url


@pytest.mark.parametrize("name", ["not JSON", "empty", "HTTP 500", "hung up", "cut short"])
def test_a_bad_answer_to_a_batch_is_no_answer(name: str) -> None:
    with http_server(BAD_ANSWERS[name]) as server:
        rpc = RpcClient(server.url, timeout_s=TIMEOUT_S)
        with pytest.raises(NodeUnreachable):
            rpc.batch([("eth_call", ()), ("eth_chainId", ())])
        rpc.close()


def test_nobody_there_is_said_with_the_address() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}"
        with pytest.raises(NodeUnreachable, match=r"is it running\?") as caught:
            RpcClient(url, timeout_s=TIMEOUT_S).call("eth_chainId")
    assert url in str(caught.value)


@pytest.mark.parametrize("url", ["http://", "http://[::1", "http://256.256.256.256.:1"])
def test_an_address_that_is_none_is_a_node_that_cannot_be_reached(url: str) -> None:
    with pytest.raises(NodeUnreachable):
        RpcClient(url, timeout_s=TIMEOUT_S).call("eth_chainId")


def test_the_deadline_holds() -> None:
    with http_server(lambda _: Reply(delay_s=5 * TIMEOUT_S)) as server:
        rpc = RpcClient(server.url, timeout_s=TIMEOUT_S)
        started = time.monotonic()
        with pytest.raises(NodeUnreachable):
            rpc.call("eth_chainId")
        assert time.monotonic() - started < 3 * TIMEOUT_S
        rpc.close()


@pytest.mark.parametrize(
    ("error", "code", "message", "data"),
    [
        ({"code": 3, "message": "reverted", "data": "0x08c3"}, 3, "reverted", "0x08c3"),
        ({"code": -32000, "message": "header not found"}, -32000, "header not found", None),
        ({"code": "odd", "message": "text code"}, 0, "text code", None),
        ({"data": {"nested": 1}}, 0, "no message", None),
        ("plain text", 0, "plain text", None),
    ],
)
def test_an_error_of_the_node_keeps_its_code_text_and_data(
    error: object, code: int, message: str, data: str | None
) -> None:
    def answer(body: bytes) -> Reply:
        return json_reply({"id": request_id(body), "error": error})

    with http_server(answer) as server, pytest.raises(NodeRefused, match="eth_call") as caught:
        RpcClient(server.url).call("eth_call")
    assert (caught.value.code, caught.value.message, caught.value.data) == (code, message, data)


def test_an_error_without_an_id_is_still_the_error() -> None:
    answer = {"id": None, "error": {"code": -32700, "message": "parse error"}}
    with (
        http_server(lambda _: json_reply(answer)) as server,
        pytest.raises(NodeRefused, match="parse error"),
    ):
        RpcClient(server.url).call("eth_call")


def test_a_batch_comes_back_in_the_order_it_was_asked() -> None:
    def reversed_answers(body: bytes) -> Reply:
        requests = json.loads(body)
        return json_reply([{"id": r["id"], "result": r["method"]} for r in reversed(requests)])

    with http_server(reversed_answers) as server:
        rpc = RpcClient(server.url)
        assert rpc.batch([("a", ()), ("b", (1,)), ("c", ())]) == ["a", "b", "c"]
        assert len(server.requests) == 1
        rpc.close()


def test_an_empty_batch_is_not_sent() -> None:
    assert RpcClient("http://127.0.0.1:1").batch([]) == []


@pytest.mark.parametrize(
    "spoil",
    [
        lambda answers: answers[:-1],
        lambda answers: [*answers, answers[0]],
        lambda answers: [answers[0], answers[0]],
        lambda answers: [answers[0], {**answers[1], "id": 999}],
        lambda answers: [answers[0], {**answers[1], "id": [1]}],
        lambda answers: [answers[0], "text"],
        lambda answers: [answers[0], {"id": answers[1]["id"]}],
    ],
    ids=["short", "long", "twice", "foreign id", "list as id", "text", "no result"],
)
def test_a_batch_that_is_not_answered_in_full_is_not_answered(
    spoil: Callable[[list[dict[str, Any]]], list[Any]],
) -> None:
    def answer(body: bytes) -> Reply:
        return json_reply(spoil([{"id": r["id"], "result": "0x1"} for r in json.loads(body)]))

    with http_server(answer) as server:
        rpc = RpcClient(server.url)
        with pytest.raises(NodeUnreachable):
            rpc.batch([("eth_chainId", ()), ("eth_blockNumber", ())])
        rpc.close()


def test_one_refused_call_refuses_the_batch() -> None:
    with fake_node({"eth_chainId": lambda: "0x1"}) as server:
        rpc = RpcClient(server.url)
        with pytest.raises(NodeRefused, match="eth_nothing: Method not found"):
            rpc.batch([("eth_chainId", ()), ("eth_nothing", ())])
        rpc.close()


def test_a_refused_call_of_a_batch_can_be_a_value_beside_the_answers() -> None:
    with fake_node({"eth_chainId": lambda: "0x1"}) as server:
        rpc = RpcClient(server.url)
        refused, answered = rpc.batch_each([("eth_nothing", ()), ("eth_chainId", ())])
        rpc.close()
    assert isinstance(refused, NodeRefused)
    assert answered == "0x1"


def test_the_chain_is_checked_by_its_id() -> None:
    with fake_node({"eth_chainId": lambda: "0x7a69"}) as server:
        rpc = RpcClient(server.url)
        rpc.require_chain(31_337)
        with pytest.raises(WrongChain, match="serves chain 31337, expected 1"):
            rpc.require_chain(1)
        rpc.close()


@pytest.mark.parametrize("answer", [None, "mainnet", {"id": 1}, 1])
def test_a_chain_id_that_is_no_number_is_no_answer(answer: object) -> None:
    with fake_node({"eth_chainId": lambda: answer}) as server, pytest.raises(NodeUnreachable):
        RpcClient(server.url).require_chain(1)
