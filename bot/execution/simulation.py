"""A plan's own calldata, run on a fork of the block it was made on.

Two simulators must agree with the plan to the base unit: pyrevm in this process, and the node,
whose gas is the real one. Anything else ends the plan.
"""

from typing import Any

import msgspec
from pyrevm import EVM, BlockEnv, Env

from bot.chain.abi import word
from bot.chain.rpc import RpcCall
from bot.domain.errors import NodeRefused, SimulationFailed
from bot.domain.plans import Plan
from bot.domain.units import SLOT_S, Address, Raw
from bot.execution.calldata import explain_revert, is_by_pools
from bot.market.book import MarketBook

GAS_LIMIT = 15_000_000  # below EIP-7825's cap on one transaction
HARDFORK = "CANCUN"


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """The transaction to simulate, without signature and fees."""

    sender: Address
    to: Address
    data: bytes

    @property
    def request(self) -> dict[str, str]:
        """The call as JSON-RPC wants it."""
        return {
            "from": self.sender,
            "to": self.to,
            "input": "0x" + self.data.hex(),
            "gas": hex(GAS_LIMIT),
        }


class Simulated(msgspec.Struct, frozen=True, kw_only=True):
    """What the execution returned."""

    profit: Raw
    gas_used: int  # of the whole transaction when the node says it; from pyrevm not to be used


def next_block(book: MarketBook) -> BlockEnv:
    """Return the surroundings of a call in the block after `book`."""
    return BlockEnv(number=book.block + 1, timestamp=book.timestamp_s + SLOT_S)


def simulate_in_process(url: str, book: MarketBook, call: Call) -> Simulated:
    """Run `call` in revm on a lazily read fork of `book`'s block, as the next block would.

    Every account and slot is a request of its own: where the node traces, `prestate` is faster.

    Raises:
        SimulationFailed: it reverted.
    """
    env = Env(block=next_block(book))
    return run_call(EVM(fork_url=url, fork_block=book.block_hash, env=env, spec_id=HARDFORK), call)


def run_call(evm: EVM, call: Call) -> Simulated:
    """Run `call` in `evm`.

    Raises:
        SimulationFailed: it reverted.
    """
    try:
        output = evm.message_call(call.sender, call.to, calldata=call.data, gas=GAS_LIMIT)
    except RuntimeError as error:  # pyrevm's only way to report a revert
        reason, by_pools = _read(str(error))
        raise SimulationFailed("pyrevm", reason, by_pools=by_pools) from error
    gas_used = evm.result.gas_used if evm.result is not None else 0
    return Simulated(profit=Raw(word(bytes(output), 0)), gas_used=gas_used)


def simulation_on_node(book: MarketBook, call: Call) -> RpcCall:
    """Return the request that runs `call` as the first transaction after `book`'s block."""
    block = {
        "blockOverrides": {"time": hex(book.timestamp_s + SLOT_S)},
        "calls": [call.request],
    }
    return "eth_simulateV1", ({"blockStateCalls": [block]}, {"blockHash": book.block_hash})


def simulated_on_node(answer: Any) -> Simulated:
    """Return what the node's answer to `simulation_on_node` says; a refusal is a value here.

    Raises:
        SimulationFailed: it reverted, or the node cannot simulate.
    """
    if isinstance(answer, NodeRefused):
        raise SimulationFailed("the node", str(answer), by_pools=False) from answer
    result = answer[0]["calls"][0]
    data = result.get("returnData", "0x")
    if result.get("status") != "0x1":
        why = explain_revert(data) if len(data) > 2 else str(result.get("error"))
        raise SimulationFailed("the node", why, by_pools=is_by_pools(data))
    return Simulated(
        profit=Raw(word(bytes.fromhex(data[2:]), 0)), gas_used=int(result["gasUsed"], 16)
    )


def require_equal(plan: Plan, simulated: Simulated, simulator: str) -> None:
    """Check that a simulation ended exactly where the plan said.

    Raises:
        SimulationFailed: the profits differ by even one base unit.
    """
    if simulated.profit != plan.profit:
        raise SimulationFailed(
            simulator, f"profit {simulated.profit} raw, plan said {plan.profit} raw"
        )


def _read(text: str) -> tuple[str, bool]:
    """Return what reverted and whether a pool may be why, of `Revert { .., output: 0x.. }`."""
    _, found, tail = text.partition("output: ")
    data = tail.rstrip(" }\n")
    if not found or not data.startswith("0x") or len(data) == 2:
        return text, True
    return explain_revert(data), is_by_pools(data)
