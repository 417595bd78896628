"""What a block's logs make of a pool: the exact state after them, or why it must be read again.

Only events that tell a pool's whole change are followed, and each is held against what we know: a
swap on Curve must have paid what our arithmetic pays, a price of Uniswap V3 and V4 must come with
the liquidity that our ticks give. Anything else is a `Misfit`, and the pool is read again.
"""

from collections.abc import Callable, Sequence

import msgspec
from eth_utils.crypto import keccak

from bot.amm.concentrated import ConcentratedPool
from bot.amm.constant_product import ConstantProductPool
from bot.amm.pool import Pool
from bot.amm.stableswap import StableSwapPool
from bot.domain.units import Raw
from bot.domain.venues import Kind
from bot.feeds.block_logs import Log
from bot.feeds.tick_book import TickBook


class Misfit(msgspec.Struct, frozen=True):
    """The logs do not lead to a state that can be trusted."""

    reason: str


def topic(signature: str) -> str:
    """Return topic 0 of an event such as ``Sync(uint112,uint112)``."""
    return "0x" + keccak(text=signature).hex()


_TRANSFERS = (
    topic("Transfer(address,address,uint256)"),
    topic("Approval(address,address,uint256)"),
)
_SYNC = topic("Sync(uint112,uint112)")
_V2_SILENT = frozenset(
    (
        *_TRANSFERS,  # of the pair's own shares
        topic("Mint(address,uint256,uint256)"),  # these three come with a Sync
        topic("Burn(address,uint256,uint256,address)"),
        topic("Swap(address,uint256,uint256,uint256,uint256,address)"),
    )
)
_V3_SWAP = topic("Swap(address,address,int256,int256,uint160,uint128,int24)")
_V3_MINT = topic("Mint(address,address,int24,int24,uint128,uint256,uint256)")
_V3_BURN = topic("Burn(address,int24,int24,uint128,uint256,uint256)")
_V3_SILENT = frozenset(
    (
        topic("Collect(address,address,int24,int24,uint128,uint128)"),
        topic("CollectProtocol(address,address,uint128,uint128)"),
        topic("Flash(address,address,uint256,uint256,uint256,uint256)"),
        topic("IncreaseObservationCardinalityNext(uint16,uint16)"),
        topic("SetFeeProtocol(uint8,uint8,uint8,uint8)"),  # a share of the fee, not on top of it
    )
)
_V4_SWAP = topic("Swap(bytes32,address,int128,int128,uint160,uint128,int24,uint24)")
_V4_LIQUIDITY = topic("ModifyLiquidity(bytes32,address,int24,int24,int256,bytes32)")
_V4_SILENT = frozenset((topic("Donate(bytes32,address,uint256,uint256)"),))
_CURVE_SWAP = topic("TokenExchange(address,int128,uint256,int128,uint256)")


# Only their logs are asked for: a vault's address would bring every transfer of its shares.
TOLD_BY_LOGS = (Kind.CONSTANT_PRODUCT, Kind.CONCENTRATED, Kind.STABLESWAP)


def can_follow(pool: Pool) -> bool:
    """Return whether logs tell every change of the pool; a ramping A moves without any."""
    kind = type(pool)
    return kind in _EFFECTS and (kind is not StableSwapPool or _still(pool))


def follow(pool: Pool, logs: Sequence[Log], block: int) -> Pool | Misfit:
    """Return the pool after all its logs of `block`; the same object where they change nothing."""
    effect = _EFFECTS.get(type(pool))
    if effect is None:
        return Misfit("no log tells its state")
    try:
        return effect(pool, logs, block)
    except ValueError as error:
        return Misfit(str(error))


def _constant_product(
    pool: ConstantProductPool, logs: Sequence[Log], block: int
) -> ConstantProductPool:
    reserves = pool.reserves
    for log in logs:
        if log.topics[0] == _SYNC:
            reserves = (Raw(log.word(0)), Raw(log.word(1)))
        elif log.topics[0] not in _V2_SILENT:
            raise ValueError(f"unknown event {log.topics[0]}")
    if reserves == pool.reserves:
        return pool
    return msgspec.structs.replace(pool, block=block, reserves=reserves)


def _stableswap(pool: StableSwapPool, logs: Sequence[Log], block: int) -> StableSwapPool:
    after = pool
    for log in logs:
        if log.topics[0] == _CURVE_SWAP:
            after = _exchanged(after, log)
        elif log.topics[0] not in _TRANSFERS:  # some pools are the token of their own shares
            raise ValueError(f"unknown event {log.topics[0]}")
    return pool if after is pool else msgspec.structs.replace(after, block=block)


def _exchanged(pool: StableSwapPool, log: Log) -> StableSwapPool:
    i, sold, j, bought = (log.word(k) for k in range(4))
    if max(i, j) >= len(pool.balances):
        raise ValueError(f"a swap from coin {i} to {j} of {len(pool.balances)}")
    ours = pool.amount_out(i, j, Raw(sold))
    if ours != bought:
        raise ValueError(f"paid {bought} raw, by our arithmetic {ours} raw")
    return pool.after(i, j, Raw(sold))


def _concentrated(pool: ConcentratedPool, logs: Sequence[Log], block: int) -> ConcentratedPool:
    book = TickBook(pool)
    for log in logs:
        event = log.topics[0]
        if event in (_V3_SWAP, _V4_SWAP):
            if event == _V4_SWAP:
                _require_known_fee(pool, log)
            book.move(sqrt_price_x96=log.word(2), liquidity=log.word(3), tick=log.signed(4))
        elif event == _V3_MINT:
            book.fill(log.signed_topic(2), log.signed_topic(3), log.word(1))
        elif event == _V3_BURN:
            book.fill(log.signed_topic(2), log.signed_topic(3), -log.word(0))
        elif event == _V4_LIQUIDITY:
            book.fill(log.signed(0), log.signed(1), log.signed(2))
        elif event not in _V3_SILENT and event not in _V4_SILENT:
            raise ValueError(f"unknown event {event}")
    return book.pool_at(block)


def _require_known_fee(pool: ConcentratedPool, log: Log) -> None:
    paid_in = 0 if log.signed(0) < 0 else 1  # amounts are the swapper's
    if log.word(5) != pool.swap_fee(paid_in):
        raise ValueError(f"took {log.word(5)} pips, known are {pool.swap_fee(paid_in)}")


def _still(pool: Pool) -> bool:
    return isinstance(pool, StableSwapPool) and pool.ramp is None


_EFFECTS: dict[type, Callable[..., Pool]] = {
    ConstantProductPool: _constant_product,
    ConcentratedPool: _concentrated,
    StableSwapPool: _stableswap,
}
