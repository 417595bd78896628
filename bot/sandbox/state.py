"""A dumped chain state: cut down to one block, and read back as plain accounts."""

import gzip
from typing import Any

import msgspec

from bot.domain.units import Wei


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """One account as an in-process EVM wants it."""

    balance: Wei
    nonce: int
    code: bytes
    storage: dict[int, int]


class DumpedAccount(msgspec.Struct, frozen=True):
    """One account as anvil writes it."""

    balance: str
    nonce: int
    code: str = "0x"
    storage: dict[str, str] = {}


class Dump(msgspec.Struct, frozen=True):
    """The part of a state file we read."""

    accounts: dict[str, DumpedAccount]


def trimmed(dumped: str) -> bytes:
    """Return the state without the history that built it; anvil insists on one block.

    `dumped` is the answer of `anvil_dumpState`: hex of gzipped JSON.
    """
    state: dict[str, Any] = msgspec.json.decode(gzip.decompress(bytes.fromhex(dumped[2:])))
    best = _number(state["best_block_number"])
    state["blocks"] = [b for b in state["blocks"] if _number(b["header"]["number"]) == best]
    state["transactions"] = []
    state["historical_states"] = None
    return msgspec.json.encode(state, order="sorted")


def read_alloc(content: bytes) -> dict[str, Account]:
    """Return all accounts by address, as in the file."""
    dump = msgspec.json.decode(content, type=Dump)
    return {address: _account(account) for address, account in dump.accounts.items()}


def _account(found: DumpedAccount) -> Account:
    return Account(
        balance=Wei(int(found.balance, 16)),
        nonce=found.nonce,
        code=bytes.fromhex(found.code.removeprefix("0x")),
        storage={int(slot, 16): int(word, 16) for slot, word in found.storage.items()},
    )


def _number(value: str | int) -> int:
    return int(value, 16) if isinstance(value, str) else value
