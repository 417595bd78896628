"""Bringing fifty pools up to date: from a block's logs, against reading all of them again.

Strangers trade in the wide local market; both ways read the same heads, in turn, and must agree.
"""

import time
from collections.abc import Callable, Sequence
from statistics import median, quantiles

import msgspec

from bot.bench.runner import Measured
from bot.chain.lens import Read
from bot.chain.rpc import RpcClient
from bot.domain.messages import Head
from bot.domain.registry import ALL_POOLS
from bot.domain.venues import PoolSpec, Venue
from bot.execution.flash_loans import FlashLenders
from bot.feeds.log_effects import TOLD_BY_LOGS
from bot.feeds.log_feed import LogFeed
from bot.feeds.pool_feed import OpenLenders, open_pool_feed
from bot.feeds.same_state import same_state
from bot.market.book import MarketBook
from bot.market.lenders import LenderState
from bot.operations.heads import latest_head
from bot.sandbox.crowd import Crowd
from bot.sandbox.mainnet import start_local_mainnet
from bot.sandbox.wide import MOST_POOLS, NEW_POOLS, ensure_wide_state, wide_pools

_BLOCKS, _WARM_UP = 60, 5
_TRADES = 10  # in each block
_MOST_DOLLARS = 20_000
TRADED = (Venue.CURVE, Venue.UNISWAP_V2, Venue.UNISWAP_V3, Venue.UNISWAP_V4)


def run() -> Measured:
    """Return milliseconds per block of each way, requests included.

    `logs_50_pools`: fifty pools that logs tell, and no lenders. `market`: the bot's own mix of
    fifty, where rails and nine lenders are read afresh every block.
    """
    with start_local_mainnet(ensure_wide_state(), no_mining=True) as anvil:
        rpc = RpcClient(anvil.url)
        table = wide_table(rpc)
        told = [spec for spec in (*table, *NEW_POOLS) if spec.kind in TOLD_BY_LOGS]
        start = rpc.call("evm_snapshot")
        pools = _times(rpc, tuple(dict.fromkeys(told))[:MOST_POOLS], _NoLenders)
        rpc.call("evm_revert", start)
        market = _times(rpc, table, FlashLenders)
        rpc.close()
    return Measured(
        figures={
            "pools": len(table),
            **_figures("logs_50_pools_ms", pools.logs),
            **_figures("market_logs_ms", market.logs),
        },
        peers={
            **_figures("full_read_50_pools_ms", pools.full),
            **_figures("market_full_read_ms", market.full),
        },
    )


class _Times(msgspec.Struct, frozen=True):
    logs: list[float]
    full: list[float]


class _NoLenders:
    """Nobody to be asked."""

    reads: Sequence[Read] = ()

    def __init__(self, *_: object) -> None:
        pass

    def states(self, block: int, answers: Sequence[bytes]) -> tuple[LenderState, ...]:  # noqa: ARG002
        return ()

    def check_code(self, head: Head) -> None:
        pass


def _times(rpc: RpcClient, table: Sequence[PoolSpec], lenders: OpenLenders) -> _Times:
    full, behind = (open_pool_feed(rpc, table, lenders) for _ in range(2))
    logs = LogFeed(rpc, behind)
    crowd = Crowd(rpc, [spec for spec in full.pools if spec.venue in TRADED], seed=1)
    rpc.call("evm_mine")
    times = _Times([], [])
    for _ in range(_WARM_UP + _BLOCKS):
        _block(rpc, crowd)
        head = latest_head(rpc)
        _require_equal(_timed(times.logs, logs.read, head), _timed(times.full, full.read, head))
    return times


def _figures(key: str, times: Sequence[float]) -> dict[str, float]:
    counted = times[_WARM_UP:]
    return {key: round(median(counted), 2), f"{key}_p99": round(_p99(counted), 2)}


def wide_table(rpc: RpcClient) -> tuple[PoolSpec, ...]:
    """Return fifty pools: the bot's own and what the wide market has beside them."""
    codes = rpc.batch([("eth_getCode", (spec.address, "latest")) for spec in ALL_POOLS])
    return wide_pools([spec for spec, code in zip(ALL_POOLS, codes, strict=True) if len(code) > 2])


def _block(rpc: RpcClient, crowd: Crowd) -> None:
    for _ in range(_TRADES):
        crowd.trade_somewhere(_MOST_DOLLARS)
    rpc.call("evm_mine")


def _timed(times: list[float], read: Callable[[Head], MarketBook], head: Head) -> MarketBook:
    started = time.perf_counter()
    book = read(head)
    times.append((time.perf_counter() - started) * 1e3)
    return book


def _require_equal(ours: MarketBook, read: MarketBook) -> None:
    if ours.pools.keys() != read.pools.keys():
        raise AssertionError("the two ways see other pools")
    for spec, pool in read.pools.items():
        if not same_state(ours.pools[spec], pool):
            raise AssertionError(f"{spec.name} differs at block {read.block}")


def _p99(times: Sequence[float]) -> float:
    return quantiles(times, n=100, method="inclusive")[98]
