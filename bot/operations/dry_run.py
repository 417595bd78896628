"""What a transaction would do, asked of the node: nothing is sent and no key is needed."""

from collections.abc import Sequence
from typing import Any

import msgspec

from bot.chain.rpc import RpcClient
from bot.domain.errors import NodeRefused, SimulationFailed
from bot.domain.units import Address
from bot.execution.calldata import explain_revert

_GAS_LIMIT = 15_000_000  # below EIP-7825's cap on one transaction
_NOBODY = Address("0x" + "0" * 40)


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One call to simulate."""

    to: Address
    data: bytes
    sender: Address = _NOBODY


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What it returned, and what it used."""

    data: bytes
    gas_used: int


def simulate(rpc: RpcClient, calls: Sequence[Call]) -> list[Answer]:
    """Run `calls` one after the other on the newest block, each on what the one before it left.

    Raises:
        SimulationFailed: one of them reverts, or the node cannot simulate.
        NodeUnreachable: no answer.
    """
    asked = {"blockStateCalls": [{"calls": [_request(call) for call in calls]}]}
    try:
        blocks = rpc.call("eth_simulateV1", asked, "latest")
    except NodeRefused as error:
        raise SimulationFailed("the node", str(error)) from error
    return [_answer(result) for result in blocks[0]["calls"]]


def _request(call: Call) -> dict[str, str]:
    data = "0x" + call.data.hex()
    return {"from": call.sender, "to": call.to, "input": data, "gas": hex(_GAS_LIMIT)}


def _answer(result: dict[str, Any]) -> Answer:
    data = result.get("returnData", "0x")
    if result.get("status") != "0x1":
        why = explain_revert(data) if len(data) > 2 else str(result.get("error"))
        raise SimulationFailed("the node", why)
    return Answer(data=bytes.fromhex(data[2:]), gas_used=int(result["gasUsed"], 16))
