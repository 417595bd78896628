"""What a source says again: its price is solved once, its depth and time are taken each time."""

from support.price_messages import seconds, tick, wads

from bot.domain.views import AssetView
from bot.market.consensus import Consensus
from bot.market.consensus_parameters import ConsensusParameters

MAX_AGE_S = 120.0


def consensus_of_two() -> Consensus:
    consensus = Consensus(ConsensusParameters(cex_max_age_s=MAX_AGE_S))
    consensus.hear(tick("kraken USDC/USD", "1.0", 10, depth=5_000_000))
    consensus.hear(tick("coinbase USDC/USD", "1.0", 11, depth=5_000_000))
    return consensus


def venues_at(consensus: Consensus, at: float) -> set[str]:
    view = consensus.view("USDC", seconds(at))
    assert isinstance(view, AssetView), view
    return {venue.venue for venue in view.venues}


def test_another_depth_at_the_same_price_is_in_the_view() -> None:
    consensus = consensus_of_two()
    consensus.view("USDC", seconds(11))
    assert consensus.hear(tick("kraken USDC/USD", "1.0", 12, depth=7_000_000)) == {"USDC"}
    view = consensus.view("USDC", seconds(12))
    assert isinstance(view, AssetView)
    assert view.depth == wads(12_000_000)
    assert view.at == seconds(12)


def test_whoever_repeats_a_price_goes_stale_later() -> None:
    consensus = consensus_of_two()
    assert consensus.next_change == seconds(10 + MAX_AGE_S) + 1
    consensus.hear(tick("kraken USDC/USD", "1.0", 12, depth=5_000_000))
    assert consensus.next_change == seconds(11 + MAX_AGE_S) + 1
    consensus.hear(tick("kraken USDC/USD", "1.0", 13, depth=5_000_000))
    assert consensus.next_change == seconds(11 + MAX_AGE_S) + 1
    assert venues_at(consensus, 11 + MAX_AGE_S + 1) == {"kraken"}


def test_a_stale_source_that_repeats_its_price_counts_again() -> None:
    consensus = consensus_of_two()
    consensus.hear(tick("coinbase USDC/USD", "1.0", 100, depth=5_000_000))
    assert venues_at(consensus, 140) == {"coinbase"}
    consensus.hear(tick("kraken USDC/USD", "1.0", 141, depth=5_000_000))
    assert venues_at(consensus, 141) == {"coinbase", "kraken"}
