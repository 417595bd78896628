"""A bare chain with the local relay on it, and contracts small enough to write by hand."""

import itertools
import json
from collections.abc import Mapping
from typing import Any

import urllib3
from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak
from flashbots.provider import FlashbotProvider

from bot.chain.rpc import RpcClient
from bot.domain.units import GWEI, WAD
from bot.execution.bundles import FlashbotsRelay
from bot.sandbox.bundle_pool import BundleOutcome
from bot.sandbox.relay import Relay, RelayOptions

# if calldata[0] != slot0: revert("stale"); slot0 += 1; pay all value to the coinbase
_REVERT_STALE = "6308c379a060e01b5f52602060045260056024526473" + "74616c6560d81b60445260645ffd"
COUNTER_CODE = "0x5f355f5414602c57" + _REVERT_STALE + "5b5f546001015f555f5f5f5f34415af100"
COINBASE = RelayOptions().coinbase
FEE = 10 * GWEI
_HASHES_ONLY = False
_numbers = itertools.count(1)


class RelayWorld:
    """One chain, one relay; every account and contract is fresh, so tests may share it."""

    def __init__(self, node_url: str, relay: Relay) -> None:
        self.node_url, self.relay = node_url, relay
        self.rpc = RpcClient(node_url)

    def account(self) -> LocalAccount:
        """Return a new account with 100 ETH."""
        account = Account.from_key(keccak(text=f"account {next(_numbers)}"))
        self.rpc.call("anvil_setBalance", account.address, hex(100 * WAD))
        return account

    def counter(self) -> str:
        """Return a new counter contract that runs only for who knows its count."""
        address = to_checksum_address(keccak(text=f"counter {next(_numbers)}")[-20:])
        self.rpc.call("anvil_setCode", address, COUNTER_CODE)
        return address

    def count(self, counter: str) -> int:
        return int(self.rpc.call("eth_getStorageAt", counter, "0x0", "latest"), 16)

    def head(self) -> int:
        return int(self.rpc.call("eth_blockNumber"), 16)

    def block(self, number: int) -> list[str]:
        return self.rpc.call("eth_getBlockByNumber", hex(number), _HASHES_ONLY)["transactions"]

    def sender(
        self, identity: LocalAccount | None = None, timeout_s: float = 5.0
    ) -> FlashbotsRelay:
        return FlashbotsRelay(self.relay.url, identity or Account.create(), timeout_s=timeout_s)

    def fate_of(self, bundle_hash: str) -> BundleOutcome:
        """Return the bundle's only outcome."""
        (outcome,) = [one for one in self.relay.outcomes() if one.bundle_hash == bundle_hash]
        return outcome

    def send_raw_bundle(self, raws: list[bytes], block: int, **fields: Any) -> dict[str, Any]:
        """Send several transactions as one bundle."""
        body = {"txs": ["0x" + raw.hex() for raw in raws], "blockNumber": hex(block), **fields}
        return self.post("eth_sendBundle", [body])[1]["result"]

    def post(
        self, method: str, params: Any, identity: LocalAccount | None = None
    ) -> tuple[int, dict[str, Any]]:
        """Return status and answer of one correctly signed request."""
        request = {"jsonrpc": "2.0", "id": 7, "method": method, "params": params}
        status, text, _ = self.post_bytes(json.dumps(request).encode(), identity=identity)
        return status, json.loads(text)

    def post_bytes(
        self,
        body: bytes,
        *,
        identity: LocalAccount | None = None,
        headers: dict[str, str] | None = None,
    ) -> tuple[int, str, Mapping[str, str]]:
        """Return status, text and headers of one request; `headers` replace the signature."""
        chosen = signed_header(identity or Account.create(), body) if headers is None else headers
        sent = {"Content-Type": "application/json"} | chosen
        answer = urllib3.request("POST", self.relay.url, body=body, headers=sent, retries=False)
        return answer.status, answer.data.decode(), answer.headers


def signed_header(identity: LocalAccount, body: bytes) -> dict[str, str]:
    """Return the header as the unmodified flashbots package makes it."""
    return FlashbotProvider(identity, "http://127.0.0.1:1")._get_flashbots_headers(body)


def transfer(account: LocalAccount, nonce: int, **fields: Any) -> bytes:
    """Return a signed transaction: one wei to nobody, unless `fields` say otherwise."""
    defaults = {
        "type": 2,
        "chainId": 1,
        "nonce": nonce,
        "to": "0x" + "11" * 20,
        "value": 1,
        "data": "0x",
        "gas": 21_000,
        "maxFeePerGas": FEE,
        "maxPriorityFeePerGas": GWEI,
    }
    return bytes(account.sign_transaction(defaults | fields).rawTransaction)


def count_call(
    account: LocalAccount, nonce: int, counter: str, expected: int, **fields: Any
) -> bytes:
    """Return a signed call that runs only while the counter stands at `expected`."""
    data = "0x" + expected.to_bytes(32, "big").hex()
    defaults = {"to": counter, "data": data, "value": 0, "gas": 100_000}
    return transfer(account, nonce, **(defaults | fields))


def tx_hash(raw: bytes) -> str:
    return "0x" + keccak(raw).hex()


def bundle_hash(*raws: bytes) -> str:
    return "0x" + keccak(b"".join(keccak(raw) for raw in raws)).hex()
