"""Bringing fifty pools up to date: from a block's logs, against reading all of them again.

Strangers trade in the wide local market; both ways read the same heads, in turn, and must agree.
"""

import time
from collections.abc import Callable
from statistics import median, quantiles

from bot.bench.runner import Measured
from bot.chain.rpc import RpcClient
from bot.domain.messages import Head
from bot.domain.registry import ALL_POOLS
from bot.domain.venues import PoolSpec, Venue
from bot.execution.flash_loans import FlashLenders
from bot.feeds.log_feed import LogFeed
from bot.feeds.pool_feed import open_pool_feed
from bot.feeds.same_state import same_state
from bot.market.book import MarketBook
from bot.operations.heads import latest_head
from bot.sandbox.crowd import Crowd
from bot.sandbox.wide import start_wide_mainnet, wide_pools

_BLOCKS, _WARM_UP = 60, 5
_TRADES = 20  # in each block
_MOST_DOLLARS = 20_000
TRADED = (Venue.CURVE, Venue.UNISWAP_V2, Venue.UNISWAP_V3, Venue.UNISWAP_V4)


def run() -> Measured:
    """Return milliseconds per block of each way, requests included."""
    with start_wide_mainnet(no_mining=True) as anvil:
        rpc = RpcClient(anvil.url)
        table = wide_table(rpc)
        full, behind = (open_pool_feed(rpc, table, FlashLenders) for _ in range(2))
        logs = LogFeed(rpc, behind)
        traded = [spec for spec in full.pools if spec.venue in TRADED]
        crowd = Crowd(rpc, traded, seed=1)
        rpc.call("evm_mine")
        times: dict[str, list[float]] = {"logs": [], "full": []}
        for _ in range(_WARM_UP + _BLOCKS):
            _block(rpc, crowd)
            head = latest_head(rpc)
            _require_equal(
                *(
                    _timed(times[way], read, head)
                    for way, read in (("logs", logs.read), ("full", full.read))
                )
            )
        rpc.close()
    return Measured(
        figures={
            "pools": len(full.pools),
            "logs_50_pools_ms": round(median(times["logs"][_WARM_UP:]), 2),
            "logs_50_pools_ms_p99": round(_p99(times["logs"][_WARM_UP:]), 2),
        },
        peers={
            "full_read_50_pools_ms": round(median(times["full"][_WARM_UP:]), 2),
            "full_read_50_pools_ms_p99": round(_p99(times["full"][_WARM_UP:]), 2),
        },
    )


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


def _p99(times: list[float]) -> float:
    return quantiles(times, n=100, method="inclusive")[98]
