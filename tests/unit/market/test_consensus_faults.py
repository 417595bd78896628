import pytest
from support.price_messages import fault, redemption, restored, seconds, tick, wads

from bot.domain.ticks import FaultKind, Message
from bot.domain.views import AssetView, NoView
from bot.market.consensus import Consensus
from bot.market.consensus_parameters import ConsensusParameters


def consensus_of(*messages: Message, **parameters: object) -> Consensus:
    consensus = Consensus(ConsensusParameters(**parameters))
    for message in messages:
        consensus.hear(message)
    return consensus


def seen(consensus: Consensus, at: float, asset: str = "USDC") -> AssetView:
    view = consensus.view(asset, seconds(at))
    assert isinstance(view, AssetView), view
    return view


def unseen(consensus: Consensus, at: float, asset: str = "USDC") -> NoView:
    view = consensus.view(asset, seconds(at))
    assert isinstance(view, NoView), view
    return view


def left_out(view: AssetView) -> dict[str, str]:
    return {e.venue: e.reason for e in view.excluded}


def test_a_source_is_believed_until_its_age_and_not_a_nanosecond_longer() -> None:
    consensus = consensus_of(tick("kraken USDC/USD", "0.9", 10), cex_max_age_s=5.0)
    assert seen(consensus, 15).price == wads("0.9")
    stale_at = consensus.next_change
    assert stale_at == seconds(15) + 1
    gone = consensus.view("USDC", stale_at)
    assert isinstance(gone, NoView)
    assert gone.reason == "kraken: nothing came for more than 5 s"


def test_a_stale_source_counts_again_from_its_next_word() -> None:
    consensus = consensus_of(tick("kraken USDC/USD", "0.9", 10), cex_max_age_s=5.0)
    unseen(consensus, 20)
    assert consensus.hear(tick("kraken USDC/USD", "0.9", 21)) == {"USDC"}
    assert seen(consensus, 21).price == wads("0.9")


def test_staleness_is_judged_by_our_clock_not_the_venues() -> None:
    recorded = tick("kraken USDC/USD", "0.9", 10, seen=1_000)
    consensus = consensus_of(recorded, cex_max_age_s=5.0)
    assert seen(consensus, 1_005).at == seconds(10)


def test_one_source_can_be_given_its_own_age() -> None:
    books = [tick("kraken USDC/USD", "0.9", 10), tick("kraken USDC/USDT", "0.9", 10)]
    ages = {"kraken USDC/USD": 600.0, "curve": 14_400.0}
    consensus = consensus_of(*books, tick("curve DAI/USD", "1.0", 10), max_age_s_of=ages)
    assert left_out(seen(consensus, 300)) == {"kraken": "nothing came for more than 120 s"}
    assert seen(consensus, 14_000, "DAI").price == wads(1)
    unseen(consensus, 14_000)


def test_nothing_goes_stale_where_nothing_was_said() -> None:
    assert Consensus().next_change is None


def test_a_fault_takes_a_whole_venue_out_and_says_why() -> None:
    books = [tick("kraken USDC/USD", "0.9"), tick("kraken DAI/USD", "1.0")]
    consensus = consensus_of(*books, tick("okx USDC/USD", "1.0"))
    assert consensus.hear(fault("kraken", what=FaultKind.CROSSED)) == {"USDC", "DAI"}
    assert left_out(seen(consensus, 2)) == {"kraken": FaultKind.CROSSED.value}
    assert unseen(consensus, 2, "DAI").reason == f"kraken: {FaultKind.CROSSED.value}"


def test_a_fault_of_one_pair_leaves_the_venues_others() -> None:
    consensus = consensus_of(tick("kraken USDC/USD", "0.9"), tick("kraken DAI/USD", "1.0"))
    assert consensus.hear(fault("kraken", "DAI/USD")) == {"DAI"}
    assert seen(consensus, 2).price == wads("0.9")


def test_what_came_before_a_fault_does_not_count_after_it() -> None:
    consensus = consensus_of(tick("kraken USDC/USD", "0.9"), fault("kraken", at=2))
    consensus.hear(restored("kraken", at=3))
    assert unseen(consensus, 3).reason == "kraken: nothing came since it was restored"
    consensus.hear(tick("kraken USDC/USD", "0.99", 4))
    assert seen(consensus, 4).price == wads("0.99")


def test_what_came_during_a_fault_counts_when_it_is_over() -> None:
    consensus = consensus_of(tick("kraken USDC/USD", "0.9"), fault("kraken", at=2))
    consensus.hear(tick("kraken USDC/USD", "0.5", 3))
    unseen(consensus, 3)
    consensus.hear(restored("kraken", at=3))
    assert seen(consensus, 3).price == wads("0.5")


def test_a_pair_restored_stays_out_while_its_venue_is_in_fault() -> None:
    consensus = consensus_of(tick("kraken USDC/USD", "0.9"), fault("kraken", at=2))
    consensus.hear(restored("kraken", "USDC/USD", at=3))
    consensus.hear(tick("kraken USDC/USD", "0.9", 4))
    unseen(consensus, 4)


def test_a_venue_restored_restores_all_its_pairs() -> None:
    faults = [fault("kraken", "USDC/USD", at=2), fault("kraken", at=2)]
    consensus = consensus_of(tick("kraken USDC/USD", "0.9"), *faults)
    consensus.hear(restored("kraken", at=3))
    consensus.hear(tick("kraken USDC/USD", "0.9", 4))
    assert seen(consensus, 4).price == wads("0.9")


def test_a_fault_known_before_the_first_word_holds() -> None:
    consensus = consensus_of(fault("kraken"), tick("kraken USDC/USD", "0.9", 2))
    unseen(consensus, 2)


def test_an_older_word_does_not_replace_a_newer_one() -> None:
    consensus = consensus_of(tick("kraken USDC/USD", "0.9", 10))
    assert consensus.hear(tick("kraken USDC/USD", "1.0", 9, seen=11)) == frozenset()
    assert seen(consensus, 11).price == wads("0.9")


def test_a_clock_ahead_of_ours_does_not_silence_its_venue() -> None:
    consensus = consensus_of(tick("kraken USDC/USD", "0.9", 3_600, seen=10))
    consensus.hear(tick("kraken USDC/USD", "0.95", 11))
    assert seen(consensus, 11).price == wads("0.95")


def test_a_frozen_book_is_out_once_two_others_have_moved_on() -> None:
    venues = ("kraken", "okx", "frozen")
    consensus = consensus_of(*(tick(f"{venue} USDC/USD", "1.0", 1) for venue in venues))
    for at in range(2, 150):
        for venue in ("kraken", "okx"):
            consensus.hear(tick(f"{venue} USDC/USD", "0.996", at))
        consensus.hear(tick("frozen USDC/USD", "1.0", at))
    view = seen(consensus, 150)
    assert view.off_bps == -40.0
    assert [(e.venue, e.off_bps) for e in view.excluded] == [("frozen", 0.0)]
    assert FaultKind.FROZEN.value in view.excluded[0].reason


def test_a_book_that_stands_still_on_the_consensus_is_not_frozen() -> None:
    venues = ("kraken", "okx", "calm")
    consensus = consensus_of(*(tick(f"{venue} USDC/USD", "1.0", 1) for venue in venues))
    for at in range(2, 300):
        price = "1.0001" if at % 2 else "0.9999"
        for venue in ("kraken", "okx"):
            consensus.hear(tick(f"{venue} USDC/USD", price, at))
        consensus.hear(tick("calm USDC/USD", "1.0", at))
    assert seen(consensus, 299).excluded == ()


def test_one_that_moved_alone_cannot_call_the_other_frozen() -> None:
    consensus = consensus_of(tick("kraken USDC/USD", "1.0", 1), tick("liar USDC/USD", "1.0", 1))
    for at in range(2, 300):
        consensus.hear(tick("kraken USDC/USD", "1.0", at))
        consensus.hear(tick("liar USDC/USD", f"0.9{at % 10}", at))
    assert seen(consensus, 299).off_bps == pytest.approx(0.0, abs=0.2)


def test_a_rail_without_capacity_is_suspended() -> None:
    paid = redemption("psm DAI/USDC", 1)
    consensus = consensus_of(paid, tick("kraken USDC/USD", "0.9"))
    assert seen(consensus, 2, "DAI").price == wads("0.9")
    consensus.hear(redemption("psm DAI/USDC", 0, 2))
    assert unseen(consensus, 2, "DAI").reason == "psm: redemption is suspended"
