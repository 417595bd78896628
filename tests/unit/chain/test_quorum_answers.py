"""What counts in two answers to one question about one block."""

from typing import Any

import pytest

from bot.chain.quorum_answers import block_of, difference, lacks_block
from bot.domain.errors import NodeRefused

AT = {"blockHash": "0x" + "ab" * 32}
LOG = {"address": "0xAA", "topics": ["0x01"], "data": "0xFF", "blockHash": AT["blockHash"]}


def simulated(gas: int, data: str = "0x01", **more: str) -> list[dict[str, Any]]:
    return [{**more, "calls": [{"status": "0x1", "returnData": data, "gasUsed": hex(gas)}]}]


@pytest.mark.parametrize(
    ("call", "found"),
    [
        (("eth_call", ({"to": "0x1"}, AT)), AT["blockHash"]),
        (("eth_getLogs", ({**AT, "address": "0x1"},)), AT["blockHash"]),
        (("eth_call", ({"to": "0x1"}, "latest")), None),
        (("debug_traceCall", ({"to": "0x1"}, AT)), None),
        (("eth_getTransactionReceipt", ("0x1",)), None),
    ],
)
def test_only_what_follows_from_one_block_is_compared(call: Any, found: str | None) -> None:
    assert block_of(call) == found


@pytest.mark.parametrize(
    ("method", "first", "second"),
    [
        ("eth_getLogs", [LOG], [{**LOG, "address": "0xaa", "data": "0xff", "logIndex": "0x7"}]),
        ("eth_getTransactionCount", "0x5", "0x05"),
        ("eth_call", "0xAB", "0xab"),
        ("eth_simulateV1", simulated(5), simulated(5, miner="0x1")),
        ("eth_simulateV1", simulated(5), NodeRefused("eth_simulateV1", -32601, "no such method")),
    ],
)
def test_two_words_for_the_same_are_no_difference(method: str, first: Any, second: Any) -> None:
    assert difference((method, ()), first, second) == ""


@pytest.mark.parametrize(
    ("method", "first", "second"),
    [
        ("eth_getLogs", [LOG], []),
        ("eth_getLogs", [LOG], [{**LOG, "data": "0xfe"}]),
        ("eth_getTransactionCount", "0x5", "0x6"),
        ("eth_getTransactionCount", "0x5", None),
        ("eth_call", "0xab", "0xabab"),
        ("eth_simulateV1", simulated(5), simulated(6)),
        ("eth_simulateV1", simulated(5), simulated(5, "0x02")),
        ("eth_simulateV1", simulated(5), "0x"),
        ("eth_call", "0xab", NodeRefused("eth_call", -32000, "header not found")),
    ],
)
def test_what_a_plan_rests_on_makes_a_difference(method: str, first: Any, second: Any) -> None:
    assert method in difference((method, ()), first, second)


def test_a_node_that_refuses_may_be_late_and_one_that_does_not_know_the_call_is_not() -> None:
    assert lacks_block(NodeRefused("eth_call", -32000, "unknown block"))
    assert not lacks_block(NodeRefused("eth_call", -32601, "no such method"))
    assert not lacks_block("0x")
