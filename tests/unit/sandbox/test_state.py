import gzip

import msgspec

from bot.sandbox.state import read_alloc, trimmed

DUMP = {
    "block": {"number": "0x2"},
    "accounts": {
        "0xaa": {"nonce": 3, "balance": "0x10", "code": "0x6001", "storage": {"0x01": "0xff"}},
        "0xbb": {"nonce": 0, "balance": "0x0", "code": "0x", "storage": {}},
    },
    "best_block_number": 2,
    "blocks": [{"header": {"number": "0x1"}}, {"header": {"number": "0x2"}}],
    "transactions": [{"info": {}}],
    "historical_states": [],
}


def test_only_the_last_block_is_left_of_the_history() -> None:
    dumped = "0x" + gzip.compress(msgspec.json.encode(DUMP)).hex()
    left = msgspec.json.decode(trimmed(dumped))
    assert left["blocks"] == [{"header": {"number": "0x2"}}]
    assert left["transactions"] == []
    assert left["accounts"] == DUMP["accounts"]


def test_accounts_are_read_as_numbers_and_bytes() -> None:
    alloc = read_alloc(msgspec.json.encode(DUMP))
    assert alloc["0xaa"].balance == 16
    assert alloc["0xaa"].nonce == 3
    assert alloc["0xaa"].code == b"\x60\x01"
    assert alloc["0xaa"].storage == {1: 255}
    assert alloc["0xbb"].code == b""
