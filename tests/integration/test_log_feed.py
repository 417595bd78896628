"""States kept by logs against full reads, on a real chain with strangers at work and reorgs."""

from collections.abc import Iterator, Sequence
from random import Random
from typing import Any

import pytest

from bot.chain.rpc import RpcCall, RpcClient
from bot.domain.assets import USDC, USDT
from bot.domain.errors import NodeRefused
from bot.domain.local_pools import LOCAL_POOLS
from bot.domain.mainnet_pools import MORE_POOLS
from bot.domain.messages import Head
from bot.domain.units import Raw
from bot.domain.venues import CURVE_SUSD, POOLS, V2_USDC_USDT, V3_USDC_USDT, PoolSpec, Venue
from bot.execution.flash_loans import FlashLenders
from bot.feeds.doubts import FIRST_ABSENCE
from bot.feeds.log_feed import MOST_MISSED, LogFeed
from bot.feeds.pool_feed import open_pool_feed
from bot.feeds.same_state import same_state
from bot.market.book import MarketBook
from bot.operations.heads import latest_head
from bot.sandbox.crowd import Crowd
from bot.sandbox.faucet import shock
from bot.sandbox.mainnet import start_local_mainnet

pytestmark = pytest.mark.anvil

TRADED = (Venue.CURVE, Venue.UNISWAP_V2, Venue.UNISWAP_V3, Venue.UNISWAP_V4)


class Chain:
    """A local mainnet, its crowd, and both ways to read it."""

    def __init__(self, rpc: RpcClient, seed: int) -> None:
        self.rpc, self.random = rpc, Random(seed)  # noqa: S311 - play
        table = (*POOLS, *MORE_POOLS, *LOCAL_POOLS)
        self.full, self._behind = (open_pool_feed(rpc, table, FlashLenders) for _ in range(2))
        self.full_reads = 0  # by the feed that should need one, to begin with
        self._read, self._behind.read = self._behind.read, self._count  # type: ignore[method-assign]
        self.logs = LogFeed(rpc, self._behind)
        pools = [spec for spec in self.full.pools if spec.venue in TRADED]
        self.crowd = Crowd(rpc, pools, seed)
        self.mine()

    def _count(self, head: Head) -> MarketBook:
        self.full_reads += 1
        return self._read(head)

    def mine(self) -> None:
        self.rpc.call("evm_mine")

    def bustle(self) -> None:
        """One block of up to five acts."""
        for _ in range(self.random.randint(0, 5)):
            self.crowd.act(10 ** self.random.uniform(0, 6))
        self.mine()

    def snapshot(self) -> str:
        return str(self.rpc.call("evm_snapshot"))

    def revert(self, snapshot: str) -> None:
        assert self.rpc.call("evm_revert", snapshot) is True

    def check(self) -> MarketBook:
        """The state by logs must be the state by a full read."""
        head = latest_head(self.rpc)
        ours, read = self.logs.read(head), self.full.read(head)
        assert ours.pools.keys() == read.pools.keys()
        for spec, pool in read.pools.items():
            assert same_state(ours.pools[spec], pool), spec.name
            assert answers(ours, spec) == answers(read, spec), spec.name
        assert [pool.spec for pool in ours.gas_pools] == [pool.spec for pool in read.gas_pools]
        assert all(map(same_state, ours.gas_pools, read.gas_pools))
        assert ours.lenders == read.lenders
        assert (ours.block, ours.block_hash) == (read.block, read.block_hash)
        return ours


def answers(book: MarketBook, spec: PoolSpec) -> list[int]:
    pool = book.pools[spec]
    coins = range(len(spec.tokens))
    return [
        pool.amount_out(i, j, Raw(size * 10 ** spec.tokens[i].decimals))
        for i in coins
        for j in coins
        if i != j
        for size in (1, 1_000, 1_000_000)
    ]


@pytest.fixture
def rpc() -> Iterator[RpcClient]:
    with start_local_mainnet(no_mining=True) as anvil:
        client = RpcClient(anvil.url)
        yield client
        client.close()


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_logs_and_full_reads_agree_to_the_unit_after_any_acts_and_reorgs(
    rpc: RpcClient, seed: int
) -> None:
    chain = Chain(rpc, seed)
    chain.check()
    for _ in range(12):
        depth = chain.random.randint(1, 3)
        start = chain.snapshot()
        for _ in range(depth):
            chain.bustle()
            chain.check()
        if chain.random.random() < 0.6:
            chain.revert(start)
            for _ in range(depth + chain.random.randint(0, 1)):
                chain.bustle()  # heads in between are not looked at
            chain.check()
    assert chain.full_reads == 1


def test_blocks_that_were_missed_are_caught_up_from_their_logs(rpc: RpcClient) -> None:
    chain = Chain(rpc, 4)
    chain.check()
    for missed in (5, MOST_MISSED + 2):
        for _ in range(missed):
            chain.bustle()
        chain.check()
        assert chain.full_reads == (1 if missed <= MOST_MISSED else 2)


def test_a_pool_that_nothing_happened_to_stays_the_same_object(rpc: RpcClient) -> None:
    chain = Chain(rpc, 5)
    before = chain.check()
    shock(rpc, V2_USDC_USDT, USDC, 10_000 * 10**6)
    chain.mine()
    after = chain.check()
    moved = {spec for spec in after.pools if after.pools[spec] is not before.pools[spec]}
    assert moved == {V2_USDC_USDT}


def test_a_change_without_a_log_is_found_within_as_many_blocks_as_there_are_pools(
    rpc: RpcClient,
) -> None:
    chain = Chain(rpc, 6)
    book = chain.check()
    reserves = int(rpc.call("eth_getStorageAt", V2_USDC_USDT.address, "0x8", "latest"), 16)
    rpc.call("anvil_setStorageAt", V2_USDC_USDT.address, "0x8", f"0x{reserves + 7:064x}")
    for _ in range(len(book.pools) + len(book.gas_pools)):
        chain.mine()
        chain.logs.read(latest_head(rpc))
    chain.check()


def test_a_doubted_pool_is_read_afresh_at_the_next_head(rpc: RpcClient) -> None:
    chain = Chain(rpc, 10)
    book = chain.check()
    reserves = int(rpc.call("eth_getStorageAt", V2_USDC_USDT.address, "0x8", "latest"), 16)
    rpc.call("anvil_setStorageAt", V2_USDC_USDT.address, "0x8", f"0x{reserves + 7:064x}")
    chain.logs.doubt([V2_USDC_USDT], book.block)
    chain.mine()
    assert chain.check().pools[V2_USDC_USDT] != book.pools[V2_USDC_USDT]


def test_a_pool_that_is_doubted_again_is_out_of_the_market_for_some_blocks(rpc: RpcClient) -> None:
    chain = Chain(rpc, 11)
    book = chain.check()
    for _ in range(2):
        chain.logs.doubt([V2_USDC_USDT], book.block)
    seen = []
    for _ in range(FIRST_ABSENCE + 1):
        chain.mine()
        seen.append(V2_USDC_USDT in chain.logs.read(latest_head(rpc)).pools)
    assert seen == [False] * FIRST_ABSENCE + [True]
    chain.check()


def test_a_curve_pool_whose_log_does_not_fit_our_arithmetic_is_read_again(
    rpc: RpcClient,
) -> None:
    chain = Chain(rpc, 7)
    chain.check()
    rpc.call("anvil_setStorageAt", CURVE_SUSD.address, fee_slot(rpc), f"0x{10**7:064x}")
    shock(rpc, CURVE_SUSD, USDC, 10_000 * 10**6, into=USDT)
    chain.mine()
    book = chain.check()
    assert book.pools[CURVE_SUSD].fee == 10**7  # type: ignore[attr-defined]


def fee_slot(rpc: RpcClient) -> str:
    """Find where the pool keeps its fee: the slot that holds what its view says."""
    for slot in range(64):
        value = int(rpc.call("eth_getStorageAt", CURVE_SUSD.address, hex(slot), "latest"), 16)
        if value == 4_000_000:
            return hex(slot)
    raise AssertionError("no slot holds the fee")


class NoLogs(RpcClient):
    """A node that keeps no logs."""

    def batch_each(self, calls: Sequence[RpcCall]) -> list[Any]:
        refused = NodeRefused("eth_getLogs", -32601, "not available")
        found = super().batch_each(calls)
        return [
            refused if method == "eth_getLogs" else answer
            for (method, _), answer in zip(calls, found, strict=True)
        ]


def test_a_node_without_logs_is_read_in_full(rpc: RpcClient) -> None:
    chain = Chain(rpc, 8)
    chain.logs = LogFeed(NoLogs(rpc.url), chain.full)
    for _ in range(3):
        chain.bustle()
        chain.check()


def test_a_pool_that_does_not_answer_leaves_the_market_and_comes_back(rpc: RpcClient) -> None:
    chain = Chain(rpc, 9)
    chain.check()
    code = rpc.call("eth_getCode", V3_USDC_USDT.address, "latest")
    rpc.call("anvil_setCode", V3_USDC_USDT.address, "0xfe")
    for _ in range(len(chain.full.specs) + 1):
        chain.mine()
        chain.logs.read(latest_head(rpc))
    assert V3_USDC_USDT not in chain.check().pools
    rpc.call("anvil_setCode", V3_USDC_USDT.address, code)
    chain.mine()
    assert V3_USDC_USDT in chain.check().pools
