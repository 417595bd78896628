"""The account at single heads: when a bundle is booked, taken back, learnt from, and left alone."""

from pathlib import Path
from typing import Any

import pytest
from fakes.memory_chain import MemoryChain, Tx
from support.bundle_scenarios import (
    EXECUTOR,
    FEE,
    OPERATOR,
    PROFIT,
    TIP,
    Sent,
    bundle,
    noise,
    own,
    rivals,
)

from bot.domain.errors import NodeUnreachable
from bot.domain.inclusions import Ending, SentBundle, Standing
from bot.domain.units import Nanos
from bot.execution.builder_line import BuilderAnswer
from bot.execution.builder_line import Verdict as Answered
from bot.execution.inclusion import Accounted, InclusionAccount, Round
from bot.history.bundle_book import BundleBook
from bot.history.journal import Journal


class Desk:
    def __init__(self, path: Path, **chain: Any) -> None:
        self.chain = MemoryChain(**chain)
        self.chain.mine(Tx(sender=OPERATOR, to=OPERATOR, nonce=0))
        self.journal = Journal(path)
        self.book = BundleBook(self.journal)
        whose = Accounted(operator=OPERATOR, executor=EXECUTOR, final_blocks=4)
        self.account = InclusionAccount(self.chain, self.journal, self.book, whose)

    def send(self, *, kind: str = "one") -> Sent:
        sent = bundle(self.chain.head.number, 1, kind=kind)
        self.journal.intend(sent.ticket, sent.parcel)
        self.tell()
        return sent

    def tell(self) -> Round:
        return self.account.on_head(self.chain.head)

    def mine(self, *transactions: Tx) -> Round:
        self.chain.mine(*transactions)
        return self.tell()

    def kept(self) -> SentBundle:
        return self.book.last(1)[0]

    def state(self) -> tuple[Ending, Standing]:
        kept = self.kept()
        assert kept.verdict is not None
        return kept.verdict.ending, kept.standing


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "j.sqlite", final_after=4)


def test_a_landing_is_booked_with_the_block_on_top_of_it_and_final_with_finality(
    desk: Desk,
) -> None:
    sent = desk.send()
    assert desk.state() == (Ending.WAITING, Standing.OPEN)
    first = desk.mine(*sent.transactions)
    assert desk.state() == (Ending.INCLUDED, Standing.OPEN)
    second = desk.mine()
    assert desk.state() == (Ending.INCLUDED, Standing.PROVISIONAL)
    assert [one.booked_profit for one in first.changes] == [0]
    assert [(one.booked_profit, one.booked_fee) for one in second.changes] == [(PROFIT, FEE)]
    for _ in range(2):
        desk.mine()
        assert desk.state()[1] is Standing.PROVISIONAL
    last = desk.mine()
    assert desk.state() == (Ending.INCLUDED, Standing.FINAL)
    assert [one.booked_profit for one in last.changes] == [0]
    assert desk.book.watched(1) == []


def test_without_the_finalized_tag_so_many_blocks_are_final(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "j.sqlite", tag=False)
    sent = desk.send()
    desk.mine(*sent.transactions)
    for _ in range(3):
        desk.mine()
        assert desk.state()[1] is not Standing.FINAL
    desk.mine()
    assert desk.state()[1] is Standing.FINAL


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_a_reorganisation_takes_profit_and_fee_back_at_once(desk: Desk, depth: int) -> None:
    sent = desk.send()
    booked = [desk.mine(*sent.transactions)]
    booked += [desk.mine() for _ in range(depth - 1)]
    desk.chain.undo(depth)
    desk.chain.mine(rivals())
    for _ in range(depth):
        booked.append(desk.mine())
    changes = [change for told in booked for change in told.changes]
    assert sum(one.booked_profit for one in changes) == 0
    assert sum(one.booked_fee for one in changes) == 0
    assert desk.state() == (Ending.OUTBID, Standing.PROVISIONAL)
    assert desk.book.booked().bundles == 0


def test_a_missed_bundle_is_not_final_while_its_nonce_is_free_and_costs_no_questions(
    desk: Desk,
) -> None:
    desk.send()
    for _ in range(12):
        desk.mine(noise())
    assert desk.state() == (Ending.NOT_BUILT, Standing.PROVISIONAL)
    assert desk.book.watched(1) == []
    before = desk.chain.requests
    desk.mine(noise())
    assert desk.chain.requests - before <= 3
    desk.mine(own(1, profit=PROFIT))
    for _ in range(5):
        desk.mine()
    assert desk.state() == (Ending.NOT_BUILT, Standing.FINAL)


def test_a_win_and_a_loss_are_told_once_as_shares_of_our_value(desk: Desk) -> None:
    sent = desk.send()
    told = [desk.mine(*sent.transactions), desk.mine(), desk.mine()]
    (won,) = [one for each in told for one in each.observations]
    value = sent.ticket.plan.profit * sent.ticket.max_fee_wei // sent.ticket.cost
    paid = TIP + 200_000 * 10**9
    assert (won.won, won.is_exact, won.value_usd) == (True, True, 10.0)
    assert won.share == paid * 10_000 // value
    lost_one = bundle(desk.chain.head.number, 2)
    desk.journal.intend(lost_one.ticket, lost_one.parcel)
    told = [desk.mine(rivals(direct=2 * TIP)), desk.mine(), desk.mine()]
    (lost,) = [one for each in told for one in each.observations]
    assert not lost.won
    assert lost.share == (2 * TIP + 200_000 * 10**9) * 10_000 // value


def test_what_the_node_says_while_it_moves_to_another_chain_is_not_believed(desk: Desk) -> None:
    sent = desk.send()
    desk.chain.mine(*sent.transactions)
    stale_head = desk.chain.head
    desk.chain.undo(1)
    desk.chain.mine(noise())
    assert desk.account.on_head(stale_head) == Round()
    desk.tell()
    assert desk.state()[0] is Ending.NOT_BUILT


def test_nonsense_of_a_node_is_no_answer(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = desk.send()
    desk.chain.mine(*sent.transactions)
    monkeypatch.setattr(desk.chain, "receipt", lambda _: {"blockNumber": "soon"})
    with pytest.raises(NodeUnreachable, match="nonsense"):
        desk.tell()
    assert desk.state()[0] is Ending.WAITING
    monkeypatch.undo()
    desk.tell()
    assert desk.state()[0] is Ending.INCLUDED


def test_a_bundle_of_another_account_behind_ours_is_not_ours_to_lose(desk: Desk) -> None:
    sent = desk.send(kind="behind")
    desk.mine(sent.transactions[0])
    desk.mine()
    assert desk.state()[0] is Ending.NOT_BUILT


def test_of_many_bundles_a_few_are_looked_at_per_head_and_all_in_the_end(desk: Desk) -> None:
    for _ in range(30):
        sent = bundle(desk.chain.head.number, 1)
        desk.journal.intend(sent.ticket, sent.parcel)
    desk.mine(noise())
    known = [one for one in desk.book.last(99) if one.verdict is not None]
    assert len(known) == 8
    for _ in range(4):
        desk.mine(noise())
    assert all(one.verdict is not None for one in desk.book.last(99))


def answered(desk: Desk, *verdicts: Answered) -> None:
    for number, verdict in enumerate(verdicts):
        answer = BuilderAnswer(
            builder=f"b{number}", verdict=verdict, reason="late", answered_at=Nanos(1)
        )
        desk.book.told(desk.book.hash_of(desk.kept()), answer)


@pytest.mark.parametrize(
    ("others", "ending"),
    [
        ((), Ending.NOT_TAKEN),
        ((Answered.REFUSED, Answered.UNAVAILABLE), Ending.NOT_TAKEN),
        ((Answered.UNKNOWN,), Ending.NOT_BUILT),
        ((Answered.REFUSED, Answered.ACCEPTED), Ending.NOT_BUILT),
    ],
)
def test_a_bundle_whose_time_in_the_slot_never_came_was_taken_by_nobody(
    desk: Desk, others: tuple[Answered, ...], ending: Ending
) -> None:
    desk.send()
    answered(desk, Answered.NOT_SENT, *others)
    desk.mine()
    desk.mine()
    assert desk.state()[0] is ending
    verdict = desk.kept().verdict
    assert verdict is not None
    assert (verdict.reason == "nobody was sent it: late") is (ending is Ending.NOT_TAKEN)


def test_what_was_never_sent_by_its_builders_own_words_and_lands_has_landed(desk: Desk) -> None:
    sent = desk.send()
    answered(desk, Answered.NOT_SENT)
    desk.mine(*sent.transactions)
    assert desk.state()[0] is Ending.INCLUDED
