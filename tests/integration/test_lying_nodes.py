"""Nodes that lie, under the whole engine: no bundle rests on a lie, and the liar is out.

The chain is real, and so are relay and engine; a door before the chain's node alters its answers.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec
import pytest
from support.lying_node import Lie, LyingNode, lying_node

from bot.app import build_engine
from bot.chain.rpc import RpcClient
from bot.domain.assets import USDC, USDT
from bot.domain.errors import RetryableError, SkipError
from bot.domain.messages import Head, NoPlan, Ticket
from bot.domain.units import Nanos, Raw
from bot.domain.venues import CURVE_SUSD, V2_USDC_USDT, V3_USDC_USDT
from bot.engine import AtomicEngine, Report
from bot.execution.flash_loans import FlashLenders
from bot.execution.node_trust_evidence import Evidence
from bot.execution.node_trust_guard import NodeGuard, Trouble
from bot.feeds.pool_feed import open_pool_feed
from bot.operations.heads import latest_head
from bot.operations.node_check import examine_nodes
from bot.sandbox.bundle_pool import Fate
from bot.sandbox.faucet import shock
from bot.sandbox.progress import silent
from bot.sandbox.world import World

pytestmark = pytest.mark.anvil

TABLE = (CURVE_SUSD, V2_USDC_USDT, V3_USDC_USDT)
SHORT, LONG = 6, 100
GOOD_BLOCKS = 3
PATIENCE_S = 0.1
SELLS = (USDC, USDT)
# What no second look is needed for: the node's own words, its hashes, the table, or a proof.
SEEN_ALONE = [
    Lie.HEAD_BACK,
    Lie.WRONG_CHAIN,
    Lie.EMPTY_LOGS,
    Lie.WRONG_DECIMALS,
    Lie.GARBAGE,
    Lie.GAS_ZERO,
    Lie.GAS_HUGE,
    Lie.NONCE_HIGH,
    Lie.NONCE_LOW,
    Lie.ALTERED_HEADER,
]
PROVABLE = [lie for lie in Lie if lie is not Lie.OTHER_GAS]
# What is told beside is compared; the other lies are seen in what a node says of itself.
TOLD_BESIDE = [Lie.STALE_HEAD, Lie.EMPTY_LOGS, Lie.ALTERED_RESERVES, Lie.GAS_HUGE]


@pytest.fixture(scope="module")
def town() -> Iterator[World]:
    with World(silent, block_time_s=None) as found:
        yield found


@pytest.fixture
def door(town: World) -> Iterator[LyingNode]:
    with lying_node(town.anvil.url) as found:
        yield found


class Stage:
    """An engine behind one door or beside it, and a market in which every other block has a gap."""

    def __init__(self, town: World, door: LyingNode, journal: Path, *, urls: list[str]) -> None:
        self.town, self.door = town, door
        config = town.config(str(journal))
        node = msgspec.structs.replace(
            config.node,
            http_url=urls[0],
            second_http_url=urls[1] if len(urls) > 1 else "",
            second_ws_url=town.anvil.ws_url if len(urls) > 1 else "",
            good_blocks=GOOD_BLOCKS,
            patience_s=PATIENCE_S,
        )
        config = msgspec.structs.replace(config, node=node)
        self.engine: AtomicEngine = build_engine(config, town.operator, town.identity, TABLE)
        self.trouble: list[Trouble] = []
        self.engine.tell_trouble(self.trouble.append)
        self.clients = [RpcClient(url) for url in urls]
        self.told: set[Head] = set()
        self.trades, self.sent = 0, False

    def block(self) -> list[Report]:
        """Build a block and let the engine hear of it from every node.

        A bundle has its block to itself; in the others is a trade.
        """
        if not self.sent:
            self.trades += 1
            sold = SELLS[self.trades % 2]
            shock(self.town.rpc, V2_USDC_USDT, sold, Raw(900_000 * 10**6))
        self.town.relay.build()
        reports: list[Report] = []
        for client in self.clients:
            with suppress(RetryableError, SkipError):
                head = latest_head(client)
                same = msgspec.structs.replace(head, seen_at=Nanos(0), source="")
                if same in self.told and len(self.clients) > 1:
                    continue
                self.told.add(same)
                reports.append(self.engine.on_head(head))
        self.sent = any(isinstance(one.decision, Ticket) for one in reports)
        return reports

    def tickets(self, count: int) -> list[Ticket]:
        reports = [report for _ in range(count) for report in self.block()]
        return [one.decision for one in reports if isinstance(one.decision, Ticket)]

    @property
    def guard(self) -> NodeGuard:
        found = self.engine._parts.trust
        assert found is not None
        return found

    def quarantined(self) -> list[bool]:
        return [not record.is_trusted for record in self.guard.records]

    def vouched(self, report: Report) -> bool:
        """Whether the book of a head that was dealt with may be built on."""
        return self.guard.unvouched(report.book) is None


@contextmanager
def staged(town: World, door: LyingNode, folder: Path, urls: list[str]) -> Iterator[Stage]:
    snapshot = town.rpc.call("evm_snapshot")
    try:
        yield Stage(town, door, folder / "journal.sqlite", urls=urls)
    finally:
        town.relay.build()  # nothing stays in its pool
        assert town.rpc.call("evm_revert", snapshot) is True


class Case(msgspec.Struct, frozen=True):
    """Who lies how for how many blocks."""

    lie: Lie
    blocks: int
    is_first: bool  # the node that is read from, and not the one beside it

    @property
    def name(self) -> str:
        return f"{self.lie.name}-{'read' if self.is_first else 'beside'}-{self.blocks}"


def cases() -> list[object]:
    """Each lie of the node that is read from, some of the other's; all of them, and long, deep."""
    short = [Case(lie, SHORT, True) for lie in PROVABLE]  # noqa: FBT003 - fields of a value
    short += [Case(lie, SHORT, False) for lie in TOLD_BESIDE]  # noqa: FBT003
    long = [Case(lie, LONG, is_first) for lie in PROVABLE for is_first in (True, False)]
    long.remove(Case(Lie.FOREIGN_RECEIPT, LONG, False))  # noqa: FBT003 - nobody asks it for one
    deep = pytest.mark.deep
    return [
        *(pytest.param(case, id=case.name) for case in short),
        *(pytest.param(case, id=case.name, marks=deep) for case in long),
    ]


@contextmanager
def undone_trades(town: World) -> Iterator[None]:
    """A block with a trade in it, taken back at the end."""
    snapshot = town.rpc.call("evm_snapshot")
    shock(town.rpc, V2_USDC_USDT, USDC, Raw(900_000 * 10**6))
    town.relay.build()
    try:
        yield
    finally:
        assert town.rpc.call("evm_revert", snapshot) is True


def lie_through(stage: Stage, lie: Lie, blocks: int) -> tuple[int, int]:
    """Lie for so many blocks; return after how many the liar was out, and how many were landed."""
    before = len(stage.town.relay.outcomes())
    stage.door.tell(lie)
    out_after, first = 0, 0
    for number in range(1, blocks + 1):
        altered = stage.door.altered
        stage.block()
        first = first or (number if stage.door.altered > altered else 0)
        if not out_after and any(stage.quarantined()):
            out_after = number - first + 1
    stage.town.relay.build()  # the last bundle's block
    ends = stage.town.relay.outcomes(before)
    assert [one.fate for one in ends if one.fate is not Fate.INCLUDED] == []
    stage.door.tell(None)
    return out_after, len(ends)


@pytest.mark.parametrize("case", cases())
def test_of_two_nodes_the_one_that_lies_is_out_within_two_blocks_and_comes_back(
    town: World, door: LyingNode, tmp_path: Path, case: Case
) -> None:
    honest = town.anvil.url
    urls = [door.url, honest] if case.is_first else [honest, door.url]
    with staged(town, door, tmp_path, urls) as stage:
        assert stage.tickets(2)
        out_after, landed = lie_through(stage, case.lie, case.blocks)
        assert 1 <= out_after <= 2
        assert stage.quarantined()[urls.index(honest)] is False
        assert landed >= case.blocks // 2 - 2  # trading goes on with the other
        for _ in range(GOOD_BLOCKS + 2):
            stage.block()
        assert stage.quarantined() == [False, False]
        assert stage.tickets(2)


@pytest.mark.parametrize("lie", SEEN_ALONE)
def test_a_single_node_that_is_caught_stops_all_trading_until_it_is_right_again(
    town: World, door: LyingNode, tmp_path: Path, lie: Lie
) -> None:
    with staged(town, door, tmp_path, [door.url]) as stage:
        assert stage.tickets(2)
        out_after, _ = lie_through(stage, lie, SHORT)
        assert 1 <= out_after <= 2
        assert stage.quarantined() == [True]
        assert stage.trouble[-1].is_blind
        for _ in range(GOOD_BLOCKS + 2):
            stage.block()
        assert stage.quarantined() == [False]
        assert stage.tickets(2)


@pytest.mark.parametrize("is_first", [True, False])
def test_where_nothing_says_which_of_two_is_right_nothing_is_sent_and_a_person_is_told(
    town: World, door: LyingNode, tmp_path: Path, *, is_first: bool
) -> None:
    honest = town.anvil.url
    urls = [door.url, honest] if is_first else [honest, door.url]
    with staged(town, door, tmp_path, urls) as stage:
        assert stage.tickets(2)
        stage.door.tell(Lie.OTHER_GAS)
        for _ in range(4):
            for report in stage.block():
                assert isinstance(report.decision, NoPlan)
                assert not stage.vouched(report), "what acts between two heads must not, either"
        assert stage.quarantined() == [False, False]
        (told,) = stage.trouble
        assert told.node == ""
        assert "eth_simulateV1" in told.text
        stage.door.tell(None)
        assert stage.tickets(2)
        assert all(stage.vouched(report) for report in stage.block()[-1:])


def test_what_was_asked_of_the_chain_is_proven_by_its_header_and_by_nothing_else(
    town: World, door: LyingNode
) -> None:
    rpc = RpcClient(door.url)
    pools = open_pool_feed(rpc, TABLE, FlashLenders)
    with undone_trades(town):
        head = latest_head(rpc)
        at = {"blockHash": head.hash}
        calls = [
            *pools.calls(pools.specs, head.hash),
            ("eth_getLogs", ({**at, "address": [V2_USDC_USDT.address]},)),
            ("eth_getTransactionCount", (town.operator.address, at)),
            ("eth_getBalance", (town.operator.address, at)),
            ("eth_getCode", (town.executor, at)),
        ]
        true = RpcClient(town.anvil.url).batch(calls)
        for lie in (None, Lie.ALTERED_RESERVES, Lie.EMPTY_LOGS, Lie.NONCE_HIGH, Lie.ALTERED_HEADER):
            door.tell(lie)
            for call, answer in zip(calls, true, strict=True):
                found = Evidence([rpc]).truth(call)
                assert found == (None if lie is Lie.ALTERED_HEADER else answer)
    rpc.close()


@pytest.mark.parametrize(
    ("lie", "says"),
    [
        (None, "the same block"),
        (Lie.WRONG_CHAIN, "it serves chain 5"),
        (Lie.GAS_HUGE, "hashes to"),
        (Lie.LAGGING, "blocks apart"),
    ],
)
def test_the_doctor_says_what_two_nodes_are_good_for(
    town: World, door: LyingNode, lie: Lie | None, says: str
) -> None:
    for _ in range(4):
        town.relay.build()
    door.tell(lie)
    found = examine_nodes([town.anvil.url, door.url], chain_id=1, timeout_s=15.0)
    assert all(one.is_right for one in found) is (lie is None)
    assert says in found[-1].detail
    assert found[0].is_right
    assert "proves accounts, proves logs, traces" in found[0].detail
