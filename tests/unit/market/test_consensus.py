from collections.abc import Iterable

import pytest
from support.price_messages import oracle, redemption, seconds, tick, wads

from bot.domain.ticks import Composition, Message, SourceKind, Supply
from bot.domain.units import Wad
from bot.domain.views import AssetView, NoView
from bot.market.consensus import Consensus
from bot.market.consensus_parameters import ConsensusParameters

NOW = seconds(2)


def consensus_of(*messages: Message, **parameters: object) -> Consensus:
    consensus = Consensus(ConsensusParameters(**parameters))
    for message in messages:
        consensus.hear(message)
    return consensus


def view_of(asset: str, messages: Iterable[Message]) -> AssetView:
    view = consensus_of(*messages).view(asset, NOW)
    assert isinstance(view, AssetView), view
    return view


def off_by_venue(view: AssetView) -> dict[str, float]:
    return {venue.venue: round(venue.off_bps, 2) for venue in view.venues}


def test_one_book_in_dollars_is_the_price() -> None:
    view = view_of("USDC", [tick("kraken USDC/USD", "0.874")])
    assert view.price == wads("0.874")
    assert view.off_bps == -1260.0


def test_a_rehearsal_finds_what_is_known() -> None:
    assert consensus_of().rehearse(["USDC"]) == []
    books = [tick(f"{venue} USDC/USD", "0.874") for venue in ("kraken", "okx", "bitstamp")]
    consensus = consensus_of(*books, tick("kraken USDT/USD", "1.02"))
    coins = ("USDC", "USDT")
    assert consensus.rehearse(coins) == [consensus.view(coin, NOW) for coin in coins]


def test_a_coin_is_not_blamed_for_what_it_is_quoted_in() -> None:
    books = [
        tick("kraken USDT/USD", "1.02"),
        tick("coinbase USDT/USD", "1.02"),
        tick("binance DAI/USDT", "0.98"),
    ]
    assert view_of("DAI", books).off_bps == pytest.approx(-4.0, abs=0.01)
    assert view_of("USDT", books).off_bps == pytest.approx(200.0, abs=0.01)


def test_nobody_takes_usdt_for_a_dollar() -> None:
    view = consensus_of(tick("binance USDC/USDT", "1.0")).view("USDC", NOW)
    assert isinstance(view, NoView)
    assert "nothing else ties USDT to USD" in view.reason


def test_cross_rates_of_three_pairs_are_solved_together() -> None:
    books = [
        tick("kraken USDT/USD", "1.01"),
        tick("binance USDC/USDT", "0.95"),
        tick("bitstamp USDC/USD", "0.9595"),
    ]
    view = view_of("USDC", books)
    assert view.price == wads("0.9595")
    assert off_by_venue(view) == {"binance": -405.0, "bitstamp": -405.0}


def test_a_euro_coin_is_measured_in_euros() -> None:
    books = [
        tick("kraken EUR/USD", "1.10"),
        tick("coinbase EURC/USD", "1.10"),
        tick("bitvavo EURC/EUR", "1.0"),
    ]
    assert view_of("EURC", books).off_bps == pytest.approx(0.0, abs=0.1)


def test_a_euro_coin_has_no_view_where_no_book_tells_what_a_euro_is() -> None:
    view = consensus_of(tick("coinbase EURC/USD", "1.10")).view("EURC", NOW)
    assert isinstance(view, NoView)


def test_a_coin_within_its_band_is_on_its_peg() -> None:
    assert view_of("LUSD", [tick("kraken LUSD/USD", "1.05")]).off_bps == 0.0
    assert view_of("LUSD", [tick("kraken LUSD/USD", "0.975")]).off_bps < 0


def test_a_worthless_coin_keeps_its_digits() -> None:
    view = view_of("UST", [tick("kraken UST/USD", "0.0000314")])
    assert view.price == wads("0.0000314")


def test_redemption_ties_to_the_dollar_what_no_book_does() -> None:
    view = view_of("USDT", [redemption("circle USDC/USD", 1), tick("binance USDC/USDT", "1.04")])
    assert view.price == wads("0.96154")


def test_open_redemption_lifts_no_price_that_books_make() -> None:
    books = [tick("kraken USDC/USD", "0.9"), redemption("circle USDC/USD", 1)]
    view = view_of("USDC", books)
    assert view.price == wads("0.9")
    assert off_by_venue(view) == {"circle": 0.0, "kraken": -1000.0}


def test_suspended_redemption_is_named_and_says_no_price() -> None:
    books = [tick("kraken USDC/USD", "0.9"), redemption("circle USDC/USD", 0)]
    left_out = view_of("USDC", books).excluded
    assert [(e.venue, e.reason, e.off_bps) for e in left_out] == [
        ("circle", "redemption is suspended", None)
    ]


def test_an_oracle_that_lags_does_not_hold_a_book_back() -> None:
    view = view_of("USDC", [tick("kraken USDC/USD", "0.9"), oracle("chainlink USDC/USD", "0.98")])
    assert view.off_bps == pytest.approx(-1000.0, abs=0.6)


@pytest.mark.parametrize(("near", "far"), [("0.99", "0.95"), ("1.0002", "1.03")])
def test_of_two_that_disagree_the_one_nearer_par_stands(near: str, far: str) -> None:
    view = view_of("USDC", [tick("kraken USDC/USD", near), tick("okx USDC/USD", far)])
    assert view.off_bps == pytest.approx((float(near) - 1) * 1e4, abs=0.2)
    assert {venue.venue for venue in view.venues} == {"kraken", "okx"}


def test_of_two_on_both_sides_of_par_none_makes_a_price() -> None:
    view = view_of("USDC", [tick("kraken USDC/USD", "1.02"), tick("okx USDC/USD", "0.97")])
    assert view.off_bps == 0.0


def test_of_two_that_disagree_the_deeper_one_stands() -> None:
    books = [
        tick("kraken USDC/USD", "0.95", depth=900_000),
        tick("okx USDC/USD", "1.0", depth=300_000),
    ]
    assert view_of("USDC", books).off_bps == pytest.approx(-500.0, abs=0.6)


@pytest.mark.parametrize("depth", [0, 1, 10**6, 10**12])
def test_a_liar_among_four_moves_nothing_and_is_named(depth: int) -> None:
    honest = [tick(f"{venue} USDC/USD", "0.9999") for venue in ("kraken", "okx", "bitstamp")]
    view = view_of("USDC", [*honest, tick("liar USDC/USD", "0.5", depth=depth)])
    assert view.price == wads("0.9999")
    assert [(e.venue, e.off_bps) for e in view.excluded] == [("liar", -5000.0)]
    assert "far from what others agree on" in view.excluded[0].reason


def test_a_venue_with_all_the_depth_does_not_outvote_two_that_agree() -> None:
    books = [
        tick("kraken USDC/USD", "1.0", depth=1_000),
        tick("okx USDC/USD", "1.0", depth=1_000),
        tick("whale USDC/USD", "0.97", depth=10**9),
    ]
    assert view_of("USDC", books).off_bps == pytest.approx(0.0, abs=0.6)


def test_a_venue_that_lies_in_two_pairs_counts_once() -> None:
    books = [
        *(tick(f"{venue} USDT/USD", "1.0") for venue in ("kraken", "coinbase", "bitstamp")),
        tick("kraken USDC/USD", "1.0"),
        tick("okx USDC/USDT", "1.0"),
        tick("liar USDC/USD", "0.9"),
        tick("liar USDC/USDT", "0.9"),
    ]
    assert view_of("USDC", books).off_bps == pytest.approx(0.0, abs=0.6)


def test_venues_that_all_disagree_are_all_heard() -> None:
    prices = {"a": "0.99", "b": "0.97", "c": "0.95", "d": "0.93"}
    view = view_of("USDC", [tick(f"{v} USDC/USD", p) for v, p in prices.items()])
    assert view.excluded == ()
    assert -500.5 <= view.off_bps <= -299.5


def test_what_is_known_by_a_coin_alone_is_no_witness_of_that_coin() -> None:
    books = [tick("coinbase USDT/USD", "0.95"), tick("binance UST/USDT", "0.5")]
    view = view_of("USDT", books)
    assert off_by_venue(view) == {"coinbase": -500.0}
    assert [(e.venue, e.reason) for e in view.excluded] == [
        ("binance", "nothing else ties UST to USD")
    ]


def test_a_pair_witnesses_its_quote_by_what_the_base_is_worth_elsewhere() -> None:
    books = [
        tick("coinbase USDT/USD", "0.95"),
        tick("binance USDC/USDT", "1.04"),
        tick("kraken USDC/USD", "1.0"),
    ]
    assert off_by_venue(view_of("USDT", books)) == {
        "binance": pytest.approx(-384.62, abs=0.01),
        "coinbase": -500.0,
    }


def test_only_pairs_of_yardsticks_witness_a_quote_that_has_books_enough() -> None:
    books = [
        *(tick(f"{venue} USDT/USD", "1.0") for venue in ("kraken", "coinbase", "bitstamp")),
        tick("binance USDC/USDT", "1.0"),
        tick("kraken USDC/USD", "1.0"),
        tick("curve FRAX/USDC", "1.0"),
        tick("thin DAI/USDT", "1.0"),
        tick("kraken DAI/USD", "1.0"),
    ]
    witnesses = {venue.venue for venue in view_of("USDT", books).venues}
    assert witnesses == {"kraken", "coinbase", "bitstamp", "binance"}


def test_a_wide_book_says_less_than_a_tight_one() -> None:
    books = [
        tick("thin USDC/USD", "0.90", ask="1.10"),
        tick("kraken USDC/USD", "0.9499", ask="0.9501"),
    ]
    assert view_of("USDC", books).off_bps == pytest.approx(-500.0, abs=0.6)


def test_depth_average_and_weights_are_of_the_books_in_use() -> None:
    books = [
        tick("kraken USDC/USD", "1.0000", depth=300_000),
        tick("uniswap USDC/USD", "1.0004", depth=900_000, kind=SourceKind.DEX),
        redemption("circle USDC/USD", 1),
    ]
    view = view_of("USDC", books)
    assert view.depth == wads(1_200_000)
    assert view.average == wads("1.0003")
    assert sum(venue.weight for venue in view.venues) == pytest.approx(1.0)


def test_a_share_of_a_vault_ties_its_coin_to_what_the_share_is_sold_for() -> None:
    rails = [
        redemption("sDAI sDAI/DAI", "1.1"),
        tick("curve sDAI/USDC", "1.1", kind=SourceKind.DEX),
        tick("kraken USDC/USD", "0.9"),
        oracle("chainlink DAI/USD", "1.0"),
    ]
    consensus = consensus_of(*rails)
    assert consensus.assets == ("DAI", "USDC")
    view = consensus.view("DAI", NOW)
    assert isinstance(view, AssetView)
    assert view.off_bps == pytest.approx(-1000.0, abs=0.2)


def test_what_is_no_price_changes_no_view() -> None:
    consensus = consensus_of(tick("kraken USDC/USD", "1.0"))
    supply = Supply(asset="USDC", total=wads(10), at=NOW, seen_at=NOW)
    pool = Composition(venue="curve", assets=("USDC",), balances=(Wad(1),), at=NOW, seen_at=NOW)
    assert consensus.hear(supply) == consensus.hear(pool) == frozenset()


def test_only_coins_whose_view_changed_are_named() -> None:
    pairs = ("USDC/USD", "DAI/USD", "EUR/USD")
    consensus = consensus_of(*(tick(f"kraken {pair}", "1.0") for pair in pairs))
    assert consensus.hear(tick("kraken USDC/USD", "0.99", 2)) == {"USDC"}
    assert consensus.hear(tick("kraken EUR/USD", "1.1", 2)) == frozenset()


def test_a_coin_never_heard_of_has_no_view() -> None:
    view = Consensus().view("USDC", NOW)
    assert view == NoView(asset="USDC", reason="no source ever spoke of it", at=NOW)


def test_bitcoin_ties_currencies_together_and_is_no_coin() -> None:
    books = [tick("kraken BTC/USD", "60000"), tick("binance BTC/USDT", "60600")]
    consensus = consensus_of(*books)
    assert consensus.assets == ("USDT",)
    view = consensus.view("USDT", NOW)
    assert isinstance(view, AssetView)
    assert view.price == wads("0.9901")


@pytest.mark.parametrize(
    "wrong", [{"cex_max_age_s": 0.0}, {"max_age_s_of": {"kraken": -1.0}}, {"outlier_bps": 0.0}]
)
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="must be above 0"):
        ConsensusParameters(**wrong)
