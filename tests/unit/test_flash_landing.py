"""The chance of a flash loan to land is that of our own bundles."""

from pathlib import Path

import pytest
from fakes.order_desk import FakeClock
from fakes.tickets import PLAN, ticket_of
from support.entry_cases import wad

from bot.domain.adoptions import Landed, PlanOnChain
from bot.domain.assets import USDC
from bot.domain.messages import Fate, Outcome
from bot.domain.plans import Mode
from bot.domain.units import Raw, Wei
from bot.flash_board import FlashBoard
from bot.flash_landing import landing_rate
from bot.history.bundle_adoptions import BundleAdoptions
from bot.history.journal import Journal
from bot.strategy.costs import GasBid
from bot.strategy.offers import Offer

OFFER = Offer(
    token=USDC,
    mode=Mode.PULL,
    legs=PLAN.legs,
    loans=(),
    profit=Raw(10**7),
    bid=GasBid(max_fee_per_gas=Wei(1), priority_fee_per_gas=Wei(0), total=Wei(1), cost=Raw(0)),
    net_usdc=10**7,
)


def ended(path: Path, *fates: Fate) -> None:
    journal = Journal(path)
    for number, fate in enumerate(fates, 1):
        ticket = ticket_of(100 + number, number=number)
        journal.intend(ticket)
        if fate is not Fate.INTENDED:
            told = Outcome(transaction_hash=ticket.transaction_hash, fate=fate, block=200)
            journal.settle(told)
    journal.close()


@pytest.mark.parametrize(
    ("fates", "rate"),
    [
        ((), 0.5),
        ((Fate.INTENDED, Fate.INTENDED), 0.5),
        ((Fate.INCLUDED,) * 3, 0.8),
        ((Fate.MISSED, Fate.MISSED, Fate.REVERTED, Fate.INCLUDED), 2 / 6),
    ],
)
def test_the_rate_is_that_of_bundles_that_ended_and_a_half_before(
    fates: tuple[Fate, ...], rate: float, tmp_path: Path
) -> None:
    ended(tmp_path / "j.sqlite", *fates)
    assert landing_rate(tmp_path / "j.sqlite") == pytest.approx(rate)


def test_without_a_journal_it_is_a_half_and_none_is_made(tmp_path: Path) -> None:
    assert landing_rate(tmp_path / "j.sqlite") == 0.5
    assert not list(tmp_path.iterdir())


def test_an_offer_counts_by_the_rate_as_it_was_measured_last(tmp_path: Path) -> None:
    path, clock = tmp_path / "j.sqlite", FakeClock()
    board = FlashBoard(clock, lambda: landing_rate(path))

    def landing() -> float:
        board.hear(OFFER)
        found = board.offer_for("USDC", lambda _: wad(1))
        assert found is not None
        return found.landing

    assert landing() == 0.5
    ended(path, Fate.MISSED)
    assert landing() == 0.5
    clock.pass_s(61)
    assert landing() == pytest.approx(1 / 3)


def test_bundles_found_on_chain_say_nothing_for_only_what_landed_is_found(tmp_path: Path) -> None:
    ended(tmp_path / "j.sqlite", Fate.MISSED)
    journal = Journal(tmp_path / "j.sqlite")
    plan = PlanOnChain(token=USDC, block=300, min_profit=Raw(1))
    found = Landed(transaction_hash="0xfound", nonce=9, block=301, plan=plan)
    BundleAdoptions(journal).write([found], [], [])
    journal.settle(Outcome(transaction_hash="0xfound", fate=Fate.INCLUDED, block=301))
    journal.close()
    assert landing_rate(tmp_path / "j.sqlite") == pytest.approx(1 / 3)
