"""All that a call touches, read in one request: revm then has nothing left to ask for.

The node traces the call and tells every account, with its code, and every storage slot as they
stand before it, at one block hash. Nothing of it is kept for another block, so no slot is ever
stale. A slot the node did not tell reads as zero here: the run then fails, or ends elsewhere than
the plan said, and either way the plan ends.
"""

from functools import lru_cache
from typing import Any

import msgspec
from eth_utils.crypto import keccak
from pyrevm import EVM, AccountInfo, Env

from bot.chain.rpc import RpcCall
from bot.domain.errors import NodeUnreachable
from bot.domain.units import SLOT_S, Address
from bot.execution.simulation import (
    HARDFORK,
    Call,
    Simulated,
    next_block,
    run_call,
)
from bot.market.book import MarketBook

_CODES_KEPT = 256


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """One account before the call, as the node's trace tells it."""

    balance: str = "0x0"
    nonce: int = 0
    code: str = "0x"
    storage: dict[str, str] = {}


Prestate = dict[Address, Account]


def prestate_of(book: MarketBook, call: Call) -> RpcCall:
    """Return the request for what `call` touches as the first one after `book`'s block."""
    how = {
        "tracer": "prestateTracer",
        "blockOverrides": {
            "number": hex(book.block + 1),
            "time": hex(book.timestamp_s + SLOT_S),
        },
    }
    return "debug_traceCall", (call.request, {"blockHash": book.block_hash}, how)


def read_prestate(url: str, answer: Any) -> Prestate:
    """Return the accounts in the answer of the node at `url`.

    Raises:
        NodeUnreachable: it is not what such a trace looks like.
    """
    try:
        return msgspec.convert(answer, Prestate)
    except msgspec.ValidationError as error:
        raise NodeUnreachable(url, f"its trace is not readable: {error}") from error


def simulate_on_prestate(prestate: Prestate, book: MarketBook, call: Call) -> Simulated:
    """Run `call` in revm on nothing but `prestate`, as the block after `book` would.

    The hash of the parent block is not known there: a plan bound to it needs a fork.

    Raises:
        SimulationFailed: it reverted.
    """
    evm = EVM(env=Env(block=next_block(book)), spec_id=HARDFORK)
    for address, account in prestate.items():
        evm.insert_account_info(address, _info(account))
        for slot, value in account.storage.items():
            evm.insert_account_storage(address, int(slot, 16), int(value, 16))
    return run_call(evm, call)


def _info(account: Account) -> AccountInfo:
    held: dict[str, Any] = {"balance": int(account.balance, 16), "nonce": account.nonce}
    if len(account.code) > 2:
        held["code"], held["code_hash"] = _hashed(account.code)
    return AccountInfo(**held)


@lru_cache(maxsize=_CODES_KEPT)
def _hashed(code: str) -> tuple[bytes, bytes]:
    """Return code and its hash; hashing all code of a plan takes longer than running it."""
    raw = bytes.fromhex(code[2:])
    return raw, keccak(raw)
