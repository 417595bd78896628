"""Gas of single transactions by `eth_simulateV1`: cold state, refunds applied, nothing kept."""

from typing import Any

import msgspec

from bot.chain.rpc import RpcClient
from bot.domain.units import Address
from bot.sandbox.addresses import labelled
from bot.sandbox.errors import LocalChainFailed

CALLER = labelled("gas: operator")
TRANSACTION_GAS = 21_000
ZERO_BYTE_GAS, OTHER_BYTE_GAS = 4, 16
GAS_LIMIT = 10_000_000


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One transaction of a simulation."""

    to: Address
    data: bytes
    sender: Address = CALLER


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """What one transaction used, and what it answered."""

    whole: int
    calldata: int
    returned: bytes

    @property
    def execution(self) -> int:
        """Gas without what every transaction and every byte of calldata costs."""
        return self.whole - TRANSACTION_GAS - self.calldata


class Meter:
    """Measures on the latest block of one anvil."""

    def __init__(self, rpc: RpcClient) -> None:
        self._rpc = rpc

    def measure(self, call: Call, before: tuple[Call, ...] = ()) -> Cost:
        """Return the cost of `call` in a block of its own, after `before` in the block before it.

        Raises:
            LocalChainFailed: one of them reverted.
            NodeRefused: the node does not simulate.
        """
        blocks = [{"calls": [_request(c) for c in calls]} for calls in (before, (call,)) if calls]
        asked = {"blockStateCalls": blocks, "validation": False}
        results = [
            result
            for block in self._rpc.call("eth_simulateV1", asked, "latest")
            for result in block["calls"]
        ]
        for at, result in enumerate(results):
            _require_success(at, result)
        last = results[-1]
        return Cost(
            whole=int(last["gasUsed"], 16),
            calldata=calldata_gas(call.data),
            returned=bytes.fromhex(last["returnData"][2:]),
        )


def calldata_gas(data: bytes) -> int:
    """Return what the bytes themselves cost."""
    zeros = data.count(0)
    return zeros * ZERO_BYTE_GAS + (len(data) - zeros) * OTHER_BYTE_GAS


def _request(call: Call) -> dict[str, str]:
    data = "0x" + call.data.hex()
    return {"from": call.sender, "to": call.to, "input": data, "gas": hex(GAS_LIMIT)}


def _require_success(at: int, result: dict[str, Any]) -> None:
    if result["status"] != "0x1":
        raise LocalChainFailed(f"simulated transaction {at} reverted: {result['returnData']}")
