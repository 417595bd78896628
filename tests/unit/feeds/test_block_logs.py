"""Which logs are asked for, and which answers are believed."""

from typing import Any

import pytest

from bot.chain.pool_key import pool_id
from bot.domain.errors import NodeRefused
from bot.domain.mainnet_pools import V4_USDC_USDT_10, V4_USDC_USDT_100
from bot.domain.venues import CURVE_SUSD, UNISWAP_V4_POOL_MANAGER, V2_USDC_USDT
from bot.feeds.block_logs import Log, LogQuery

BLOCK = "0x" + "ab" * 32
QUERY = LogQuery([CURVE_SUSD, V4_USDC_USDT_10, V2_USDC_USDT, V4_USDC_USDT_100])


def told(address: str, *topics: str, block: str = BLOCK, data: str = "0x") -> dict[str, Any]:
    return {
        "address": address.lower(),
        "topics": list(topics),
        "data": data,
        "blockHash": block,
        "logIndex": "0x0",
    }


def id_of(spec: Any) -> str:
    return "0x" + pool_id(spec).hex()


def test_pools_are_asked_by_address_and_those_of_the_manager_by_id() -> None:
    (_, (by_address,)), (_, (by_id,)) = QUERY.calls(BLOCK)
    assert by_address == {
        "blockHash": BLOCK,
        "address": [CURVE_SUSD.address.lower(), V2_USDC_USDT.address.lower()],
    }
    assert by_id["address"] == UNISWAP_V4_POOL_MANAGER
    assert by_id["topics"] == [None, [id_of(V4_USDC_USDT_10), id_of(V4_USDC_USDT_100)]]


def test_without_pools_of_the_manager_it_is_not_asked() -> None:
    assert len(LogQuery([V2_USDC_USDT]).calls(BLOCK)) == 1
    assert LogQuery([]).calls(BLOCK) == []


def test_logs_go_to_their_pools_in_the_order_of_the_block() -> None:
    first = told(V2_USDC_USDT.address, "0x1")
    second = told(V2_USDC_USDT.address, "0x2")
    third = told(UNISWAP_V4_POOL_MANAGER, "0x3", id_of(V4_USDC_USDT_100))
    found = QUERY.sort(BLOCK, [[first, second], [third]])
    assert [log.topics[0] for log in found[V2_USDC_USDT]] == ["0x1", "0x2"]
    assert [log.topics[0] for log in found[V4_USDC_USDT_100]] == ["0x3"]
    assert set(found) == {V2_USDC_USDT, V4_USDC_USDT_100}


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ([told(V2_USDC_USDT.address, "0x1", block="0x" + "cd" * 32)], "asked for"),
        ([told("0x" + "77" * 20, "0x1")], "not asked for"),
        ([told(UNISWAP_V4_POOL_MANAGER, "0x1", "0x" + "99" * 32)], "not asked for"),
        ([told(UNISWAP_V4_POOL_MANAGER, "0x1")], "not asked for"),
        ([{"address": V2_USDC_USDT.address}], "missing required field"),
        (None, "array"),
        ("0x", "array"),
    ],
)
def test_an_answer_that_is_not_the_logs_of_that_block_is_refused(answer: Any, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        QUERY.sort(BLOCK, [answer])


def test_a_node_that_refuses_one_of_the_calls_refuses_all() -> None:
    with pytest.raises(NodeRefused, match="too many"):
        QUERY.sort(BLOCK, [[], NodeRefused("eth_getLogs", -32005, "too many")])


def test_words_are_read_as_the_chain_wrote_them() -> None:
    log = Log(
        address="",
        topics=("0x0", f"0x{2**256 - 5:064x}"),
        data="0x" + f"{7:064x}" + f"{2**256 - 1:064x}",
        block_hash=BLOCK,
    )
    assert (log.word(0), log.signed(0), log.signed(1), log.signed_topic(1)) == (7, 7, -1, -5)
    with pytest.raises(ValueError, match="no word 2"):
        log.word(2)
    with pytest.raises(ValueError, match="missing"):
        log.signed_topic(2)
