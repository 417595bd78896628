"""The relay's HTTP side, as the documentation of Flashbots and its Go code describe it."""

import json
import uuid
from typing import Any

import pytest
import urllib3
from eth_account import Account
from relay_world import RelayWorld, bundle_hash, signed_header, transfer

from bot.sandbox.relay import start_relay
from bot.sandbox.relay_options import RelayOptions

pytestmark = pytest.mark.anvil
_NEVER_BUILT = 1_000_000  # blocks ahead: the chain is shared, no bundle may land in a later test

BODY = b'{"jsonrpc":"2.0","id":1,"method":"eth_cancelBundle","params":[{"replacementUuid":"%s"}]}'
NESTED = b'{"id":1,"method":"eth_sendBundle","params":' + b"[" * 200_000


@pytest.fixture
def body() -> bytes:
    return BODY % str(uuid.uuid4()).encode()


def test_a_request_signed_by_the_package_is_accepted(relay_world: RelayWorld, body: bytes) -> None:
    status, text, _ = relay_world.post_bytes(body)

    assert (status, json.loads(text)) == (200, {"jsonrpc": "2.0", "id": 1, "result": []})


def test_a_request_without_signature_is_forbidden(relay_world: RelayWorld, body: bytes) -> None:
    status, text, _ = relay_world.post_bytes(body, headers={})

    assert status == 403
    assert "no signature provided" in json.loads(text)["error"]


def test_one_altered_byte_of_the_body_is_forbidden(relay_world: RelayWorld, body: bytes) -> None:
    header = signed_header(Account.create(), body)
    status, text, _ = relay_world.post_bytes(body.replace(b'"id":1', b'"id":2'), headers=header)

    assert status == 403
    assert "signing address mismatch" in json.loads(text)["error"]


def test_the_same_json_in_other_bytes_is_forbidden(relay_world: RelayWorld, body: bytes) -> None:
    header = signed_header(Account.create(), body)

    assert relay_world.post_bytes(body + b" ", headers=header)[0] == 403


def test_another_keys_signature_is_forbidden(relay_world: RelayWorld, body: bytes) -> None:
    ours, other = (signed_header(Account.create(), body) for _ in range(2))
    name = "X-Flashbots-Signature"
    mixed = ours[name].partition(":")[0] + ":" + other[name].partition(":")[2]

    assert relay_world.post_bytes(body, headers={name: mixed})[0] == 403


def test_a_signature_without_0x_is_forbidden(relay_world: RelayWorld, body: bytes) -> None:
    header = signed_header(Account.create(), body)["X-Flashbots-Signature"]

    bare = {"X-Flashbots-Signature": header.replace(":0x", ":")}
    assert relay_world.post_bytes(body, headers=bare)[0] == 403


def test_only_json_by_post_is_served(relay_world: RelayWorld, body: bytes) -> None:
    header = signed_header(Account.create(), body) | {"Content-Type": "text/plain"}

    assert relay_world.post_bytes(body, headers=header)[0] == 415
    assert urllib3.request("GET", relay_world.relay.url).status == 405


@pytest.mark.parametrize(
    "text", [b"", b"{", b"[]", b'{"id":1}', b"\xff\xfe", b"[" * 100_000, NESTED]
)
def test_what_is_not_a_request_gets_an_error_object(relay_world: RelayWorld, text: bytes) -> None:
    identity = Account.create()
    header = {"X-Flashbots-Signature": "x"}
    try:
        header = signed_header(identity, text)
    except UnicodeDecodeError:
        assert relay_world.post_bytes(text, headers=header)[0] == 403
        return
    status, answer, _ = relay_world.post_bytes(text, headers=header)

    assert status == 400
    assert json.loads(answer)["error"]["code"] == -32600


def test_an_unknown_method_is_refused(relay_world: RelayWorld) -> None:
    status, answer = relay_world.post("eth_sendRawTransaction", ["0x00"])

    assert (status, answer["error"]["code"]) == (400, -32601)


def valid_send(world: RelayWorld) -> dict[str, Any]:
    raw = transfer(world.account(), 0)
    return {"txs": ["0x" + raw.hex()], "blockNumber": hex(world.head() + _NEVER_BUILT)}


@pytest.mark.parametrize(
    "change",
    [
        {"blockNumber": 12},
        {"blockNumber": "12"},
        {"blockNumber": "0x"},
        {"blockNumber": None},
        {"txs": []},
        {"txs": None},
        {"txs": ["02f8"]},
        {"txs": ["0xzz"]},
        {"txs": ["0x"]},
        {"txs": ["0x02c0"]},
        {"txs": ["0x03" + "00" * 40]},
        {"replacementUuid": "not-a-uuid"},
        {"replacementUuid": "c232ab00-9414-11ec-b3c8-9f6bdeced846"},
        {"revertingTxHashes": ["0x12"]},
        {"minTimestamp": 10, "maxTimestamp": 5},
        {"minTimestamp": -1},
        {"refundPercent": 90},
    ],
)
def test_a_bundle_out_of_shape_is_refused(relay_world: RelayWorld, change: dict[str, Any]) -> None:
    status, answer = relay_world.post("eth_sendBundle", [valid_send(relay_world) | change])

    assert (status, answer["error"]["code"]) == (400, -32602)


@pytest.mark.parametrize("params", [[], {}, None, [1], [{}, {}]])
def test_params_must_be_a_list_of_one_object(relay_world: RelayWorld, params: Any) -> None:
    assert relay_world.post("eth_sendBundle", params)[0] == 400


def test_the_packages_null_and_zero_fields_mean_absent(relay_world: RelayWorld) -> None:
    asked = valid_send(relay_world)
    asked |= {"replacementUuid": None, "minTimestamp": 0, "maxTimestamp": 0, "builders": None}

    assert relay_world.post("eth_sendBundle", [asked])[0] == 200


def test_named_builders_are_answered_with_smart(relay_world: RelayWorld) -> None:
    asked = valid_send(relay_world) | {"builders": ["flashbots", "Titan", "no such builder"]}
    _, answer = relay_world.post("eth_sendBundle", [asked])

    assert answer["result"]["smart"] == "true"


def test_a_hundred_transactions_are_taken_and_one_more_is_not(relay_world: RelayWorld) -> None:
    account, target = relay_world.account(), relay_world.head() + 1
    raws = [transfer(account, nonce) for nonce in range(101)]
    texts = ["0x" + raw.hex() for raw in raws]
    block = hex(target)

    refused = relay_world.post("eth_sendBundle", [{"txs": texts, "blockNumber": block}])
    taken = relay_world.post("eth_sendBundle", [{"txs": texts[:100], "blockNumber": block}])
    built = relay_world.relay.build()

    assert refused[0] == 400
    assert "limit is 100" in refused[1]["error"]["message"]
    assert taken[1]["result"]["bundleHash"] == bundle_hash(*raws[:100])
    assert built.transactions == 100


def test_300_000_bytes_are_taken_and_more_are_not(relay_world: RelayWorld) -> None:
    account = relay_world.account()
    overhead = len(transfer(account, 0, data="0x" + "00" * 100_000)) - 100_000
    sizes = (300_000 - overhead, 300_001 - overhead)
    fits, exceeds = (transfer(account, 0, data="0x" + "00" * size) for size in sizes)
    block = hex(relay_world.head() + 1)

    def status(raw: bytes) -> int:
        asked = {"txs": ["0x" + raw.hex()], "blockNumber": block}
        return relay_world.post("eth_sendBundle", [asked])[0]

    assert (len(fits), len(exceeds)) == (300_000, 300_001)
    assert (status(fits), status(exceeds)) == (200, 400)


def test_a_body_beyond_all_limits_is_not_read(relay_world: RelayWorld) -> None:
    assert relay_world.post_bytes(b" " * 1_000_001, headers={})[0] == 413


def test_an_impossible_simulation_is_answered_with_an_error(relay_world: RelayWorld) -> None:
    raw = transfer(relay_world.account(), 3)
    asked = {"txs": ["0x" + raw.hex()], "blockNumber": "0x9", "stateBlockNumber": "latest"}
    status, answer = relay_world.post("eth_callBundle", [asked])

    assert (status, answer["error"]["code"]) == (200, -32000)
    assert "nonce too high" in answer["error"]["message"]


def test_a_simulation_on_a_block_that_does_not_exist_is_an_error(relay_world: RelayWorld) -> None:
    raw = transfer(relay_world.account(), 0)
    asked = {"txs": ["0x" + raw.hex()], "blockNumber": "0x9", "stateBlockNumber": "0xffffff"}
    status, answer = relay_world.post("eth_callBundle", [asked])

    assert status == 200
    assert answer["error"]["code"] == -32000


def test_each_method_has_its_own_limit_per_minute(relay_world: RelayWorld, body: bytes) -> None:
    options = RelayOptions(cancel_per_minute=2, call_per_minute=1)
    with start_relay(relay_world.node_url, options) as relay:
        strict = RelayWorld(relay_world.node_url, relay)
        answers = [strict.post_bytes(body) for _ in range(3)]
        sent = strict.post("eth_sendBundle", [valid_send(strict)])[0]
        called = [strict.post("eth_callBundle", [{}])[0] for _ in range(2)]

    assert [status for status, _, _ in answers] == [200, 200, 429]
    assert 0 < int(answers[2][2]["Retry-After"]) <= 60
    assert (sent, called) == (200, [400, 429])
