"""What is heard of bundles' endings reaches the learner in its own measure, now and after a start.

The account is a stand-in that says what it is told; journal, book and learner are real.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from fakes.engine_parts import head_of
from fakes.tickets import ticket_of

from bot.domain.inclusions import (
    BlockId,
    Ending,
    Parcel,
    SentBundle,
    Standing,
    Take,
    Tip,
    TipSource,
    Verdict,
)
from bot.domain.messages import Head
from bot.domain.units import BPS, GWEI, Bps, Raw, Wei
from bot.execution.inclusion import Round
from bot.execution.inclusion_tips import observation_of
from bot.execution.tip_memory import TipMemory
from bot.history.bundle_book import BundleBook, Entry
from bot.history.journal import Journal
from bot.strategy.tip_board import TipBoard, TipOptions
from bot.strategy.tip_learning import TipLearner

VALUE = 4_000_000 * GWEI  # of ticket_of's plan, before base fee
TIP = Wei(100_000 * GWEI)
SURPLUS = VALUE - (400_000 * GWEI - TIP)
WORTH = Raw(10 * 10**6)


class Learner(TipLearner):
    """Remembers what it heard."""

    def __init__(self, options: TipOptions | None = None) -> None:
        parameters = (options or TipOptions()).parameters(Bps(1_000))
        super().__init__(parameters, np.random.default_rng(1))
        self.heard: list[tuple[bool, float, int]] = []

    def won(self, value_usd: float, share: Bps) -> None:
        self.heard.append((True, value_usd, share))
        super().won(value_usd, share)

    def lost(self, value_usd: float, winner: Bps) -> None:
        self.heard.append((False, value_usd, winner))
        super().lost(value_usd, winner)


class Account:
    """Says what a test put in."""

    def __init__(self) -> None:
        self.rounds: list[Round] = []

    def on_head(self, head: Head) -> Round:
        del head
        return self.rounds.pop(0) if self.rounds else Round()


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    found = Journal(tmp_path / "journal.sqlite")
    yield found
    found.close()


def tip_of(wei: int, source: TipSource = TipSource.TRACE) -> Tip:
    return Tip(priority=Wei(wei), source=source)


def take_of(tip: Tip) -> Take:
    return Take(
        transaction_hash="0x" + "aa" * 32,
        block=BlockId(101, "0x01"),
        position=0,
        sender="0x01",
        contract="0x02",
        pools=(),
        token="0x03",  # noqa: S106 - an address
        symbol="USDC",
        gain=Raw(1),
        tip=tip,
    )


def ended(book: BundleBook, journal: Journal, number: int, verdict: Verdict) -> SentBundle:
    """Write a bundle and its ending into the journal; return it."""
    journal.intend(ticket_of(number=number), Parcel(tip=TIP, worth=WORTH))
    (bundle,) = book.last(1)
    entry = Entry(
        bundle=bundle, verdict=verdict, standing=Standing.PROVISIONAL, watch=1, is_public=False
    )
    book.write([entry])
    return bundle


def included() -> Verdict:
    return Verdict(ending=Ending.INCLUDED, block=101, profit=WORTH, tip=tip_of(TIP))


def outbid(wei: int, source: TipSource = TipSource.TRACE) -> Verdict:
    return Verdict(ending=Ending.OUTBID, block=101, taker=take_of(tip_of(wei, source)))


def test_shares_are_of_what_base_fee_leaves_as_tips_are_offered(journal: Journal) -> None:
    book, learner = BundleBook(journal), Learner()
    ended(book, journal, 1, included())
    ended(book, journal, 2, outbid(SURPLUS // 2))
    TipMemory(learner, Account(), book)
    won, lost = learner.heard
    assert won[:2] == (True, 10.0)
    assert won[2] == pytest.approx(TIP * BPS / SURPLUS, abs=2)
    assert lost[:2] == (False, 10.0)
    assert lost[2] == pytest.approx(BPS / 2, abs=2)


def test_where_direct_payments_are_not_known_the_winner_paid_what_we_offered_at_least(
    journal: Journal,
) -> None:
    book, learner = BundleBook(journal), Learner()
    ended(book, journal, 1, outbid(GWEI, TipSource.PRIORITY_FEE))
    ended(book, journal, 2, outbid(SURPLUS // 2, TipSource.PRIORITY_FEE))
    TipMemory(learner, Account(), book)
    assert learner.heard[0][2] == TIP * BPS // SURPLUS
    assert learner.heard[1][2] > TIP * BPS // SURPLUS


def test_what_is_heard_while_running_is_heard_again_at_the_next_start(journal: Journal) -> None:
    book, running, account = BundleBook(journal), Learner(), Account()
    memory = TipMemory(running, account, book)
    for number in range(30):
        verdict = included() if number % 3 else outbid(SURPLUS // 2)
        bundle = ended(book, journal, number + 1, verdict)
        seen = observation_of(bundle, verdict)
        assert seen is not None
        account.rounds.append(Round(observations=(seen,)))
        memory.on_head(head_of(102 + number))
    again = Learner()
    TipMemory(again, Account(), book)
    assert again.heard == running.heard
    assert len(again.heard) == 30
    assert again.landing(10.0, Bps(6_000)) == running.landing(10.0, Bps(6_000))


def test_an_ending_that_is_not_firm_yet_teaches_nothing(journal: Journal) -> None:
    book, learner = BundleBook(journal), Learner()
    journal.intend(ticket_of(), Parcel(tip=TIP, worth=WORTH))
    (bundle,) = book.last(1)
    entry = Entry(
        bundle=bundle, verdict=included(), standing=Standing.OPEN, watch=1, is_public=False
    )
    book.write([entry])
    TipMemory(learner, Account(), book)
    assert learner.heard == []


def test_the_start_is_offered_until_enough_was_seen_then_what_was_learnt(journal: Journal) -> None:
    book, learner, account = BundleBook(journal), Learner(), Account()
    memory = TipMemory(learner, account, book)
    assert memory.board.share_of(10.0) == 1_000
    for number in range(60):
        ended(book, journal, number + 1, outbid(SURPLUS // 2))
    later = TipMemory(learner, account, book)
    shares = []
    for number in range(50):
        later.on_head(head_of(number))
        shares.append(later.board.share_of(10.0))
    assert sum(share > 5_000 for share in shares) > 40


@pytest.mark.parametrize("start", [0, 100, 9_700])
def test_a_start_beyond_the_bounds_widens_them(start: int) -> None:
    found = TipOptions().parameters(Bps(start))
    assert found.least_bps <= start == found.start_bps <= found.most_bps


def test_a_board_only_changes_when_it_draws() -> None:
    learner = Learner()
    board = TipBoard(learner)
    for _ in range(100):
        learner.lost(50.0, Bps(8_000))
    assert board.share_of(50.0) == 1_000
    board.draw()
    assert board.share_of(50.0) > 1_000
