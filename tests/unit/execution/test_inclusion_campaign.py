"""Two thousand bundles, each with the ending that the chain gave it, whatever came in between."""

import random
import uuid
from collections import Counter
from pathlib import Path

import pytest
from fakes.memory_chain import MemoryChain, Tx
from support.bundle_scenarios import (
    ALONE,
    CAUSELESS,
    EXECUTOR,
    OPERATOR,
    Blocks,
    Scenario,
    Sent,
    another_of_ours,
    bundle,
    noise,
    replaced_in_vain,
)

from bot.domain.errors import NodeUnreachable
from bot.domain.inclusions import Ending, Standing
from bot.domain.messages import Fate
from bot.execution.inclusion import Accounted, InclusionAccount
from bot.history.bundle_book import BundleBook
from bot.history.journal import Journal
from bot.settlement import Settlement

CAMPAIGNS, BUNDLES = 8, 260
OF_NO_BUNDLE = {Ending.WAITING, Ending.REVERTED}  # at the end; of private transactions


class Campaign:
    """One operator's life on one chain, with all that a seed holds for it."""

    def __init__(self, path: Path, seed: int) -> None:
        self.dice = random.Random(seed)  # noqa: S311 - no secrets
        self.chain = MemoryChain(traces=seed % 4 != 1, tag=seed % 4 != 2)
        self.path = path
        self.sent: list[Sent] = []
        self.booked_profit = self.booked_fee = 0
        self.reorgs: Counter[int] = Counter()
        self._open()

    def _open(self) -> None:
        self.journal = Journal(self.path)
        self.book = BundleBook(self.journal)
        whose = Accounted(operator=OPERATOR, executor=EXECUTOR, final_blocks=6)
        self.account = InclusionAccount(self.chain, self.journal, self.book, whose)
        self.settlement = Settlement(self.chain, self.journal)

    def restart(self) -> None:
        self.journal.close()
        self._open()

    def tell(self) -> None:
        """Let the bot hear of the head: as the engine does, perhaps again, perhaps with trouble."""
        if self.dice.random() < 0.05:
            self.restart()
        for _ in range(1 + (self.dice.random() < 0.3)):
            if self.dice.random() < 0.1:
                self.chain.unreachable = self.dice.randrange(1, 3)
            try:
                with self.settlement.asked(self.chain.head.number) as fates:
                    _, outcomes = fates()
                self.settlement.record(outcomes)
                self.account_for()
            except NodeUnreachable:
                continue
        self.chain.unreachable = 0

    def account_for(self) -> None:
        for change in self.account.on_head(self.chain.head).changes:
            self.booked_profit += change.booked_profit
            self.booked_fee += change.booked_fee

    def mine(self, blocks: Blocks) -> None:
        for transactions in blocks:
            self.chain.mine(*transactions)
            for one in transactions:
                if self.dice.random() < 0.15:
                    self.chain.late[one.hash] = self.dice.randrange(1, 4)
            if self.dice.random() < 0.9:  # else this head is never heard of
                self.tell()

    def send(self, sent: Sent) -> None:
        self.journal.intend(sent.ticket, sent.parcel)
        self.journal.answer(sent.key, Fate.ACCEPTED)
        self.sent.append(sent)

    def finish(self, sents: list[Sent]) -> None:
        """What is said of bundles beside the chain."""
        for sent in sents:
            if sent.fate is Fate.REFUSED:
                self.journal.answer(sent.key, Fate.REFUSED, "HTTP 429")
            if sent.doubt:
                self.book.disproved(sent.key, sent.doubt)

    def play(self, sents: list[Sent], scenario: Scenario) -> None:
        first = self.dice.choice([one for one in ALONE if one not in CAUSELESS])
        for sent in sents:
            self.send(sent)
        if len(sents) == 1 and self.dice.random() < 0.4:  # another block was there before
            blocks = first(sents, self.dice)
            depth = self.dice.randrange(len(blocks), 4)
            blocks += [[noise()] for _ in range(depth - len(blocks))]
            self.mine(blocks)
            self.chain.undo(depth)
            self.reorgs[depth] += 1
            if self.dice.random() < 0.3:  # the shorter chain is heard of
                self.tell()
        blocks = scenario(sents, self.dice)
        self.finish(sents)
        self.leak(sents, blocks)
        if self.dice.random() < 0.5:
            self.look_on(sents)

    def leak(self, sents: list[Sent], blocks: Blocks) -> None:
        (sent, *_) = sents
        if not sent.seen_public:
            self.mine(blocks)
            return
        self.mine(blocks[:1])
        for one in sent.transactions:
            if one.sender == OPERATOR:
                self.chain.pool[one.hash] = one
        self.tell()
        self.chain.mine()
        self.tell()
        self.tell()
        self.chain.pool.clear()
        self.mine(blocks[1:])

    def look_on(self, sents: list[Sent]) -> None:
        """Three quiet heads later the ending is known, though nothing is final yet."""
        for _ in range(3):
            self.chain.mine(noise())
            for _ in range(2):
                self.account_for()
        kept = {one.transaction_hash: one for one in self.book.last(8)}
        for sent in sents:
            found = kept[sent.key]
            assert found.verdict is not None
            assert found.verdict.ending is sent.ending
            assert found.standing is Standing.PROVISIONAL

    def nonce(self) -> int:
        return int(self.chain.count(OPERATOR, hex(self.chain.head.number)), 16)

    def one_more(self) -> None:
        block, nonce = self.chain.head.number, self.nonce()
        chosen = self.dice.randrange(len(ALONE) + 3)
        if chosen < len(ALONE):
            kind = self.dice.choice(("one", "one", "two", "behind"))
            self.play([bundle(block, nonce, kind=kind)], ALONE[chosen])
            return
        name = str(uuid.UUID(int=self.dice.getrandbits(128), version=4))
        names = (name, name) if chosen > len(ALONE) else ("", name)
        both = [bundle(block, nonce, uuid=one) for one in names]
        self.play(both, replaced_in_vain if chosen == len(ALONE) + 2 else another_of_ours)

    def end(self) -> None:
        """Use up every nonce, and let it all become final."""
        nonce = self.nonce()
        self.mine([[Tx(sender=OPERATOR, to=OPERATOR, nonce=nonce + at)] for at in range(2)])
        for _ in range(400):
            self.chain.mine()
            self.tell()
            if not self.book.watched(1) and not self.book.dormant(1 << 40, 1):
                return


@pytest.mark.parametrize(
    "seed",
    [0, *(pytest.param(seed, marks=pytest.mark.deep) for seed in range(1, CAMPAIGNS))],
)
def test_every_bundle_ends_as_the_chain_says_and_its_profit_is_booked_once(
    tmp_path: Path, seed: int
) -> None:
    campaign = Campaign(tmp_path / "j.sqlite", seed)
    campaign.chain.mine()
    while len(campaign.sent) < BUNDLES:
        campaign.one_more()
    campaign.end()
    kept = {one.transaction_hash: one for one in campaign.book.last(10_000)}
    assert len(kept) == len(campaign.sent) >= BUNDLES
    wrong = []
    for sent in campaign.sent:
        found = kept[sent.key]
        assert found.verdict is not None
        is_right = (
            found.verdict.ending is sent.ending
            and found.standing is Standing.FINAL
            and found.verdict.profit == sent.profit
            and found.verdict.fee == sent.fee
            and (found.verdict.taker is not None) == sent.taken
        )
        if not is_right:
            wrong.append((sent.ending, sent.profit, sent.fee, found.verdict, found.standing))
    assert wrong == []
    booked = campaign.book.booked()
    profit = sum(sent.profit for sent in campaign.sent)
    fee = sum(sent.fee for sent in campaign.sent)
    assert (booked.profit.get("USDC", 0), booked.fee) == (profit, fee)
    assert (campaign.booked_profit, campaign.booked_fee) == (profit, fee)
    assert set(campaign.reorgs) == {1, 2, 3}
    assert {sent.ending for sent in campaign.sent} == set(Ending) - OF_NO_BUNDLE
    campaign.journal.close()
