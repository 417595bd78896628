"""Runs a call in revm, in this process."""

from pyrevm import EVM, BlockEnv, Env

from bot.chain.abi import word
from bot.domain.errors import SimulationFailed
from bot.domain.units import Raw
from bot.execution.calldata import explain_revert, is_by_pools
from bot.execution.simulation import GAS_LIMIT, Call, Simulated
from bot.market.book import MarketBook

HARDFORK = "CANCUN"
NAME = "pyrevm"


def next_block(book: MarketBook) -> BlockEnv:
    """Return the surroundings of a call in the block after `book`."""
    return BlockEnv(
        number=book.block + 1, timestamp=book.next_timestamp_s, basefee=book.next_base_fee
    )


def simulate_on_fork(url: str, book: MarketBook, call: Call) -> Simulated:
    """Run `call` on a lazily read fork of `book`'s block, as the next block would.

    Every account and slot is a request of its own: where the node traces, `prestate` is faster.

    Raises:
        SimulationFailed: it reverted, or the node did not tell the state.
    """
    env = Env(block=next_block(book))
    try:
        evm = EVM(fork_url=url, fork_block=book.block_hash, env=env, spec_id=HARDFORK)
    except RuntimeError as error:  # pyrevm's only way to report anything
        raise SimulationFailed(NAME, str(error), by_pools=False) from error
    return run_call(evm, call)


def run_call(evm: EVM, call: Call) -> Simulated:
    """Run `call` in `evm`. Its gas is not told: state that was put there counts as warm.

    Raises:
        SimulationFailed: it reverted.
    """
    try:
        output = evm.message_call(call.sender, call.to, calldata=call.data, gas=GAS_LIMIT)
    except RuntimeError as error:  # pyrevm's only way to report a revert
        reason, by_pools = _read(str(error))
        raise SimulationFailed(NAME, reason, by_pools=by_pools) from error
    return Simulated(profit=Raw(word(bytes(output), 0)))


def _read(text: str) -> tuple[str, bool]:
    """Return what reverted and whether a pool may be why, of `Revert { .., output: 0x.. }`."""
    _, found, tail = text.partition("output: ")
    data = tail.rstrip(" }\n")
    if not found or not data.startswith("0x") or len(data) == 2:
        return text, True
    return explain_revert(data), is_by_pools(data)
