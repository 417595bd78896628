"""Stand-ins for the engine's edges; the planner, the journal and the signatures are real."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
from eth_account import Account
from fakes.bundle_relay import FakeRelay
from fakes.loopback import fake_node
from fakes.markets import book_of, curve_pool, lender, v2_pool, v3_pool

from bot.chain.rpc import RpcClient
from bot.domain.assets import DAI, USDC, USDT
from bot.domain.errors import RepegError
from bot.domain.messages import Head
from bot.domain.plans import Plan
from bot.domain.units import GWEI, Address, Nanos, Wei
from bot.domain.venues import CURVE_SUSD, V2_USDC_USDT, V3_USDC_USDT, Lender, PoolSpec
from bot.engine import AtomicEngine, Parts
from bot.execution.bundle_sender import BundleSender
from bot.execution.plan_check import Checked
from bot.execution.signing import Operator
from bot.execution.simulation import Call
from bot.history.journal import Journal
from bot.market.book import MarketBook
from bot.strategy.costs import bid_for
from bot.strategy.parameters import StrategyParameters
from bot.strategy.planning import ExecutionPlanner

SPECS = (CURVE_SUSD, V2_USDC_USDT, V3_USDC_USDT)
OPERATOR = Operator(Account.from_key("0x" + "11" * 32))
EXECUTOR = Address("0x" + "22" * 20)
TREASURY_WORD = f"0x{0x33:064x}"
GAS_USED = 400_000


def head_of(number: int) -> Head:
    """A head on target gas, so that the base fee stays."""
    return Head(
        number=number,
        hash=f"0x{number:064x}",
        parent_hash=f"0x{number - 1:064x}",
        timestamp_s=1_750_000_000 + 12 * number,
        base_fee=Wei(GWEI),
        gas_used=15_000_000,
        gas_limit=30_000_000,
        seen_at=Nanos(0),
    )


class FakeHeads:
    """Heads as a test feeds them; an error put in ends the feed with it, None ends it plainly."""

    ws_url = "ws://fake"

    def __init__(self, *items: Head | RepegError | None) -> None:
        self.items: asyncio.Queue[Head | RepegError | None] = asyncio.Queue()
        for item in items:
            self.items.put_nowait(item)

    async def __aiter__(self) -> AsyncIterator[Head]:
        while True:
            item = await self.items.get()
            if item is None:
                return
            if isinstance(item, RepegError):
                raise item
            yield item


class FakePools:
    """The same pools at every head; `gap` says whether somebody dumped USDC into Curve."""

    def __init__(self, *, gap: bool) -> None:
        self.gap = gap
        self.failure: RepegError | None = None
        self.on_read: Callable[[Head], None] = lambda _: None
        self.doubted: list[tuple[frozenset[PoolSpec], int]] = []

    def doubt(self, specs: Iterable[PoolSpec], block: int) -> None:
        self.doubted.append((frozenset(specs), block))

    def read(self, head: Head) -> MarketBook:
        self.on_read(head)
        if self.failure is not None:
            raise self.failure
        usdc = 30e6 if self.gap else 9e6
        pools = [curve_pool([9e6, usdc, 9e6, 9e6]), v2_pool((20e6, 20e6)), v3_pool(10**16)]
        lenders = [lender(Lender.MORPHO, token, 50e6) for token in (USDC, USDT, DAI)]
        return msgspec.structs.replace(
            book_of(pools, lenders), block=head.number, block_hash=head.hash
        )


class FakeCheck:
    """Confirms every plan, or fails as told."""

    def __init__(self) -> None:
        self.failure: RepegError | None = None
        self.failures = 2**30  # so many times at most
        self.plans: list[Plan] = []

    def check(self, plan: Plan, book: MarketBook, parameters: StrategyParameters) -> Checked:
        self.plans.append(plan)
        if self.failure is not None and len(self.plans) <= self.failures:
            raise self.failure
        return Checked(
            plan=plan,
            call=Call(sender=OPERATOR.address, to=EXECUTOR, data=b"\x01"),
            gas_used=GAS_USED,
            bid=bid_for(book, plan.token, plan.profit, GAS_USED, parameters),
            nonce=book.block,
        )


class World:
    """One engine with its surroundings in a test's hands."""

    def __init__(self, node_url: str, journal: Path, *, gap: bool) -> None:
        self.rpc = RpcClient(node_url, timeout_s=2.0)
        self.heads = FakeHeads()
        self.pools = FakePools(gap=gap)
        self.check = FakeCheck()
        self.relay = FakeRelay()
        self.journal = Journal(journal)
        self.receipts: dict[str, dict[str, Any]] = {}
        self.on_afterwards: Callable[[Head], None] = lambda _: None
        self.engine = AtomicEngine(
            Parts(
                rpc=self.rpc,
                heads=self.heads,
                pools=self.pools,
                planner=ExecutionPlanner(SPECS, StrategyParameters()),
                check=self.check,
                orders=BundleSender(self.relay, OPERATOR),
                journal=self.journal,
                afterwards=self._afterwards,
            )
        )

    def _afterwards(self, head: Head) -> None:
        self.on_afterwards(head)


@contextmanager
def world_of(journal: Path, *, gap: bool = True) -> Any:
    """A world on a fake node that knows the receipts put into `world.receipts`."""
    known: dict[str, dict[str, Any]] = {}
    methods = {
        "eth_getTransactionReceipt": known.get,
        "eth_call": lambda _call, _block: TREASURY_WORD,  # the one thing it is asked
    }
    with fake_node(methods) as node:
        world = World(node.url, journal, gap=gap)
        world.receipts = known
        yield world
        world.rpc.close()
        world.journal.close()
