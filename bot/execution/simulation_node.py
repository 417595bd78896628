"""The node's simulation: the transaction as it would be signed, in the block it is meant for.

`eth_simulateV1` charges the fees, so that the sender must be able to pay them, and tells the gas;
two small calls around the transaction tell what the block's builder has of it. A node that does not
know it is asked by `eth_call`, and by `eth_estimateGas` for gas that is never too little.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import msgspec
import structlog

from bot.chain.abi import word
from bot.chain.rpc import RpcCall, RpcClient
from bot.domain.errors import NodeRefused, NodeUnreachable, SimulationFailed
from bot.domain.units import Raw, Wei
from bot.execution.calldata import explain_revert, is_by_pools
from bot.execution.simulation import Call, Failed, Proposal, Simulated, Verdict, heard
from bot.market.book import MarketBook

log = structlog.get_logger()

THE_NODE = "the node"
_NO_SUCH_METHOD = -32601
# Code that returns the balance of the block's builder: COINBASE BALANCE PUSH0 MSTORE PUSH1 32
# PUSH0 RETURN, at an address that nobody has, asked by another.
_BALANCE_CODE = "0x41315f5260205ff3"
_BALANCE_OF_BUILDER = "0x00000000000000000000000000000000ba1a7ce0"
_ASKER = "0x00000000000000000000000000000000ba1a7ce1"
_ASKING_GAS = 50_000
_ASKERS_FUNDS = hex(10**20)


class NodeSimulator:
    """Asks one node; tried once and remembered, whether it knows `eth_simulateV1`."""

    def __init__(self, rpc: RpcClient, name: str = THE_NODE) -> None:
        self.name = name
        self._rpc = rpc
        self._simulates = True  # until it says that it does not

    @contextmanager
    def asked(self, proposal: Proposal) -> Iterator[Callable[[], Verdict]]:
        """See `Simulator.asked`."""
        book, call = proposal.book, proposal.call
        calls = [simulation_of(book, call)] if self._simulates else _plain_calls(book, call)
        with ExitStack() as stack:
            try:
                asked = stack.enter_context(self._rpc.ask(calls))
            except NodeUnreachable as error:
                failed = Failed(simulator=self.name, reason=str(error), is_missing=True)
                yield lambda: failed
                return
            yield lambda: heard(self.name, proposal, lambda: self._read(asked.each(), proposal))

    def _read(self, answers: list[Any], proposal: Proposal) -> Simulated:
        first = answers[0]
        if not self._simulates:
            return _plainly_simulated(self.name, answers)
        if isinstance(first, NodeRefused) and first.code == _NO_SUCH_METHOD:
            self._simulates = False
            log.warning("node_does_not_simulate", node=self.name, reason=str(first))
            answers = self._rpc.batch_each(_plain_calls(proposal.book, proposal.call))
            return _plainly_simulated(self.name, answers)
        return simulated_in(first, self.name)


class _Ran(msgspec.Struct, frozen=True, rename="camel"):
    status: str
    gas_used: str
    return_data: str = "0x"
    error: Any = None

    @property
    def returned(self) -> bytes:
        return bytes.fromhex(self.return_data.removeprefix("0x"))


class _Block(msgspec.Struct, frozen=True):
    calls: tuple[_Ran, _Ran, _Ran]


def simulation_of(book: MarketBook, call: Call) -> RpcCall:
    """Return the request that runs `call` as the first transaction after `book`'s block."""
    asking = {
        "from": _ASKER,
        "to": _BALANCE_OF_BUILDER,
        "gas": hex(_ASKING_GAS),
        "maxFeePerGas": hex(book.next_base_fee),
        "maxPriorityFeePerGas": "0x0",
    }
    block = {
        "stateOverrides": {
            _BALANCE_OF_BUILDER: {"code": _BALANCE_CODE},
            _ASKER: {"balance": _ASKERS_FUNDS},
        },
        "blockOverrides": {
            "time": hex(book.next_timestamp_s),
            "baseFeePerGas": hex(book.next_base_fee),
        },
        "calls": [asking, call.paid, asking],
    }
    how = {"blockStateCalls": [block], "validation": True}
    return "eth_simulateV1", (how, {"blockHash": book.block_hash})


def simulated_in(answer: Any, name: str = THE_NODE) -> Simulated:
    """Return what the answer to `simulation_of` says; a refusal is a value here.

    Raises:
        SimulationFailed: it reverted, or it cannot be in that block.
        NodeUnreachable: the answer is not readable.
    """
    if isinstance(answer, NodeRefused):
        raise SimulationFailed(name, str(answer), by_pools=False) from answer
    try:
        (block,) = msgspec.convert(answer, tuple[_Block])
        before, ran, after = block.calls
        paid = Wei(word(after.returned, 0) - word(before.returned, 0))
        gas_used, returned = int(ran.gas_used, 16), ran.returned
    except (msgspec.ValidationError, ValueError) as error:
        raise NodeUnreachable(name, f"its simulation is not readable: {error}") from error
    if ran.status != "0x1":
        why = explain_revert(returned) if returned else str(ran.error)
        raise SimulationFailed(name, why, by_pools=is_by_pools(ran.return_data))
    return Simulated(profit=_profit(returned, name), gas_used=gas_used, paid=paid)


def _plain_calls(book: MarketBook, call: Call) -> list[RpcCall]:
    at = {"blockHash": book.block_hash}
    block = {"number": hex(book.block + 1), "time": hex(book.next_timestamp_s)}
    return [
        ("eth_call", (call.free, at, {}, block)),
        ("eth_estimateGas", (call.free, at)),
    ]


def _plainly_simulated(name: str, answers: list[Any]) -> Simulated:
    for one in answers:
        if isinstance(one, NodeRefused):
            data = one.data or "0x"
            why = explain_revert(data) if len(data) > 2 else str(one)
            by_pools = len(data) > 2 and is_by_pools(data)
            raise SimulationFailed(name, why, by_pools=by_pools) from one
    try:
        returned, gas = bytes.fromhex(answers[0][2:]), int(answers[1], 16)
    except (TypeError, ValueError) as error:
        raise NodeUnreachable(name, f"its simulation is not readable: {error}") from error
    return Simulated(profit=_profit(returned, name), gas_used=gas)


def _profit(returned: bytes, name: str) -> Raw:
    if len(returned) != 32:
        raise SimulationFailed(name, f"{len(returned)} bytes came back instead of a profit")
    return Raw(word(returned, 0))
