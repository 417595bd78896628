"""Bundles to a Flashbots-style relay. The only module that knows the `flashbots` package.

The package supplies the encoding. Left aside, each for a reason: its signature (ours is the same,
sooner), its transport (no deadline of ours, errors without their body), `send_bundle` (decodes and
may re-sign), `simulate` (asks the node three times and simulates on a stale block).
"""

import itertools
from collections.abc import Sequence
from typing import Any, Protocol

import msgspec
from eth_account.signers.local import LocalAccount
from eth_utils.crypto import keccak
from flashbots.flashbots import Flashbots
from flashbots.middleware import construct_flashbots_middleware
from flashbots.provider import FlashbotProvider
from hexbytes import HexBytes
from web3 import Web3
from web3.providers import BaseProvider
from web3.types import RPCEndpoint, RPCResponse

from bot.domain.errors import OutcomeUnknown, RelayUnavailable, SimulationFailed
from bot.domain.units import Nanos, Wei
from bot.execution.bundle_letters import Identity
from bot.execution.relay_transport import RelayCallRejected, RelayTransport

DEFAULT_TIMEOUT_S = 2.0
_SEND = "eth_sendBundle"


class BundleReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """The relay took the bundle: it says nothing about inclusion."""

    bundle_hash: str
    transaction_hash: str
    target_block: int
    sent_at: Nanos = Nanos(0)  # when it had left, monotonic clock of this process
    is_postponed: bool = False  # it leaves later in the slot: nobody has it yet


class BundleSimulation(msgspec.Struct, frozen=True, kw_only=True):
    """What the relay's simulation saw of one transaction."""

    bundle_hash: str
    gas_used: int
    coinbase_payment: Wei  # priority fees and direct payments
    state_block: int
    error: str | None  # None: it succeeded
    returned: bytes = b""  # by the last transaction; empty where the relay does not tell


class BundleRelay(Protocol):
    """Where signed transactions go to be included privately, or not at all."""

    def send_all(
        self, raw_txs: Sequence[bytes], target_block: int, replacement_uuid: str | None = None
    ) -> BundleReceipt:
        """Hand over signed transactions, all in this order or none, for exactly `target_block`.

        The receipt names the last one. Raises as `send` does.
        """

    def send(
        self, raw_tx: bytes, target_block: int, replacement_uuid: str | None = None
    ) -> BundleReceipt:
        """Hand over one signed transaction for exactly `target_block`.

        Raises:
            RelayUnavailable: certainly not taken.
            RelayRefused: understood and refused.
            OutcomeUnknown: it may be held; the target block decides.
        """

    def cancel(self, replacement_uuid: str) -> tuple[str, ...]:
        """Return the bundle hashes the relay says it forgot: never proof that none lands.

        Raises:
            RelayUnavailable: certainly not done.
            RelayRefused: understood and refused.
            OutcomeUnknown: it may have been done.
        """

    def close(self) -> None:
        """Drop the connections."""


class FlashbotsRelay:
    """One relay, spoken to through the `flashbots` package; one attempt per call, no fallback.

    `identity` signs requests, never transactions: reputation hangs on it, money must not.
    """

    def __init__(
        self,
        url: str,
        identity: LocalAccount,
        *,
        timeout_s: float = DEFAULT_TIMEOUT_S,
        multiplex: Sequence[str] = (),
    ) -> None:
        """Open a line; the relay may pass bundles on to the builders named in `multiplex`."""
        self.url = url
        self._address = identity.address
        self._transport = RelayTransport(url, timeout_s=timeout_s)
        # What flashbot() does, on a node provider that raises: no call can leave but to the relay.
        w3 = Web3(BaseProvider(), middlewares=[])
        provider = _DeadlineProvider(identity, self._transport, multiplex)
        w3.middleware_onion.add(construct_flashbots_middleware(provider))
        self._flashbots = Flashbots(w3)

    def __repr__(self) -> str:
        return f"FlashbotsRelay({self.url}, identity {self._address})"

    def send(
        self, raw_tx: bytes, target_block: int, replacement_uuid: str | None = None
    ) -> BundleReceipt:
        """See `BundleRelay.send`."""
        return self.send_all([raw_tx], target_block, replacement_uuid)

    def send_all(
        self, raw_txs: Sequence[bytes], target_block: int, replacement_uuid: str | None = None
    ) -> BundleReceipt:
        """See `BundleRelay.send_all`."""
        options = {} if replacement_uuid is None else {"replacementUuid": replacement_uuid}
        signed = [HexBytes(raw_tx) for raw_tx in raw_txs]
        result = self._flashbots.send_raw_bundle(signed, target_block, options)
        hashes = [keccak(raw_tx) for raw_tx in raw_txs]
        expected = "0x" + keccak(b"".join(hashes)).hex()
        found = result.get("bundleHash") if isinstance(result, dict) else None
        if found != expected:
            raise OutcomeUnknown(self.url, f"answered for bundle {found!r:.80}, ours is {expected}")
        return BundleReceipt(
            bundle_hash=expected,
            transaction_hash="0x" + hashes[-1].hex(),
            target_block=target_block,
            sent_at=Nanos(self._transport.sent_at),
        )

    def simulate(
        self,
        raw_tx: bytes,
        target_block: int,
        *,
        state_block: int | None = None,
        timestamp_s: int | None = None,
    ) -> BundleSimulation:
        """Run it as if in `target_block`, on top of `state_block` (None: the latest).

        Raises:
            RelayUnavailable: no usable answer; nothing was changed.
            RelayRefused: understood and refused.
            SimulationFailed: the transaction could not be in that block at all.
        """
        state = "latest" if state_block is None else hex(state_block)
        try:
            result = self._flashbots.call_bundle(
                [HexBytes(raw_tx)], hex(target_block), state, timestamp_s
            )
            answer = msgspec.convert(result, _CallBundleResult, strict=False)
        except RelayCallRejected as error:
            raise SimulationFailed(f"relay {self.url}", error.reason) from error
        except (OutcomeUnknown, msgspec.ValidationError) as error:
            raise RelayUnavailable(self.url, f"no usable simulation: {error}") from error
        failures = [one.revert or one.error for one in answer.results if one.error is not None]
        return BundleSimulation(
            bundle_hash=answer.bundle_hash,
            gas_used=answer.total_gas_used,
            coinbase_payment=Wei(answer.coinbase_diff),
            state_block=answer.state_block_number,
            error=failures[0] if failures else None,
            returned=_bytes_of(answer.results[-1].value) if answer.results else b"",
        )

    def cancel(self, replacement_uuid: str) -> tuple[str, ...]:
        """See `BundleRelay.cancel`."""
        hashes = self._flashbots.cancel_bundles(replacement_uuid)["bundleHashes"]
        if not isinstance(hashes, list):
            raise OutcomeUnknown(self.url, "the answer to a cancellation is not a list of hashes")
        return tuple(str(one) for one in hashes)

    def close(self) -> None:
        """See `BundleRelay.close`."""
        self._transport.close()


class _DeadlineProvider(FlashbotProvider):  # type: ignore[misc]  # the package has no types
    def __init__(
        self, identity: LocalAccount, transport: RelayTransport, multiplex: Sequence[str]
    ) -> None:
        super().__init__(identity, transport.url)
        self._multiplex = list(multiplex)
        self._transport = transport
        self._identity = Identity(identity)
        self.request_counter = itertools.count()

    def _get_flashbots_headers(self, request_data: bytes) -> dict[str, str]:
        """Sign as the package does, the same bytes five times sooner."""
        return self._identity.headers(request_data)

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        if self._multiplex and method == _SEND:
            params = [{**params[0], "builders": self._multiplex}]  # the package knows no such field
        body: bytes = self.encode_rpc_request(method, params)
        headers = self.get_request_headers() | self._get_flashbots_headers(body)
        return {"jsonrpc": "2.0", "result": self._transport.post(body, headers)}


class _CallBundleTransaction(msgspec.Struct, frozen=True, rename="camel"):
    gas_used: int
    error: str | None = None
    revert: str | None = None
    value: str = ""


class _CallBundleResult(msgspec.Struct, frozen=True, rename="camel"):
    bundle_hash: str
    coinbase_diff: int
    results: list[_CallBundleTransaction]
    state_block_number: int
    total_gas_used: int


def _bytes_of(text: str) -> bytes:
    try:
        return bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        return b""
