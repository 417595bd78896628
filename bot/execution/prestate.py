"""All that a call touches, read in one request: revm then has nothing left to ask for.

The node traces the call and tells every account and every storage slot as they stand before it, at
one block hash. Nothing of it is kept for another block, so no slot is ever stale; only code is
kept, which a contract cannot change. A slot the node did not tell reads as zero here, and code may
be another's after a reorg: the run then fails, or ends elsewhere than the plan said, and either way
the plan ends, and the codes are forgotten.
"""

from collections.abc import Collection
from typing import Any

import msgspec
from eth_utils.crypto import keccak
from pyrevm import EVM, AccountInfo, Env

from bot.chain.rpc import RpcCall, RpcClient
from bot.domain.errors import NodeUnreachable
from bot.domain.units import Address
from bot.execution.access_list import Touched, touched_by
from bot.execution.revm import HARDFORK, next_block, run_call
from bot.execution.simulation import Call, Simulated
from bot.market.book import MarketBook

_CODES_KEPT = 1024


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """One account before the call, as the node's trace tells it."""

    balance: str = "0x0"
    nonce: int = 0
    storage: dict[str, str] = {}


Prestate = dict[Address, Account]


def prestate_of(book: MarketBook, call: Call) -> RpcCall:
    """Return the request for what `call` touches as the first one after `book`'s block."""
    how = {
        "tracer": "prestateTracer",
        "tracerConfig": {"disableCode": True},  # most of the answer; a node may tell it anyway
        "blockOverrides": {
            "number": hex(book.block + 1),
            "time": hex(book.next_timestamp_s),
        },
    }
    return "debug_traceCall", (call.free, {"blockHash": book.block_hash}, how)


def read_prestate(url: str, answer: Any) -> Prestate:
    """Return the accounts in the answer of the node at `url`.

    Raises:
        NodeUnreachable: it is not what such a trace looks like.
    """
    try:
        return msgspec.convert(answer, Prestate)
    except msgspec.ValidationError as error:
        raise NodeUnreachable(url, f"its trace is not readable: {error}") from error


class Codes:
    """Code by account, with its hash: hashing all code of a plan takes longer than running it."""

    def __init__(self, rpc: RpcClient) -> None:
        self._rpc = rpc
        self._known: dict[Address, tuple[bytes, bytes]] = {}

    def learn(self, addresses: Collection[Address], block_hash: str) -> None:
        """Ask the node for what is not known of `addresses`, as it stands at that block.

        Raises:
            NodeUnreachable: no answer.
            NodeRefused: it does not have the block.
        """
        missing = [address for address in addresses if address not in self._known]
        if len(self._known) + len(missing) > _CODES_KEPT:
            self._known.clear()
            missing = list(addresses)
        at = {"blockHash": block_hash}
        codes = self._rpc.batch([("eth_getCode", (address, at)) for address in missing])
        for address, code in zip(missing, codes, strict=True):
            raw = bytes.fromhex(code[2:])
            self._known[address] = (raw, keccak(raw))

    def info(self, address: Address, account: Account) -> AccountInfo:
        """Return the account as revm wants it; its code must have been learnt."""
        held: dict[str, Any] = {"balance": int(account.balance, 16), "nonce": account.nonce}
        code, code_hash = self._known[address]
        if code:
            held["code"], held["code_hash"] = code, code_hash
        return AccountInfo(**held)

    def is_contract(self, address: Address) -> bool:
        """Return whether an account has code; it must have been learnt."""
        return bool(self._known[address][0])

    def forget(self) -> None:
        """Know nothing: some of it may be wrong."""
        self._known.clear()


def simulate_on_prestate(
    prestate: Prestate, codes: Codes, book: MarketBook, call: Call
) -> Simulated:
    """Run `call` in revm on nothing but `prestate`, as the block after `book` would.

    The hash of the parent block is not known there: a plan bound to it needs a fork.

    Raises:
        SimulationFailed: it reverted.
        NodeUnreachable: no answer about code.
        NodeRefused: the node does not have the block any more.
    """
    codes.learn(prestate.keys(), book.block_hash)
    evm = EVM(env=Env(block=next_block(book)), spec_id=HARDFORK)
    for address, account in prestate.items():
        evm.insert_account_info(address, codes.info(address, account))
        for slot, value in account.storage.items():
            evm.insert_account_storage(address, int(slot, 16), int(value, 16))
    return msgspec.structs.replace(run_call(evm, call), touched=_touched(prestate, codes, call))


def _touched(prestate: Prestate, codes: Codes, call: Call) -> Touched:
    """Return the contracts: whoever signs and whoever builds the block are warm by themselves."""
    contracts = {
        address: [int(slot, 16) for slot in account.storage]
        for address, account in prestate.items()
        if codes.is_contract(address)
    }
    return touched_by(contracts, call.to)
