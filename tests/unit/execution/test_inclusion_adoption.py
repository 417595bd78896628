"""Runs that landed and that no row knows: found by their nonces, and booked like any other."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest
from fakes.memory_chain import MemoryChain, Tx
from fakes.tickets import PLAN
from support.bundle_scenarios import (
    EXECUTOR,
    FEE,
    OPERATOR,
    PROFIT,
    USER,
    bundle,
    noise,
    own,
    transfer,
    word,
)

from bot.domain.adoptions import ForeignUse, PlanOnChain
from bot.domain.assets import USDC
from bot.domain.errors import NodeUnreachable
from bot.domain.executor_lists import LOCAL_LISTS
from bot.domain.inclusions import Ending, SentBundle, Standing
from bot.domain.messages import Fate
from bot.execution.calldata import decode_execute, encode_execute
from bot.execution.inclusion import Accounted, InclusionAccount
from bot.execution.inclusion_adoption import Adopting
from bot.history.bundle_adoptions import BundleAdoptions
from bot.history.bundle_book import BundleBook
from bot.history.journal import Journal
from bot.settlement import Settlement

FINAL_AFTER = 6


class Desk:
    """One operator's books of one chain, as the engine keeps them head by head."""

    def __init__(self, folder: Path, **chain: Any) -> None:
        self.chain = MemoryChain(final_after=FINAL_AFTER, **chain)
        self.chain.mine(noise())
        self.folder, self.files, self.look_back = folder, 0, 1_000
        self.booked = [0, 0]
        self.lose()

    def lose(self) -> None:
        """Begin with a new journal, as after a loss of the old one."""
        self.files += 1
        self.open()

    def open(self) -> None:
        self.journal = Journal(self.folder / f"{self.files}.sqlite")
        self.book, self.kept = BundleBook(self.journal), BundleAdoptions(self.journal)
        adopting = Adopting(
            operator=OPERATOR, executor=EXECUTOR, lists=LOCAL_LISTS, look_back=self.look_back
        )
        whose = Accounted(operator=OPERATOR, executor=EXECUTOR, adopting=adopting)
        self.account = InclusionAccount(self.chain, self.journal, self.book, whose)
        self.settlement = Settlement(self.chain, self.journal)  # type: ignore[arg-type]

    def tell(self) -> None:
        head = self.chain.head
        with self.settlement.asked(head.number) as fates:
            _, outcomes = fates()
        self.settlement.record(outcomes)
        for change in self.account.on_head(head).changes:
            self.booked[0] += change.booked_profit
            self.booked[1] += change.booked_fee

    def mine(self, *transactions: Tx, heads: int = 1) -> None:
        self.chain.mine(*transactions)
        self.tell()
        for _ in range(heads - 1):
            self.chain.mine()
            self.tell()

    def run(self, nonce: int, *, good: bool = True, ahead: int = 1) -> Tx:
        """A run of a plan that no journal was told of, for a block `ahead`."""
        block = self.chain.head.number + ahead - 1
        plan = msgspec.structs.replace(PLAN, block=block, max_block=block + 1)
        data = "0x" + encode_execute(plan).hex()
        made = own(nonce, profit=PROFIT if good else None, data=data)
        made.reverts = not good
        return made

    def rows(self) -> list[SentBundle]:
        return self.book.last(100)

    def foreign(self) -> list[ForeignUse]:
        return self.kept.foreign(0)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    yield (found := Desk(tmp_path))
    found.journal.close()


def test_a_run_that_no_row_knows_is_adopted_and_booked_once(desk: Desk) -> None:
    desk.mine()
    lost = desk.run(0)
    desk.mine(lost, heads=3)
    (row,) = desk.rows()
    landed = desk.chain.head.number - 2
    assert (row.transaction_hash, row.nonce, row.target_block) == (lost.hash, 0, landed)
    assert row.plan == PlanOnChain(token=USDC, block=landed - 1, min_profit=PLAN.min_profit)
    assert row.fate is Fate.INCLUDED
    assert row.verdict is not None
    assert (row.verdict.ending, row.verdict.block) == (Ending.INCLUDED, landed)
    assert row.standing is Standing.PROVISIONAL
    assert desk.booked == [PROFIT, FEE]
    desk.mine(heads=FINAL_AFTER + 2)
    assert desk.rows()[0].standing is Standing.FINAL
    assert (desk.kept.known_to() or 0) >= landed
    desk.open()
    desk.mine(heads=3)
    assert desk.booked == [PROFIT, FEE]
    assert (desk.book.booked().profit, desk.book.booked().fee) == ({"USDC": PROFIT}, FEE)


def test_two_lost_runs_of_one_block_are_both_adopted(desk: Desk) -> None:
    desk.mine(noise(), desk.run(0), noise(), desk.run(1), heads=4)
    assert sorted(row.nonce for row in desk.rows()) == [0, 1]
    assert desk.booked == [2 * PROFIT, 2 * FEE]


def test_a_run_that_failed_is_adopted_with_its_fee(desk: Desk) -> None:
    desk.mine(desk.run(0, good=False), heads=4)
    (row,) = desk.rows()
    assert row.fate is Fate.REVERTED
    assert desk.booked == [0, FEE]


def test_a_run_that_failed_after_its_last_block_is_told_as_landed_elsewhere(desk: Desk) -> None:
    late = desk.run(0, good=False)
    desk.mine(heads=2)
    desk.mine(late, heads=3)
    (row,) = desk.rows()
    assert row.verdict is not None
    assert row.verdict.ending is Ending.UNBUNDLED
    assert "its target was" in row.verdict.reason


@pytest.mark.parametrize("mined_again", [True, False])
def test_a_reorganisation_takes_an_adopted_run_back_and_books_it_again_where_it_is(
    desk: Desk, *, mined_again: bool
) -> None:
    desk.mine(heads=2)
    lost = desk.run(0)
    desk.mine(lost, heads=3)
    assert desk.booked == [PROFIT, FEE]
    desk.chain.undo(3)
    desk.mine(noise(), heads=4)
    assert desk.booked == [0, 0]
    assert desk.book.booked().bundles == 0
    if mined_again:
        desk.mine(lost, heads=3)
        assert desk.booked == [PROFIT, FEE]
        assert len(desk.rows()) == 1


def test_another_run_on_the_nonce_of_an_undone_one_is_adopted_in_its_place(desk: Desk) -> None:
    desk.mine(heads=2)
    desk.mine(desk.run(0), heads=2)
    desk.chain.undo(2)
    other = desk.run(0)
    desk.mine(other, heads=5)
    assert desk.booked == [PROFIT, FEE]
    fates = {row.transaction_hash: row.fate for row in desk.rows()}
    assert fates.pop(other.hash) is Fate.INCLUDED
    assert list(fates.values()) == [Fate.MISSED]


def test_a_journal_that_is_wholly_lost_is_made_good_a_few_blocks_at_a_head(desk: Desk) -> None:
    for nonce in range(20):
        desk.mine(desk.run(nonce), heads=2)
    assert desk.booked == [20 * PROFIT, 20 * FEE]
    desk.lose()
    desk.booked = [0, 0]
    desk.mine()
    assert 0 < len(desk.rows()) < 20
    desk.mine(heads=8)
    assert [row.nonce for row in reversed(desk.rows())] == list(range(20))
    assert desk.booked == [20 * PROFIT, 20 * FEE]


def test_what_lies_before_the_look_back_is_not_looked_for(desk: Desk) -> None:
    desk.mine(desk.run(0), heads=30)
    desk.mine(desk.run(1), heads=2)
    desk.look_back = 10
    desk.lose()
    desk.booked = [0, 0]
    desk.mine(heads=4)
    assert [row.nonce for row in desk.rows()] == [1]


def test_another_use_of_the_key_is_told_once_and_not_adopted(desk: Desk) -> None:
    spent = Tx(sender=OPERATOR, to=USER, nonce=0)
    asked = Tx(sender=OPERATOR, to=EXECUTOR, nonce=1, data="0x13af4035", reverts=True)
    desk.mine(spent, asked, desk.run(2), heads=3)
    assert [row.nonce for row in desk.rows()] == [2]
    assert {one.transaction_hash for one in desk.foreign()} == {spent.hash, asked.hash}
    assert desk.booked == [PROFIT, FEE]
    before = desk.chain.requests
    desk.mine()
    once = desk.chain.requests - before
    desk.open()
    desk.mine()
    before = desk.chain.requests
    desk.mine()
    assert desk.chain.requests - before == once


def test_a_run_that_pays_its_treasury_nothing_is_no_run_of_ours(desk: Desk) -> None:
    empty = desk.run(0)
    empty.logs = []
    desk.mine(empty, heads=3)
    assert desk.rows() == []
    assert "nothing" in desk.foreign()[0].why


def test_another_use_that_was_undone_is_forgotten(desk: Desk) -> None:
    desk.mine(heads=2)
    desk.mine(Tx(sender=OPERATOR, to=USER, nonce=0))
    assert len(desk.foreign()) == 1
    desk.chain.undo(1)
    desk.mine(desk.run(0), heads=3)
    assert desk.foreign() == []
    assert desk.booked == [PROFIT, FEE]


def test_bundles_that_the_journal_knows_cost_no_question_and_no_second_row(desk: Desk) -> None:
    desk.mine()
    before = desk.chain.requests
    desk.mine()
    quiet = desk.chain.requests - before
    for nonce in range(0, 4, 2):
        sent = bundle(desk.chain.head.number, nonce, kind="two")
        desk.journal.intend(sent.ticket, sent.parcel)
        desk.mine(*sent.transactions)
        desk.mine(heads=FINAL_AFTER + 2)
    assert len(desk.rows()) == 2
    assert desk.foreign() == []
    before = desk.chain.requests
    desk.mine()
    assert desk.chain.requests - before == quiet


def test_only_the_row_that_is_lost_is_looked_for(desk: Desk) -> None:
    first = bundle(desk.chain.head.number, 0)
    desk.journal.intend(first.ticket, first.parcel)
    desk.mine(*first.transactions, heads=2)
    desk.mine(desk.run(1), heads=2)
    last = bundle(desk.chain.head.number, 2)
    desk.journal.intend(last.ticket, last.parcel)
    desk.mine(*last.transactions, heads=4)
    found = {row.nonce: isinstance(row.plan, PlanOnChain) for row in desk.rows()}
    assert found == {0: False, 1: True, 2: False}
    assert desk.booked == [3 * PROFIT, 3 * FEE]


def test_where_the_state_is_not_kept_paying_runs_are_found_in_the_logs(desk: Desk) -> None:
    for nonce in range(3):
        desk.mine(desk.run(nonce, good=nonce != 1), heads=2)
    by_others = [transfer(USDC.address, USER, word_of_treasury(desk), 5)]
    desk.mine(Tx(sender=USER, to=USDC.address, nonce=0, logs=by_others), heads=20)
    desk.mine(desk.run(3), heads=2)
    desk.chain.kept_from = desk.chain.head.number - 10
    desk.lose()
    desk.booked = [0, 0]
    desk.mine(heads=5)
    assert sorted(row.nonce for row in desk.rows()) == [0, 2, 3]
    assert desk.booked == [3 * PROFIT, 3 * FEE]
    assert desk.foreign() == []


def test_a_node_that_does_not_answer_leaves_it_to_the_next_head(desk: Desk) -> None:
    desk.mine(desk.run(0), heads=2)
    desk.lose()
    desk.booked = [0, 0]
    for failing in range(1, 12):
        desk.chain.mine()
        with deaf(desk.chain, failing), suppress(NodeUnreachable):
            desk.account.on_head(desk.chain.head)
    desk.mine(heads=3)
    assert len(desk.rows()) == 1
    assert desk.book.booked().profit == {"USDC": PROFIT}


def test_calldata_says_its_token_its_last_block_and_its_least_profit() -> None:
    data = encode_execute(PLAN)
    found = decode_execute(data, LOCAL_LISTS)
    assert found == PlanOnChain(token=USDC, block=PLAN.block, min_profit=PLAN.min_profit)
    for broken in (b"", data[:4], data[:-1], b"\0\0\0\0" + data[4:]):
        assert decode_execute(broken, LOCAL_LISTS) is None
    strange = data[:4] + (int.from_bytes(data[4:36], "big") | 0xFF00).to_bytes(32, "big")
    assert decode_execute(strange, LOCAL_LISTS) is None


def word_of_treasury(desk: Desk) -> str:
    return word(str(desk.chain.treasury(None, "latest")))


@contextmanager
def deaf(chain: MemoryChain, at: int) -> Iterator[None]:
    """Let one question, the `at`-th, be without an answer."""
    honest, asked = chain.batch_each, itertools.count(1)

    def answers(calls: list[Any]) -> list[Any]:
        chain.unreachable = int(next(asked) == at)
        return list(honest(calls))

    chain.batch_each = answers
    yield
    chain.batch_each = honest
    chain.unreachable = 0
