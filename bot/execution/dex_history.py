"""Our swaps as the chain tells them: found by the account's transfers, read from their receipts."""

from collections.abc import Iterator
from typing import Any

from bot.chain.rpc import RpcClient
from bot.domain.assets import Token
from bot.domain.client_ids import is_ours
from bot.domain.orders import ClientId, Fill, Order, OrderSide
from bot.domain.units import NANOS_PER_S, WAD, Address, Nanos, Wad, mul_div_up, to_wad_down
from bot.execution.transfers import TRANSFER, paid, received, topic_of

_TAG_LENGTH = 18  # of a client id, behind the arguments
_MARK = "|"  # before the pair
_PAGE = 2_000  # blocks per question


def order_id_of(transaction_hash: str, target_block: int) -> str:
    """Return what names a swap: its transaction and the block that it was made for."""
    return f"{transaction_hash}@{target_block}"


def read_order_id(order_id: str) -> tuple[str, int]:
    """Return the transaction's hash and its target block."""
    transaction_hash, _, block = order_id.partition("@")
    return transaction_hash, int(block)


def tag_for(order: Order) -> bytes:
    """Return what stands behind an order's call: its pair, for each has another way round, and id.

    Source: ours; read back by `tag_of` and `fill_of`.
    """
    return f"{_MARK}{order.pair}{order.client_id}".encode("ascii")


def tag_of(transaction: dict[str, Any]) -> ClientId | None:
    """Return the client id behind a call's arguments, None where there is none of ours."""
    tail = bytes.fromhex(transaction["input"][2:])[-_TAG_LENGTH:]
    text = tail.decode("ascii", errors="replace")
    return ClientId(text) if is_ours(text) else None


def swaps_since(
    rpc: RpcClient, wallet: Address, pair: tuple[Token, Token], first: int, last: int
) -> Iterator[dict[str, Any]]:
    """Yield the account's transactions that moved either token out, oldest first."""
    seen: set[str] = set()
    for start in range(first, last + 1, _PAGE):
        wanted = {
            "fromBlock": hex(start),
            "toBlock": hex(min(start + _PAGE - 1, last)),
            "address": [token.address for token in pair],
            "topics": [TRANSFER, topic_of(wallet)],
        }
        for entry in rpc.call("eth_getLogs", wanted):
            name = entry["transactionHash"]
            if name not in seen:
                seen.add(name)
                transaction = rpc.call("eth_getTransactionByHash", name)
                if transaction["from"].lower() == wallet.lower():
                    yield transaction


def fill_of(
    rpc: RpcClient, wallet: Address, transaction: dict[str, Any], pair: tuple[str, Token, Token]
) -> Fill | None:
    """Return what a swap traded, None where it did not trade this pair, or did not succeed.

    Its fee is the gas of all that the account did in that block, in ETH: the approval is part of
    the swap. The price is the quotient of the amounts, rounded against us.
    """
    name, base, quote = pair
    if not _is_of(transaction, name):
        return None
    receipt = rpc.call("eth_getTransactionReceipt", transaction["hash"])
    if receipt is None or receipt["status"] != "0x1":
        return None
    logs = receipt["logs"]
    sold, got = paid(logs, base, wallet), received(logs, quote, wallet)
    side = OrderSide.SELL
    if not (sold and got):
        side, sold, got = OrderSide.BUY, received(logs, base, wallet), paid(logs, quote, wallet)
        if not (sold and got):
            return None
    amount, value = to_wad_down(sold, base.decimals), to_wad_down(got, quote.decimals)
    down = value * WAD // amount
    block = int(receipt["blockNumber"], 16)
    return Fill(
        venue="ethereum",
        trade_id=transaction["hash"],
        order_id=order_id_of(transaction["hash"], block),
        client_id=tag_of(transaction),
        pair=name,
        side=side,
        amount=amount,
        price=Wad(down if side is OrderSide.SELL else mul_div_up(value, WAD, amount)),
        fee=_gas_in(rpc, wallet, receipt["blockNumber"]),
        fee_currency="ETH",
        at=_time_of(rpc, receipt["blockNumber"]),
    )


def _is_of(transaction: dict[str, Any], pair: str) -> bool:
    """Whether a swap was ordered as this pair; one that is not ours may be of any."""
    if tag_of(transaction) is None:
        return True
    return bytes.fromhex(transaction["input"][2:])[:-_TAG_LENGTH].endswith((_MARK + pair).encode())


def _gas_in(rpc: RpcClient, wallet: Address, block: str) -> Wad:
    receipts = rpc.call("eth_getBlockReceipts", block)
    ours = (one for one in receipts if one["from"].lower() == wallet.lower())
    return Wad(sum(int(one["gasUsed"], 16) * int(one["effectiveGasPrice"], 16) for one in ours))


def _time_of(rpc: RpcClient, block: str) -> Nanos:
    header = rpc.call("eth_getBlockByNumber", block, False)  # noqa: FBT003 -- hashes only
    return Nanos(int(header["timestamp"], 16) * NANOS_PER_S)
