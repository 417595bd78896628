"""Hints as MEV-Share documents them, and as somebody might send them instead."""

import json

import pytest
from eth_utils.crypto import keccak

from bot.feeds.hint_events import MOST_BYTES, EventLines
from bot.feeds.hint_words import hint_of

# From flashbots-docs, event-stream.mdx: a hint's hash is that of the transaction's hash.
UNDERLYING = "0xd2d662b8aa0e8d86ea75d363522c9ede42ef538ae353da564d501c044a885293"
DOUBLE = "0x90b4f5664cc201c3aa112d6bb2fa414c4aee10f00994692b282c1d14a1db6e4d"
# The same page's sample of the stream.
SAMPLE = (
    b":ping\n\n"
    b'data: {"hash":"0xc7dc06c994400830054ab815732d91275bc1241f9be62b62b687b7882f19b8d4",'
    b'"logs":null,"txs":[{"to":"0x0000c335bc9d5d1af0402cad63fa7f258363d71a",'
    b'"functionSelector":"0x696d2073","callData":"0x696d20736861726969696969696e67"}]}\n\n'
)
HISTORY = {  # of its history, as the live stream tells it too
    "txs": None,
    "hash": "0x40a85a6e37b449033924da72c0cf9dabcf2ac726b5a88f0ceff330f11bd01913",
    "logs": None,
    "gasUsed": "0xaae60",
    "mevGasPrice": "0x45a9b5b00",
}


def test_the_documented_pair_of_hashes_is_one_hash_of_the_other() -> None:
    assert "0x" + keccak(bytes.fromhex(UNDERLYING[2:])).hex() == DOUBLE


def test_the_documented_sample_is_one_hint_however_it_is_cut() -> None:
    for size in (1, 7, len(SAMPLE)):
        lines, texts = EventLines(), list[bytes]()
        for at in range(0, len(SAMPLE), size):
            texts += lines.feed(SAMPLE[at : at + size])
        (hint,) = [hint_of(text) for text in texts]
        assert hint.logs is None
        assert hint.txs is not None
        assert hint.txs[0].function_selector == "0x696d2073"


def test_a_hint_may_say_no_more_than_its_hash_and_fields_that_we_do_not_read() -> None:
    assert hint_of(json.dumps(HISTORY).encode()).logs is None
    assert hint_of(b'{"hash":"%s"}' % DOUBLE.encode()).txs is None


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"hash":"0x12"}',
        b'{"hash":null}',
        b'{"logs":[]}',
        b"[" * 100_000,
        b'{"hash":"%s","logs":[{"address":"0x12"}]}' % DOUBLE.encode(),
        b'{"hash":"%s","logs":[{"address":"0x%s","data":"0x1"}]}' % (DOUBLE.encode(), b"1" * 40),
        b'{"hash":"%s","txs":[{"to":5}]}' % DOUBLE.encode(),
    ],
)
def test_what_is_no_hint_is_an_error(text: bytes) -> None:
    with pytest.raises(ValueError, match=r".|^$"):
        hint_of(text)


def test_lines_end_as_servers_end_them_and_other_fields_are_passed_over() -> None:
    text = b"event: x\r\ndata: 1\r\ndata:2\r\nid: 5\r\n\r\n\r\n: nothing\n\nda"
    assert list(EventLines().feed(text)) == [b"1\n2"]


def test_an_event_without_an_end_is_not_collected_for_ever() -> None:
    lines = EventLines()
    half = b"data: " + b"x" * (MOST_BYTES // 2) + b"\n"
    assert list(lines.feed(half)) == []
    with pytest.raises(ValueError, match="more than"):
        list(lines.feed(half + half))
