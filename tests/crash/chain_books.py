"""What the chain says of our bundles, and how it differs from the journal of bundles."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec
from crash.own_books import SentBundle
from eth_utils.crypto import keccak

from bot.domain.assets import STABLECOINS, Token
from bot.sandbox.faucet import balance_of
from bot.sandbox.world import World

_TRANSFER = "0x" + keccak(text="Transfer(address,address,uint256)").hex()
_LANDED = {"included": "0x1", "reverted": "0x0"}
_OPEN = {"intended", "accepted", "unknown"}


class ChainBooks(msgspec.Struct, frozen=True, kw_only=True):
    """The chain at one block."""

    block: int
    nonce: int  # of the operator: how many of their transactions landed
    receipts: dict[str, Any]  # by hash, of those that landed
    treasury: dict[str, int]  # by symbol
    payee: str  # the treasury's address

    def paid(self, receipt: dict[str, Any], token: Token) -> int:
        """Return what a transaction sent to the treasury of a coin, in its base units."""
        return sum(
            int(entry["data"], 16)
            for entry in receipt["logs"]
            if entry["address"].lower() == token.address.lower()
            and entry["topics"][0] == _TRANSFER
            and int(entry["topics"][2], 16) == int(self.payee, 16)
        )


def read_chain_books(world: World, hashes: Iterable[str]) -> ChainBooks:
    """Return what became of these transactions, and what the treasury has."""
    rpc = world.rpc
    block = int(rpc.call("eth_blockNumber"), 16)
    receipts = {}
    for one in hashes:
        if (found := rpc.call("eth_getTransactionReceipt", one)) is not None:
            receipts[one] = found
    return ChainBooks(
        block=block,
        nonce=int(rpc.call("eth_getTransactionCount", world.operator.address, "latest"), 16),
        receipts=receipts,
        treasury={one.symbol: balance_of(rpc, one, world.treasury) for one in STABLECOINS},
        payee=world.treasury,
    )


def bundle_differences(
    bundles: Sequence[SentBundle], chain: ChainBooks, opening: ChainBooks
) -> Iterator[str]:
    """Yield what the journal of bundles says otherwise than the chain, as far as it says it."""
    for bundle in bundles:
        yield from _bundle(bundle, chain)
    sent = chain.nonce - opening.nonce
    if sent != len(chain.receipts):
        yield f"{sent} transactions of the operator landed, {len(chain.receipts)} are known"


def open_bundles(bundles: Sequence[SentBundle], block: int) -> Iterator[str]:
    """Yield the bundles whose block is long past, and whose fate was not asked for yet."""
    for bundle in bundles:
        if bundle.fate in _OPEN and bundle.target_block < block - 1:
            yield (
                f"bundle {bundle.transaction_hash[:12]} of block {bundle.target_block}"
                f" is still {bundle.fate} at {block}"
            )


def profit_differences(chain: ChainBooks, opening: ChainBooks) -> Iterator[str]:
    """Yield the coins of which the treasury got anything else than from known bundles.

    In other coins than its own a bundle leaves what rounding left, which is no profit.
    """
    for token in STABLECOINS:
        gained = chain.treasury[token.symbol] - opening.treasury[token.symbol]
        told = sum(chain.paid(receipt, token) for receipt in chain.receipts.values())
        if gained != told:
            yield f"the treasury gained {gained} raw {token.symbol}, by our bundles {told}"


def _bundle(bundle: SentBundle, chain: ChainBooks) -> Iterator[str]:
    receipt = chain.receipts.get(bundle.transaction_hash)
    if bundle.fate in _OPEN:
        return
    name = f"bundle {bundle.transaction_hash[:12]}"
    wanted = _LANDED.get(bundle.fate)
    found = None if receipt is None else receipt["status"]
    if found != wanted:
        yield f"{name} is {bundle.fate} in the journal, and its receipt says {found}"
    elif receipt is not None and int(receipt["blockNumber"], 16) != bundle.target_block:
        yield f"{name} landed in {receipt['blockNumber']}, made for {bundle.target_block}"
    elif receipt is not None and chain.paid(receipt, bundle.token) != bundle.profit:
        yield f"{name} earned {chain.paid(receipt, bundle.token)}, the journal says {bundle.profit}"
