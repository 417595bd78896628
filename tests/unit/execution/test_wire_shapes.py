"""Every request that leaves for a relay, word for word: documented shapes, and the package's bytes.

Shapes: flashbots-docs, `rpc-endpoint.mdx` and `_mev_sendBundle.mdx`, of November 2025.
"""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from eth_account import Account
from eth_utils.crypto import keccak
from flashbots import flashbot
from hexbytes import HexBytes
from web3 import HTTPProvider, Web3

from bot.domain.builders import BUILDERS, FLASHBOTS, Cancel, Dialect
from bot.domain.units import Address
from bot.execution.bundle_letters import (
    BundleOrder,
    Identity,
    Letter,
    cancel_letter_of,
    letter_of,
)
from bot.execution.bundles import FlashbotsRelay
from bot.execution.mev_share_letters import Backrun, backrun_letter, simulation_letter
from bot.execution.mev_share_options import MevShareOptions
from bot.execution.private_letters import cancel_private_letter, private_letter
from bot.execution.private_options import PrivateOptions, Refund
from bot.sandbox.relay_signature import verified_signer

ACCOUNT = Account.from_key("0x" + "5a" * 32)
IDENTITY = Identity(ACCOUNT)
RAW = bytes.fromhex("02f86b01")
RAW_HASH = "0x" + keccak(RAW).hex()
UUID = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
BACKRUN = Backrun(behind="0x" + "24" * 32, transaction=RAW, block=0x8B8DA8, last_block=0x8B8DAB)


def asked(letter: Letter) -> tuple[str, Any]:
    """Return method and parameters, once the signature is that of these very bytes."""
    header = letter.headers["X-Flashbots-Signature"]
    assert verified_signer(header, letter.body) == IDENTITY.address.lower()
    request = json.loads(letter.body)
    assert set(request) == {"jsonrpc", "id", "method", "params"}
    assert request["jsonrpc"] == "2.0"
    return request["method"], request["params"]


def test_a_bundle_has_no_field_but_the_documented_ones() -> None:
    order = BundleOrder(
        transactions=(RAW, RAW),
        target_block=0xB63DCD,
        replacement_uuid=UUID,
        refund_percent=90,  # not a field of the relay's
        builders=("Titan", "Quasar"),
    )
    assert asked(letter_of(order, FLASHBOTS.dialect, IDENTITY)) == (
        "eth_sendBundle",
        [
            {
                "txs": ["0x02f86b01", "0x02f86b01"],
                "blockNumber": "0xb63dcd",
                "replacementUuid": UUID,
                "builders": ["Titan", "Quasar"],
            }
        ],
    )


@pytest.mark.parametrize("builder", BUILDERS, ids=lambda one: one.name)
def test_every_builder_reads_its_own_words_and_no_others(builder: Any) -> None:
    dialect: Dialect = builder.dialect
    order = BundleOrder(
        transactions=(RAW,),
        target_block=0x12,
        replacement_uuid=UUID,
        refund_percent=90,
        builders=("Titan",),
    )
    letter = letter_of(order, dialect, IDENTITY, "secret")
    method, params = asked(letter)
    words = params[0] if dialect.prefixed else params
    expected: dict[str, Any] = {dialect.id_field: UUID}
    if dialect.prefixed:
        expected |= {"txs": ["0x02f86b01"], "blockNumber": "0x12"}
    else:
        expected |= {"transaction": ["02f86b01"], "block_number": "0x12"}
    expected |= {"refundPercent": 90} if dialect.refunds else {}
    expected |= {"builders": ["Titan"]} if dialect.multiplexes else {}
    assert (method, words) == (dialect.method, expected)
    assert letter.headers.get("Authorization") == ("secret" if dialect.authorized else None)
    back = cancel_letter_of(UUID, 0, dialect, IDENTITY, "secret")
    if dialect.cancel is Cancel.NONE:
        assert back is None
    elif dialect.cancel is Cancel.METHOD:
        assert back is not None
        assert asked(back) == ("eth_cancelBundle", [{dialect.id_field: UUID}])
    else:
        assert back is not None
        assert asked(back)[1] == [{"txs": [], "blockNumber": "0x0", dialect.id_field: UUID}]


def test_a_private_transaction_says_what_may_be_shared_and_until_when() -> None:
    plain = private_letter(RAW, 0xCD23A0, PrivateOptions(), IDENTITY)
    assert asked(plain) == (
        "eth_sendPrivateTransaction",
        [
            {
                "tx": "0x02f86b01",
                "maxBlockNumber": "0xcd23a0",
                "preferences": {"fast": False, "privacy": {"hints": ["hash"]}},
            }
        ],
    )
    refund = Refund(address=Address("0x" + "ad" * 20), percent=50)
    whole = PrivateOptions(fast=True, hints=("calldata",), builders=("default",), refunds=(refund,))
    _, (words,) = asked(private_letter(RAW, 0xCD23A0, whole, IDENTITY))
    assert words["preferences"] == {
        "fast": True,
        "privacy": {"hints": ["calldata"], "builders": ["default"]},
        "validity": {"refund": [{"address": "0x" + "ad" * 20, "percent": 50}]},
    }


def test_a_private_transaction_is_taken_back_by_its_hash() -> None:
    found = asked(cancel_private_letter(RAW_HASH, IDENTITY))
    assert found == ("eth_cancelPrivateTransaction", [{"txHash": RAW_HASH}])


def test_a_backrun_is_one_transaction_behind_one_hash() -> None:
    body = [{"hash": "0x" + "24" * 32}, {"tx": "0x02f86b01", "canRevert": False}]
    words = {
        "version": "v0.1",
        "inclusion": {"block": "0x8b8da8", "maxBlock": "0x8b8dab"},
        "body": body,
    }
    plain = asked(backrun_letter(BACKRUN, MevShareOptions(), IDENTITY))
    assert plain == ("mev_sendBundle", [words])
    options = MevShareOptions(refund_percent=80, builders=("flashbots",))
    _, (whole,) = asked(backrun_letter(BACKRUN, options, IDENTITY))
    assert whole == words | {
        "validity": {"refund": [{"bodyIdx": 0, "percent": 80}]},
        "privacy": {"builders": ["flashbots"]},
    }


def test_a_simulation_of_a_backrun_names_the_block_below_it() -> None:
    method, (words, options) = asked(simulation_letter(BACKRUN, IDENTITY))
    assert (method, options) == ("mev_simBundle", {"parentBlock": "0x8b8da7"})
    assert [sorted(one) for one in words["body"]] == [["hash"], ["canRevert", "tx"]]


Heard = list[tuple[Mapping[str, str], bytes]]


@pytest.fixture
def ear() -> Iterator[tuple[str, Heard]]:
    """A server that keeps what it is sent, and answers with what may follow."""
    heard: Heard = []
    answers: dict[str, Callable[[], Any]] = {
        "eth_sendBundle": lambda: {"bundleHash": "0x" + keccak(keccak(RAW)).hex()},
        "eth_callBundle": lambda: {
            "bundleHash": "0x" + keccak(keccak(RAW)).hex(),
            "coinbaseDiff": "0",
            "results": [],
            "stateBlockNumber": 4,
            "totalGasUsed": 0,
        },
        "eth_cancelBundle": list,
        "eth_cancelPrivateTransaction": lambda: True,
        "eth_sendPrivateTransaction": lambda: RAW_HASH,
    }

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            heard.append((dict(self.headers), body))
            request = json.loads(body)
            result = answers[request["method"]]()
            text = json.dumps({"jsonrpc": "2.0", "id": request["id"], "result": result}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", heard
        server.shutdown()
        thread.join()


def by_package(url: str) -> Any:
    w3 = Web3(HTTPProvider("http://127.0.0.1:1"))
    flashbot(w3, ACCOUNT, url)
    return w3.flashbots


def same(heard: Heard) -> None:
    """The package's request and ours are the same bytes, and so are their signatures."""
    (theirs, their_body), (ours, our_body) = heard
    assert our_body == their_body
    assert ours["X-Flashbots-Signature"] == theirs["X-Flashbots-Signature"]
    assert ours["Content-Type"] == theirs["Content-Type"]


def test_bundles_are_the_packages_own_bytes(ear: tuple[str, Heard]) -> None:
    url, heard = ear
    by_package(url).send_raw_bundle([HexBytes(RAW)], 18, {"replacementUuid": UUID})
    FlashbotsRelay(url, ACCOUNT).send(RAW, 18, UUID)
    same(heard)


def test_simulations_are_the_packages_own_bytes(ear: tuple[str, Heard]) -> None:
    url, heard = ear
    by_package(url).call_bundle([HexBytes(RAW)], "0x12", "0x11", 99)
    FlashbotsRelay(url, ACCOUNT).simulate(RAW, 0x12, state_block=0x11, timestamp_s=99)
    same(heard)


def test_cancellations_are_the_packages_own_bytes(ear: tuple[str, Heard]) -> None:
    url, heard = ear
    by_package(url).cancel_bundles(UUID)
    FlashbotsRelay(url, ACCOUNT).cancel(UUID)
    same(heard)


def test_taking_back_a_private_transaction_is_the_packages_own_bytes(
    ear: tuple[str, Heard],
) -> None:
    url, heard = ear
    package = by_package(url)
    package.cancel_bundles(UUID)  # its first request has number 0, our letters have number 1
    package.cancel_private_transaction(RAW_HASH)
    ((headers, body),) = heard[1:]
    letter = cancel_private_letter(RAW_HASH, IDENTITY)
    assert letter.body == body
    assert letter.headers["X-Flashbots-Signature"] == headers["X-Flashbots-Signature"]


def test_of_a_private_transaction_only_what_the_package_gets_wrong_differs(
    ear: tuple[str, Heard],
) -> None:
    url, heard = ear
    package = by_package(url)
    package.cancel_bundles(UUID)
    package.send_private_transaction({"signed_transaction": HexBytes(RAW)}, 18)
    ((_, theirs),) = heard[1:]
    ours = json.loads(private_letter(RAW, 18, PrivateOptions(), IDENTITY).body)
    del ours["params"][0]["preferences"]  # which the package knows nothing of
    assert ours["params"][0]["maxBlockNumber"] == "0x12"
    ours["params"][0]["maxBlockNumber"] = 18  # the documentation says hex
    assert json.dumps(ours).encode() == theirs
