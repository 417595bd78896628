"""Transactions of the one account that builds the local mainnet."""

import time
from typing import Any

from eth_abi.abi import encode as abi_encode
from eth_utils.address import to_checksum_address

from bot.chain.abi import decode, encode, split_types
from bot.chain.rpc import RpcClient
from bot.domain.errors import NodeRefused
from bot.domain.units import Address
from bot.sandbox.addresses import DEPLOYER
from bot.sandbox.errors import LocalChainFailed

TX_GAS = 16_000_000  # Osaka caps a transaction at 2**24
RECEIPT_DEADLINE_S = 10.0


class Deployer:
    """Sends as anybody (anvil impersonates), pays no gas, waits for every receipt."""

    def __init__(self, rpc: RpcClient) -> None:
        self.rpc = rpc

    def send(
        self, to: Address, signature: str, *arguments: Any, sender: Address = DEPLOYER
    ) -> dict[str, Any]:
        """Return the receipt of a call to `to`.

        Raises:
            LocalChainFailed: it reverted.
        """
        return self._transact(
            {"to": to, "data": "0x" + encode(signature, *arguments).hex()}, sender
        )

    def pay(self, to: Address, signature: str, wei: int) -> dict[str, Any]:
        """Return the receipt of a call without arguments that carries ETH."""
        data = "0x" + encode(signature).hex()
        return self._transact({"to": to, "data": data, "value": hex(wei)}, DEPLOYER)

    def call(self, to: Address, signature: str, returns: str, *arguments: Any) -> tuple[Any, ...]:
        """Return the decoded answer of a view."""
        data = "0x" + encode(signature, *arguments).hex()
        answer = self.rpc.call("eth_call", {"to": to, "data": data}, "latest")
        return decode(returns, bytes.fromhex(answer[2:]))

    def address_of(self, to: Address, signature: str, *arguments: Any) -> Address:
        """Return the address a view answers with."""
        return Address(to_checksum_address(self.call(to, signature, "address", *arguments)[0]))

    def deploy(self, code: bytes, types: str = "", *arguments: Any) -> Address:
        """Create a contract at the deployer's next address."""
        receipt = self._transact({"data": "0x" + (code + _tail(types, arguments)).hex()}, DEPLOYER)
        return Address(to_checksum_address(receipt["contractAddress"]))

    def deploy_at(
        self,
        address: Address,
        code: bytes,
        types: str = "",
        *arguments: Any,
        sender: Address = DEPLOYER,
    ) -> None:
        """Run the real constructor in the context of `address`.

        The creation code stands at `address` for two steps: a call tells the runtime code it
        returns, a transaction leaves its storage and the contracts it creates.
        """
        self.set_code(address, code + _tail(types, arguments))
        self.rpc.call("anvil_setNonce", address, "0x1")
        request = {"from": sender, "to": address, "gas": hex(TX_GAS)}
        runtime = bytes.fromhex(self.rpc.call("eth_call", request, "latest")[2:])
        if len(runtime) < 2:
            raise LocalChainFailed(f"the constructor for {address} returned no code")
        self._transact({"to": address}, sender)
        self.set_code(address, runtime)

    def set_code(self, address: Address, code: bytes) -> None:
        """Place runtime code; storage stays as it is."""
        self.rpc.call("anvil_setCode", address, "0x" + code.hex())

    def set_word(self, address: Address, slot: int | bytes, value: int | bytes) -> None:
        """Write one storage word."""
        key, word = (x if isinstance(x, bytes) else x.to_bytes(32, "big") for x in (slot, value))
        self.rpc.call("anvil_setStorageAt", address, "0x" + key.hex(), "0x" + word.hex())

    def _transact(self, request: dict[str, str], sender: Address) -> dict[str, Any]:
        full = {"from": sender, "gas": hex(TX_GAS), "gasPrice": "0x0", **request}
        receipt = self._receipt(self.rpc.call("eth_sendTransaction", full))
        if receipt["status"] != "0x1":
            raise LocalChainFailed(f"transaction to {request.get('to')}: {self._why(full)}")
        return receipt

    def _receipt(self, tx_hash: str) -> dict[str, Any]:
        deadline = time.monotonic() + RECEIPT_DEADLINE_S
        while time.monotonic() < deadline:
            receipt: dict[str, Any] | None = self.rpc.call("eth_getTransactionReceipt", tx_hash)
            if receipt is not None:
                return receipt
            time.sleep(0.001)
        raise LocalChainFailed(f"transaction {tx_hash} was not mined in {RECEIPT_DEADLINE_S} s")

    def _why(self, request: dict[str, str]) -> str:
        try:
            self.rpc.call("eth_call", request, "latest")
        except NodeRefused as error:
            return str(error)
        return "reverted once, not on replay"


def _tail(types: str, arguments: tuple[Any, ...]) -> bytes:
    return abi_encode(split_types(types), arguments)
